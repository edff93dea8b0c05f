#include "engine/profiles/partition_state.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/erased_ids.hpp"
#include "engine/profiles/state_keys.hpp"
#include "engine/profiles/watermarks.hpp"
#include "tests/engine/profiles/partition_world.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::RecordType;
using PartitionStateTest = PartitionWorld;

TEST_F(PartitionStateTest, StartsEmpty) {
  EXPECT_EQ(state_->applied_end(), 0u);
  EXPECT_EQ(state_->users(), 0u);
  EXPECT_TRUE(state_->chain().is_zero());
  EXPECT_TRUE(state_->digest().is_zero());
  EXPECT_EQ(state_->next_due(), std::nullopt);
  EXPECT_TRUE(state_->take_dirty().empty());
  EXPECT_TRUE(state_->dump().value().empty());
  EXPECT_EQ(state_->find(ann_).value(), nullptr);
  EXPECT_TRUE(state_->ends_with({}));
}

TEST_F(PartitionStateTest, FoldsAndFinds) {
  EXPECT_EQ(outcome(EventType::kView, "a", kNoon), Outcome::kApplied);
  const Profile* profile = state_->find(ann_).value();
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(profile->personalization.events, 1u);
  EXPECT_EQ(state_->users(), 1u);
  EXPECT_EQ(state_->applied_end(), 1u);
  EXPECT_FALSE(changes_.is_zero());
  EXPECT_EQ(state_->last_of({1})->sequence, 1u);
  EXPECT_EQ(state_->find({{2}, "ann"}).value(), nullptr) << "tenants are apart";
}

TEST_F(PartitionStateTest, WhatWasFlushedSurvives) {
  outcome(EventType::kAddToCart, "a", kNoon);
  outcome(record_of(RecordType::kAdopt,
                    records::Adopt{std::string(kAdoptConsentDefault), 3, adopt_value(records::kTraining)},
                    {9, 9}, kNoon));
  flush();
  const auto digest = state_->digest();
  const auto chain = state_->chain();
  const auto dump = state_->dump().value();
  restart();
  EXPECT_EQ(state_->digest(), digest);
  EXPECT_EQ(state_->chain(), chain);
  EXPECT_EQ(state_->dump().value(), dump);
  EXPECT_EQ(state_->applied_end(), 2u);
  EXPECT_EQ(state_->users(), 1u);
  EXPECT_EQ(state_->next_due(), kNoon + kHour);
  EXPECT_EQ(state_->consent_default(kDefaultTenant), records::kTraining);
  EXPECT_EQ(state_->tenant_inputs(kDefaultTenant).consent_generation, 3u);
  EXPECT_EQ(state_->consent_of(*state_->find(ann_).value()), records::kTraining);
  EXPECT_EQ(state_->last_of({1})->sequence, 2u);
}

TEST_F(PartitionStateTest, TicksAbandonCartsAsOfTheirDueTimes) {
  auto other = of_user(record_of(event_of(EventType::kAddToCart, "a", kNoon + kMinute)), "bob");
  outcome(EventType::kAddToCart, "a", kNoon + kSecond);
  outcome(other);
  EXPECT_EQ(state_->next_due(), kNoon + kHour + kSecond * 10) << "on the lattice";
  EXPECT_EQ(outcome(tick(kNoon + kHour)), Outcome::kIgnored) << "nothing is due yet";
  const auto result = applied(tick(kNoon + kDay));
  EXPECT_EQ(result.outcomes[0], Outcome::kApplied);
  ASSERT_EQ(result.effects.size(), 2u);
  EXPECT_EQ(result.effects[0].user, ann_);
  EXPECT_EQ(result.effects[0].time, kNoon + kSecond + kHour);
  EXPECT_EQ(result.effects[1].user.user, "bob");
  EXPECT_EQ(result.effects[1].number, 1u);
  EXPECT_EQ(outcome(tick(kNoon + kDay)), Outcome::kIgnored) << "two ticks of one time are one";
  EXPECT_EQ(state_->next_due(), std::nullopt);
}

TEST_F(PartitionStateTest, ATickFindsColdUsers) {
  outcome(EventType::kAddToCart, "a", kNoon);
  flush();
  restart();
  EXPECT_EQ(outcome(tick(kNoon + kHour)), Outcome::kApplied);
  EXPECT_EQ(state_->find(ann_).value()->personalization.carts_abandoned, 1u);
  flush();
  restart();
  EXPECT_EQ(state_->next_due(), std::nullopt);
  EXPECT_EQ(outcome(EventType::kView, "b", kNoon + kHour * 2), Outcome::kApplied);
}

