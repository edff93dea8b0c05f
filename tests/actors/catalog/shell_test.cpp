#include <gtest/gtest.h>

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/catalog/messages.hpp"
#include "actors/catalog/probe.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/engine/catalog/library_records.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::catalog {
namespace {

// The test scheduler runs actors only when told to: no threads, no sleeping, no luck.
struct CatalogShell : testing::Test {
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  support::MemoryLog log{{.partitions = 4}};
  support::MemoryStore store;
  support::HandClock clock;
  ports::SnapshotCell<Snapshot> cell;
  ports::SnapshotCell<Standing> standing;
  Probe probe;
  std::vector<LibraryAdvanced> told;
  std::uint64_t sequence = 0;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  Actor start() {
    auto actor = spawn(system, {.own_thread = false},
                       {log, store, clock, cell, standing, probe,
                        [this](LibraryAdvanced advanced) { told.push_back(std::move(advanced)); }});
    scheduler.run();
    return actor;
  }
  Bytes entry(std::string item) {
    auto record = kindred::catalog::record_of(kindred::catalog::item_of(std::move(item), 5));
    record.header.type = records::RecordType::kItem;
    return schemas::encode_entry({{WriterId{1}, 1, ++sequence}, {record}});
  }
  void produce(std::string item) {
    log.produce({records::Topic::kLibrary, {}}, entry(std::move(item)), [](ports::Verdict) {});
    scheduler.run();
  }
  bool knows(std::string_view item) const {
    return cell.get()->library.catalog(kDefaultTenant)->find(item_id(item)) != nullptr;
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

TEST_F(CatalogShell, FoldsPublishesAndTells) {
  auto actor = start();
  ASSERT_NE(cell.get(), nullptr);
  EXPECT_TRUE(standing.get()->ready);
  produce("lamp");
  EXPECT_TRUE(knows("lamp"));
  EXPECT_EQ(told.back().end, 1u);
  end(actor);
}

TEST_F(CatalogShell, ItsPulseWritesACheckpointThatTheNextOneTakesUp) {
  auto actor = start();
  produce("lamp");
  pulse();
  EXPECT_EQ(probe.checkpoints, 0u);
  clock.pass(kCheckpointEvery);
  pulse();
  EXPECT_EQ(probe.checkpoints, 1u);
  end(actor);

  auto next = start();
  EXPECT_TRUE(knows("lamp"));
  EXPECT_EQ(probe.entries, 1u) << "from the checkpoint, not from the log";
  produce("table");
  EXPECT_TRUE(knows("table"));
  end(next);
}

TEST_F(CatalogShell, FoldsInAThreadOfItsOwn) {
  // Nothing but a real thread shows that: wait for the cell, which is what others do.
  auto actor =
      spawn(system, {.own_thread = true}, {log, store, clock, cell, standing, probe, [](LibraryAdvanced) {}});
  log.produce({records::Topic::kLibrary, {}}, entry("lamp"), [](ports::Verdict) {});
  while (cell.get() == nullptr || !knows("lamp")) std::this_thread::yield();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

} // namespace
} // namespace kindred::actors::catalog
