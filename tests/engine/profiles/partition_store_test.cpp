// What PartitionState writes and takes up again: meta, batches, the decision index; and what it says of damaged bytes.
// That no way of flushing leaves a trace is tests/laws/fold_law_test.cpp.

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "engine/profiles/digest.hpp"
#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using Batch = PartitionState::Batch;

class PartitionStoreTest : public PartitionWorld {
protected:
  FoldError restore_error() {
    PartitionState state({}, cold_);
    const auto restored = state.restore();
    EXPECT_FALSE(restored.ok());
    return restored.ok() ? FoldError{} : restored.error();
  }
  static const PartitionState::Change* find_in(const Batch& batch, const Bytes& key) {
    const auto at = std::ranges::find(batch.changes, key, &PartitionState::Change::key);
    return at == batch.changes.end() ? nullptr : &*at;
  }
  bool is_found(std::uint64_t id) { return state_->find_decision({1, id}).value().has_value(); }
};

// ---- meta

TEST_F(PartitionStoreTest, MetaIsWhatVersionTwoWrites) {
  outcome(EventType::kView, "a", kNoon);
  outcome(decided(1, kNoon + kSecond));
  flush();
  ByteWriter out;
  out.u8(2);
  out.u64(2); // entries below this offset are folded
  out.id128(state_->chain());
  const Bytes meta = cold_.values.at(meta_key());
  EXPECT_EQ(meta.substr(0, out.size()), out.view());
  out.raw(BytesView(meta).substr(out.size(), 16)); // the last entry's hash
  out.id128(state_->digest());
  out.u64(1); // users
  out.u8(1);
  out.instant(kNoon + kSecond); // the newest stamp
  out.u8(1);
  out.i32(day_of(kNoon)); // the oldest day of the decision index
  out.u32(1);             // writers: id, epoch, last, none missing
  out.u64(1);
  out.u64(1);
  out.u64(2);
  out.u32(0);
  out.u32(0); // tenants with an erasure
  EXPECT_EQ(meta, out.view());
}

TEST_F(PartitionStoreTest, EveryCutOfMetaAndWhatStandsBehindItIsRefused) {
  outcome(EventType::kView, "a", kNoon);
  outcome(decided(1, kNoon));
  flush();
  const Bytes good = cold_.values.at(meta_key());
  for (std::size_t size = 0; size < good.size(); ++size) {
    cold_.values[meta_key()] = good.substr(0, size);
    ASSERT_EQ(restore_error(), FoldError::kBadState) << size;
  }
  cold_.values[meta_key()] = good + "x";
  EXPECT_EQ(restore_error(), FoldError::kBadState);
  cold_.values[meta_key()] = "\3" + good.substr(1);
  EXPECT_EQ(restore_error(), FoldError::kBadState) << "a newer form";
}

TEST_F(PartitionStoreTest, FlagsOfMetaThatAreNoneAreRefused) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  const Bytes good = cold_.values.at(meta_key());
  constexpr std::size_t kStamped = 1 + 8 + 16 + 16 + 16 + 8; // version, end, chain, last entry, digest, users
  constexpr std::size_t kDecided = kStamped + 1 + 8;
  for (const std::size_t at : {kStamped, kDecided}) {
    Bytes bad = good;
    bad[at] = 2;
    cold_.values[meta_key()] = bad;
    EXPECT_EQ(restore_error(), FoldError::kBadState) << at;
  }
}

TEST_F(PartitionStoreTest, WithoutMetaNothingWasEverStored) {
  outcome(EventType::kAddToCart, "a", kNoon);
  flush();
  cold_.values.erase(meta_key());
  PartitionState state({}, cold_);
  ASSERT_TRUE(state.restore().ok());
  EXPECT_EQ(state.applied_end(), 0u);
  EXPECT_EQ(state.next_due(), std::nullopt);
}

TEST_F(PartitionStoreTest, TimersAndTenantInputsThatAreNoneAreRefused) {
  outcome(EventType::kAddToCart, "a", kNoon);
  outcome(record_of(RecordType::kAdopt,
                    records::Adopt{std::string(kAdoptConsentDefault), 3, adopt_value(records::kTraining)},
                    {9, 9}, kNoon));
  flush();
  const auto good = cold_.values;
  const auto refused_with = [&](const Bytes& key, const Bytes& value) {
    cold_.values = good;
    cold_.values[key] = value;
    return restore_error();
  };
  EXPECT_EQ(refused_with(timer_key(kNoon + kHour, ann_), "x"), FoldError::kBadState)
      << "a timer has no value";
  EXPECT_EQ(refused_with("t123", ""), FoldError::kBadState);
  EXPECT_EQ(refused_with("c12", good.at(tenant_key(kDefaultTenant))), FoldError::kBadState);
  EXPECT_EQ(refused_with(tenant_key(kDefaultTenant), good.at(tenant_key(kDefaultTenant)) + "x"),
            FoldError::kBadState);
}

