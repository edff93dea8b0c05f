// The rows of `./dev bench cluster` (bench/cluster/run starts the cluster): each against its reference in the same run.
//   durable BOOTSTRAP REPLICATION ENDPOINT       events made durable, beside a bare producer with the same options and entries
//   decisions ENDPOINT                           asked of the node that has the user, and of one that has not, by turns
//   fresh BOOTSTRAP REPLICATION ENDPOINT OTHER   acknowledged at the one node, then read through the other with the position
//   fill ENDPOINT USERS EVENTS                   so many users with so many events each; no figure of its own
//   failover PID ENDPOINT…                       SIGKILL of that node: how long calls of the client library waited
#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <semaphore>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "bench/speed/bare_producer.hpp"
#include "bench/speed/load.hpp"
#include "engine/base/hash.hpp"
#include "nodes/adapters/kafka/kafka_log.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/support/questions.hpp"

namespace kindred::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Names = std::vector<std::string>;
constexpr int kTurns = 3;
constexpr double kSeconds = 3;
constexpr int kEventsPerEnvelope = 256, kEnvelopes = 16;
constexpr std::size_t kEventBytes = 200;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string user(std::uint64_t n) { return "user" + std::to_string(n % 1'000); }

Bytes encoded(std::vector<api::Query> queries, std::uint64_t id) {
  api::Request request = support::request_of(std::move(queries));
  request.request_id = id;
  return schemas::encode_request(request);
}

void no_error(BytesView answer) {
  const auto decoded = schemas::decode_answer(answer);
  if (!decoded.ok()) throw std::runtime_error("an answer cannot be read");
  if (const auto* error = std::get_if<api::Error>(&decoded.value().bodies.front()))
    throw std::runtime_error("refused: " + error->message);
}

client::Client client_of(const std::string& endpoint, bool learns = true) {
  client::Options options;
  options.endpoint = endpoint;
  options.learn_nodes = learns;
  return client::Client(options);
}

api::Cluster cluster_at(const std::string& endpoint) {
  auto client = client_of(endpoint);
  return support::expect<api::Cluster>(client, api::ShowCluster{});
}

/// Topics for a bare producer, as many partitions as the cluster has. BOOTSTRAP REPLICATION ENDPOINT.
adapters::KafkaSettings bare_topics(const Names& told) {
  adapters::KafkaSettings settings;
  settings.bootstrap = told.at(0);
  settings.prefix = "bare.";
  settings.replication = std::stoi(told.at(1));
  settings.min_in_sync = std::min(2, settings.replication);
  settings.partitions = static_cast<std::uint16_t>(cluster_at(told.at(2)).map.size());
  const auto topics = adapters::KafkaLog::open(settings); // makes them
  if (!topics.ok()) throw std::runtime_error(topics.error().what);
  return settings;
}

// ---- durable events ----

void durable(const Names& told) {
  const adapters::KafkaSettings settings = bare_topics(told);

  std::uint64_t number = 0;
  Bytes envelope;
  const auto next = [&](std::uint64_t n) -> const Bytes& {
    std::vector<api::Query> queries;
    for (int i = 0; i < kEventsPerEnvelope; ++i, ++number)
      queries.emplace_back(
          support::view(user(number), "item" + std::to_string(number % 3'000), "m" + std::to_string(number)));
    envelope = encoded(std::move(queries), n);
    return envelope;
  };
  adapters::KafkaSettings theirs = settings;
  theirs.prefix = "kindred.";
  const auto log = adapters::KafkaLog::open(theirs);
  if (!log.ok()) throw std::runtime_error(log.error().what);
  const auto entries = [&] {
    std::uint64_t ends = 0;
    for (std::uint16_t p = 0; p < settings.partitions; ++p)
      ends += log.value()->bounds({records::Topic::kEvents, {p}}).value().end;
    return static_cast<double>(ends);
  };
  // A gateway puts what waits for a partition into one entry: the reference gets entries of that size.
  std::vector<double> ours, bare, each;
  for (int turn = 0; turn < kTurns; ++turn) {
    const double before = entries();
    const auto load = Load(told.at(2)).closed(next, kEnvelopes, kSeconds, no_error);
    ours.push_back(kEventsPerEnvelope * load.per_second);
    each.push_back(static_cast<double>(kEventsPerEnvelope * load.answers) / (entries() - before));
    bare.push_back(bare_producer_entries_per_second(settings,
                                                    static_cast<std::size_t>(kEventBytes * each.back()),
                                                    std::size_t{kEnvelopes} * settings.partitions, kSeconds) *
                   each.back());
  }
  const double ratio = median(ours) / median(bare);
  std::printf("durable events/s, envelopes of %d, one gateway: %.0f; bare producer, entries of the same %.1f "
              "events: %.0f; "
              "ratio %.3f (>= .4)%s\n",
              kEventsPerEnvelope, median(ours), median(each), median(bare), ratio,
              ratio < .4 ? "  below" : "");
}

// ---- what is acknowledged is read ----

/// Events through one node, beside what is measured. Ends with the object.
class Background {
public:
  static constexpr int kPerSecond = 1'000, kPerEnvelope = 10;
  explicit Background(const std::string& endpoint)
      : client_(client_of(endpoint)), thread_([this] { run(); }) {}
  ~Background() {
    closing_ = true;
    thread_.join();
  }
  std::uint64_t acked() const { return acked_; }
  std::uint64_t failed() const { return failed_; }

private:
  void run() {
    const auto begin = Clock::now();
    for (std::uint64_t n = 0; !closing_; ++n) {
      std::this_thread::sleep_until(begin +
                                    n * std::chrono::microseconds(1'000'000) / (kPerSecond / kPerEnvelope));
      std::vector<api::Query> views;
      for (std::uint64_t i = n * kPerEnvelope; i < (n + 1) * kPerEnvelope; ++i)
        views.emplace_back(support::view(user(i), "item" + std::to_string(i % 300), "b" + std::to_string(i)));
      client_.call(support::request_of(std::move(views)), [this](const client::Outcome& outcome) {
        (outcome.ok() ? acked_ : failed_) += kPerEnvelope;
      });
    }
  }
  std::atomic<std::uint64_t> acked_{0}, failed_{0};
  std::atomic<bool> closing_{false};
  client::Client client_;
  std::thread thread_;
};

/// A closed loop of one: a view, then a decision and a profile that must reflect it.
struct Fresh {
  std::vector<double> acked_ms, read_ms, whole_ms; ///< until acknowledged, from there until read, both
  std::uint64_t number = 0;
  std::map<std::string, std::uint64_t> told; ///< events by user; nobody else has these users

  void loop(client::Client& writer, client::Client& reader, double seconds) {
    for (const auto begin = Clock::now(); since(begin) < seconds; ++number) {
      const std::string who = "fresh" + std::to_string(number % 1'000);
      const auto asked = Clock::now();
      support::expect<api::Accepted>(
          writer, support::view(who, "item" + std::to_string(number % 300), "r" + std::to_string(number)));
      acked_ms.push_back(1e3 * since(asked));
      reader.remember(writer.positions());
      const auto begun = Clock::now();
      api::Decide decide;
      decide.user_id = who;
      api::GetProfile profile;
      profile.user_id = who;
      profile.brief = true;
      const auto answer = reader.call(support::request_of({decide, profile}));
      if (!answer.ok()) throw std::runtime_error(answer.error().message);
      read_ms.push_back(1e3 * since(begun));
      whole_ms.push_back(1e3 * since(asked));
      for (const auto& body : answer.value().bodies) {
        if (const auto* error = std::get_if<api::Error>(&body)) throw std::runtime_error(error->message);
        if (const auto* read = std::get_if<api::Profile>(&body); read && read->events != ++told[who])
          throw std::runtime_error("a profile does not show what was acknowledged");
      }
    }
  }
  void forget() { acked_ms = read_ms = whole_ms = {}; }
};

void fresh(const Names& told) {
  const adapters::KafkaSettings settings = bare_topics(told);

  auto writer = client_of(told.at(2), false), reader = client_of(told.at(3), false);
  const Background background(told.at(2));
  Fresh all;
  all.loop(writer, reader, 1);
  all.forget(); // connections were made, users were new
  std::vector<double> reads, bare, all_seen;
  const auto begin = Clock::now();
  const auto before = background.acked();
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto from = static_cast<std::ptrdiff_t>(all.read_ms.size());
    all.loop(writer, reader, kSeconds);
    reads.push_back(median({all.read_ms.begin() + from, all.read_ms.end()}));
    const auto seen = bare_produce_to_seen_us(settings, kEventBytes, kSeconds);
    bare.push_back(median(seen) / 1e3);
    all_seen.insert(all_seen.end(), seen.begin(), seen.end());
  }
  const double rate = static_cast<double>(background.acked() - before) / since(begin);
  const double ratio = median(reads) / median(bare), p99 = quantile(all.read_ms, .99);
  const bool alone = settings.replication == 1;
  std::printf(
      "acknowledged at one node -> decided and read through another, beside %.0f events/s (%llu failed): "
      "p50 %.2f ms, p99 %.2f ms%s, of %zu; until acknowledged p50 %.2f, p99 %.2f; both p50 %.2f, p99 "
      "%.2f; bare produce -> seen p50 %.2f, p99 %.2f; ratio of p50 %.2f%s\n",
      rate, static_cast<unsigned long long>(background.failed()), quantile(all.read_ms, .5), p99,
      alone ? (p99 > 25 ? " (<= 25)  above" : " (<= 25)") : "", all.read_ms.size(),
      quantile(all.acked_ms, .5), quantile(all.acked_ms, .99), quantile(all.whole_ms, .5),
      quantile(all.whole_ms, .99), median(bare), quantile(all_seen, .99) / 1e3, ratio,
      alone ? "" : (ratio > 2 ? " (<= 2)  above" : " (<= 2)"));
}

/// Users in a row, one event after the other.
void fill(const Names& told) {
  const std::uint64_t users = std::stoull(told.at(1)), events = std::stoull(told.at(2));
  auto client = client_of(told.at(0));
  std::counting_semaphore<kEnvelopes> room(kEnvelopes);
  std::atomic<std::uint64_t> failed{0};
  std::vector<api::Query> views;
  const auto send = [&] {
    room.acquire();
    client.call(support::request_of(std::exchange(views, {})), [&](const client::Outcome& outcome) {
      failed += !outcome.ok() || std::holds_alternative<api::Error>(outcome.value().bodies.front());
      room.release();
    });
  };
  for (std::uint64_t n = 0; n < users * events; ++n) {
    views.push_back(support::view("crowd" + std::to_string(n % users),
                                  "item" + std::to_string(n * 7 % 10'000), "c" + std::to_string(n)));
    if (views.size() == kEventsPerEnvelope) send();
  }
  if (!views.empty()) send();
  for (int i = 0; i < kEnvelopes; ++i) room.acquire();
  if (failed != 0) throw std::runtime_error(std::to_string(failed) + " envelopes were refused");
}

// ---- decisions over nodes ----

void decisions(const Names& told) {
  const api::Cluster cluster = cluster_at(told.at(0));
  const auto partitions = static_cast<std::uint16_t>(cluster.map.size());
  {
    auto client = client_of(told.at(0));
    for (std::uint64_t n = 0; n < 1'000; n += 100) { // who is known, and what is popular
      std::vector<api::Query> views;
      for (std::uint64_t i = n; i < n + 100; ++i)
        views.emplace_back(support::view(user(i), "item" + std::to_string(i % 300)));
      if (!client.call(support::request_of(std::move(views))).ok())
        throw std::runtime_error("no answer to events");
    }
  }
  // Of one partition, so that both are one node each.
  const auto& replicas = cluster.map.at(0);
  std::string here = cluster.members.at(replicas.front()).clients, elsewhere;
  for (std::uint16_t m = 0; m < cluster.members.size(); ++m)
    if (std::find(replicas.begin(), replicas.end(), m) == replicas.end())
      elsewhere = cluster.members[m].clients;
  if (here.empty() || elsewhere.empty())
    throw std::runtime_error("every node has the partition: start three");
  std::vector<Bytes> requests;
  for (std::uint64_t n = 0; n < 1'000; ++n) {
    if (partition_of(slot_of(cluster.tenant, user(n)), partitions).value != 0) continue;
    api::Decide decide;
    decide.user_id = user(n);
    decide.request_id = "decision-" + std::to_string(n); // as the client library sends it
    requests.push_back(encoded({decide}, n));
  }
  const auto next = [&](std::uint64_t n) -> const Bytes& { return requests[n % requests.size()]; };
  std::vector<double> near, far;
  for (int turn = 0; turn < kTurns; ++turn) {
    auto one = Load(here).closed(next, 1, kSeconds, no_error);
    auto other = Load(elsewhere).closed(next, 1, kSeconds, no_error);
    near.push_back(quantile(one.latencies_us, .5) / 1e3);
    far.push_back(quantile(other.latencies_us, .5) / 1e3);
  }
  const double more = median(far) - median(near);
  std::printf("decision p50: %.3f ms at the node that has the user, %.3f at another: %.3f more (<= .3)%s\n",
              median(near), median(far), more, more > .3 ? "  above" : "");
}

// ---- a node dies ----

/// How long calls took, by when they began.
struct Calls {
  std::mutex mutex;
  std::vector<std::pair<Clock::time_point, double>> took_s;
  std::size_t failed = 0, under_way = 0;

  void began() {
    const std::lock_guard lock(mutex);
    ++under_way;
  }
  void ended(Clock::time_point begun, const client::Outcome& outcome) {
    const std::lock_guard lock(mutex);
    --under_way;
    failed += !outcome.ok() || std::holds_alternative<api::Error>(outcome.value().bodies.front());
    took_s.emplace_back(begun, since(begun));
  }
  double longest(Clock::time_point from) {
    const std::lock_guard lock(mutex);
    double most = 0;
    for (const auto& [begun, took] : took_s)
      if (begun + std::chrono::seconds(2) >= from) most = std::max(most, took);
    return most;
  }
};

void failover(const Names& told) {
  constexpr int kPerSecond = 100;
  constexpr auto kBefore = std::chrono::seconds(4), kAfter = std::chrono::seconds(8);
  const pid_t victim = std::stoi(told.at(0));
  client::Options options;
  for (std::size_t n = 1; n < told.size(); ++n)
    options.endpoint = (n == 1 ? "" : options.endpoint + ",") + told[n];
  client::Client client(options);
  Calls writes, reads;
  const auto begin = Clock::now();
  const auto kill_at = begin + kBefore;
  bool killed = false;
  for (std::uint64_t n = 0; Clock::now() < kill_at + kAfter; ++n) {
    std::this_thread::sleep_until(begin + n * std::chrono::microseconds(1'000'000 / kPerSecond));
    if (!killed && Clock::now() >= kill_at) killed = ::kill(victim, SIGKILL) == 0;
    const auto call = [&](Calls& calls, api::Query query) {
      calls.began();
      client.call(support::request_of({std::move(query)}),
                  [&calls, begun = Clock::now()](client::Outcome outcome) { calls.ended(begun, outcome); });
    };
    call(writes, support::view(user(n % 60), "item" + std::to_string(n % 300), "f" + std::to_string(n)));
    api::GetProfile profile;
    profile.user_id = user(n % 60);
    profile.brief = true;
    call(reads, profile);
  }
  const auto out = [](Calls& calls) {
    const std::lock_guard lock(calls.mutex);
    return calls.under_way;
  };
  while (out(writes) + out(reads) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto counts = client.counts();
  std::printf("SIGKILL of a node%s: longest write %.3f s (<= 1), longest read %.3f s (<= 1); %zu of %zu "
              "writes and %zu of %zu "
              "reads failed; %llu calls moved, %llu sent again, %llu reads hedged\n",
              killed ? "" : " (it was not there)", writes.longest(kill_at), reads.longest(kill_at),
              writes.failed, writes.took_s.size(), reads.failed, reads.took_s.size(),
              static_cast<unsigned long long>(counts.moved), static_cast<unsigned long long>(counts.resends),
              static_cast<unsigned long long>(counts.hedges));
}

void run(const Names& arguments) {
  const std::string row = arguments.empty() ? "" : arguments.front();
  const Names told(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (row == "durable" && told.size() == 3) return durable(told);
  if (row == "decisions" && told.size() == 1) return decisions(told);
  if (row == "fresh" && told.size() == 4) return fresh(told);
  if (row == "fill" && told.size() == 3) return fill(told);
  if (row == "failover" && told.size() >= 2) return failover(told);
  throw std::runtime_error(
      "rows are: durable BOOTSTRAP REPLICATION ENDPOINT, decisions ENDPOINT, fresh BOOTSTRAP REPLICATION "
      "ENDPOINT OTHER, fill ENDPOINT USERS EVENTS, failover PID ENDPOINT…");
}

} // namespace
} // namespace kindred::bench

int main(int count, char** arguments) {
  try {
    kindred::bench::run({arguments + 1, arguments + count});
    return EXIT_SUCCESS;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "cluster_bench: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
