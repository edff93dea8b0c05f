// What the adapters alone cost: each against the bare library, in one run, by turns, medians of three. Prints one table;
// a row under its floor says "below". The exit code says only whether it could run.
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "bench/speed/load.hpp"
#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "nodes/adapters/zmq/zmq_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::bench {
namespace {

constexpr int kTurns = 3;
constexpr double kSeconds = 1.5;
constexpr int kEvents = 256; // in an entry
constexpr int kEventBytes = 200;

void print(const char* name, double ours, double reference, double floor) {
  const double ratio = reference > 0 ? ours / reference : 0;
  std::printf("%-52s %12.0f %12.0f %8.3f   >= %.2f  %s\n", name, ours, reference, ratio, floor,
              ratio < floor ? "below" : "");
  std::fflush(stdout);
}

void echo(int depth, std::size_t bytes, double floor) {
  const EchoProcess bare; // before there are threads: it forks
  adapters::ZmqServer::Settings settings;
  settings.listen = "tcp://127.0.0.1:0";
  settings.notify = "";
  const auto server = adapters::ZmqServer::open(settings).take();
  server->start([&](std::vector<adapters::ZmqServer::Incoming> batch) {
    std::vector<ports::Link::Outgoing> answers;
    answers.reserve(batch.size());
    for (auto& incoming : batch) answers.push_back({incoming.to, std::move(incoming.bytes)});
    server->reply(std::move(answers));
  });
  const Bytes request(bytes, 'r');
  const auto next = [&](std::uint64_t) -> const Bytes& { return request; };
  std::vector<double> ours, reference;
  for (int turn = 0; turn < kTurns; ++turn) {
    ours.push_back(Load(server->listening_at()).closed(next, depth, kSeconds).per_second);
    reference.push_back(Load(bare.endpoint()).closed(next, depth, kSeconds).per_second);
  }
  const auto name =
      "echo of " + std::to_string(bytes) + " B through ZmqServer, depth " + std::to_string(depth);
  print(name.c_str(), median(ours), median(reference), floor);
}

/// Entries of kEvents events, `depth` under way, over 16 streams.
double log_events_per_second(const std::string& folder, std::size_t depth) {
  adapters::RocksLog::Settings settings;
  settings.directory = folder;
  const auto log = adapters::RocksLog::open(settings).take();
  const Bytes entry(kEvents * kEventBytes, 'v');
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::uint64_t acked = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto spent = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (std::uint16_t n = 0; spent() < kSeconds; ++n) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < depth; });
      ++under_way;
    }
    log->produce({records::Topic::kEvents, {static_cast<std::uint16_t>(n % 16)}}, entry,
                 [&](ports::Verdict verdict) {
                   const std::lock_guard lock(mutex);
                   --under_way;
                   acked += verdict.kind == ports::Verdict::Kind::kAcked;
                   changed.notify_one();
                 });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
  return static_cast<double>(acked) * kEvents / spent();
}

void durable(std::size_t depth, double floor) {
  std::vector<double> ours, reference;
  for (int turn = 0; turn < kTurns; ++turn) {
    const support::TempDir folder;
    ours.push_back(log_events_per_second((folder.path() / "log").string(), depth));
    reference.push_back(
        bare_rocksdb_events_per_second(folder.path().string(), kEvents, kEventBytes, kSeconds));
  }
  const auto name = "durable events/s, entries of 256, " + std::to_string(depth) + " under way";
  print(name.c_str(), median(ours), median(reference), floor);
}

int run() {
  std::printf("%-52s %12s %12s %8s   floor\n", "adapters alone", "ours", "bare", "ratio");
  echo(1, 100, 0.8);
  echo(16, 100, 0.8);
  echo(256, 100, 0.8);
  durable(1, 0.8);
  durable(16, 1.0);
  return 0;
}

} // namespace
} // namespace kindred::bench

int main() { return kindred::bench::run(); }
