#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/user_shard/messages.hpp"
#include "actors/user_shard/probe.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/actors/user_shard/shard_world.hpp"
#include "tests/support/hand_clock.hpp"

namespace kindred::actors::user_shard {
namespace {

/// What leaves through the Link.
class Outbox final : public ports::Link {
public:
  void reply(std::vector<Outgoing> answers) override {
    for (auto& answer : answers) replies.push_back(std::move(answer));
  }
  void publish(std::string topic, Bytes) override { topics.push_back(std::move(topic)); }
  std::vector<Outgoing> replies;
  std::vector<std::string> topics;
};

/// A broker that takes its time to tell where a log ends, while `held`.
class SlowLog final : public support::MemoryLog {
public:
  using MemoryLog::MemoryLog;
  Result<Bounds, ports::LogError> bounds(const records::Stream& stream) override {
    held.wait(true);
    return MemoryLog::bounds(stream);
  }
  std::atomic<bool> held = false;
};

// The test scheduler runs actors only when told to; threads look at the log, and are waited for. The fast models and the library
// are snapshots put into their cells by hand.
struct ShardShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  SlowLog log{{.partitions = 1}};
  support::MemoryStore store;
  Outbox outbox;
  support::HandClock clock;
  ports::SnapshotCell<catalog::Snapshot> library;
  ports::SnapshotCell<fast_models::Snapshot> models;
  ports::SnapshotCell<Standing> standing;
  Probe probe;
  ports::Turns rounds_turns{1}, replay_turns{1};
  std::vector<PartDone> parts;
  std::vector<HandBack> backs;
  std::vector<Settled> settled;
  std::vector<replay::Recall> recalls;
  std::vector<Rounds::Report> reports;
  std::vector<Standing> turns;
  std::uint64_t sequence = 0;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  Actor actor;

