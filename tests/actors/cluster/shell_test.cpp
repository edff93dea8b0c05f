#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/cluster/messages.hpp"
#include "actors/cluster/probe.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::cluster {
namespace {

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct ClusterShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  struct Node {
    ports::SnapshotCell<Standing> standing;
    Probe probe;
    Actor actor;
  };
  support::MemoryLog log{{.partitions = 8}};
  support::HandClock clock;
  std::uint64_t folded = 0;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  void start(Node& node, const std::string& name, std::uint64_t life = 1) {
    node.actor = spawn(system, {"shop", name, life, "tcp://x:1", "", 100, 2, 8, {life}, ""},
                       {log, node.standing, node.probe,
                        [this] {
                          return Surroundings{clock.now(), clock.steady_us(), {}, {0, 1}, ++folded};
                        },
                        false});
    scheduler.run();
  }
  void pulse(int times = 1) {
    for (int i = 0; i < times; ++i) {
      clock.pass(kPulse);
      scheduler.trigger_timeouts();
      scheduler.run();
    }
  }
  void end(Node& node) {
    caf::anon_send_exit(node.actor, caf::exit_reason::user_shutdown);
    scheduler.run();
  }
};

TEST_F(ClusterShell, JoinsFoldsAndPublishes) {
  Node a;
  start(a, "a");
  ASSERT_NE(a.standing.get(), nullptr);
  EXPECT_FALSE(a.standing.get()->ready);
  pulse(2);
  EXPECT_TRUE(a.standing.get()->ready);
  EXPECT_EQ(a.standing.get()->map.nodes, std::vector<std::string>{"a"});
  EXPECT_EQ(a.probe.replica_of, 8);
  end(a);
}

TEST_F(ClusterShell, TwoAgreeAndOneThatEndsLeavesTheMap) {
  Node a, b;
  start(a, "a", 1);
  start(b, "b", 2);
  pulse(3);
  EXPECT_EQ(a.standing.get()->map, b.standing.get()->map);
  EXPECT_EQ(a.standing.get()->map.nodes.size(), 2u);
  end(b);
  pulse(70);
  EXPECT_EQ(a.standing.get()->map.nodes, std::vector<std::string>{"a"});
  start(b, "b", 3);
  pulse(3);
  EXPECT_EQ(a.standing.get()->map.nodes.size(), 2u);
  EXPECT_EQ(a.standing.get()->map, b.standing.get()->map);
  caf::anon_send(a.actor, DrainMember{{"b", true, "ada"}});
  scheduler.run();
  pulse(2);
  EXPECT_EQ(b.standing.get()->map.nodes, std::vector<std::string>{"a"});
  end(a);
  end(b);
}

TEST_F(ClusterShell, TrimsTheControlLog) {
  Node a;
  start(a, "a");
  pulse(static_cast<int>((kControlKept + kTrimEvery * 3).us / kPulse.us));
  EXPECT_GE(a.probe.trims, 1u);
  EXPECT_GT(log.bounds({records::Topic::kControl, {}}).value().begin, 0u);
  end(a);
}

} // namespace
} // namespace kindred::actors::cluster
