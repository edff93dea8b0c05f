// The node's actors as they are wired in life, over a log and a store in memory: one of them dies of a fault while users
// are tracked and decisions asked. It is made again, and nothing that was acknowledged is lost or doubled.

#include "nodes/kindred/actors.hpp"

#include <atomic>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/questions.hpp"

namespace kindred::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::comes_true;

constexpr std::uint16_t kPartitions = 2;
constexpr milliseconds kAnswerTime{500};

/// Where answers arrive, by ticket. Thread-safe.
class Inbox final : public ports::Link {
public:
  void reply(std::vector<Outgoing> answers) override {
    const std::lock_guard lock(mutex_);
    for (Outgoing& answer : answers) answers_[answer.to.ticket] = std::move(answer.bytes);
    changed_.notify_all();
  }
  void publish(std::string, Bytes) override {}

  std::optional<api::Answer> wait_for(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kAnswerTime, [&] { return answers_.contains(ticket); })) return std::nullopt;
    auto answer = schemas::decode_answer(answers_.extract(ticket).mapped());
    if (!answer.ok()) return std::nullopt;
    return answer.take();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Bytes> answers_;
};

/// Whether a client has to ask again: the server says so, or says nothing.
bool ask_again(const std::optional<api::Answer>& answer) {
  if (!answer || answer->bodies.empty()) return true;
  for (const auto& body : answer->bodies) {
    const auto* error = std::get_if<api::Error>(&body);
    if (error == nullptr) continue;
    switch (error->code) {
    case api::ErrorCode::kNotReady:
    case api::ErrorCode::kOverloaded:
    case api::ErrorCode::kUnknownOutcome:
    case api::ErrorCode::kDeadlineExceeded:
    case api::ErrorCode::kPositionNotReached:
    case api::ErrorCode::kLogUnavailable: return true;
    default: break;
    }
  }
  return false;
}

/// The world of a node, which stays when its actors end.
struct World {
  support::MemoryLog log{{.partitions = kPartitions}};
  support::MemoryStore store;
  ports::WallClock clock;
  Inbox inbox;
  std::atomic<std::uint64_t> tickets{0};
};

class Running {
public:
  explicit Running(World& world)
      : world_(world), actors(Actors::Settings{kPartitions, 1, 2, 1000},
                              Actors::Ports{world.log, world.store, world.inbox, world.clock,
                                            [] { return api::Status{}; }}) {
    actors.start();
    EXPECT_TRUE(comes_true([&] { return actors.not_ready_because().empty(); }));
  }

  /// Asks as clients do: the same again until there is an answer that stands.
  std::optional<api::Answer> ask(std::vector<api::Query> queries, records::Positions positions = {}) {
    api::Request request = support::request_of(std::move(queries));
    request.remaining_ms = 400;
    request.positions = std::move(positions);
    const auto end = std::chrono::steady_clock::now() + support::kMustCome;
    while (std::chrono::steady_clock::now() < end) {
      request.request_id = ++world_.tickets;
      actors.ask({{{1, request.request_id}, schemas::encode_request(request)}});
      const auto answer = world_.inbox.wait_for(request.request_id);
      if (!ask_again(answer)) return answer;
    }
    return std::nullopt;
  }
  template <class T>
  T expect(api::Query query, records::Positions positions = {}) {
    const auto answer = ask({std::move(query)}, std::move(positions));
    if (!answer || !std::holds_alternative<T>(answer->bodies.at(0))) {
      ADD_FAILURE() << "no answer of this kind";
      return {};
    }
    return std::get<T>(answer->bodies.at(0));
  }

private:
  World& world_;

public:
  Actors actors;
};

/// Tracks events of a few users and asks for decisions until told to stop; every event is sent until it is acknowledged.
class Shopper {
public:
  explicit Shopper(Running& running) : running_(running), thread_([this] { run(); }) {}
  ~Shopper() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t decided() const { return decided_; }
  /// After stop: events acknowledged by user, where they stand, and what went wrong.
  std::map<std::string, std::uint64_t> by_user;
  records::Positions positions;
  std::uint64_t refused = 0;

private:
  void run() {
    for (std::uint64_t n = 0; !stopping_; ++n) {
      const std::string user = "user" + std::to_string(n % 6);
      const auto answer =
          running_.ask({support::view(user, "item" + std::to_string(n % 3), "m" + std::to_string(n))});
      if (!answer || !std::holds_alternative<api::Accepted>(answer->bodies.at(0))) {
        ++refused;
        continue;
      }
      ++by_user[user];
      ++acknowledged_;
      remember(answer->positions);
      if (n % 4 != 0) continue;
      api::Decide decide;
      decide.user_id = user;
      const auto decision = running_.ask({decide});
      if (decision && std::holds_alternative<api::Decision>(decision->bodies.at(0)))
        ++decided_;
      else
        ++refused;
    }
  }
  /// The newest position of each stream and writer.
  void remember(const records::Positions& told) {
    for (const auto& position : told) {
      const auto same = [&](const auto& known) {
        return known.stream == position.stream && known.author.writer == position.author.writer;
      };
      std::erase_if(positions, same);
      positions.push_back(position);
    }
  }