/// A store whose n-th answer is an error.
class FailsOnce : public support::ColdMap {
public:
  explicit FailsOnce(const support::ColdMap& from, std::size_t at) : at_(at) { values = from.values; }
  Loaded load(BytesView key) override {
    if (loads++ == at_) return FoldError::kStoreFailed;
    const auto found = values.find(key);
    return found == values.end() ? std::optional<Bytes>() : std::optional(found->second);
  }
  Prefixed load_prefix(BytesView prefix) override {
    if (loads == at_) return ++loads, FoldError::kStoreFailed;
    return ColdMap::load_prefix(prefix);
  }

private:
  const std::size_t at_;
};

TEST_F(PartitionStoreTest, AStoreThatFailsAnywhereIsSaidToHaveFailed) {
  outcome(EventType::kAddToCart, "a", kNoon);
  outcome(decided(1, kNoon));
  flush();
  std::size_t failed = 0;
  for (std::size_t at = 0;; ++at) {
    FailsOnce store(cold_, at);
    PartitionState state({}, store);
    const auto restored = state.restore();
    const auto place =
        restored.ok() ? state.find_decision({1, 1})
                      : Result<std::optional<PartitionState::DecisionPlace>, FoldError>(restored.error());
    stats::FastDelta changes;
    const records::Entry entry{{{1}, 1, 3}, {record_of(event_of(EventType::kView, "b", kNoon))}};
    const auto applied =
        place.ok() ? state.apply(entry, 2, changes) : Result<AppliedEntry, FoldError>(place.error());
    if (applied.ok()) break; // `at` is beyond all that was asked
    EXPECT_EQ(applied.error(), FoldError::kStoreFailed) << at;
    EXPECT_TRUE(changes.is_zero()) << "nothing was folded before it failed";
    ++failed;
  }
  // meta, version, timers, erased timers, tenants, watermarks; the place and its user's tombstone; profile with ids, tombstone
  EXPECT_EQ(failed, 10u);
}

// ---- batches

TEST_F(PartitionStoreTest, WhatTheCallerPutsBesideIsInTheBatchInItsPlace) {
  EXPECT_TRUE(state_->take_dirty({{"n", "own"}}).empty()) << "nothing changed";
  outcome(EventType::kView, "a", kNoon);
  const Batch batch = state_->take_dirty({{"n", "own"}});
  ASSERT_NE(find_in(batch, "n"), nullptr);
  EXPECT_TRUE(std::ranges::is_sorted(batch.changes, {}, &KeyChange::key));
  cold_.write(batch);
  state_->flushed();
}

TEST_F(PartitionStoreTest, ABatchNamesEachKeyOnceInOrderAndMetaAlways) {
  for (int i = 0; i < 5; ++i)
    outcome(EventType::kAddToCart, "a", kNoon + kMinute * i); // the timer moves each time
  (void)state_->digest();                                     // encodes on the way
  outcome(EventType::kView, "b", kNoon + kHour * 3);
  const Batch batch = state_->take_dirty();
  std::set<Bytes> keys;
  for (const auto& change : batch.changes) keys.insert(change.key);
  EXPECT_EQ(keys.size(), batch.changes.size());
  EXPECT_TRUE(std::ranges::is_sorted(batch.changes, {}, &PartitionState::Change::key));
  EXPECT_NE(find_in(batch, meta_key()), nullptr);
  EXPECT_NE(find_in(batch, profile_key(ann_)), nullptr);
  const auto* first_timer = find_in(batch, timer_key(kNoon + kHour, ann_));
  ASSERT_NE(first_timer, nullptr);
  EXPECT_FALSE(first_timer->value.has_value()) << "a timer that moved is taken back";
  cold_.write(batch);
  EXPECT_EQ(stored('t'), 0u) << "and the cart was abandoned before the last event";
}

TEST_F(PartitionStoreTest, LookingTakesNothing) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  (void)state_->find(ann_);
  (void)state_->find({kDefaultTenant, "nobody"});
  (void)state_->digest();
  (void)state_->dump();
  (void)state_->find_decision({1, 1});
  EXPECT_TRUE(state_->take_dirty().empty());
}

