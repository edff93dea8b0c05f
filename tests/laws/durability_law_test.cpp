// Law durability: what was acknowledged survives SIGKILL at any instruction, exactly once; what was not is there once or
// not at all, until it is sent again with the same ids.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

constexpr int kUsers = 16;
constexpr int kPerEnvelope = 16;
constexpr int kUnderWay = 8;

/// 20, or $KINDRED_KILLS (./dev bench speed runs 100).
int kills() {
  const char* told = std::getenv("KINDRED_KILLS");
  return told != nullptr ? std::atoi(told) : 20;
}

/// $KINDRED_SEED repeats a run; chance as to when a server dies, not as to what it is sent.
std::uint64_t seed() {
  const char* told = std::getenv("KINDRED_SEED");
  return told != nullptr ? std::strtoull(told, nullptr, 10) : std::random_device{}();
}

/// Half of the starts over a killed server's data must be ready in this time; other work of the machine may slow one.
constexpr std::chrono::milliseconds kReadyMedianMax{2'000};

/// Sends events without pause and keeps which of them were acknowledged.
class Tracker {
public:
  /// Sends again some of what former lives left without a verdict, then new events, until the time is over; answers may
  /// never come.
  void run_until_killed(support::ServerProcess& server, std::chrono::microseconds alive) {
    auto options = server.client_options();
    options.waiting_max = kUnderWay;
    options.deadline_ms = 5'000;
    client::Client client(options);
    std::vector<int> open = unacknowledged();
    open.resize(std::min<std::size_t>(open.size() / 2, kPerEnvelope));
    if (!open.empty()) send(client, open);
    const auto end = std::chrono::steady_clock::now() + alive;
    while (std::chrono::steady_clock::now() < end) {
      if (under_way_ >= kUnderWay) continue;
      send(client, fresh());
    }
    server.kill();
  } // closing the client fails what is under way

  /// Every acknowledged event is there, and none without a verdict more than once.
  void check(support::ServerProcess& server, const std::string& where) {
    std::map<std::string, std::uint64_t> least, most;
    for (int n = 0; n < next_; ++n) {
      ++most[user(n)];
      if (acknowledged_.contains(n)) ++least[user(n)];
    }
    client::Client client(server.client_options());
    for (const auto& [user, events] : most) {
      const std::uint64_t found = support::events_of(client, user);
      EXPECT_GE(found, least[user]) << user << " lost events: " << where;
      EXPECT_LE(found, events) << user << " has events twice: " << where;
    }
  }

  /// Sends again all that was never acknowledged, until it is.
  void resend(support::ServerProcess& server) {
    client::Client client(server.client_options());
    const std::vector<int> open = unacknowledged();
    for (std::size_t at = 0; at < open.size(); at += kPerEnvelope) {
      const std::vector<int> part(open.begin() + at, open.begin() + std::min(open.size(), at + kPerEnvelope));
      const auto answer = client.call(envelope(part));
      ASSERT_TRUE(answer.ok()) << answer.error().message;
      take(part, answer);
    }
  }

  int sent() const { return next_; }
  std::size_t acknowledged() const { return acknowledged_.size(); }
  static std::string user(int n) { return "user" + std::to_string(n % kUsers); }

private:
  std::vector<int> unacknowledged() {
    const std::lock_guard lock(mutex_);
    std::vector<int> open;
    for (int n = 0; n < next_; ++n) {
      if (!acknowledged_.contains(n)) open.push_back(n);
    }
    return open;
  }

  std::vector<int> fresh() {
    std::vector<int> numbers(kPerEnvelope);
    for (int& n : numbers) n = next_++;
    return numbers;
  }

  static api::Request envelope(const std::vector<int>& numbers) {
    std::vector<api::Query> queries;
    for (const int n : numbers) {
      queries.emplace_back(support::view(user(n), "item" + std::to_string(n % 50), "m" + std::to_string(n)));
    }
    return support::request_of(std::move(queries));
  }

  void send(client::Client& client, const std::vector<int>& numbers) {
    ++under_way_;
    client.call(envelope(numbers), [this, numbers](client::Outcome outcome) {
      --under_way_;
      take(numbers, outcome);
    });
  }

  void take(const std::vector<int>& numbers, const client::Outcome& outcome) {
    if (!outcome.ok() || outcome.value().bodies.size() != numbers.size()) return;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (std::holds_alternative<api::Accepted>(outcome.value().bodies[i])) acknowledged_.insert(numbers[i]);
    }
  }

  std::atomic<int> under_way_{0};
  int next_ = 0;
  std::mutex mutex_;
  std::set<int> acknowledged_;
};

TEST(DurabilityLaw, AcknowledgedEventsSurviveSigkillExactlyOnce) {
  support::TemporaryFolder folder;
  Tracker tracker;
  const std::uint64_t chance = seed();
  Random random(chance);
  const support::ServerProcess::Settings settings{
      .data_dir = folder.path() / "data", .partitions = 4, .clock = "wall", .more = {}, .before = {}};
  std::vector<std::chrono::milliseconds> ready;
  for (int kill = 0; kill < kills(); ++kill) {
    support::ServerProcess server(settings);
    const auto before = std::chrono::steady_clock::now();
    ASSERT_TRUE(server.wait_ready()) << server.log();
    ready.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before));
    tracker.check(server, "seed " + std::to_string(chance) + ", life " + std::to_string(kill));
    if (HasFailure()) return;
    tracker.run_until_killed(server, std::chrono::microseconds(10'000 + random.below(300'000)));
  }
  support::ServerProcess server(settings);
  ASSERT_TRUE(server.wait_ready()) << server.log();
  ASSERT_GT(tracker.acknowledged(), 0u);
  const auto acknowledged = tracker.acknowledged();
  // Only what was never acknowledged is sent again: a lost acknowledged event makes a count too small, one folded twice
  // makes it too large.
  tracker.resend(server);
  client::Client client(server.client_options());
  std::map<std::string, std::uint64_t> expected;
  for (int n = 0; n < tracker.sent(); ++n) ++expected[Tracker::user(n)];
  for (const auto& [user, count] : expected)
    EXPECT_EQ(support::events_of(client, user), count) << user << ", seed " << chance;
  std::sort(ready.begin(), ready.end());
  EXPECT_LT(ready[ready.size() / 2], kReadyMedianMax);
  RecordProperty("kills", kills());
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
  RecordProperty("slowest_ready_ms", static_cast<int>(ready.back().count()));
  std::printf("%d kills, %zu events acknowledged before them, %d sent, slowest ready %lld ms, seed %llu\n",
              kills(), acknowledged, tracker.sent(), static_cast<long long>(ready.back().count()),
              static_cast<unsigned long long>(chance));
}

} // namespace
} // namespace kindred
