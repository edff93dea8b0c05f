#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::adapters {

/// Why a log on Kafka cannot be opened. Closed list; each needs another action of the operator.
enum class KafkaOpenError : std::uint8_t {
  kSettings = 1,        ///< the settings contradict themselves, or librdkafka refuses one
  kUnreachable = 2,     ///< no broker answered in time, or it did not let us in
  kNoTopics = 3,        ///< topics are missing and are not to be made
  kOtherPartitions = 4, ///< made with another number of partitions
  kUnsafe = 5,          ///< settings of the topics under which acknowledged entries get lost
  kLost = 6,            ///< a topic of this log was deleted or made anew
  kIo = 7,              ///< the brokers refused something at the start
};
std::string_view name_of(KafkaOpenError error);

struct KafkaFailure {
  KafkaOpenError code = KafkaOpenError::kIo;
  std::string what; ///< what failed, why, what to do
};

} // namespace kindred::adapters
