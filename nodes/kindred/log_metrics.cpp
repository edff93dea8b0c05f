#include "nodes/kindred/log_metrics.hpp"

#include "nodes/adapters/allocator/free_pages.hpp"
#include "nodes/adapters/rocksdb/write_stalls.hpp"

namespace kindred::node {

using adapters::Metrics;

namespace {

/// The series that say the same of either log.
template <class Probe>
void describe_any_log(const Probe& probe, MetricWriter to, std::uint64_t (Probe::*entries)() const) {
  const auto read = [&](const char* name, const char* help, std::uint64_t (Probe::*count)() const) {
    to.metrics.counter(name, help, {}, [&probe, count] { return static_cast<double>((probe.*count)()); });
  };
  read("kindred_log_entries_total", "Entries made durable.", entries);
  read("kindred_log_written_bytes_total", "Bytes of entries made durable.", &Probe::bytes);
  read("kindred_log_refusals_total", "Entries refused at the door.", &Probe::refusals);
  to.metrics.gauge("kindred_log_queue_entries", "Entries without a verdict.", {},
                   [&probe] { return static_cast<double>(probe.queued()); });
  to.metrics.gauge("kindred_log_queue_bytes", "Bytes of entries without a verdict.", {},
                   [&probe] { return static_cast<double>(probe.queued_bytes()); });
}

void describe_kafka(const adapters::KafkaProbe& probe, MetricWriter to) {
  using adapters::KafkaProbe;
  const auto read = [&](const char* name, const char* help, std::uint64_t (KafkaProbe::*count)() const) {
    to.metrics.counter(name, help, {}, [&probe, count] { return static_cast<double>((probe.*count)()); });
  };
  describe_any_log(probe, to, &KafkaProbe::acked);
  read("kindred_kafka_broker_refusals_total", "Entries that the brokers refused.",
       &KafkaProbe::broker_refusals);
  read("kindred_kafka_unknown_total", "Entries without a verdict: sent again.", &KafkaProbe::unknown);
  read("kindred_kafka_doubtful_total", "Offsets taken from the log's end, not from the report.",
       &KafkaProbe::doubtful);
  read("kindred_kafka_producers_fatal_total", "Producers that went FATAL.", &KafkaProbe::fatal);
  read("kindred_kafka_producers_replaced_total", "Producers given up, for whatever reason.",
       &KafkaProbe::replaced);
  read("kindred_kafka_tail_restarts_total", "Tails that had to fetch anew.", &KafkaProbe::tail_restarts);
  read("kindred_kafka_tail_clients_renewed_total",
       "Clients of tails that brought nothing of what was known to be acknowledged, and were made anew.",
       &KafkaProbe::tail_clients_renewed);
  read("kindred_kafka_looks_failed_total", "Looks at brokers and topics that found something wrong.",
       &KafkaProbe::looks_failed);
  to.metrics.gauge("kindred_kafka_state", "1 taking, 2 brokers lost, 3 given up, 4 another life of the log.",
                   {}, [&probe] { return static_cast<double>(probe.state()); });
}

void describe_rocks(const adapters::LogProbe& probe, MetricWriter to) {
  using adapters::LogProbe;
  describe_any_log(probe, to, &LogProbe::entries);
  const auto read = [&](const char* name, const char* help, std::uint64_t (LogProbe::*count)() const) {
    to.metrics.counter(name, help, {}, [&probe, count] { return static_cast<double>((probe.*count)()); });
  };
  read("kindred_log_failures_total", "Commits that failed.", &LogProbe::failures);
  read("kindred_log_reopenings_total", "Times the log was opened again after a failure.",
       &LogProbe::reopenings);
  std::vector<double> bounds;
  for (std::size_t i = 0; i + 1 < LogProbe::kBuckets; ++i)
    bounds.push_back(static_cast<double>(std::uint64_t{1} << i) * kMicro);
  to.metrics.histogram("kindred_log_commit_duration_seconds", "Group commits, fsync included.", {}, bounds,
                       [&probe] {
                         Metrics::Distribution all;
                         for (std::size_t i = 0; i < LogProbe::kBuckets; ++i)
                           all.counts.push_back(probe.duration_bucket(i));
                         all.sum = static_cast<double>(probe.commit_us()) * kMicro;
                         return all;
                       });
}

} // namespace

void describe_log(const MetricSources& from, MetricWriter to) {
  if (from.rocks != nullptr) describe_rocks(*from.rocks, to);
  if (from.kafka != nullptr) describe_kafka(*from.kafka, to);
  to.metrics.gauge("kindred_log_available", "1 while the log takes appends.", {},
                   [&log = from.log] { return log.health().ok() ? 1.0 : 0.0; });
  to.metrics.gauge("kindred_state_queue_batches", "Batches waiting for the state store.", {},
                   [&store = from.store] { return static_cast<double>(store.queued()); });
  to.metrics.gauge("kindred_state_available", "1 while the state store takes batches.", {},
                   [&store = from.store] { return store.health() ? 0.0 : 1.0; });
  to.metrics.gauge("kindred_state_write_seconds",
                   "For how long the batch under way has been written to the state store; 0: none is.", {},
                   [&store = from.store] { return static_cast<double>(store.writing_for().us) * kMicro; });
  const adapters::WriteStalls& stalls = from.store.stalls();
  constexpr auto* kStalls = "kindred_state_stalls_total";
  constexpr auto* kHelp =
      "Times RocksDB slowed or stopped writes of the state, for its flushes and compactions to catch up.";
  to.metrics.counter(kStalls, kHelp, {{"kind", "slowed"}},
                     [&stalls] { return static_cast<double>(stalls.slowings()); });
  to.metrics.counter(kStalls, kHelp, {{"kind", "stopped"}},
                     [&stalls] { return static_cast<double>(stalls.stops()); });
  to.metrics.gauge("kindred_memory_free_bytes",
                   "Bytes the allocator holds free; given back while more than 64 MiB.", {},
                   [free = adapters::own_free_pages().free_bytes] { return static_cast<double>(free()); });
}

} // namespace kindred::node
