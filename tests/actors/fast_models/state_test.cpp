#include "actors/fast_models/state.hpp"

#include <gtest/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::fast_models {
namespace {

/// Carries the effects of a state out by hand and remembers them.
struct FastModels : testing::Test {
  std::shared_ptr<support::MemoryStoreDisk> disk = std::make_shared<support::MemoryStoreDisk>();
  support::MemoryStore store{disk, false};
  Probe probe;
  std::optional<State> state;
  ModelsLog log;
  std::uint64_t incarnation = 7;
  std::uint64_t begin = 0;

  bool away = false; ///< the log cannot be reached
  SnapshotPtr snapshot;
  std::vector<DeltaSeen> told;
  std::vector<std::uint64_t> advanced;
  std::optional<std::uint64_t> tail_from;
  std::size_t consumed = 0;
  Standing standing;
  int writes = 0;

  void SetUp() override { begin_life(); }

  void begin_life() {
    snapshot = nullptr;
    tail_from.reset();
    state.emplace(State::Settings{.partitions = 4}, store, probe);
    carry_out(state->start());
  }
  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      if (std::holds_alternative<Open>(effect)) {
        carry_out(away ? state->opened({incarnation, ports::LogError::kIo})
                       : state->opened({incarnation, ports::Log::Bounds{begin, log.end()}}));
      }
      if (auto* tail = std::get_if<Tail>(&effect)) tail_from = tail->from;
      if (auto* publish = std::get_if<Publish>(&effect)) snapshot = publish->snapshot;
      if (auto* tell = std::get_if<Tell>(&effect)) {
        told.push_back(tell->seen);
        if (tell->seen.applied) {
          EXPECT_GE(snapshot->last_to[tell->seen.partition.value], tell->seen.to);
        }
      }
      if (auto* moved = std::get_if<Advanced>(&effect)) advanced.push_back(moved->end);
      if (auto* eaten = std::get_if<Consumed>(&effect)) consumed += eaten->bytes;
      if (auto* stand = std::get_if<Stand>(&effect)) standing = stand->standing;
      if (auto* write = std::get_if<Write>(&effect)) {
        ++writes;
        store.write(kSpace, write->batch, [&](Result<Done, ports::StoreError> written) {
          carry_out(state->handle(CheckpointWritten{written.ok()}));
        });
      }
    }
  }
  void fold(std::vector<ports::LogEntry> entries) { carry_out(state->handle(Entries{std::move(entries)})); }
  void pulse(std::int64_t steady_us) { carry_out(state->handle(Pulse{{}, steady_us})); }
  std::int64_t count_of(std::uint64_t item, TenantId tenant = kDefaultTenant) const {
    const auto* model = snapshot->model(tenant);
    if (model == nullptr) return 0;
    const auto slot = model->slot_of(ItemId{item});
    return slot == stats::FastModel::kNoSlot ? 0 : model->count_of(stats::FastDelta::kMarks, slot);
  }
};

TEST_F(FastModels, AnEmptyLogIsReadyAtOnce) {
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(tail_from, 0u);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->model(kDefaultTenant), nullptr);
}

TEST_F(FastModels, AppliesDeltasThatFollowEachOther) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(0, 10, 20, 1, 3), log.delta(1, 0, 5, 2, 1)});
  EXPECT_EQ(count_of(1), 5);
  EXPECT_EQ(count_of(2), 1);
  EXPECT_EQ(snapshot->end, 3u);
  EXPECT_EQ(snapshot->deltas, 3u);
  EXPECT_EQ(snapshot->last_to, (std::vector<std::uint64_t>{20, 5, 0, 0}));
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[1].applied);
  EXPECT_EQ(told[1].to, 20u);
  EXPECT_EQ(*told[1].changes, marks(1, 3));
  EXPECT_EQ(advanced.back(), 3u);
}

TEST_F(FastModels, RefusesADeltaThatLeavesAGapAndOneThatCameBefore) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(0, 12, 20, 1, 100), log.delta(0, 0, 10, 1, 100)});
  EXPECT_EQ(count_of(1), 2);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_FALSE(told[1].applied);
  EXPECT_EQ(told[1].last_to, 10u);
  EXPECT_FALSE(told[2].applied);
  EXPECT_EQ(probe.deltas_refused, 2u);
}

TEST_F(FastModels, TheSameEntryTwiceCountsOnce) {
  const auto entry = log.delta(0, 0, 10, 1, 2);
  fold({entry, log.again(entry)});
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ(probe.repeated_entries, 1u);
  EXPECT_EQ(snapshot->end, 2u) << "the position goes on";
}

