#include "actors/catalog/state.hpp"

#include <gtest/gtest.h>

#include "schemas/codec/entry_codec.hpp"
#include "tests/engine/catalog/library_records.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::catalog {
namespace {

using kindred::catalog::item_of;
using kindred::catalog::LibraryError;
using kindred::catalog::record_of;

/// Carries the effects of a state out by hand and remembers them.
struct CatalogState : testing::Test {
  std::shared_ptr<support::MemoryStoreDisk> disk = std::make_shared<support::MemoryStoreDisk>();
  support::MemoryStore store{disk, false};
  Probe probe;
  std::optional<State> state;
  std::uint64_t end = 0; ///< of the log
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 7;

  bool away = false; ///< the log cannot be reached
  SnapshotPtr snapshot;
  std::vector<LibraryAdvanced> told;
  std::optional<std::uint64_t> tail_from;
  std::size_t consumed = 0;
  Standing standing;

  void SetUp() override { begin_life(); }

  void begin_life() {
    snapshot = nullptr;
    tail_from.reset();
    state.emplace(store, probe);
    carry_out(state->start());
  }
  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      if (std::holds_alternative<Open>(effect)) {
        carry_out(away ? state->opened({incarnation, ports::LogError::kIo})
                       : state->opened({incarnation, ports::Log::Bounds{0, end}}));
      }
      if (auto* tail = std::get_if<Tail>(&effect)) tail_from = tail->from;
      if (auto* publish = std::get_if<Publish>(&effect)) snapshot = publish->snapshot;
      if (auto* tell = std::get_if<Tell>(&effect)) {
        EXPECT_EQ(tell->advanced.end, snapshot->end) << "told only what is published";
        told.push_back(tell->advanced);
      }
      if (auto* eaten = std::get_if<Consumed>(&effect)) consumed += eaten->bytes;
      if (auto* stand = std::get_if<Stand>(&effect)) standing = stand->standing;
      if (auto* write = std::get_if<Write>(&effect)) {
        store.write(kSpace, write->batch, [&](Result<Done, ports::StoreError> written) {
          carry_out(state->handle(CheckpointWritten{written.ok()}));
        });
      }
    }
  }
  static records::Record typed(records::Record record, records::RecordType type) {
    record.header.type = type;
    return record;
  }
  static records::Record item(std::string id, std::string title = {}) {
    auto item = item_of(std::move(id), 5);
    item.title = std::move(title);
    return typed(record_of(item), records::RecordType::kItem);
  }
  ports::LogEntry entry(std::vector<records::Record> records) {
    return {end++, schemas::encode_entry({{WriterId{1}, 1, ++sequence}, std::move(records)})};
  }
  void fold(std::vector<ports::LogEntry> entries) { carry_out(state->handle(Entries{std::move(entries)})); }
  void pulse(std::int64_t steady_us) { carry_out(state->handle(Pulse{{}, steady_us})); }
  const kindred::catalog::Entry* find(std::string_view id) const {
    return snapshot->library.catalog(kDefaultTenant)->find(item_id(id));
  }
};

TEST_F(CatalogState, AnEmptyLogIsReadyAtOnceWithTheDefaultTenant) {
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(tail_from, 0u);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_NE(snapshot->library.tenant("default"), nullptr);
}

TEST_F(CatalogState, EveryBatchIsOneSnapshot) {
  fold({entry({item("lamp"), item("table")}), entry({item("chair")})});
  EXPECT_NE(find("lamp"), nullptr);
  EXPECT_NE(find("chair"), nullptr);
  EXPECT_EQ(snapshot->end, 2u);
  EXPECT_EQ(probe.snapshots, 1u);
  EXPECT_EQ(probe.items, 3);
  EXPECT_EQ(told.back().end, 2u);
  EXPECT_TRUE(told.back().refused.empty());
}

TEST_F(CatalogState, AHeldSnapshotNeverChanges) {
  fold({entry({item("lamp", "old")})});
  const auto held = snapshot;
  fold({entry({item("lamp", "new")})});
  EXPECT_EQ(find("lamp")->item.title, "new");
  fold({entry({item("table")})});
  EXPECT_EQ(snapshot->end, 2u) << "waits for the reader";
  EXPECT_EQ(held->library.catalog(kDefaultTenant)->find(item_id("lamp"))->item.title, "old");
  EXPECT_EQ(held->library.catalog(kDefaultTenant)->find(item_id("table")), nullptr);
}

