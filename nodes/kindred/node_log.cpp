#include "nodes/kindred/node_log.hpp"

#include <utility>

#include "nodes/kindred/json_log.hpp"

namespace kindred::node {

namespace {

ExitCode exit_code_of(adapters::KafkaOpenError error) {
  using adapters::KafkaOpenError;
  switch (error) {
  case KafkaOpenError::kSettings: return kUsage;
  case KafkaOpenError::kUnreachable:
  case KafkaOpenError::kIo: return kUnavailable;
  case KafkaOpenError::kNoTopics:
  case KafkaOpenError::kUnsafe:
  case KafkaOpenError::kLost: return kRefused;
  case KafkaOpenError::kOtherPartitions: return kConflict;
  }
  return kFailed;
}

void log_line_of_kafka(int level, std::string_view line) {
  constexpr int kError = 3, kWarning = 4, kDebug = 7; // syslog's
  const LogLevel ours = level <= kError     ? LogLevel::kError
                        : level == kWarning ? LogLevel::kWarn
                        : level == kDebug   ? LogLevel::kDebug
                                            : LogLevel::kInfo;
  node::log(ours, "kafka", line);
}

} // namespace

Result<NodeLog, StartFailure> NodeLog::open(const Config& config, const DataDirectory& directory) {
  NodeLog log;
  if (!config.kafka.bootstrap.empty()) {
    adapters::KafkaSettings settings = config.kafka;
    settings.client_id = "kindred-node-" + std::to_string(config.node);
    settings.partitions = directory.partitions();
    settings.on_log_line = log_line_of_kafka;
    auto opened = adapters::KafkaLog::open(std::move(settings));
    if (!opened.ok())
      return StartFailure{exit_code_of(opened.error().code),
                          "the log on Kafka at " + config.kafka.bootstrap + ": " + opened.error().what};
    log.kafka_ = opened.take();
    return log;
  }
  adapters::RocksLog::Settings settings;
  settings.directory = directory.log();
  settings.partitions = directory.partitions();
  settings.incarnation = directory.incarnation();
  settings.free_bytes_min = std::uint64_t{config.free_mib_min} << 20;
  auto opened = adapters::RocksLog::open(std::move(settings));
  if (!opened.ok()) {
    const DirectoryFailure failure = failure_of(opened.error());
    return StartFailure{node::exit_code_of(failure.code), failure.what};
  }
  log.rocks_ = opened.take();
  return log;
}

} // namespace kindred::node