TEST_F(FastModels, TenantsAreApart) {
  auto both = marks(1, 2, TenantId{1});
  both.add(marks(1, 5, TenantId{2}));
  fold({log.append({delta_record(0, 0, 1, both)})});
  EXPECT_EQ(count_of(1, TenantId{1}), 2);
  EXPECT_EQ(count_of(1, TenantId{2}), 5);
  EXPECT_EQ(snapshot->model(TenantId{3}), nullptr);
}

TEST_F(FastModels, PartsAreTakenTogetherWithTheLast) {
  fold({log.append({part_record(5, 1, 0, 0, marks(1, 2))}),
        log.append({part_record(5, 2, 0, 0, marks(2, 3))})});
  EXPECT_EQ(count_of(1), 0) << "held back";
  EXPECT_TRUE(told.empty());
  fold({log.append({part_record(5, 3, 0, 9, marks(3, 4))})});
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(count_of(2), 3);
  EXPECT_EQ(count_of(3), 4);
  ASSERT_EQ(told.size(), 1u);
  auto whole = marks(1, 2);
  whole.add(marks(2, 3)).add(marks(3, 4));
  EXPECT_EQ(*told[0].changes, whole);
}

TEST_F(FastModels, APartThatIsSentAgainCountsOnce) {
  fold({log.append({part_record(5, 1, 0, 0, marks(1, 2))}, 1, 1),
        log.append({part_record(5, 1, 0, 0, marks(1, 2))}, 1, 2),
        log.append({part_record(5, 3, 0, 9, marks(2, 3))}, 1, 2)});
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(count_of(2), 3);
}

TEST_F(FastModels, PartsOfADeltaThatNeverCameAreForgotten) {
  fold({log.append({part_record(5, 1, 0, 0, marks(1, 100))}),
        log.append({part_record(6, 1, 0, 0, marks(1, 2))}),
        log.append({part_record(6, 2, 0, 9, marks(2, 3))})});
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(count_of(2), 3);
}

TEST_F(FastModels, PartsAreNotTakenByAnotherDelta) {
  fold({log.append({part_record(5, 1, 0, 0, marks(1, 100))}),
        log.append({part_record(6, 2, 0, 9, marks(2, 3))}, 2)});
  EXPECT_EQ(count_of(1), 0);
  EXPECT_EQ(count_of(2), 3);
  fold({log.append({part_record(5, 2, 0, 12, marks(2, 3))})});
  EXPECT_EQ(count_of(2), 3) << "its delta came too late";
}

TEST_F(FastModels, TooManyPartsStop) {
  for (std::size_t part = 0; part < kHeldPartsMax; ++part) {
    fold({log.append({part_record(5, part, 0, 0, marks(1, 1))})});
  }
  EXPECT_TRUE(standing.ready);
  fold({log.append({part_record(5, kHeldPartsMax, 0, 0, marks(1, 1))})});
  EXPECT_NE(standing.not_ready_because.find("too many parts"), std::string::npos);
}

TEST_F(FastModels, AnyOrderOfPartitionsGivesTheSameSums) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(1, 0, 5, 1, 3), log.delta(2, 0, 7, 4, 1)});
  const auto bytes = snapshot->model(kDefaultTenant)->canonical(kDefaultTenant);
  log = {};
  begin_life();
  fold({log.delta(2, 0, 7, 4, 1)});
  fold({log.delta(1, 0, 5, 1, 3), log.delta(0, 0, 10, 1, 2)});
  EXPECT_EQ(snapshot->model(kDefaultTenant)->canonical(kDefaultTenant), bytes);
}

TEST_F(FastModels, AHeldSnapshotNeverChangesAndDelaysOnlyTheNext) {
  const auto start = snapshot;
  fold({log.delta(0, 0, 10, 1, 2)});
  const auto first = snapshot;
  fold({log.delta(0, 10, 20, 1, 3)});
  EXPECT_EQ(snapshot, first) << "the copy whose turn it is is still read";
  EXPECT_EQ(told.size(), 1u) << "so nobody hears of the delta";
  EXPECT_EQ(probe.snapshots_waited, 1u);
  EXPECT_EQ(start->model(kDefaultTenant), nullptr);
}