TEST_F(CatalogState, APulsePublishesWhatAReaderDelayed) {
  fold({entry({item("lamp")})});
  auto held = snapshot;
  fold({entry({item("table")})});
  fold({entry({item("chair")})});
  EXPECT_EQ(find("chair"), nullptr);
  held.reset();
  pulse(1);
  EXPECT_NE(find("chair"), nullptr);
  EXPECT_EQ(told.back().end, 3u);
}

TEST_F(CatalogState, BothCopiesTakeTheSameRecords) {
  for (int round = 0; round < 6; ++round) {
    fold({entry({item("i" + std::to_string(round))})});
    EXPECT_EQ(snapshot->library.catalog(kDefaultTenant)->entries().size(),
              static_cast<std::size_t>(round) + 1);
  }
  EXPECT_EQ(probe.records, 6u) << "counted once, though applied to two copies";
}

TEST_F(CatalogState, TellsWhatTheLibraryRefused) {
  auto foreign = item("lamp");
  foreign.header.tenant = TenantId{9};
  fold({entry({item("table"), foreign})});
  ASSERT_EQ(told.back().refused.size(), 1u);
  EXPECT_EQ(told.back().refused[0].offset, 0u);
  EXPECT_EQ(told.back().refused[0].index, 1u);
  EXPECT_EQ(told.back().refused[0].error, LibraryError::kUnknownTenant);
  EXPECT_EQ(probe.records_refused, 1u);
  fold({entry({item("chair")})});
  EXPECT_TRUE(told.back().refused.empty()) << "told once";
}

TEST_F(CatalogState, ForeignBytesAreSkippedAndDamagedOnesStop) {
  fold({{end++, "somebody else's bytes, whoever they may be; long enough to be a header of ours"},
        entry({item("lamp")})});
  EXPECT_EQ(probe.foreign_entries, 1u);
  EXPECT_NE(find("lamp"), nullptr);
  auto damaged = entry({item("table")});
  damaged.bytes.back() ^= 1;
  const auto before = consumed;
  fold({damaged, entry({item("chair")})});
  EXPECT_FALSE(standing.ready);
  EXPECT_NE(standing.not_ready_because.find("damaged at 2"), std::string::npos) << standing.not_ready_because;
  EXPECT_EQ(find("chair"), nullptr);
  EXPECT_EQ(consumed, before);
}

TEST_F(CatalogState, AnUnknownRecordStopsUnlessItMayBeIgnored) {
  records::Record rule;
  rule.header.type = records::RecordType::kRule;
  rule.body = records::Unknown{"12345678"};
  rule.header.flags = records::flags::kIgnorable;
  fold({entry({rule, item("lamp")})});
  EXPECT_NE(find("lamp"), nullptr);
  EXPECT_TRUE(told.back().refused.empty());
  rule.header.flags = 0;
  fold({entry({rule})});
  EXPECT_EQ(standing.not_ready_because.rfind("tooOld", 0), 0u);
}

TEST_F(CatalogState, IsNotReadyBeforeTheEndThatTheLogHadAtStart) {
  const auto first = entry({item("lamp")});
  const auto second = entry({item("table")});
  begin_life();
  EXPECT_FALSE(standing.ready);
  fold({first});
  carry_out(state->handle(CaughtUp{1}));
  EXPECT_FALSE(standing.ready);
  fold({second});
  carry_out(state->handle(CaughtUp{2}));
  EXPECT_TRUE(standing.ready);
}

TEST_F(CatalogState, OffsetsNeedNotBeDense) {
  end = 5;
  begin_life();
  EXPECT_FALSE(standing.ready);
  carry_out(state->handle(CaughtUp{5}));
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(snapshot->end, 5u);
}