TEST_F(PartitionStoreTest, BatchesOnTheirWayAreSeenNewestFirst) {
  outcome(decided(1, kNoon));
  std::vector<Batch> batches{state_->take_dirty()};
  outcome(EventType::kView, "a", kNoon + kSecond);
  batches.push_back(state_->take_dirty());
  outcome(erase_ann(kNoon + kMinute, 1));
  batches.push_back(state_->take_dirty());
  outcome(EventType::kView, "b", kNoon + kHour);
  const auto dump = state_->dump().value();
  const auto digest = state_->digest();
  EXPECT_TRUE(state_->find_decision({1, 1}).value()->erased)
      << "found in one batch, its tombstone in another";
  batches.push_back(state_->take_dirty());
  EXPECT_TRUE(cold_.values.empty());
  for (const Batch& batch : batches) {
    cold_.write(batch);
    state_->flushed();
    EXPECT_EQ(state_->dump().value(), dump);
  }
  restart();
  EXPECT_EQ(state_->dump().value(), dump);
  EXPECT_EQ(state_->digest(), digest);
  EXPECT_EQ(find("ann")->personalization.events, 1u);
}

TEST_F(PartitionStoreTest, ABatchIsTheSameHoweverOftenItIsWritten) {
  outcome(EventType::kAddToCart, "a", kNoon);
  const Batch first = state_->take_dirty();
  cold_.write(first);
  cold_.write(first); // the first answer was lost
  state_->flushed();
  outcome(EventType::kPurchase, "a", kNoon + kMinute);
  flush();
  const auto dump = state_->dump().value();
  restart();
  EXPECT_EQ(state_->dump().value(), dump);
  EXPECT_EQ(stored('t'), 0u);
}

// ---- batches made in slices

TEST_F(PartitionStoreTest, ABatchIsAsOfWhereItBeganWhateverIsFoldedMeanwhile) {
  const auto name = [](int i) { return "user" + std::to_string(i); };
  for (int i = 0; i < 10; ++i)
    outcome(of_user(record_of(event_of(EventType::kAddToCart, "a", kNoon)), name(i)));
  outcome(decided(1, kNoon));
  const auto dump = state_->dump().value();
  const Id128 digest = state_->digest();
  const std::uint64_t end = state_->applied_end();
  EXPECT_FALSE(state_->prepare_batch(3));
  // Of those encoded, of those not yet, of a new one: nothing of it is in the batch.
  for (const int i : {0, 1, 5, 9, 12})
    outcome(of_user(record_of(event_of(EventType::kPurchase, "b", kNoon + kMinute)), name(i)));
  outcome(erase_ann(kNoon + kHour, 1));
  EXPECT_FALSE(state_->prepare_batch(1));
  outcome(of_user(record_of(event_of(EventType::kView, "c", kNoon + kHour)), name(2)));
  const auto later = std::pair(state_->applied_end(), state_->digest()); // encodes all there is
  EXPECT_TRUE(state_->prepare_batch(0));
  const Batch batch = state_->take_dirty();
  EXPECT_EQ(batch.end, end);
  EXPECT_EQ(batch.digest, digest);
  cold_.write(batch);
  state_->flushed();
  const auto now = state_->dump().value();
  const Batch rest = state_->take_dirty();
  EXPECT_EQ(std::pair(rest.end, rest.digest), later);
  restart(); // the crash loses what was not in it
  EXPECT_EQ(state_->applied_end(), end);
  EXPECT_EQ(state_->dump().value(), dump);
  EXPECT_EQ(state_->digest(), digest);
  cold_.write(rest);
  restart();
  EXPECT_EQ(state_->dump().value(), now);
  EXPECT_EQ(state_->digest(), later.second);
}

TEST_F(PartitionStoreTest, WhatIsInABatchBeingMadeIsFoundAndStaysInMemory) {
  outcome(decided(1, kNoon));
  outcome(erase_ann(kNoon + kMinute, 1));
  EXPECT_FALSE(state_->prepare_batch(0));
  EXPECT_TRUE(state_->find_decision({1, 1}).value()->erased);
  EXPECT_EQ(outcome(decided(1, kNoon)), Outcome::kErased) << "known by its tombstone";
  outcome(EventType::kView, "a", kNoon + kHour);
  const auto dump = state_->dump().value();
  cold_.write(state_->take_dirty());
  state_->flushed();
  EXPECT_EQ(state_->dump().value(), dump);
  flush();
  restart();
  EXPECT_EQ(state_->dump().value(), dump);
}