TEST_F(PartitionStateTest, UnknownTypesStopUnlessIgnorable) {
  records::Record record = record_of(RecordType::kSurvey, records::Unknown{"?"}, {1, 1}, kNoon);
  record.header.flags = records::flags::kIgnorable;
  EXPECT_EQ(outcome(record), Outcome::kIgnored);
  record.header.flags = 0;
  const auto digest = state_->digest();
  const auto event = record_of(event_of(EventType::kView, "a", kNoon));
  EXPECT_EQ(apply({event, record}).error(), FoldError::kTooOld);
  EXPECT_EQ(state_->digest(), digest) << "the good record before it left nothing";
  EXPECT_TRUE(changes_.is_zero());
  EXPECT_EQ(apply({event}).error(), FoldError::kTooOld) << "a stopped fold stays stopped";
}

TEST_F(PartitionStateTest, ANewerSchemaStops) {
  auto record = record_of(event_of(EventType::kView, "a", kNoon));
  record.header.schema_version = records::kSchemaVersion + 1;
  EXPECT_EQ(apply({record}).error(), FoldError::kTooOld);
}

TEST_F(PartitionStateTest, AStoreThatFailsStopsBeforeAnythingChanges) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  restart();
  const auto digest = state_->digest();
  cold_.failing = true;
  const auto known = record_of(event_of(EventType::kView, "b", kNoon));
  const auto stranger = of_user(record_of(event_of(EventType::kView, "c", kNoon)), "stranger");
  EXPECT_EQ(state_->find({kDefaultTenant, "stranger"}).error(), FoldError::kStoreFailed);
  EXPECT_EQ(apply({known, stranger}).error(), FoldError::kStoreFailed);
  EXPECT_EQ(state_->digest(), digest);
}

TEST_F(PartitionStateTest, DamagedValuesAreSaidToBe) {
  outcome(EventType::kAddToCart, "a", kNoon);
  outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), "bob"));
  outcome(record_of(RecordType::kErase, records::Erase{"bob", "", ""}, {4, 1}, kNoon));
  auto imported = record_of(event_of(EventType::kView, "a", kNoon));
  std::get<records::Event>(imported.body).producer = records::Producer{"shop", 1, 1};
  outcome(imported);
  flush();
  for (auto& [key, value] : cold_.values) {
    const Bytes good = value;
    value = "\x7f";
    PartitionState state({}, cold_);
    const bool restored = state.restore().ok();
    const bool found = restored && state.find(ann_).ok();
    stats::FastDelta changes;
    const auto later = record_of(event_of(EventType::kView, "b", kNoon + kMinute));
    const records::Entry entry{{{1}, 1, 5}, {later, of_user(later, "bob")}};
    EXPECT_FALSE(found && state.apply(entry, 4, changes).ok()) << "key of kind " << key.front();
    value = good;
  }
}

TEST_F(PartitionStateTest, MissingEntriesAreToldAndManyStop) {
  const auto entry = [&](std::uint64_t sequence) {
    return records::Entry{
        {{8}, 1, sequence},
        {record_of(event_of(EventType::kView, "a", kNoon + kSecond * static_cast<std::int64_t>(sequence)))}};
  };
  EXPECT_EQ(state_->apply(entry(1), 0, changes_).value().missing, 0u);
  EXPECT_EQ(state_->apply(entry(3), 1, changes_).value().missing, 1u);
  const auto late = state_->apply(entry(2), 2, changes_);
  EXPECT_FALSE(late.value().repeated) << "late, not lost";
  EXPECT_EQ(late.value().outcomes.at(0), Outcome::kApplied);
  EXPECT_TRUE(state_->apply(entry(2), 3, changes_).value().repeated);
  EXPECT_EQ(state_->find(ann_).value()->personalization.events, 3u);
  EXPECT_EQ(state_->apply(entry(300), 4, changes_).error(), FoldError::kWriterGap);
}

TEST_F(PartitionStateTest, EntriesBelowThePositionAreRepeats) {
  const records::Entry entry{{{1}, 1, 1}, {record_of(event_of(EventType::kView, "a", kNoon))}};
  (void)state_->apply(entry, 10, changes_);
  EXPECT_EQ(state_->applied_end(), 11u);
  const records::Entry other{{{2}, 1, 1}, {record_of(event_of(EventType::kView, "b", kNoon))}};
  EXPECT_TRUE(state_->apply(other, 4, changes_).value().repeated);
  EXPECT_EQ(state_->applied_end(), 11u);
}