TEST_F(CatalogState, TakesUpItsCheckpointAndGoesOn) {
  fold({entry({item("lamp", "old")})});
  pulse(1);
  EXPECT_EQ(probe.checkpoints, 0u);
  pulse(1 + kCheckpointEvery.us);
  EXPECT_EQ(probe.checkpoints, 1u);
  const auto bytes = snapshot->library.canonical();
  begin_life();
  EXPECT_EQ(tail_from, 1u);
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(snapshot->library.canonical(), bytes);
  fold({entry({item("lamp", "new")})});
  EXPECT_EQ(find("lamp")->item.title, "new");
}

/// Who does not hear the verdict of an append sends the entry again, perhaps long after it was written: what was set meanwhile
/// stands, also where the first one is in a checkpoint.
TEST_F(CatalogState, AnEntryThatComesAgainUndoesNothing) {
  const auto old = entry({item("lamp", "old")});
  const auto again = [&] { return ports::LogEntry{end++, old.bytes}; };
  const auto newer = entry({item("lamp", "new")});
  fold({old, newer, again()});
  EXPECT_EQ(find("lamp")->item.title, "new");
  EXPECT_EQ(probe.repeated_entries, 1u);
  EXPECT_EQ(snapshot->end, 3u);
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  begin_life();
  EXPECT_EQ(tail_from, 3u);
  fold({again()});
  EXPECT_EQ(find("lamp")->item.title, "new");
  EXPECT_EQ(snapshot->end, 4u);
}

/// Without a table of writers nobody knows what comes again.
TEST_F(CatalogState, ACheckpointOfTheFirstVersionIsNotTakenUp) {
  fold({entry({item("lamp")})});
  ByteWriter old;
  old.u32(1);
  old.u64(incarnation);
  old.u64(end);
  old.raw(snapshot->library.canonical());
  store.write(kSpace, ports::checkpoint_batch(old.view(), 0), [](auto) {});
  begin_life();
  EXPECT_EQ(tail_from, 0u);
  EXPECT_EQ(state->stopped_because(), "");
  EXPECT_FALSE(standing.ready) << "until the log is folded";
}

TEST_F(CatalogState, ARefusedCheckpointIsWrittenAgainLater) {
  fold({entry({item("lamp")})});
  pulse(1);
  store.fail(ports::StoreError::kDiskFull);
  pulse(1 + kCheckpointEvery.us);
  EXPECT_EQ(probe.checkpoints_failed, 1u);
  store.fail(std::nullopt);
  pulse(1 + 2 * kCheckpointEvery.us);
  EXPECT_EQ(probe.checkpoints, 1u);
}

TEST_F(CatalogState, ALogThatWentBackOrIsAnotherStops) {
  fold({entry({item("lamp")}), entry({item("table")})});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  end = 1;
  begin_life();
  EXPECT_EQ(standing.not_ready_because.rfind("logWentBack", 0), 0u);
  end = 2;
  incarnation = 8;
  begin_life();
  EXPECT_EQ(standing.not_ready_because.rfind("logWentBack", 0), 0u);
  incarnation = 7;
  begin_life();
  EXPECT_TRUE(standing.ready);
}

TEST_F(CatalogState, ADamagedCheckpointStops) {
  fold({entry({item("lamp")})});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  for (auto& [key, value] : disk->space(kSpace)) value.back() ^= 1;
  begin_life();
  EXPECT_FALSE(standing.ready);
  EXPECT_FALSE(tail_from.has_value());
}

TEST_F(CatalogState, ALogThatIsAwayIsOpenedOnceItIsBack) {
  away = true;
  begin_life();
  pulse(1'000'000);
  EXPECT_FALSE(standing.ready);
  EXPECT_NE(standing.not_ready_because.find("io"), std::string::npos);
  away = false;
  pulse(1'500'000);
  EXPECT_FALSE(tail_from) << "it is looked at once a second";
  pulse(2'000'000);
  EXPECT_EQ(tail_from, 0u);
  EXPECT_TRUE(standing.ready);
}

TEST_F(CatalogState, ATailThatEndsIsNamed) {
  carry_out(state->handle(TailFailed{ports::LogError::kOutOfRange}));
  EXPECT_NE(standing.not_ready_because.find("outOfRange"), std::string::npos);
}

} // namespace
} // namespace kindred::actors::catalog