TEST_F(PartitionStoreTest, AnErasedUserLeavesATombstoneAndHisIdsByHash) {
  for (std::uint64_t i = 0; i < 600; ++i) // three chunks of ids on one day, more on the next
    outcome(EventType::kAddToCart, "a" + std::to_string(i % 7),
            kNoon + kMinute * static_cast<std::int64_t>(i));
  flush();
  EXPECT_GE(stored('u'), 4u);
  EXPECT_EQ(stored('t'), 1u);
  outcome(erase_ann(kNoon + kDay, 1));
  flush();
  EXPECT_EQ(stored('u'), 0u);
  EXPECT_EQ(stored('t'), 0u);
  EXPECT_EQ(stored('x'), 1u);
  const auto dump = state_->dump().value();
  for (const auto& [key, value] : dump) EXPECT_EQ(key.find("ann"), Bytes::npos) << "no key names him";
  EXPECT_EQ(state_->digest(), support::digest_of(dump));
  outcome(EventType::kView, "b", kNoon + kDay * 2);
  outcome(EventType::kView, "c", kNoon + kDay * 10); // the window of once has left the tombstone
  flush();
  EXPECT_EQ(stored('x'), 0u);
}

// ---- the decision index

TEST_F(PartitionStoreTest, ADecisionIsFoundPendingOnItsWayAndStored) {
  (void)apply({record_of(event_of(EventType::kView, "a", kNoon)), decided(1, kNoon)});
  const auto place = [&] { return *state_->find_decision({1, 1}).value(); };
  EXPECT_EQ(place().offset, 0u);
  EXPECT_EQ(place().index, 1u) << "the second record of its entry";
  EXPECT_EQ(place().stamp, kNoon);
  const Batch batch = state_->take_dirty();
  EXPECT_EQ(place().index, 1u);
  cold_.write(batch);
  state_->flushed();
  EXPECT_EQ(place().index, 1u);
  restart();
  EXPECT_EQ(place().index, 1u);
}

TEST_F(PartitionStoreTest, ADecisionWithoutConsentIsFoundAllTheSame) {
  outcome(record_of(RecordType::kConsent,
                    records::Consent{"ann", {}, records::kMeasurement | records::kTraining, "", ""}, {2, 1},
                    kNoon));
  EXPECT_EQ(outcome(decided(1, kNoon + kSecond)), Outcome::kNoConsent);
  EXPECT_TRUE(is_found(1)) << "where its record stands is the node's own knowledge; replay reads the log";
}

TEST_F(PartitionStoreTest, ADecisionOfBeforeTheWindowIsNotTakenUp) {
  outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), "bob")); // time passes with others, too
  outcome(decided(1, kNoon - kDecisionPlaceWindow));
  outcome(decided(2, kNoon - kDecisionPlaceWindow - kDay));
  EXPECT_TRUE(is_found(1)) << "the last day that counts";
  EXPECT_FALSE(is_found(2));
}

TEST_F(PartitionStoreTest, ADecisionAfterAnErasureIsNotErased) {
  outcome(decided(1, kNoon));
  outcome(erase_ann(kNoon + kMinute, 1));
  outcome(decided(2, kNoon + kHour));
  EXPECT_TRUE(state_->find_decision({1, 1}).value()->erased);
  EXPECT_FALSE(state_->find_decision({1, 2}).value()->erased);
  EXPECT_EQ(outcome(decided(3, kNoon)), Outcome::kErased);
  EXPECT_FALSE(is_found(3)) << "what was dropped at the door has no place";
}

TEST_F(PartitionStoreTest, ADamagedPlaceIsSaidToBe) {
  outcome(decided(1, kNoon));
  flush();
  const Bytes key = decision_key(day_of(kNoon), {1, 1});
  const Bytes good = cold_.values.at(key);
  for (std::size_t size = 0; size < good.size(); ++size) {
    cold_.values[key] = good.substr(0, size);
    EXPECT_EQ(state_->find_decision({1, 1}).error(), FoldError::kBadState) << size;
  }
  cold_.values[key] = good + "x";
  EXPECT_EQ(state_->find_decision({1, 1}).error(), FoldError::kBadState);
  cold_.values[key] = "\2" + good.substr(1);
  EXPECT_EQ(state_->find_decision({1, 1}).error(), FoldError::kBadState);
}

TEST_F(PartitionStoreTest, DaysLeaveTheIndexOneByOneWhereverTheyAre) {
  outcome(decided(1, kNoon));
  flush(); // stored
  outcome(decided(2, kNoon + kDay));
  const Batch on_its_way = state_->take_dirty();
  outcome(decided(3, kNoon + kDay * 2)); // pending
  outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon + kDay * 40)), "bob"));
  for (const std::uint64_t id : {1u, 2u, 3u}) EXPECT_FALSE(is_found(id)) << "the window left it at once";
  cold_.write(on_its_way);
  state_->flushed();
  EXPECT_EQ(stored('d'), 2u);
  for (int i = 0; i < 4; ++i) // one day goes with each entry
    outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon + kDay * 40)), "bob"));
  flush();
  EXPECT_EQ(stored('d'), 0u);
}

} // namespace
} // namespace kindred::profiles
