// What the log on Kafka costs: durable appends through KafkaLog against a bare producer with the same options, to the same
// partitions of one broker on this machine, in one run, by turns, medians of three. Prints one table; a row under its floor
// says "below". Without Java and Maven it says so and ends.
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "bench/speed/bare_producer.hpp"
#include "bench/speed/load.hpp"
#include "nodes/adapters/kafka/kafka_log.hpp"
#include "tests/support/kafka/broker.hpp"

namespace kindred::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kTurns = 3;
constexpr double kSeconds = 2;
constexpr std::uint16_t kPartitions = 16;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

adapters::KafkaSettings settings_of(const support::KafkaBroker& broker) {
  adapters::KafkaSettings settings;
  settings.bootstrap = broker.bootstrap();
  settings.partitions = kPartitions;
  settings.replication = settings.min_in_sync = 1;
  return settings;
}

double ours(adapters::KafkaLog& log, std::size_t bytes, std::size_t depth) {
  const Bytes entry(bytes, 'v');
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::uint64_t acked = 0;
  const auto start = Clock::now();
  for (std::uint16_t n = 0; since(start) < kSeconds; ++n) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < depth; });
      ++under_way;
    }
    log.produce({records::Topic::kEvents, {static_cast<std::uint16_t>(n % kPartitions)}}, entry,
                [&](ports::Verdict verdict) {
                  const std::lock_guard lock(mutex);
                  --under_way;
                  acked += verdict.kind == ports::Verdict::Kind::kAcked;
                  changed.notify_one();
                });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
  return static_cast<double>(acked) / since(start);
}

int run() {
  if (const auto& why = support::KafkaBroker::missing(); !why.empty()) {
    std::printf("not run: %s\n", why.c_str());
    return 0;
  }
  const support::KafkaBroker broker;
  const auto settings = settings_of(broker);
  auto opened = adapters::KafkaLog::open(settings);
  if (!opened.ok()) {
    std::printf("not run: %s\n", opened.error().what.c_str());
    return 1;
  }
  const auto log = opened.take();
  std::printf("%-52s %12s %12s %8s   floor\n", "entries/s on one Kafka broker", "ours", "bare", "ratio");
  struct Row {
    std::size_t bytes, depth;
    double floor;
  };
  for (const Row& row : {Row{200, 1, 0.4}, Row{200, 1000, 0.4}, Row{2'000, 64, 0.4}, Row{51'200, 16, 0.4}}) {
    std::vector<double> us, them;
    for (int turn = 0; turn < kTurns; ++turn) {
      us.push_back(ours(*log, row.bytes, row.depth));
      them.push_back(bare_producer_entries_per_second(settings, row.bytes, row.depth, kSeconds));
    }
    const double ratio = median(us) / median(them);
    const auto name =
        "acknowledged, " + std::to_string(row.bytes) + " B, " + std::to_string(row.depth) + " under way";
    std::printf("%-52s %12.0f %12.0f %8.3f   >= %.2f  %s\n", name.c_str(), median(us), median(them), ratio,
                row.floor, ratio < row.floor ? "below" : "");
    std::fflush(stdout);
  }
  return 0;
}

} // namespace
} // namespace kindred::bench

int main() { return kindred::bench::run(); }
