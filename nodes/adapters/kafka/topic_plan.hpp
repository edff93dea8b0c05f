#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/records/position.hpp"
#include "nodes/adapters/kafka/kafka_settings.hpp"

namespace kindred::adapters {

/// The topics of a log: those of the port, in the order of records::Topic, and `life`, which holds what the log must know
/// of itself (kafka_life.hpp).
inline constexpr std::size_t kKafkaTopics = 5;
inline constexpr std::size_t kLifeTopic = 4;

/// A partition of one of them.
struct KafkaPlace {
  std::size_t topic = 0;
  std::int32_t partition = 0;
  friend auto operator<=>(const KafkaPlace&, const KafkaPlace&) = default;
};

/// Names, sizes and settings of the topics: what is made, and what is checked at every start. Pure; immutable.
class TopicPlan {
public:
  explicit TopicPlan(const KafkaSettings& settings);

  const std::string& name(std::size_t topic) const { return names_[topic]; }
  int partitions(std::size_t topic) const { return topic == 0 ? events_partitions_ : 1; }
  int replication() const { return replication_; }
  bool knows(const records::Stream& stream) const;
  /// Requires: knows(stream).
  static KafkaPlace place_of(const records::Stream& stream);

  /// What a topic is made with.
  std::vector<std::pair<std::string, std::string>> wanted() const;

  /// What a topic is. `settings` as the broker resolves them, its own defaults among them.
  struct Found {
    int partitions = 0;
    int replication = 0; ///< of the partition that has fewest
    std::map<std::string, std::string> settings;
  };
  /// What is unsafe about it, each with what to set; empty if nothing is. The number of partitions is not looked at.
  std::vector<std::string> unsafe(std::size_t topic, const Found& found) const;

private:
  std::array<std::string, kKafkaTopics> names_;
  int events_partitions_;
  int replication_;
  int min_in_sync_;
};

} // namespace kindred::adapters