TEST_F(PartitionStateTest, ALogThatWentBackIsNoticed) {
  records::Entry last{{{1}, 1, 1}, {record_of(event_of(EventType::kView, "a", kNoon))}};
  (void)state_->apply(last, 0, changes_);
  EXPECT_TRUE(state_->ends_with(last));
  flush();
  restart();
  EXPECT_TRUE(state_->ends_with(last));
  records::Entry other = last;
  other.records[0].header.stamp = kNoon + kSecond;
  EXPECT_FALSE(state_->ends_with(other));
  EXPECT_FALSE(state_->ends_with({}));
  (void)state_->apply(last, 1, changes_);
  EXPECT_TRUE(state_->ends_with(last)) << "a repeated entry is the log's last, too";
}

TEST_F(PartitionStateTest, TheChainIsOverRecordsNotEntries) {
  const auto a = record_of(event_of(EventType::kView, "a", kNoon));
  const auto b = record_of(event_of(EventType::kView, "b", kNoon));
  PartitionState other({}, cold_);
  (void)apply({a, b});
  (void)other.apply({{{1}, 1, 1}, {a}}, 0, changes_);
  EXPECT_NE(other.chain(), state_->chain());
  (void)other.apply({{{1}, 1, 2}, {b}}, 1, changes_);
  EXPECT_EQ(other.chain(), state_->chain());
}

TEST_F(PartitionStateTest, DecisionsAreFoundForTheirWindow) {
  for (std::uint64_t day = 0; day < 24; ++day) {
    outcome(decided(day, kNoon + kDay * static_cast<std::int64_t>(day)));
    if (day % 3 == 0) flush();
    if (day == 13) restart();
  }
  const auto newest = state_->find_decision({1, 23}).value();
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->offset, state_->applied_end() - 1);
  EXPECT_EQ(newest->index, 0u);
  EXPECT_EQ(newest->stamp, kNoon + kDay * 23);
  EXPECT_FALSE(newest->erased);
  EXPECT_TRUE(state_->find_decision({1, 12}).value().has_value());
  EXPECT_FALSE(state_->find_decision({1, 8}).value().has_value()) << "the window has left it";
  EXPECT_FALSE(state_->find_decision({2, 2}).value().has_value()) << "never made";
  for (std::uint64_t i = 0; i < 20; ++i) outcome(EventType::kView, "a", kNoon + kDay * 23);
  flush();
  std::size_t kept = 0;
  for (const auto& [key, value] : cold_.values) kept += key.front() == 'd' ? 1 : 0;
  EXPECT_LE(kept, 15u) << "and the index is purged";
}

TEST_F(PartitionStateTest, ARefusedDecisionIsNotIndexedTwice) {
  outcome(decided(1, kNoon));
  const auto place = state_->find_decision({1, 1}).value();
  EXPECT_EQ(outcome(decided(1, kNoon)), Outcome::kSeenBefore);
  EXPECT_EQ(state_->find_decision({1, 1}).value()->offset, place->offset) << "the first record stands";
}

TEST_F(PartitionStateTest, ErasureLeavesATombstoneUntilTheUserIsLongBack) {
  const auto first = record_of(event_of(EventType::kView, "a", kNoon));
  outcome(first);
  outcome(decided(3, kNoon));
  EXPECT_EQ(applied(erase_ann(kNoon + kMinute, 1)).effects.at(0).kind, kErased);
  EXPECT_EQ(state_->find(ann_).value(), nullptr);
  EXPECT_EQ(state_->users(), 0u);
  EXPECT_TRUE(changes_.is_zero());
  EXPECT_EQ(state_->tombstone_of(ann_).value()->stamp, kNoon + kMinute);
  EXPECT_TRUE(state_->find_decision({1, 3}).value()->erased);
  EXPECT_EQ(outcome(first), Outcome::kErased);
  EXPECT_EQ(outcome(EventType::kView, "b", kNoon + kHour), Outcome::kApplied) << "a new user";
  EXPECT_EQ(state_->find(ann_).value()->personalization.events, 1u);
  EXPECT_TRUE(state_->tombstone_of(ann_).value().has_value());
  outcome(EventType::kView, "c", kNoon + kDay * 9);
  EXPECT_FALSE(state_->tombstone_of(ann_).value().has_value());
  EXPECT_EQ(outcome(first), Outcome::kTooOld) << "the window takes over";
}

