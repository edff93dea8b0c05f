#include "engine/profiles/partition_state.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"

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
  flush();
  for (auto& [key, value] : cold_.values) {
    const Bytes good = value;
    value = "\x7f";
    PartitionState state({}, cold_);
    const bool restored = state.restore().ok();
    const bool found = restored && state.find(ann_).ok();
    stats::FastDelta changes;
    const records::Entry entry{{{1}, 1, 2}, {record_of(event_of(EventType::kView, "b", kNoon))}};
    EXPECT_FALSE(found && state.apply(entry, 1, changes).ok()) << "key of kind " << key.front();
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

TEST_F(PartitionStateTest, AnErasureCoversTheGreatestStampOfItsUser) {
  const auto ahead = record_of(event_of(EventType::kView, "a", kNoon + kSecond)); // a clock that runs ahead
  outcome(ahead);
  outcome(erase_ann(kNoon, 1));
  EXPECT_EQ(outcome(ahead), Outcome::kErased);
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
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].key, meta_key());
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