TEST_F(FastModels, APulsePublishesWhatAReaderDelayed) {
  auto start = snapshot;
  fold({log.delta(0, 0, 10, 1, 2)});
  fold({log.delta(0, 10, 20, 1, 3)});
  start.reset();
  pulse(1);
  EXPECT_EQ(count_of(1), 5);
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(FastModels, ForeignBytesAreSkippedAndCounted) {
  fold({log.raw("not one of ours, whoever wrote it into this topic, padded to sixty four bytes or more"),
        log.delta(0, 0, 10, 1, 2)});
  EXPECT_EQ(probe.foreign_entries, 1u);
  EXPECT_EQ(count_of(1), 2);
  EXPECT_TRUE(standing.ready);
}

TEST_F(FastModels, AFlippedBitStopsTheFolding) {
  auto entry = log.delta(0, 0, 10, 1, 2);
  entry.bytes[entry.bytes.size() - 3] ^= 1;
  const auto before = consumed;
  fold({entry, log.delta(0, 10, 20, 1, 2)});
  EXPECT_FALSE(standing.ready);
  EXPECT_NE(standing.not_ready_because.find("damaged at 0"), std::string::npos) << standing.not_ready_because;
  EXPECT_EQ(count_of(1), 0);
  EXPECT_EQ(consumed, before);
  fold({log.delta(0, 0, 10, 1, 2)});
  EXPECT_EQ(count_of(1), 0) << "it stays stopped";
}

TEST_F(FastModels, AnUnknownRecordStopsUnlessItMayBeIgnored) {
  records::Record newer;
  newer.header.type = records::RecordType::kMergeOut;
  newer.body = records::Unknown{"12345678"};
  newer.header.flags = records::flags::kIgnorable;
  fold({log.append({newer}), log.delta(0, 0, 10, 1, 2)});
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(probe.records_ignored, 1u);
  EXPECT_EQ(count_of(1), 2);
  newer.header.flags = 0;
  fold({log.append({newer})});
  EXPECT_NE(standing.not_ready_because.find("tooOld"), std::string::npos);
}

TEST_F(FastModels, OffsetsNeedNotBeDense) {
  auto entry = log.delta(0, 0, 10, 1, 2);
  entry.offset = 8;
  fold({entry});
  EXPECT_EQ(snapshot->end, 9u);
  carry_out(state->handle(CaughtUp{12}));
  EXPECT_EQ(snapshot->end, 12u);
}

TEST_F(FastModels, OtherLearnersAndPartitionsAreIgnored) {
  auto other = delta_record(0, 0, 10, marks(1, 2));
  std::get<records::Delta>(other.body).learner = "slow";
  fold({log.append({other}), log.append({delta_record(9, 0, 10, marks(1, 2))})});
  EXPECT_EQ(count_of(1), 0);
  EXPECT_EQ(probe.records_ignored, 2u);
  EXPECT_EQ(snapshot->end, 2u);
}

TEST_F(FastModels, IsNotReadyBeforeTheEndThatTheLogHadAtStart) {
  const auto first = log.delta(0, 0, 10, 1, 2);
  const auto second = log.delta(0, 10, 20, 1, 3);
  begin_life();
  EXPECT_FALSE(standing.ready);
  fold({first});
  carry_out(state->handle(CaughtUp{1}));
  EXPECT_FALSE(standing.ready) << standing.not_ready_because;
  fold({second});
  carry_out(state->handle(CaughtUp{2}));
  EXPECT_TRUE(standing.ready);
}

TEST_F(FastModels, ALogThatIsAwayIsOpenedOnceItIsBack) {
  away = true;
  begin_life();
  EXPECT_NE(standing.not_ready_because.find("io"), std::string::npos);
  away = false;
  pulse(kSecond.us);
  EXPECT_TRUE(standing.ready);
}

TEST_F(FastModels, ATailThatEndsIsNamed) {
  carry_out(state->handle(TailFailed{ports::LogError::kCorrupt}));
  EXPECT_FALSE(standing.ready);
  EXPECT_NE(standing.not_ready_because.find("corrupt"), std::string::npos);
}

// ---- solved models ----

/// Chunk and manifest of one model in one entry.
std::vector<records::Record> solved(int number, std::uint64_t expects) {
  auto records = chunk_records("ranker", parameters_of(number));
  records.push_back(solved_record(manifest_of("ranker", parameters_of(number), expects)));
  return records;
}

Bytes champion_of(const SnapshotPtr& snapshot) {
  const Line* line = snapshot->line(kDefaultTenant, "ranker");
  return line && line->champion ? line->champion->model->parameters : Bytes();
}

TEST_F(FastModels, AManifestReachesThePublishedSnapshot) {
  ASSERT_NE(snapshot->solved, nullptr) << "never null";
  EXPECT_EQ(snapshot->line(kDefaultTenant, "ranker"), nullptr);
  fold({log.append(solved(1, 0), 9)});
  EXPECT_EQ(champion_of(snapshot), parameters_of(1));
  EXPECT_EQ(snapshot->line(kDefaultTenant, "ranker")->generation, 1u);
  EXPECT_EQ(snapshot->line(TenantId{2}, "ranker"), nullptr);
  EXPECT_EQ(advanced.back(), 1u);
  EXPECT_EQ(probe.manifests_taken, 1u);
  EXPECT_EQ(probe.records_ignored, 0u);
  for (std::uint64_t i = 0; i < 3; ++i) { // copies take turns: each has it
    fold({log.delta(0, i, i + 1, 1, 2)});
    EXPECT_EQ(champion_of(snapshot), parameters_of(1)) << i;
  }
}

TEST_F(FastModels, DeltasAndManifestsOfOneEntryAreSeenTogether) {
  auto records = solved(1, 0);
  records.insert(records.begin() + 1, delta_record(0, 0, 10, marks(1, 2)));
  fold({log.append(std::move(records), 9)});
  EXPECT_EQ(champion_of(snapshot), parameters_of(1));
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(snapshot->end, 1u);
}

TEST_F(FastModels, AHeldSnapshotKeepsItsModels) {
  auto records = solved(1, 0);
  fold({log.append(records, 9)});
  auto held = snapshot;
  fold({log.append(solved(2, 1), 9)});
  fold({log.append(solved(3, 2), 9)});
  EXPECT_EQ(champion_of(held), parameters_of(1));
  EXPECT_EQ(champion_of(snapshot), parameters_of(2)) << "the copy whose turn it is is still read";
  EXPECT_EQ(probe.manifests_taken, 3u);
  held.reset();
  pulse(1);
  EXPECT_EQ(champion_of(snapshot), parameters_of(3));
}

TEST_F(FastModels, WhatIsRefusedIsCountedAndChangesNothing) {
  fold({log.append(solved(1, 0), 9)});
  const auto before = snapshot->solved;
  fold({log.append(solved(2, 0), 8)});
  EXPECT_EQ(probe.manifests_refused, 1u) << "another came first";
  EXPECT_EQ(probe.chunks_refused, 0u);
  fold({log.append(chunk_records("oracle", parameters_of(3)), 8)});
  EXPECT_EQ(probe.chunks_refused, 1u);
  fold({log.append({solved_record(manifest_of("ranker", parameters_of(4), 1))}, 8)});
  EXPECT_EQ(probe.manifests_refused, 2u) << "without its chunks";
  EXPECT_EQ(probe.manifests_taken, 1u);
  EXPECT_EQ(snapshot->solved, before);
  EXPECT_EQ(snapshot->end, 4u) << "the position goes on";
  EXPECT_TRUE(standing.ready);
}

TEST_F(FastModels, AnEntryOfModelsThatStandsTwiceCountsOnce) {
  const auto entry = log.append(solved(1, 0), 9);
  fold({entry, log.again(entry)});
  EXPECT_EQ(probe.repeated_entries, 1u);
  EXPECT_EQ(probe.manifests_refused, 0u) << "its copy is not looked at";
}

TEST_F(FastModels, SolvedModelsSurviveACheckpointAndARestart) {
  fold({log.append(solved(1, 0), 9), log.append(solved(2, 1), 9)});
  fold({log.append({chunk_records("ranker", parameters_of(3), 2)[0]}, 9)});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  ASSERT_EQ(writes, 1);
  begin_life();
  EXPECT_EQ(tail_from, 3u);
  EXPECT_EQ(champion_of(snapshot), parameters_of(2));
  ASSERT_EQ(snapshot->line(kDefaultTenant, "ranker")->retired.size(), 1u);
  fold({log.append({chunk_records("ranker", parameters_of(3), 2)[1],
                    solved_record(manifest_of("ranker", parameters_of(3), 2))},
                   9)});
  EXPECT_EQ(champion_of(snapshot), parameters_of(3)) << "a model half there is made whole";
}

// ---- checkpoints ----

TEST_F(FastModels, TakesUpItsCheckpointAndGoesOn) {
  const auto part = log.append({part_record(5, 1, 0, 0, marks(9, 1))}, 3);
  fold({part, log.delta(1, 0, 10, 1, 2)});
  pulse(1);
  EXPECT_EQ(writes, 0) << "not before its time";
  pulse(1 + kCheckpointEvery.us);
  EXPECT_EQ(writes, 1);
  pulse(1 + 2 * kCheckpointEvery.us);
  EXPECT_EQ(writes, 1) << "nothing new";
  EXPECT_EQ(probe.checkpoints, 1u);

  begin_life();
  EXPECT_EQ(tail_from, 2u);
  EXPECT_TRUE(standing.ready);
  EXPECT_EQ(count_of(1), 2);
  EXPECT_EQ(snapshot->deltas, 1u);
  fold({log.again(part)});
  EXPECT_EQ(probe.repeated_entries, 1u) << "authors are remembered";
  fold({log.append({part_record(5, 2, 0, 4, marks(8, 1))}, 3)});
  EXPECT_EQ(count_of(9), 1) << "the held part, too";
  fold({log.delta(1, 10, 20, 1, 5)});
  EXPECT_EQ(count_of(1), 7);
}

TEST_F(FastModels, ARestoredSnapshotHasTheSameBytes) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(1, 0, 3, 5, -4)});
  const auto before = snapshot->model(kDefaultTenant)->canonical(kDefaultTenant);
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  begin_life();
  EXPECT_EQ(snapshot->model(kDefaultTenant)->canonical(kDefaultTenant), before);
}

