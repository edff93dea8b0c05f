#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/log_keeper/messages.hpp"
#include "actors/log_keeper/probe.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::log_keeper {
namespace {

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct LogKeeperShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 2}};
  support::HandClock clock;
  Probe probe;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  void append(std::uint16_t partition) {
    records::Entry entry;
    records::Record record;
    record.header.type = records::RecordType::kEvent;
    record.header.stamp = clock.now();
    record.body = records::Event{};
    entry.records.push_back(record);
    log.produce({records::Topic::kEvents, {partition}}, schemas::encode_entry(entry), [](ports::Verdict) {});
  }
  std::uint64_t begin_of(std::uint16_t partition) {
    return log.bounds({records::Topic::kEvents, {partition}}).value().begin;
  }
};

TEST_F(LogKeeperShell, TrimsWhatIsOldAndStored) {
  std::uint64_t stored = 2;
  bool synced = false;
  const auto actor =
      spawn(system, {2, kMinute},
            {log, clock, probe, [&](PartitionId) { return stored; }, [&] { return synced; }, false});
  scheduler.run();
  for (int n = 0; n < 5; ++n) {
    append(0);
    append(1);
    clock.pass(kSecond * 10);
  }
  const auto pulse = [&](Duration passed) {
    clock.pass(passed);
    scheduler.trigger_timeouts();
    scheduler.run();
  };
  pulse(kSecond * 6);
  EXPECT_EQ(begin_of(0), 0u) << "nothing is a minute old";
  pulse(kSecond * 28);
  EXPECT_EQ(begin_of(0), 0u) << "what is stored is not on the disk";
  EXPECT_GT(probe.failed.exchange(0), 0u);
  synced = true;
  pulse(kSecond * 6);
  EXPECT_EQ(begin_of(0), 2u) << "of three old ones two are stored";
  EXPECT_EQ(begin_of(1), 2u);
  stored = 100;
  pulse(kSecond * 6);
  EXPECT_EQ(begin_of(0), 4u);
  pulse(kHour);
  EXPECT_EQ(begin_of(0), 5u);
  EXPECT_EQ(probe.failed, 0u);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  scheduler.run();
}

} // namespace
} // namespace kindred::actors::log_keeper
