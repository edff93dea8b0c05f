#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/ports/log.hpp"
#include "engine/base/result.hpp"
#include "nodes/adapters/kafka/kafka_log.hpp"
#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "nodes/kindred/config.hpp"
#include "nodes/kindred/data_directory.hpp"
#include "nodes/kindred/exit_code.hpp"

namespace kindred::node {

/// The log of a node: the one in its data directory, or that of a Kafka cluster where the configuration names one
/// (docs/decisions/0025_kafka_log.md). Everything behind the port is the same.
/// Movable; the ports it hands out are good as long as it lives.
class NodeLog {
public:
  static Result<NodeLog, StartFailure> open(const Config& config, const DataDirectory& directory);

  ports::Log& port() const { return kafka_ ? static_cast<ports::Log&>(*kafka_) : *rocks_; }
  std::string why() const { return kafka_ ? kafka_->why() : rocks_->why(); }
  /// How old what was heard of a partition may be, at most; zero for the log of this node alone.
  Duration unheard_for(PartitionId partition) const {
    return kafka_ ? kafka_->unheard_for(partition) : Duration{};
  }
  /// By partition: behind the last append of this node's that was acknowledged, 0: none. Empty for the log of this node alone.
  std::vector<std::uint64_t> acked_ends() const {
    return kafka_ ? kafka_->acked_ends() : std::vector<std::uint64_t>{};
  }
  /// The same, as another node says.
  void acked_elsewhere(const std::vector<std::uint64_t>& ends) const {
    if (kafka_) kafka_->acked_elsewhere(ends);
  }
  /// Exactly one of them is not null.
  const adapters::RocksLog* rocks() const { return rocks_.get(); }
  const adapters::KafkaLog* kafka() const { return kafka_.get(); }

private:
  NodeLog() = default;
  std::unique_ptr<adapters::RocksLog> rocks_;
  std::unique_ptr<adapters::KafkaLog> kafka_;
};

} // namespace kindred::node
