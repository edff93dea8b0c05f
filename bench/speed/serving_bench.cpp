// The rows of `./dev bench speed` that need the running server: each against its reference, in one run, by turns, medians
// of three. Prints one table; a row under its floor says "below". The exit code says only whether it could run.
// Arguments name the rows wanted: small, decisions, readYourWrites, durable; none: all.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include "bench/speed/load.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred::bench {
namespace {

constexpr int kTurns = 3;
constexpr double kSeconds = 2;
constexpr double kWarmUp = 1;
constexpr int kDepth = 256;
constexpr int kUsers = 1'000;
constexpr int kItems = 3'000;
constexpr int kHistory = 50;

struct Row {
  const char* name;
  double kindred = 0;
  double reference = 0;
  double floor = 0;
  bool at_most = false; ///< the floor is a ceiling on `kindred`
  const char* unit = "";
};

void print(const Row& row) {
  const double ratio = row.reference > 0 ? row.kindred / row.reference : 0;
  const double judged = row.reference > 0 ? ratio : row.kindred;
  const bool below = row.at_most ? judged > row.floor : judged < row.floor;
  std::printf("%-58s %12.1f %12.1f %8.3f %9s%-8.2f %-6s %s\n", row.name, row.kindred, row.reference, ratio,
              row.at_most ? "<= " : ">= ", row.floor, row.unit, below ? "below" : "");
  std::fflush(stdout);
}

std::string user(std::uint64_t n) { return "user" + std::to_string(n % kUsers); }

Bytes encoded(std::vector<api::Query> queries, std::uint64_t id) {
  api::Request request = support::request_of(std::move(queries));
  request.request_id = id;
  return schemas::encode_request(request);
}

std::vector<Bytes> small_requests() {
  std::vector<Bytes> requests;
  for (int n = 0; n < kUsers; ++n) {
    api::GetProfile profile;
    profile.user_id = user(n);
    profile.counters = {"view.1d"};
    profile.brief = true;
    requests.push_back(encoded({profile}, n));
  }
  return requests;
}

std::vector<Bytes> decide_requests() {
  std::vector<Bytes> requests;
  for (int n = 0; n < kUsers; ++n) {
    api::Decide decide;
    decide.user_id = user(n);
    decide.context.country = "DE";
    requests.push_back(encoded({decide}, n));
  }
  return requests;
}

void fill(client::Client& client) {
  std::uint64_t n = 0;
  for (int envelope = 0; envelope < kUsers * kHistory / 200; ++envelope) {
    std::vector<api::Query> queries;
    for (int i = 0; i < 200; ++i, ++n) {
      auto track = support::view(user(n), "item" + std::to_string((n * 7'919) % kItems));
      track.event.context.country = n % 3 == 0 ? "DE" : "BR";
      queries.emplace_back(std::move(track));
    }
    const auto answer = client.call(support::request_of(std::move(queries)));
    if (!answer.ok()) throw std::runtime_error(answer.error().message);
  }
}

void no_error(BytesView answer) {
  const auto decoded = schemas::decode_answer(answer);
  if (!decoded.ok()) throw std::runtime_error("an answer cannot be read");
  if (const auto* error = std::get_if<api::Error>(&decoded.value().bodies.front())) {
    throw std::runtime_error("refused: " + error->message);
  }
}

Row small_row(const support::ServerProcess& server) {
  const auto requests = small_requests();
  const auto next = [&](std::uint64_t n) -> const Bytes& { return requests[n % requests.size()]; };
  std::vector<double> ours, echo;
  for (int turn = 0; turn < kTurns; ++turn) {
    EchoProcess reference;
    echo.push_back(Load(reference.endpoint()).closed(next, kDepth, kSeconds).per_second);
    ours.push_back(Load(server.endpoint()).closed(next, kDepth, kSeconds, no_error).per_second);
  }
  return {"small requests, depth 256 / raw ROUTER echo", median(ours), median(echo), .45, false, "1/s"};
}

Row durable_row(const support::ServerProcess& server, const std::string& folder) {
  constexpr int kBatch = 256, kBytes = 200, kEnvelopes = 16;
  std::vector<double> ours, bare;
  std::uint64_t number = 0;
  Bytes envelope;
  const auto next = [&](std::uint64_t n) -> const Bytes& {
    std::vector<api::Query> queries;
    for (int i = 0; i < kBatch; ++i, ++number) {
      queries.emplace_back(support::view(user(number), "item" + std::to_string(number % kItems),
                                         "m" + std::to_string(number)));
    }
    envelope = encoded(std::move(queries), n);
    return envelope;
  };
  for (int turn = 0; turn < kTurns; ++turn) {
    bare.push_back(
        bare_rocksdb_events_per_second(folder + "/bare" + std::to_string(turn), kBatch, kBytes, kSeconds));
    ours.push_back(kBatch * Load(server.endpoint()).closed(next, kEnvelopes, kSeconds, no_error).per_second);
  }
  return {"durable events, envelopes of 256 / bare RocksDB with fsync",
          median(ours),
          median(bare),
          .2,
          false,
          "1/s"};
}

/// What the machine and ZeroMQ alone cost at that load: an echo, at the rate of the decisions and by the same client.
double echo_p99_ms(const Load::Next& next, double rate) {
  EchoProcess echo;
  Load load(echo.endpoint());
  load.closed(next, 1, .1); // connected
  auto half = load.open(next, rate, kSeconds, kWarmUp);
  return quantile(half.latencies_us, .99) / 1e3;
}

void decision_rows(const support::ServerProcess& server) {
  const auto requests = decide_requests();
  const auto next = [&](std::uint64_t n) -> const Bytes& { return requests[n % requests.size()]; };
  Load load(server.endpoint());
  std::vector<double> saturation, p50, p99, per_cpu, echo_p99;
  for (int turn = 0; turn < kTurns; ++turn) {
    const double cpu_before = cpu_seconds(server.pid());
    const auto full = load.closed(next, 64, kSeconds, no_error);
    per_cpu.push_back(static_cast<double>(full.answers) / (cpu_seconds(server.pid()) - cpu_before));
    saturation.push_back(full.per_second);
    auto half = load.open(next, full.per_second / 2, kSeconds, kWarmUp);
    p50.push_back(quantile(half.latencies_us, .5) / 1e3);
    p99.push_back(quantile(half.latencies_us, .99) / 1e3);
    echo_p99.push_back(echo_p99_ms(next, full.per_second / 2));
  }
  print({"decisions at saturation (3,000 items, 50-item history)", median(saturation), 0, 0, false, "1/s"});
  print({"decisions per second of the server's CPU time", median(per_cpu), 0, 6'000, false, "1/s"});
  print({"decision p50 at half of saturation", median(p50), 0, 2, true, "ms"});
  print({"decision p99 at half of saturation", median(p99), 0, 2, true, "ms"});
  print({"  the same rate through a raw ROUTER echo, p99", median(echo_p99), 0, 0, false, "ms"});
}

Row read_your_writes_row(const support::ServerProcess& server) {
  client::Client client(server.client_options());
  std::vector<double> latencies_ms;
  for (int n = 0; n < 10'000; ++n) {
    const auto acked =
        client.call(support::request_of({support::view(user(n), "item" + std::to_string(n % kItems))}));
    if (!acked.ok()) throw std::runtime_error(acked.error().message);
    const auto start = std::chrono::steady_clock::now();
    api::Decide decide;
    decide.user_id = user(n);
    api::GetProfile profile;
    profile.user_id = user(n);
    profile.brief = true;
    const auto answer = client.call(support::request_of({decide, profile}));
    if (!answer.ok()) throw std::runtime_error(answer.error().message);
    latencies_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return {"acknowledged -> decided and read with it, p99 of 10,000",
          quantile(latencies_ms, .99),
          0,
          5,
          true,
          "ms"};
}

void run(const std::set<std::string>& wanted) {
  const auto wants = [&](const char* row) { return wanted.empty() || wanted.contains(row); };
  support::TemporaryFolder folder;
  support::ServerProcess server(
      {.data_dir = folder.path() / "data", .partitions = 16, .clock = "wall", .more = {}, .before = {}});
  if (!server.wait_ready()) throw std::runtime_error("the server is not ready: " + server.log());
  client::Client client(server.client_options());
  fill(client);
  std::printf("%-58s %12s %12s %8s %17s %-6s\n", "row", "Kindred", "reference", "ratio", "floor", "unit");
  if (wants("small")) print(small_row(server));
  if (wants("decisions")) decision_rows(server);
  if (wants("readYourWrites")) print(read_your_writes_row(server));
  if (wants("durable")) print(durable_row(server, folder.path().string()));
  server.stop();
}

} // namespace
} // namespace kindred::bench

int main(int count, char** arguments) {
  try {
    kindred::bench::run({arguments + 1, arguments + count});
    return EXIT_SUCCESS;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "serving_bench: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
