#pragma once

#include <array>
#include <chrono>
#include <optional>

#include "engine/base/result.hpp"
#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/kafka_failure.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"

namespace kindred::adapters {

/// What the cluster is asked about the topics at the start, and how they are made. Synchronous; each call ends within
/// `timeout`. `client` and `plan` must outlive it. One thread.
class TopicAdmin {
public:
  TopicAdmin(rd_kafka_t* client, const TopicPlan& plan, std::chrono::milliseconds timeout)
      : client_(client), plan_(plan), timeout_(timeout) {}

  /// Every topic, none where it is not there. Waits for a broker, and for leaders that are being elected.
  using Found = std::array<std::optional<TopicPlan::Found>, kKafkaTopics>;
  Result<Found, KafkaFailure> look();

  /// Makes those that `found` lacks; one that somebody else made meanwhile is fine. Does not wait for their leaders.
  Result<Done, KafkaFailure> make(const Found& found);

  /// Whether what is there has the plan's sizes and safe settings. Requires: all are there.
  std::optional<KafkaFailure> check(const Found& found) const;

private:
  struct Looked {
    bool settled =
        true; ///< false: a partition has no leader yet, or the broker has not heard of the topic's fate
    std::optional<TopicPlan::Found> topic;
  };
  Result<Looked, KafkaFailure> look_at(std::size_t topic, std::chrono::milliseconds left);
  std::optional<KafkaFailure> read_settings(Found& found);
  std::optional<KafkaFailure> read_answer(rd_kafka_event_t* event, Found& found);

  rd_kafka_t* const client_;
  const TopicPlan& plan_;
  const std::chrono::milliseconds timeout_;
};

} // namespace kindred::adapters