TEST_F(PartitionStateTest, WhatWasFoldedBeforeAnErasureIsKnownByItsIdForTheWindow) {
  auto first = record_of(event_of(EventType::kView, "a", kNoon));
  outcome(first);
  outcome(erase_ann(kNoon + kMinute, 1));
  flush();
  restart();
  first.header.stamp = kNoon + kHour; // sent again: the gateway gives a new stamp
  EXPECT_EQ(outcome(first), Outcome::kErased);
  EXPECT_EQ(state_->find(ann_).value(), nullptr);
  EXPECT_EQ(outcome(EventType::kView, "b", kNoon + kHour * 2), Outcome::kApplied)
      << "a new id is a new user's";
  first.header.stamp = kNoon + kDay * 7;
  EXPECT_EQ(outcome(first), Outcome::kErased) << "also once he is back";
  outcome(EventType::kView, "c", kNoon + kMinute + kOnceWindow + Duration{1});
  EXPECT_EQ(state_->next_due(), std::nullopt) << "his own time closed the window, no tick is needed";
  flush();
  for (const auto& [key, value] : cold_.values) EXPECT_TRUE(key.front() != 'e' && key.front() != 'f');
}

TEST_F(PartitionStateTest, ASecondErasureKeepsTheIdsOfTheFirst) {
  auto first = record_of(event_of(EventType::kView, "a", kNoon));
  auto second = record_of(event_of(EventType::kView, "b", kNoon + kDay));
  outcome(first);
  outcome(erase_ann(kNoon + kMinute, 1));
  outcome(second);
  flush();
  restart();
  outcome(erase_ann(kNoon + kDay * 2, 2));
  EXPECT_EQ(state_->next_due(), kNoon + kDay * 2 + kErasedIdsKept) << "one timer, the later one";
  flush();
  restart();
  for (auto* record : {&first, &second}) {
    record->header.stamp = kNoon + kDay * 6;
    EXPECT_EQ(outcome(*record), Outcome::kErased);
  }
}

TEST_F(PartitionStateTest, AnErasureIsNotLostToAClockThatWentBack) {
  outcome(EventType::kView, "a", kNoon);
  const auto first = erase_ann(kNoon + kMinute, 1);
  outcome(first);
  outcome(EventType::kView, "b", kNoon + kHour);
  EXPECT_EQ(outcome(first), Outcome::kErased) << "a repeat erases nobody";
  EXPECT_NE(state_->find(ann_).value(), nullptr);
  EXPECT_EQ(outcome(erase_ann(kNoon, 2)), Outcome::kApplied);
  EXPECT_EQ(state_->find(ann_).value(), nullptr);
  EXPECT_EQ(state_->tombstone_of(ann_).value()->stamp, kNoon + kHour) << "it never goes back itself";
  EXPECT_EQ(outcome(tick(kNoon + kDay * 8)), Outcome::kApplied);
  EXPECT_EQ(outcome(erase_ann(kNoon, 2)), Outcome::kErased) << "and without ids its stamp decides";
  const auto dump = state_->dump();
  EXPECT_EQ(support::digest_of(dump.value()), state_->digest());
}

// Found by the simulator: the clock goes back behind an erasure, an event is dropped by its stamp, a second erasure
// follows; sent again when the clock has caught up, the event was taken for new.
TEST_F(PartitionStateTest, WhatAnErasureDroppedByItsStampStaysDroppedUnderALaterOne) {
  outcome(erase_ann(kNoon, 1));
  auto early = record_of(event_of(EventType::kView, "a", kNoon - kMinute));
  EXPECT_EQ(outcome(early), Outcome::kErased);
  EXPECT_EQ(outcome(erase_ann(kNoon - kSecond, 2)), Outcome::kApplied);
  flush();
  restart();
  early.header.stamp = kNoon + kHour;
  EXPECT_EQ(outcome(early), Outcome::kErased);
  EXPECT_EQ(state_->find(ann_).value(), nullptr);
  const auto dump = state_->dump();
  EXPECT_EQ(support::digest_of(dump.value()), state_->digest());
}

TEST_F(PartitionStateTest, AnErasureAndTheTickThatEndsItMayShareAnEntry) {
  const auto event = record_of(event_of(EventType::kView, "a", kNoon));
  const Instant late = kNoon + kDay * 8;
  outcome(event);
  outcome(erase_ann(kNoon + kMinute, 1));
  flush();
  ASSERT_TRUE(apply({erase_ann(kNoon, 2), tick(late)}).ok());
  EXPECT_EQ(state_->next_due(), std::nullopt);
  const auto dump = state_->dump();
  ASSERT_EQ(dump.value().size(), 1u);
  EXPECT_EQ(dump.value().front().first.front(), 'x') << "the tombstone alone";
}

