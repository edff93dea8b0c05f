#pragma once

#include <mutex>

#include "nodes/adapters/kafka/handles.hpp"
#include "nodes/adapters/kafka/kafka_settings.hpp"
#include "nodes/adapters/kafka/topic_plan.hpp"

namespace kindred::adapters {

/// Writes the few notes a log keeps of itself, one at a time: a producer of its own, so that the entries' producer may go
/// FATAL without it. Not idempotent: a note that stands twice is read as once. Thread-safe; calls take turns.
class KafkaScribe {
public:
  /// Both must outlive it.
  KafkaScribe(const KafkaSettings& settings, const TopicPlan& plan) : settings_(settings), plan_(plan) {}

  /// True: the note is durable. False: it is not, or nobody knows; waits at most the request timeout and a second.
  bool write(const KafkaPlace& place, BytesView note);

private:
  const KafkaSettings& settings_;
  const TopicPlan& plan_;
  std::mutex mutex_;
  KafkaClient client_; ///< under `mutex_`; made when first needed, and anew after a failure
};

} // namespace kindred::adapters