  void SetUp() override {
    library.publish(std::make_shared<const catalog::Snapshot>());
    auto snapshot = std::make_shared<fast_models::Snapshot>();
    snapshot->last_to = {0};
    models.publish(snapshot);
    start();
  }
  /// Until nothing is left to do, for what looks at the log beside the actor neither.
  void run() {
    for (bool more = true; more;) {
      const bool beside = system.detached_actors() > 0;
      more = scheduler.run() > 0 || beside;
      if (beside) std::this_thread::yield();
    }
  }
  void TearDown() override {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    run();
  }
  void start() {
    spawn_it();
    caf::anon_send(actor, Start{});
    run();
  }
  void spawn_it() {
    actor = spawn(system, {.partition = {}, .writer = {100}},
                  {log, store, outbox, clock, library, models, standing, probe, rounds_turns, replay_turns,
                   [this](PartDone done) { parts.push_back(std::move(done)); },
                   [this](HandBack back) { backs.push_back(std::move(back)); },
                   [this](Settled one) { settled.push_back(one); },
                   [this](replay::Recall recall) { recalls.push_back(recall); },
                   [this](Rounds::Report report) { reports.push_back(std::move(report)); },
                   [this](const Standing& standing) { turns.push_back(standing); }});
  }
  void track(records::Record record) {
    log.produce({}, schemas::encode_entry({{WriterId{77}, 1, ++sequence}, {std::move(record)}}),
                [](ports::Verdict) {});
    run();
  }
  void ask(api::Query query, bool durable = false) {
    Ask ask{++sequence, kDefaultTenant, clock.now(), clock.steady_us() + kSecond.us, {}, durable, {}};
    ask.items.push_back({0, std::move(query)});
    caf::anon_send(actor, std::move(ask));
    run();
  }
  void pass(Duration d) {
    clock.pass(d);
    scheduler.trigger_timeouts();
    run();
  }
  static api::Query profile_of(std::string user) {
    api::GetProfile query;
    query.user_id = std::move(user);
    return query;
  }
};

TEST_F(ShardShell, FoldsAndAnswers) {
  ASSERT_NE(standing.get(), nullptr);
  EXPECT_TRUE(standing.get()->ready) << standing.get()->not_ready_because;
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  ask(profile_of("ann"));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(std::get<api::Profile>(parts[0].items[0].body).events, 1u);
}

/// Once, with a reason that says what to do.
TEST_F(ShardShell, APartitionThatStopsIsTold) {
  EXPECT_TRUE(turns.empty()) << "a start is no turn";
  records::Record record;
  record.header.type = records::RecordType::kActivate;
  record.header.id = {1, 2};
  record.body = records::Activate{records::kFoldFirst + 9, "ada"};
  track(record);
  pass(kPulse);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_TRUE(turns[0].stopped);
  EXPECT_TRUE(turns[0].not_ready_because.starts_with("tooOld")) << turns[0].not_ready_because;
  EXPECT_NE(turns[0].not_ready_because.find("run a newer one"), std::string::npos);
}

TEST_F(ShardShell, DoesNothingBeforeStart) {
  TearDown();
  standing.publish(nullptr);
  actor =
      spawn(system, {.partition = {}, .writer = {100}},
            {log, store, outbox, clock, library, models, standing, probe, rounds_turns, replay_turns,
             [](PartDone) {}, [](HandBack) {}, [](Settled) {}, [](replay::Recall) {}, [](Rounds::Report) {}});
  run();
  EXPECT_EQ(standing.get(), nullptr);
}

/// Others' actors go on, on the same threads, and a round that is asked of this one meanwhile is not refused.
TEST_F(ShardShell, WaitsForALogThatIsSlowToOpenBesideTheActors) {
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  run();
  log.held = true;
  clock.pass(kSecond);
  spawn_it();
  caf::anon_send(actor, Start{});
  caf::anon_send(actor, OpenRound{{}, "rfm", 1, clock.now()});
  scheduler.run(); // it would hang here
  scheduler.trigger_timeouts();
  scheduler.run();
  EXPECT_TRUE(reports.empty());
  log.held = false;
  log.held.notify_all();
  run();
  ASSERT_FALSE(reports.empty());
  ASSERT_TRUE(std::holds_alternative<Gathered>(reports[0]));
  EXPECT_EQ(std::get<Gathered>(reports[0]).lost, "") << "a round asked for meanwhile";
}

/// Of all shards of a node few work for rounds at a time.
TEST_F(ShardShell, WorksForARoundWhenItsTurnHasCome) {
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  std::optional<ports::Turns::Turn> other(rounds_turns.ask([] {}));
  caf::anon_send(actor, OpenRound{{}, "rfm", 1, clock.now()});
  run();
  EXPECT_TRUE(reports.empty());
  other.reset();
  run();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(std::get<Gathered>(reports[0]).lost, "");
  bool given_back = false;
  const auto next = rounds_turns.ask([&] { given_back = true; });
  EXPECT_TRUE(given_back);
}

/// Questions have their turn between two slices of what there is to fold.
TEST_F(ShardShell, FoldsWhatComesInSlices) {
  Entries all;
  for (std::uint64_t n = 0; n < 3 * kFoldSlice; ++n)
    all.entries.push_back({n, schemas::encode_entry({{WriterId{77}, 1, n + 1},
                                                     {ShardWorld::event("ann", "lamp", clock.now(), n)}})});
  caf::anon_send(actor, std::move(all));
  Ask ask{++sequence, kDefaultTenant, clock.now(), clock.steady_us() + kSecond.us, {}, false, {}};
  ask.items.push_back({0, profile_of("ann")});
  caf::anon_send(actor, std::move(ask));
  run();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(std::get<api::Profile>(parts[0].items[0].body).events, kFoldSlice);
  ask = {++sequence, kDefaultTenant, clock.now(), clock.steady_us() + kSecond.us, {}, false, {}};
  ask.items.push_back({0, profile_of("ann")});
  caf::anon_send(actor, std::move(ask));
  run();
  EXPECT_EQ(std::get<api::Profile>(parts[1].items[0].body).events, 3 * kFoldSlice);
}

TEST_F(ShardShell, AppendsADurableDecisionAndTellsItAfterTheVerdict) {
  api::Decide decide;
  decide.user_id = "ann";
  decide.request_id = "r1";
  log.hold(true);
  ask(decide, true);
  EXPECT_TRUE(parts.empty());
  log.hold(false);
  log.pump();
  run();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<api::Decision>(parts[0].items[0].body));

  ask(api::Replay{std::get<api::Decision>(parts[0].items[0].body).decision});
  ASSERT_EQ(recalls.size(), 1u);
  caf::anon_send(actor, replay::Recalled{recalls[0].job, {}, api::Replayed{}});
  run();
  EXPECT_EQ(parts.size(), 2u);
}