/// Written by a build that stored models as deltas: its end is put in the place of the image.
TEST_F(FastModels, ACheckpointOfBeforeThereWereImagesIsTakenUp) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(1, 0, 3, 5, -4)});
  const auto* model = snapshot->model(kDefaultTenant);
  const Bytes before = model->canonical(kDefaultTenant);
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  const auto stored = ports::read_checkpoint(store, kSpace);
  ASSERT_TRUE(stored.ok() && stored.value());
  const auto text = [](const Bytes& bytes) {
    ByteWriter out;
    out.text(bytes);
    return out.take();
  };
  const Bytes image = text(model->image());
  Bytes old = *stored.value();
  ASSERT_TRUE(old.ends_with(image)) << "the only tenant's model stands last";
  ASSERT_EQ(old[0], 3);
  old[0] = 2;
  old.replace(old.size() - image.size(), image.size(), text(before));
  store.write(kSpace, ports::checkpoint_batch(old, ports::checkpoint_chunks(stored.value()->size())),
              [](Result<Done, ports::StoreError> written) { EXPECT_TRUE(written.ok()); });
  begin_life();
  EXPECT_TRUE(standing.ready) << standing.not_ready_because;
  ASSERT_NE(snapshot->model(kDefaultTenant), nullptr);
  EXPECT_EQ(snapshot->model(kDefaultTenant)->canonical(kDefaultTenant), before);
}

