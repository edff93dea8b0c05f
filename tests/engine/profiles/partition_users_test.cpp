// Who of a partition is in memory: what is loaded for which question, who stays, who leaves, in which order.

#include <gtest/gtest.h>

#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"

namespace kindred::profiles {
namespace {

class PartitionUsersTest : public PartitionWorld {
protected:
  /// Seven of one size, stored; room for three of them, who are u0, u1, u2.
  void begin_with_three() {
    store_users(7);
    restart();
    (void)find("u0");
    const std::size_t one = state_->memory();
    restart_with(3 * one + one / 2);
    for (int i = 0; i < 3; ++i) (void)find(name(i));
  }
};

TEST_F(PartitionUsersTest, ALookLoadsProfileAndTombstoneARecordTheIdsToo) {
  store_users(1);
  restart();
  EXPECT_EQ(loads_to_find("u0"), 2u);
  EXPECT_EQ(loads_to_find("u0"), 0u);
  EXPECT_EQ(loads_of([&] { view_by("u0"); }), 1u) << "the ids, in one look";
  EXPECT_EQ(loads_of([&] { view_by("u0"); }), 0u);
  EXPECT_EQ(find("u0")->personalization.events, 3u);
}

TEST_F(PartitionUsersTest, ARecordOfWhoIsNotInMemoryLoadsProfileAndIdsInOneLook) {
  store_users(1);
  restart();
  EXPECT_EQ(loads_of([&] { view_by("u0"); }), 2u) << "and the tombstone";
  EXPECT_EQ(find("u0")->personalization.events, 2u);
  EXPECT_EQ(loads_of([&] { view_by("nobody"); }), 2u);
  EXPECT_EQ(loads_of([&] { view_by("nobody"); }), 0u);
}

// CLOCK: the hand leaves alone, once, whoever was used since it came by last.
TEST_F(PartitionUsersTest, WhoWasUsedSinceTheHandCameByStays) {
  begin_with_three();
  (void)find("u3");
  (void)find("u1"); // the hand goes round: u0 leaves; u1 is used after that
  for (const auto* other : {"u4", "u5", "u6"}) (void)find(other);
  EXPECT_EQ(loads_to_find("u1"), 0u);
  EXPECT_EQ(loads_to_find("u2"), 2u);
  EXPECT_EQ(loads_to_find("u0"), 2u);
}

TEST_F(PartitionUsersTest, ARecordIsAUseToo) {
  begin_with_three();
  (void)find("u3");
  view_by("u1");
  flush();
  for (const auto* other : {"u4", "u5", "u6"}) (void)find(other);
  EXPECT_EQ(loads_to_find("u1"), 0u);
  EXPECT_EQ(loads_to_find("u2"), 2u);
}

TEST_F(PartitionUsersTest, AnEntryOfManyColdUsersLetsAsManyLeave) {
  store_users(1'000);
  restart();
  (void)find("u0");
  const std::size_t one = state_->memory();
  restart_with(20 * one);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 1'000; ++i) (void)find(name(i));
    EXPECT_LT(state_->memory(), 25 * one);
  }
  std::vector<records::Record> entry;
  for (int i = 0; i < 1'000; ++i)
    entry.push_back(of_user(record_of(event_of(EventType::kView, "b", kNoon)), name(i)));
  ASSERT_TRUE(apply(std::move(entry)).ok());
  flush();
  while (state_->let_go(100)) {
  }
  EXPECT_LT(state_->memory(), 25 * one) << "all were cold, and in one entry";
}

TEST_F(PartitionUsersTest, ALargeUserTakesTheRoomOfMany) {
  begin_with_three();
  records::ProfileUpdate update{"u6", {{"text", Bytes(100'000, 'x')}}, {}, {}, ""};
  ASSERT_TRUE(apply({record_of(RecordType::kProfileUpdate, update, {9, 9}, kNoon)}).ok());
  cold_.write(state_->take_dirty());
  EXPECT_GT(state_->memory(), 100'000u) << "not stored yet";
  state_->flushed();
  EXPECT_LT(state_->memory(), 100'000u);
  EXPECT_EQ(loads_to_find("u6"), 2u);
}

TEST_F(PartitionUsersTest, WhoIsNotStoredYetStaysWhateverTheBound) {
  restart(1);
  for (int i = 0; i < 50; ++i) view_by(name(i));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(loads_to_find(name(i)), 0u) << i;
  const auto batch = state_->take_dirty();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(loads_to_find(name(i)), 0u) << "taken, not stored: " << i;
  cold_.write(batch);
  state_->flushed();
  EXPECT_EQ(loads_to_find(name(0)), 2u) << "now he may leave";
}

TEST_F(PartitionUsersTest, ManyWhoMustStayDoNotKeepOthersFromLeaving) {
  restart(10);
  store_users(300);
  for (int i = 0; i < 600; ++i) view_by("new" + std::to_string(i)); // more than are looked at in one go
  for (int i = 0; i < 300; ++i) (void)find(name(i));                // used after them
  for (int round = 0; round < 10; ++round) (void)find("new0");
  std::size_t gone = 0;
  for (int i = 0; i < 300; ++i) gone += loads_to_find(name(i)) > 0 ? 1 : 0;
  EXPECT_GE(gone, 290u);
}

TEST_F(PartitionUsersTest, StrangersThatAreAskedForDoNotFillTheMemory) {
  view_by("ann");
  flush();
  restart(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(state_->find({kDefaultTenant, name(i)}).value(), nullptr);
  EXPECT_EQ(loads_to_find(name(0)), 2u) << "it was forgotten that he is not there";
  EXPECT_EQ(loads_to_find(name(0)), 0u);
  EXPECT_EQ(state_->users(), 1u) << "ann";
}

TEST_F(PartitionUsersTest, EvenWithoutRoomForAnyoneEveryoneIsFound) {
  restart(0);
  store_users(5);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      const Profile* profile = find(name(i));
      ASSERT_NE(profile, nullptr);
      EXPECT_EQ(profile->personalization.events, 1u + static_cast<unsigned>(round));
      view_by(name(i));
      flush();
    }
  }
  EXPECT_EQ(state_->users(), 5u);
}

TEST_F(PartitionUsersTest, WhatFailedToLoadIsLoadedWhenItIsAskedAgain) {
  store_users(1);
  restart();
  cold_.failing = true;
  EXPECT_EQ(state_->find({kDefaultTenant, "u0"}).error(), FoldError::kStoreFailed);
  EXPECT_EQ(state_->tombstone_of({kDefaultTenant, "u0"}).error(), FoldError::kStoreFailed);
  cold_.failing = false;
  ASSERT_NE(find("u0"), nullptr) << "no half of him was kept";
  EXPECT_EQ(find("u0")->personalization.events, 1u);
  EXPECT_EQ(view_by("u0"), Outcome::kApplied);
}

TEST_F(PartitionUsersTest, ATickLoadsWhoseTimeHasComeAndNobodyElse) {
  for (int i = 0; i < 5; ++i)
    outcome(of_user(record_of(event_of(EventType::kAddToCart, "a", kNoon + kHour * i)), name(i)));
  flush();
  restart();
  // Carts of 12:00 and 13:00 are due by 14:30; each user is a profile and a tombstone.
  EXPECT_EQ(loads_of([&] { outcome(tick(kNoon + kHour * 2 + kMinute * 30)); }), 4u);
  EXPECT_EQ(find("u0")->personalization.carts_abandoned, 1u);
  EXPECT_EQ(find("u2")->personalization.carts_abandoned, 0u);
}

TEST_F(PartitionUsersTest, AfterATickARecordStillFindsTheIdsOfBefore) {
  const auto add = record_of(event_of(EventType::kAddToCart, "a", kNoon));
  outcome(add);
  flush();
  restart();
  outcome(tick(kNoon + kHour)); // loads ann, without ids
  flush();
  EXPECT_EQ(outcome(add), Outcome::kSeenBefore);
  EXPECT_EQ(find("ann")->personalization.events, 1u);
}

TEST_F(PartitionUsersTest, NamesThatLookLikeKeysAreApart) {
  const std::string zeros("\0\0", 2), longest(kExternalIdBytesMax, 'x');
  const std::vector<std::string> names{"a", "ap", "ao", "o", "p", std::string("a\0p", 3), zeros, longest};
  for (const std::string& name : names) view_by(name);
  flush();
  restart(0);
  EXPECT_EQ(state_->users(), names.size());
  for (const std::string& name : names) {
    ASSERT_NE(find(name), nullptr);
    EXPECT_EQ(find(name)->key.user, name);
    EXPECT_EQ(find(name)->personalization.events, 1u);
    view_by(name);
    EXPECT_EQ(find(name)->personalization.events, 2u);
  }
  EXPECT_EQ(find(longest + "x"), nullptr);
}

TEST_F(PartitionUsersTest, UsersOfOneNameInTwoTenantsAreTwo) {
  const auto event = record_of(event_of(EventType::kView, "a", kNoon));
  auto elsewhere = event;
  elsewhere.header.tenant = {2};
  EXPECT_EQ(outcome(event), Outcome::kApplied);
  EXPECT_EQ(outcome(elsewhere), Outcome::kApplied) << "the same id, of another user";
  flush();
  restart(1);
  EXPECT_EQ(state_->users(), 2u);
  EXPECT_EQ(outcome(elsewhere), Outcome::kSeenBefore);
  outcome(erase_ann(kNoon + kSecond, 1));
  EXPECT_EQ(find("ann"), nullptr);
  EXPECT_NE(state_->find({{2}, "ann"}).value(), nullptr);
  EXPECT_FALSE(state_->tombstone_of({{2}, "ann"}).value().has_value());
}

TEST_F(PartitionUsersTest, DamageIsFoundByThoseWhoReadIt) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  const Bytes ids = once_key(ann_, day_of(kNoon), 0);
  ASSERT_TRUE(cold_.values.contains(ids));
  cold_.values[ids].pop_back();
  restart();
  EXPECT_NE(find("ann"), nullptr) << "a look reads no ids";
  const auto digest = state_->digest();
  EXPECT_EQ(apply({record_of(event_of(EventType::kView, "b", kNoon))}).error(), FoldError::kBadState);
  EXPECT_EQ(state_->digest(), digest);
}

TEST_F(PartitionUsersTest, IdsUnderAKeyThatIsNoneOrWithAChunkMissingAreDamage) {
  for (std::uint64_t i = 0; i < 300; ++i) outcome(EventType::kView, "a", kNoon); // two chunks
  flush();
  const auto good = cold_.values;
  const Bytes first = once_key(ann_, day_of(kNoon), 0);
  const auto refused = [&] {
    restart();
    return apply({record_of(event_of(EventType::kView, "b", kNoon))}).error();
  };
  cold_.values.erase(first);
  EXPECT_EQ(refused(), FoldError::kBadState) << "the second chunk without the first";
  cold_.values = good;
  cold_.values[once_prefix(ann_) + "odd"] = good.at(first);
  EXPECT_EQ(refused(), FoldError::kBadState);
}

TEST_F(PartitionUsersTest, ADamagedTombstoneIsFoundAtTheFirstLook) {
  outcome(erase_ann(kNoon, 1));
  flush();
  const Bytes key = tombstone_key(kDefaultTenant, user_hash(ann_));
  for (const Bytes& bad : {Bytes(), Bytes(7, '\0'), Bytes(9, '\0')}) {
    cold_.values[key] = bad;
    restart();
    EXPECT_EQ(state_->find(ann_).error(), FoldError::kBadState) << bad.size();
    EXPECT_EQ(state_->tombstone_of(ann_).error(), FoldError::kBadState) << bad.size();
  }
}

} // namespace
} // namespace kindred::profiles