TEST_F(ShardShell, AnswersForwardedRequestsThroughTheLink) {
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  api::Request request;
  request.request_id = 5;
  request.queries = {profile_of("ann")};
  Forward forward;
  forward.now = clock.now();
  forward.requests.push_back({{1, 9}, schemas::encode_request(request), kDefaultTenant});
  caf::anon_send(actor, std::move(forward));
  run();
  ASSERT_EQ(outbox.replies.size(), 1u);
  EXPECT_EQ(outbox.replies[0].to, (ports::ReplyTo{1, 9}));
  EXPECT_EQ(schemas::decode_answer(outbox.replies[0].bytes).value().request_id, 5u);
}

TEST_F(ShardShell, ForwardedRequestsThatDecideAreTimedFromWhereTheyWereTaken) {
  const auto forward = [&](api::Query query) {
    api::Request request;
    request.queries = {std::move(query)};
    Forward forward;
    forward.now = clock.now();
    forward.taken_us = clock.steady_us() - 4'000;
    forward.requests.push_back({{1, 9}, schemas::encode_request(request), kDefaultTenant});
    caf::anon_send(actor, std::move(forward));
    run();
  };
  forward(profile_of("ann"));
  EXPECT_EQ(probe.decisions_took.sum_us, 0u);
  api::Decide decide;
  decide.user_id = "ann";
  forward(decide);
  EXPECT_EQ(outbox.replies.size(), 2u);
  EXPECT_EQ(probe.decisions_took.sum_us, 4'000u);
}

TEST_F(ShardShell, ItsPulseFlushesAndTheNextOneTakesItUp) {
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  pass(kFlushEvery * 2);
  EXPECT_EQ(probe.flushes, 1u);
  TearDown();
  auto snapshot = std::make_shared<fast_models::Snapshot>();
  snapshot->last_to = {1};
  snapshot->end = 1;
  models.publish(snapshot); // the delta it appended is folded, else the next one waits for that
  start();
  EXPECT_EQ(probe.entries, 1u) << "from the store, not from the log";
  ask(profile_of("ann"));
  EXPECT_EQ(std::get<api::Profile>(parts.at(0).items[0].body).events, 1u);
}

TEST_F(ShardShell, PublishesWhatTheFoldNotices) {
  track(ShardWorld::event("ann", "lamp", clock.now(), 1, records::EventType::kAddToCart));
  pass(kHour * 2);
  EXPECT_EQ(outbox.topics, std::vector<std::string>{"default/cartAbandoned"});
}

TEST_F(ShardShell, SettlesAndHearsOfItsDelta) {
  caf::anon_send(actor, Settle{9, 0, clock.now()});
  run();
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].ticket, 9u);
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  pass(kDeltaEvery);
  ASSERT_EQ(probe.deltas, 1u);
  const auto deltas = log.read({records::Topic::kModels, {}}, 0, 1 << 20);
  const auto entry = schemas::decode_entry(deltas.value().at(0).bytes);
  const auto& delta = std::get<records::Delta>(entry.value().records.at(0).body);
  auto changes =
      std::make_shared<const stats::FastDelta>(stats::FastDelta::from_canonical(delta.changes).value());
  caf::anon_send(actor, DeltaSeen{{}, delta.from_offset, delta.to_offset, true, delta.to_offset, changes});
  caf::anon_send(actor, Settle{10, 1, clock.now()});
  run();
  EXPECT_EQ(settled.size(), 2u);
}

TEST_F(ShardShell, ReadsTheModelsLogWhereItsDeltasEndInTheMiddle) {
  track(ShardWorld::event("ann", "lamp", clock.now(), 1));
  pass(kDeltaEvery);
  ASSERT_EQ(probe.deltas, 1u);
  track(ShardWorld::event("ann", "table", clock.now(), 2));
  track(ShardWorld::event("ann", "chair", clock.now(), 3));
  pass(kFlushEvery * 2);
  TearDown();
  fast_models::ModelsLog others;
  log.produce({records::Topic::kModels, {}}, others.delta(0, 1, 2, 5, 1).bytes, [](ports::Verdict) {});
  auto snapshot = std::make_shared<fast_models::Snapshot>();
  snapshot->last_to = {2};
  snapshot->end = 2;
  models.publish(snapshot);
  start();
  EXPECT_TRUE(standing.get()->ready) << standing.get()->not_ready_because;
}

TEST_F(ShardShell, EndsWhereOnlyAFreshStartHelps) {
  bool ended = false;
  actor->attach_functor([&](const caf::error& reason) { ended = reason != caf::exit_reason::user_shutdown; });
  caf::anon_send(actor, DeltaSeen{{}, 7, 9, true, 9, std::make_shared<const stats::FastDelta>()});
  run();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(standing.get()->ready);
}

} // namespace
} // namespace kindred::actors::user_shard