TEST_F(FastModels, ARefusedCheckpointIsWrittenAgainLater) {
  fold({log.delta(0, 0, 10, 1, 2)});
  pulse(1);
  store.fail(ports::StoreError::kDiskFull);
  pulse(1 + kCheckpointEvery.us);
  EXPECT_EQ(probe.checkpoints_failed, 1u);
  store.fail(std::nullopt);
  pulse(1 + 2 * kCheckpointEvery.us);
  EXPECT_EQ(probe.checkpoints, 1u);
  begin_life();
  EXPECT_EQ(tail_from, 1u);
}

TEST_F(FastModels, ALogThatWentBackStops) {
  fold({log.delta(0, 0, 10, 1, 2), log.delta(0, 10, 20, 1, 2)});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  log = {};
  log.delta(0, 0, 10, 1, 2);
  begin_life();
  EXPECT_EQ(standing.not_ready_because.rfind("logWentBack", 0), 0u) << standing.not_ready_because;
  EXPECT_FALSE(tail_from.has_value());
}

TEST_F(FastModels, AnotherLifeOfTheLogStops) {
  fold({log.delta(0, 0, 10, 1, 2)});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  incarnation = 8;
  begin_life();
  EXPECT_EQ(standing.not_ready_because.rfind("logWentBack", 0), 0u);
}

TEST_F(FastModels, ALogTrimmedPastTheCheckpointStops) {
  log.delta(0, 0, 10, 1, 2);
  begin = 1;
  begin_life();
  EXPECT_FALSE(standing.ready);
  EXPECT_FALSE(tail_from.has_value());
}

TEST_F(FastModels, ADamagedCheckpointStops) {
  fold({log.delta(0, 0, 10, 1, 2)});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  auto& chunk = std::prev(std::prev(disk->space(kSpace).end()))->second;
  chunk.back() ^= 1;
  begin_life();
  EXPECT_FALSE(standing.ready);
  EXPECT_NE(standing.not_ready_because.find("corrupt"), std::string::npos) << standing.not_ready_because;
}

TEST_F(FastModels, ACheckpointForAnotherNumberOfPartitionsStops) {
  fold({log.delta(0, 0, 10, 1, 2)});
  pulse(1);
  pulse(1 + kCheckpointEvery.us);
  state.emplace(State::Settings{.partitions = 8}, store, probe);
  carry_out(state->start());
  EXPECT_FALSE(standing.ready);
}

} // namespace
} // namespace kindred::actors::fast_models