TEST_F(PartitionStateTest, AnErasureCoversTheGreatestStampOfItsUser) {
  const auto ahead = record_of(event_of(EventType::kView, "a", kNoon + kSecond)); // a clock that runs ahead
  outcome(ahead);
  outcome(erase_ann(kNoon, 1));
  EXPECT_EQ(outcome(ahead), Outcome::kErased);
}

TEST_F(PartitionStateTest, AnImportCountsOnceWhatItsWatermarkHasPassed) {
  const auto line = [&](std::uint64_t epoch, std::uint64_t sequence, const std::string& user) {
    auto record = of_user(record_of(event_of(EventType::kView, "a", kNoon)), user);
    auto& event = std::get<records::Event>(record.body);
    event.producer = records::Producer{"shop", epoch, sequence}; // its message id is a new one every time
    return record;
  };
  EXPECT_EQ(outcome(line(1, 7, "ann")), Outcome::kApplied);
  EXPECT_EQ(outcome(line(1, 9, "bob")), Outcome::kApplied) << "gaps mean nothing";
  EXPECT_EQ(outcome(line(1, 9, "bob")), Outcome::kSeenBefore);
  EXPECT_EQ(outcome(line(1, 8, "ann")), Outcome::kSeenBefore) << "one watermark for all users";
  flush();
  const auto dump = state_->dump().value();
  EXPECT_EQ(support::digest_of(dump), state_->digest());
  restart();
  EXPECT_EQ(state_->dump().value(), dump);
  EXPECT_EQ(outcome(line(1, 9, "ann")), Outcome::kSeenBefore);
  EXPECT_EQ(outcome(line(0, 99, "ann")), Outcome::kSeenBefore) << "an older epoch";
  EXPECT_EQ(outcome(line(2, 1, "ann")), Outcome::kApplied) << "a newer one counts anew";
  auto other = line(1, 1, "ann");
  other.header.tenant = {2};
  EXPECT_EQ(outcome(other), Outcome::kApplied) << "tenants are apart";
  flush();
  EXPECT_EQ(support::digest_of(state_->dump().value()), state_->digest());
}

TEST_F(PartitionStateTest, AWatermarkMovesWhateverBecomesOfTheRecord) {
  auto record = record_of(event_of(EventType::kView, "a", kNoon));
  std::get<records::Event>(record.body).producer = records::Producer{"shop", 1, 1};
  outcome(erase_ann(kNoon + kMinute, 1));
  EXPECT_EQ(outcome(record), Outcome::kErased);
  EXPECT_EQ(outcome(record), Outcome::kSeenBefore);
  auto passed = of_user(record, "stranger");
  std::get<records::Event>(passed.body).producer->sequence = 5;
  state_->pass_over(passed);
  std::get<records::Event>(record.body).producer->sequence = 4;
  record.header.stamp = kNoon + kHour;
  EXPECT_EQ(outcome(record), Outcome::kSeenBefore);
}

TEST_F(PartitionStateTest, AProducerTooManyIsFoldedAndTold) {
  const auto import_of = [&](std::size_t producer) {
    auto record = record_of(event_of(EventType::kView, "a", kNoon));
    std::get<records::Event>(record.body).producer = records::Producer{std::to_string(producer), 1, 1};
    return record;
  };
  for (std::size_t i = 0; i < Watermarks::kProducersMax; ++i) state_->pass_over(import_of(i));
  const auto one_more = import_of(Watermarks::kProducersMax);
  const auto first = applied(one_more);
  EXPECT_EQ(first.outcomes[0], Outcome::kApplied) << "acknowledged, so not lost";
  EXPECT_EQ(first.unmarked, 1u);
  const auto again = applied(one_more);
  EXPECT_EQ(again.outcomes[0], Outcome::kSeenBefore) << "by its message id";
  EXPECT_EQ(again.unmarked, 1u);
  EXPECT_EQ(applied(import_of(0)).outcomes[0], Outcome::kSeenBefore);
  EXPECT_EQ(applied(record_of(event_of(EventType::kView, "a", kNoon))).unmarked, 0u);
}