  Running& running_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> acknowledged_{0}, decided_{0};
  std::thread thread_;
};

void furnish(Running& running) {
  for (int i = 0; i < 3; ++i) {
    api::PutItem put;
    put.item.item = "item" + std::to_string(i);
    put.item.published = {1'400'000'000'000'000};
    running.expect<api::Accepted>(put);
  }
}

void expect_exactly(Running& running, const Shopper& shopper) {
  EXPECT_EQ(shopper.refused, 0u);
  for (const auto& [user, events] : shopper.by_user) {
    api::GetProfile get;
    get.user_id = user;
    get.history_max = 1;
    EXPECT_EQ(running.expect<api::Profile>(get, shopper.positions).events, events) << user;
  }
}

// It dies until the supervisor waits for a while before it makes it again; who reads meanwhile is told, not left waiting.
TEST(Actors, AReadBetweenTwoLivesOfItsShardIsAnsweredByTheGateway) {
  World world;
  Running running(world);
  const PartitionId home = partition_of(slot_of(kDefaultTenant, "ann"), kPartitions);
  api::GetProfile get;
  get.user_id = "ann";
  api::Request request = support::request_of({get});
  request.remaining_ms = 200;
  bool told = false;
  const auto end = std::chrono::steady_clock::now() + support::kMustCome;
  while (!told && std::chrono::steady_clock::now() < end) {
    if (running.actors.kill("shard " + std::to_string(home.value))) continue; // it lived still
    request.request_id = ++world.tickets;
    running.actors.ask({{{1, request.request_id}, schemas::encode_request(request)}});
    const auto answer = world.inbox.wait_for(request.request_id);
    ASSERT_TRUE(answer.has_value()) << "no answer at all";
    const auto* error = std::get_if<api::Error>(&answer->bodies.at(0));
    told = error != nullptr && error->code == api::ErrorCode::kDeadlineExceeded;
  }
  EXPECT_TRUE(told);
}

class ActorsTest : public ::testing::TestWithParam<const char*> {
protected:
  World world_;
};

TEST_P(ActorsTest, AnActorThatDiesIsMadeAgainAndNothingAcknowledgedIsLostOrDoubled) {
  const std::string name = GetParam();
  Running running(world_);
  furnish(running);
  Shopper shopper(running);
  for (int death = 0; death < 3; ++death) {
    const std::uint64_t before = running.actors.restarts();
    const std::uint64_t acknowledged = shopper.acknowledged(), decided = shopper.decided();
    ASSERT_TRUE(comes_true([&] { return running.actors.kill(name); })) << "death " << death;
    ASSERT_TRUE(comes_true([&] { return running.actors.restarts() > before; })) << "it was noticed";
    ASSERT_TRUE(comes_true([&] { return running.actors.not_ready_because().empty(); }));
    ASSERT_TRUE(comes_true([&] { return shopper.acknowledged() > acknowledged + 20; })) << "tracking goes on";
    ASSERT_TRUE(comes_true([&] { return shopper.decided() > decided + 5; })) << "deciding goes on";
  }
  EXPECT_EQ(running.actors.restarts(), 3u) << "and nobody else died of it";
  shopper.stop();
  expect_exactly(running, shopper);
  EXPECT_EQ(running.expect<api::Items>(api::ListItems{}).total, 3u);
}

INSTANTIATE_TEST_SUITE_P(OneByOne, ActorsTest,
                         ::testing::Values("shard 0", "shard 1", "gateway", "fastModels", "catalog",
                                           "replay"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(ActorsTest, AllOfThemAtOnceAreMadeAgainToo) {
  Running running(world_);
  furnish(running);
  Shopper shopper(running);
  ASSERT_TRUE(comes_true([&] { return shopper.acknowledged() > 20; }));
  for (const char* name : {"gateway", "catalog", "fastModels", "replay", "shard 0", "shard 1"})
    EXPECT_TRUE(running.actors.kill(name));
  ASSERT_TRUE(comes_true([&] { return running.actors.restarts() == 6; }));
  const std::uint64_t acknowledged = shopper.acknowledged();
  ASSERT_TRUE(comes_true([&] { return shopper.acknowledged() > acknowledged + 50; }));
  shopper.stop();
  expect_exactly(running, shopper);
}

TEST_F(ActorsTest, WhatDeathsLeftIsWhatANodeWithoutThemFoldsFromTheLog) {
  std::vector<api::PartitionStatus> survived;
  {
    Running running(world_);
    furnish(running);
    Shopper shopper(running);
    for (const char* name : {"shard 0", "shard 1", "shard 0"}) {
      const std::uint64_t acknowledged = shopper.acknowledged();
      ASSERT_TRUE(comes_true([&] { return shopper.acknowledged() > acknowledged + 20; }));
      ASSERT_TRUE(comes_true([&] { return running.actors.kill(name); }));
    }
    shopper.stop();
    expect_exactly(running, shopper);
  }
  // More lives on the same log: one goes on from what was stored, another has to fold everything.
  World& world = world_;
  const auto digests = [&](ports::StateStore& store) {
    Actors actors({kPartitions, 1, 2, 1000, {}, {}, {}}, // no rounds by themselves: they append
                  {world.log, store, world.inbox, world.clock, [] { return api::Status{}; }});
    actors.start();
    EXPECT_TRUE(comes_true([&] { return actors.not_ready_because().empty(); }));
    // Shards append ticks and adoptions of their own; both lives have to be equally far to be compared.
    std::map<std::pair<std::uint16_t, std::uint64_t>, Id128> digests;
    EXPECT_TRUE(comes_true([&] {
      bool all = true;
      for (const auto& status : actors.partitions()) {
        const auto end = world.log.bounds({records::Topic::kEvents, {status.id}}).value().end;
        all = all && status.flushed == end;
        digests[{status.id, status.flushed}] = status.digest;
      }
      return all;
    }));
    return digests;
  };
  std::size_t compared = 0;
  for (int lives = 0; compared == 0 && lives < 20; ++lives) { // until none of a pair appended anything
    support::MemoryStore nothing_stored;
    const auto stored = digests(world_.store), folded = digests(nothing_stored);
    for (const auto& [at, digest] : stored) {
      const auto other = folded.find(at);
      if (other == folded.end()) continue;
      EXPECT_EQ(other->second, digest) << "partition " << at.first << " at " << at.second;
      ++compared;
    }
  }
  EXPECT_GE(compared, 1u);
}

// The second quick end of an actor is answered with a delay, in which the node must not call itself ready.
TEST_F(ActorsTest, UntilItIsMadeAgainTheNodeIsNotReadyAndSaysWhy) {
  const std::pair<const char*, const char*> names[] = {{"shard 1", "partition 1"},
                                                       {"catalog", "catalog"},
                                                       {"fastModels", "fast models"},
                                                       {"gateway", "gateway"}};
  for (const auto& [name, called] : names) {
    Running running(world_);
    bool said = false;
    for (int death = 0; death < 8 && !said; ++death) { // delays of 0, 10, 20, 40 … ms
      const std::uint64_t before = running.actors.restarts();
      ASSERT_TRUE(comes_true([&] { return running.actors.kill(name); })) << name;
      ASSERT_TRUE(comes_true([&] { return running.actors.restarts() > before; })) << name;
      for (const std::string& reason : running.actors.not_ready_because())
        said = said || reason.starts_with(std::string(called) + ": ");
    }
    EXPECT_TRUE(said) << name;
    EXPECT_TRUE(comes_true([&] { return running.actors.not_ready_because().empty(); })) << name;
  }
}

/// Brokers that are slow to give an epoch: requests come in, and nobody takes them yet.
TEST_F(ActorsTest, WhatComesBeforeThereIsAGatewayIsRefusedAtOnce) {
  world_.log.fail(ports::LogError::kIo);
  Actors actors(
      Actors::Settings{kPartitions, 1, 2, 1000},
      Actors::Ports{world_.log, world_.store, world_.inbox, world_.clock, [] { return api::Status{}; }});
  actors.start();
  api::Request request = support::request_of({api::GetProfile{"ada", {}}});
  request.request_id = 7;
  actors.ask({{{1, 7}, schemas::encode_request(request)}, {{1, 8}, "no request at all"}});
  for (const std::uint64_t ticket : {7, 8}) {
    const auto answer = world_.inbox.wait_for(ticket);
    ASSERT_TRUE(answer) << ticket;
    EXPECT_EQ(answer->request_id, ticket == 7 ? 7u : 0u);
    EXPECT_GT(answer->retry_after_ms, 0u);
    ASSERT_TRUE(std::holds_alternative<api::Error>(answer->bodies.at(0)));
    EXPECT_EQ(std::get<api::Error>(answer->bodies[0]).code, api::ErrorCode::kNotReady);
  }
  world_.log.fail(std::nullopt);
  EXPECT_TRUE(comes_true([&] { return actors.not_ready_because().empty(); }));
}

TEST_F(ActorsTest, AGatewayThatDiesWhileDrainingIsDrainedAllTheSame) {
  Running running(world_);
  furnish(running);
  ASSERT_TRUE(running.actors.kill("gateway"));
  EXPECT_TRUE(running.actors.drain(std::chrono::duration_cast<milliseconds>(support::kMustCome)));
}

TEST_F(ActorsTest, WhoDoesNotExistCannotBeKilledAndEndingTwiceIsEndingOnce) {
  Running running(world_);
  EXPECT_FALSE(running.actors.kill("shard 2"));
  EXPECT_FALSE(running.actors.kill(""));
  running.actors.end();
  running.actors.end();
  EXPECT_EQ(running.actors.restarts(), 0u) << "a shutdown is no fault";
  EXPECT_FALSE(running.actors.kill("gateway")) << "and leaves nobody behind";
  EXPECT_FALSE(running.actors.not_ready_because().empty());
}

} // namespace
} // namespace kindred::node
