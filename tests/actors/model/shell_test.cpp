#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/model/messages.hpp"
#include "actors/model/probe.hpp"
#include "tests/actors/model/scripted_shards.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::model {
namespace {

const records::Stream kModelsLog{records::Topic::kModels, {}};

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck. Shards answer at once; the models
// log's fold is told of every entry.
struct ModelShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 2}};
  support::HandClock clock;
  ports::SnapshotCell<catalog::Snapshot> library;
  ports::SnapshotCell<fast_models::Snapshot> models;
  ports::SnapshotCell<Standing> standing;
  Probe probe;
  ModelsFold fold{models};
  ScriptedShards shards{2};
  std::vector<ToShard> told;
  std::vector<user_shard::PartDone> parts;
  std::vector<Settled> settled;
  std::vector<Rounds> ended;
  int began = 0;
  bool shards_answer = true;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  Actor actor;
  std::unique_ptr<ports::Subscription> tail;

  void SetUp() override {
    clock.set(rounds::kAsOf);
    shards.put(choosers());
    library.publish(std::make_shared<const catalog::Snapshot>());
    tail = log.tail(kModelsLog, 0,
                    {.on_entries =
                         [this](std::vector<ports::LogEntry> entries) {
                           for (auto& entry : entries) fold.append(std::move(entry.bytes));
                           fold.fold();
                           caf::anon_send(actor, SnapshotsMoved{});
                         },
                     .on_caught_up = [](std::uint64_t) {},
                     .on_error = [](ports::LogError) {}});
  }
  void TearDown() override {
    tail.reset();
    if (!actor) return;
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
  Dependencies dependencies() {
    return {log,
            clock,
            library,
            models,
            [](PartitionId) { return std::make_shared<const user_shard::Standing>(); },
            standing,
            probe,
            [this](ToShard message) {
              told.push_back(message);
              if (shards_answer)
                std::visit([this](auto report) { caf::anon_send(actor, std::move(report)); },
                           shards.answer(message));
            },
            [this](user_shard::PartDone done) { parts.push_back(std::move(done)); },
            [this](Settled one) { settled.push_back(std::move(one)); },
            [this](TenantId, const Rounds& rounds) { ended.push_back(rounds); },
            [this] { ++began; }};
  }
  void make(bool follows_events = false) {
    Settings settings;
    settings.learner = "ranker";
    settings.partitions = 2;
    settings.writer = {300};
    settings.follows_events = follows_events;
    settings.own_thread = false;
    actor = spawn(system, settings, dependencies());
  }
  void start(bool follows_events = false) {
    make(follows_events);
    send(Start{});
  }
  template <class Message>
  void send(Message message) {
    caf::anon_send(actor, std::move(message));
    scheduler.run();
  }
  void pass(Duration d) {
    clock.pass(d);
    scheduler.trigger_timeouts();
    scheduler.run();
  }
};

TEST_F(ModelShell, DoesNothingBeforeStart) {
  make();
  scheduler.run();
  EXPECT_EQ(began, 0);
  EXPECT_TRUE(told.empty());
  send(Start{});
  EXPECT_EQ(began, 1);
  EXPECT_FALSE(told.empty());
}

TEST_F(ModelShell, ARoundRunsThroughMessages) {
  start();
  ASSERT_NE(standing.get(), nullptr);
  const Rounds rounds = standing.get()->tenants.at(kDefaultTenant);
  EXPECT_TRUE(rounds.published) << rounds.outcome;
  EXPECT_EQ(rounds.as_of, rounds::kAsOf) << "the clock's time, though it began with its first message";
  ASSERT_NE(fold.line("ranker"), nullptr);
  EXPECT_EQ(fold.line("ranker")->champion->model->trained_at, rounds::kAsOf);
  EXPECT_EQ(probe.rounds_done, 1u);
  ASSERT_EQ(ended.size(), 1u) << "operators hear of it";
  EXPECT_EQ(ended[0].outcome, rounds.outcome);
  EXPECT_FALSE(ended[0].given_up);
  pass(kPulse);
  EXPECT_EQ(probe.rounds, 1u);
}

TEST_F(ModelShell, ItsPulsesTellItOfTheTime) {
  start();
  pass(kHour * 12);
  EXPECT_EQ(probe.rounds, 2u) << "midnight";
  shards_answer = false;
  pass(kDay);
  EXPECT_EQ(probe.rounds, 3u);
  EXPECT_NE(standing.get()->tenants.at(kDefaultTenant).running, 0u);
  pass(kStepDeadline);
  EXPECT_EQ(probe.rounds_abandoned, 0u);
  pass(kPulse);
  EXPECT_EQ(probe.rounds_abandoned, 1u);
}

TEST_F(ModelShell, ARoundThatBeginsWithTheActorIsNotGivenUpAtItsFirstPulse) {
  shards_answer = false;
  start();
  pass(kPulse);
  EXPECT_EQ(probe.rounds, 1u);
  EXPECT_EQ(probe.rounds_abandoned, 0u);
}

TEST_F(ModelShell, AnswersWhoAsksAndWhoSettles) {
  start(true);
  EXPECT_TRUE(told.empty()) << "the events clock";
  send(Ask{7, 2, kDefaultTenant, clock.now(), api::TrainModel{"ranker"}});
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].ticket, 7u);
  EXPECT_EQ(parts[0].partition, kNoPartition);
  ASSERT_EQ(parts[0].items.size(), 1u);
  EXPECT_EQ(parts[0].items[0].query, 2u);
  EXPECT_TRUE(std::holds_alternative<api::Round>(parts[0].items[0].body));
  send(Settle{9, rounds::kAsOf + kHour});
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].ticket, 9u);
  EXPECT_EQ(settled[0].models_end, 1u);
  EXPECT_EQ(standing.get()->tenants.at(kDefaultTenant).as_of, rounds::kAsOf + kHour);
}

TEST_F(ModelShell, EndsWhereTheLogCannotBeOpened) {
  log.fail(ports::LogError::kIo);
  make();
  bool ended = false;
  actor->attach_functor([&](const caf::error& reason) { ended = reason != caf::exit_reason::user_shutdown; });
  send(Start{});
  EXPECT_TRUE(ended) << "its supervisor makes it again";
  EXPECT_TRUE(told.empty());
}

TEST_F(ModelShell, TheNextLifeGoesOnWithGreaterNumbers) {
  start();
  const auto number = standing.get()->tenants.at(kDefaultTenant).last;
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  scheduler.run();
  clock.pass(kHour * 12);
  start();
  EXPECT_EQ(began, 2);
  EXPECT_GT(standing.get()->tenants.at(kDefaultTenant).last, number);
}

TEST_F(ModelShell, SolvesInAThreadOfItsOwn) {
  // Nothing but a real thread shows that: wait for what it does first, which is to say that it began.
  std::atomic<bool> elsewhere{false};
  auto with = dependencies();
  const auto here = std::this_thread::get_id();
  with.thread_began = [&] { elsewhere = std::this_thread::get_id() != here; };
  with.to_shard = [](ToShard) {};
  Settings settings;
  settings.learner = "ranker";
  settings.partitions = 2;
  auto detached = spawn(system, settings, with);
  caf::anon_send(detached, Start{});
  while (!elsewhere) std::this_thread::yield();
  caf::anon_send_exit(detached, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
}

} // namespace
} // namespace kindred::actors::model