TEST_F(PartitionStateTest, MemoryIsBoundedByCleanUsers) {
  restart(10);
  for (int i = 0; i < 100; ++i)
    outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), "u" + std::to_string(i)));
  flush();
  const std::size_t loads = cold_.loads;
  for (int i = 0; i < 100; ++i)
    EXPECT_NE(state_->find({kDefaultTenant, "u" + std::to_string(i)}).value(), nullptr);
  EXPECT_GE(cold_.loads - loads, 90u) << "most had left";
  const std::size_t again = cold_.loads;
  EXPECT_NE(state_->find({kDefaultTenant, "u99"}).value(), nullptr);
  EXPECT_EQ(cold_.loads, again) << "the last one is still there";
}

TEST_F(PartitionStateTest, NobodyIsLookedForOfWhomNothingIsStored) {
  restart(1);
  const std::size_t loads = cold_.loads;
  const auto see = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), "u" + std::to_string(i)));
  };
  see(0, 100);
  EXPECT_EQ(cold_.loads, loads) << "the store was empty at start";
  flush();
  see(0, 100);
  EXPECT_GE(cold_.loads - loads, 90u) << "they are met again";
  flush();
  restart(1);
  const std::size_t before = cold_.loads;
  see(100, 200);
  EXPECT_GE(cold_.loads - before, 90u) << "after a restart anybody may be stored";
}

TEST_F(PartitionStateTest, AUserCountsAsHeGrows) {
  restart(1'000'000);
  outcome(EventType::kView, "a", kNoon);
  const std::size_t little = state_->memory();
  for (int i = 0; i < 100; ++i)
    outcome(EventType::kView, "item" + std::to_string(i), kNoon + kSecond * (i + 1));
  EXPECT_GE(state_->memory(), little + 100 * sizeof(HistoryEvent)) << "also before he is written";
  const std::size_t grown = state_->memory();
  const auto batch = state_->take_dirty();
  EXPECT_GT(state_->memory(), grown + 100 * 16) << "what is on its way to the store counts too";
  cold_.write(batch);
  state_->flushed();
  EXPECT_LE(state_->memory(), grown);
}

/// A batch may have a hundred thousand: what waits behind it is not to wait for all of them to leave.
TEST_F(PartitionStateTest, UsersOfAGreatBatchLeaveInSlices) {
  restart(1'000'000);
  for (int i = 0; i < 2'000; ++i)
    outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), "u" + std::to_string(i)));
  state_->set_memory_max(1);
  flush();
  const std::size_t after = state_->memory();
  EXPECT_GT(after, 100'000u);
  int slices = 1;
  while (state_->let_go(64)) ++slices;
  EXPECT_GE(slices, 2'000 / 64);
  EXPECT_LT(state_->memory(), 10'000u);
}

TEST_F(PartitionStateTest, UsersStayWhileTheirBatchIsOnItsWay) {
  restart(1);
  outcome(EventType::kView, "a", kNoon);
  const auto batch = state_->take_dirty(); // not yet written
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(state_->find({kDefaultTenant, "x" + std::to_string(i)}).value(), nullptr);
  ASSERT_NE(state_->find(ann_).value(), nullptr) << "the store does not know him yet";
  cold_.write(batch);
  state_->flushed();
}

TEST_F(PartitionStateTest, ARepeatChangesNoByteAndOnlyMetaIsWritten) {
  const auto record = record_of(event_of(EventType::kView, "a", kNoon));
  outcome(record);
  flush();
  EXPECT_EQ(outcome(record), Outcome::kSeenBefore);
  const auto batch = state_->take_dirty();
  ASSERT_EQ(batch.changes.size(), 1u);
  EXPECT_EQ(batch.changes[0].key, meta_key());
  state_->flushed();
  EXPECT_TRUE(state_->take_dirty().empty());
}

TEST_F(PartitionStateTest, AnotherTenantsAdoptionActsOnHisUsersAlone) {
  auto adopt = record_of(
      RecordType::kAdopt,
      records::Adopt{std::string(kAdoptConsentDefault), 1, adopt_value(records::kNoPurpose)}, {9, 9}, kNoon);
  adopt.header.tenant = {2};
  EXPECT_EQ(outcome(adopt), Outcome::kApplied);
  EXPECT_EQ(outcome(adopt), Outcome::kIgnored);
  auto event = record_of(event_of(EventType::kView, "a", kNoon));
  EXPECT_EQ(outcome(event), Outcome::kApplied);
  event.header.tenant = {2};
  EXPECT_EQ(outcome(event), Outcome::kNoConsent);
}

} // namespace
} // namespace kindred::profiles
