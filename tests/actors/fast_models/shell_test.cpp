#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/fast_models/messages.hpp"
#include "actors/fast_models/probe.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::fast_models {
namespace {

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct FastModelsShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 4}};
  support::MemoryStore store;
  support::HandClock clock;
  ports::SnapshotCell<Snapshot> cell;
  ports::SnapshotCell<Standing> standing;
  Probe probe;
  std::vector<DeltaSeen> told;
  std::vector<std::uint64_t> advanced;
  ModelsLog entries;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  Actor start() {
    auto actor = spawn(system, {.partitions = 4, .own_thread = false},
                       {log, store, clock, cell, standing, probe,
                        [this](DeltaSeen seen) { told.push_back(std::move(seen)); },
                        [this](std::uint64_t end) { advanced.push_back(end); }});
    scheduler.run();
    return actor;
  }
  void produce(ports::LogEntry entry) {
    log.produce({records::Topic::kModels, {}}, std::move(entry.bytes), [](ports::Verdict) {});
    scheduler.run();
  }
  void pulse() {
    scheduler.trigger_timeouts();
    scheduler.run();
  }
  void end(const Actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
};

TEST_F(FastModelsShell, FoldsPublishesAndTells) {
  auto actor = start();
  ASSERT_NE(cell.get(), nullptr);
  EXPECT_TRUE(standing.get()->ready);
  produce(entries.delta(1, 0, 10, 5, 3));
  EXPECT_EQ(cell.get()->last_to[1], 10u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].applied);
  EXPECT_EQ(advanced.back(), 1u);
  end(actor);
}

TEST_F(FastModelsShell, ItsPulseWritesACheckpointThatTheNextOneTakesUp) {
  auto actor = start();
  produce(entries.delta(1, 0, 10, 5, 3));
  pulse();
  EXPECT_EQ(probe.checkpoints, 0u);
  clock.pass(kCheckpointEvery);
  pulse();
  EXPECT_EQ(probe.checkpoints, 1u);
  end(actor);

  auto next = start();
  produce(entries.delta(1, 10, 20, 5, 3));
  EXPECT_EQ(cell.get()->last_to[1], 20u);
  EXPECT_EQ(probe.deltas_refused, 0u);
  end(next);
}

TEST_F(FastModelsShell, FoldsInAThreadOfItsOwn) {
  // Nothing but a real thread shows that: wait for the cell, which is what others do.
  auto actor = spawn(system, {.partitions = 4, .own_thread = true},
                     {log, store, clock, cell, standing, probe, [](DeltaSeen) {}, [](std::uint64_t) {}});
  log.produce({records::Topic::kModels, {}}, entries.delta(1, 0, 10, 5, 3).bytes, [](ports::Verdict) {});
  while (cell.get() == nullptr || cell.get()->last_to[1] != 10u) std::this_thread::yield();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

} // namespace
} // namespace kindred::actors::fast_models
