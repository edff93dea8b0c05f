#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"

namespace kindred::adapters {

/// The log's synchronous side: watermarks, reading from an offset, trimming. Every call ends within the request timeout.
///
/// One client, one fetch position at a time: reads take turns. A read that goes on where the last one stopped costs what
/// the bytes cost; any other one moves the position first (about 10 ms). Thread-safe; `bounds` does not wait for reads.
class KafkaReader {
public:
  /// A record as the topic holds it. Entries have no key; what has one is the log's own note (kafka_life.hpp).
  struct Raw {
    std::uint64_t offset = 0;
    bool note = false;
    Bytes bytes;
  };

  /// `plan` must outlive it.
  KafkaReader(KafkaClient client, const TopicPlan& plan, std::chrono::milliseconds timeout);
  ~KafkaReader();

  rd_kafka_t* client() const { return client_.get(); }
  std::chrono::milliseconds timeout() const { return timeout_; }

  /// First offset there, and the one behind the last that is in all replicas in sync.
  Result<ports::Log::Bounds, ports::LogError> bounds(const KafkaPlace& place) const;

  /// The second of them alone: half the cost.
  Result<std::uint64_t, ports::LogError> end_of(const KafkaPlace& place) const;

  /// The same of many; none: its leader did not answer within `kTryMax`.
  std::vector<std::optional<std::uint64_t>> ends_of(const std::vector<KafkaPlace>& places) const;

  /// Records from `from` on, notes among them, up to `end` or `bytes_max` (at least one if there is one).
  /// kIo: none came in time. kOutOfRange: the caller looks at the bounds to tell which side.
  Result<std::vector<Raw>, ports::LogError> fetch(const KafkaPlace& place, std::uint64_t from,
                                                  std::uint64_t end, std::size_t bytes_max);

  /// Forgets what is below `before`. Requires: within the bounds.
  Result<Done, ports::LogError> forget(const KafkaPlace& place, std::uint64_t before) const;

private:
  struct Position {
    KafkaPlace place;
    std::uint64_t next = 0;
    KafkaMessage held; ///< fetched, but over the bound of the last call
  };
  rd_kafka_topic_t* topic(const KafkaPlace& place) const { return topics_[place.topic].get(); }
  Result<std::uint64_t, ports::LogError> ask(const KafkaPlace& place, std::int64_t which,
                                             std::chrono::steady_clock::time_point until) const;
  bool move_to(const KafkaPlace& place, std::uint64_t from);
  void stop();
  KafkaMessage next(std::chrono::steady_clock::time_point until);

  const KafkaClient client_;
  const TopicPlan& plan_;
  const std::chrono::milliseconds timeout_;
  std::array<KafkaTopic, kKafkaTopics> topics_;
  std::mutex reading_;
  std::optional<Position> position_; ///< under `reading_`
};

} // namespace kindred::adapters
