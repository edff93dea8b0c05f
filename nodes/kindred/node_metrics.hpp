#pragma once

#include <functional>

#include "actors/ports/clock.hpp"
#include "nodes/adapters/http/http_probe.hpp"
#include "nodes/adapters/kafka/kafka_probe.hpp"
#include "nodes/adapters/prometheus/metrics.hpp"
#include "nodes/adapters/rocksdb/log_probe.hpp"
#include "nodes/adapters/rocksdb/rocks_state_store.hpp"
#include "nodes/adapters/zmq/zmq_probe.hpp"
#include "nodes/kindred/actors.hpp"

namespace kindred::node {

/// Where a node's metrics are read from. All of it must outlive the Metrics it is described to.
struct MetricSources {
  const Actors& actors;
  const ports::Log& log;
  const adapters::LogProbe* rocks = nullptr;   ///< of a log in the data directory
  const adapters::KafkaProbe* kafka = nullptr; ///< of one on Kafka
  const adapters::RocksStateStore& store;
  const adapters::ZmqProbe& zmq;
  const adapters::HttpProbe* http = nullptr; ///< null: no HTTP
  const ports::Clock& clock;
  std::function<bool()> ready;
  const NodeCluster* cluster = nullptr; ///< null: in none
};

/// Names every series of a node: requests, log, fold, decisions, models, links. Once, at start.
void describe(const MetricSources& sources, adapters::Metrics& metrics);

} // namespace kindred::node
