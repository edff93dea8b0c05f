// Warming up: what is stored of a partition's users, read in order before they are asked for.

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/profiles/partition_world.hpp"

namespace kindred::profiles {
namespace {

class PartitionWarmTest : public PartitionWorld {
protected:
  void flush_what_changed() {
    const auto batch = state_->take_dirty();
    if (batch.empty()) return;
    cold_.write(batch);
    state_->flushed();
  }
  int warm_up(std::size_t values) {
    int slices = 1;
    for (auto done = state_->warm_up(values); !done.value(); done = state_->warm_up(values)) ++slices;
    return slices;
  }
};

TEST_F(PartitionWarmTest, UsersAreInMemoryWithTheirIds) {
  store_users(20);
  restart();
  EXPECT_GT(warm_up(7), 20 * 2 / 7);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(loads_of([&] { view_by(name(i)); }), 0u) << i;
    EXPECT_EQ(find(name(i))->personalization.events, 2u);
  }
}

TEST_F(PartitionWarmTest, NobodyIsLookedForInVainOnceAllWasRead) {
  store_users(3);
  restart();
  ASSERT_FALSE(state_->warm_up(1).value());
  EXPECT_GT(loads_to_find("nobody"), 0u) << "he may be behind";
  warm_up(100);
  EXPECT_EQ(loads_to_find("somebody else"), 0u);
  view_by("new");
  EXPECT_TRUE(state_->warm_up(100).value()) << "there is nothing more to learn";
  flush();
  state_->set_memory_max(1);
  while (state_->let_go(100)) {
  }
  ASSERT_NE(find("new"), nullptr);
  EXPECT_EQ(find("new")->personalization.events, 1u);
}

/// They are in no store yet, and the hand has passed where they will be.
TEST_F(PartitionWarmTest, WhoIsNotStoredYetIsFoundWhenHeHasLeft) {
  store_users(4);
  restart();
  view_by("a new one before");
  ASSERT_FALSE(state_->warm_up(100).value()) << "tombstones";
  view_by("a new one meanwhile");
  warm_up(100);
  flush();
  state_->set_memory_max(1);
  while (state_->let_go(100)) {
  }
  for (const auto* user : {"a new one before", "a new one meanwhile"}) {
    EXPECT_GT(loads_to_find(user), 0u) << "he has left";
    ASSERT_NE(find(user), nullptr) << user;
  }
}

TEST_F(PartitionWarmTest, NoMoreComeInThanFindRoom) {
  store_users(100);
  restart();
  (void)find("u0");
  const std::size_t one = state_->memory();
  restart_with(10 * one);
  warm_up(16);
  EXPECT_LE(state_->memory(), 11 * one);
  for (int i = 0; i < 100; ++i) EXPECT_NE(find(name(i)), nullptr) << i;
  EXPECT_EQ(loads_to_find("nobody"), 0u);
}

TEST_F(PartitionWarmTest, AnErasureHoldsBehindIt) {
  for (const auto* user : {"ann", "bob"}) view_by(user);
  ASSERT_EQ(outcome(erase_ann(kNoon + kHour, 1)), Outcome::kApplied);
  flush();
  restart();
  warm_up(2);
  EXPECT_EQ(outcome(record_of(event_of(EventType::kView, "late", kNoon))), Outcome::kErased);
  EXPECT_EQ(find("ann"), nullptr);
  EXPECT_TRUE(state_->tombstone_of(ann_).value());
}

TEST_F(PartitionWarmTest, WhoHasMoreValuesThanASliceIsLeftToBeLookedFor) {
  for (int day = 0; day < 9; ++day)
    outcome(EventType::kView, "a", kNoon + kDay * day); // ids of nine days: nine values
  view_by("bob");
  flush();
  restart();
  warm_up(4);
  EXPECT_EQ(loads_to_find("bob"), 0u);
  EXPECT_GT(loads_to_find("ann"), 0u);
  EXPECT_EQ(find("ann")->personalization.events, 9u);
}

TEST_F(PartitionWarmTest, AKeyThatIsNobodysIsDamage) {
  store_users(1);
  cold_.values["u\1"] = "?";
  restart();
  auto done = state_->warm_up(100);
  while (done.ok() && !done.value()) done = state_->warm_up(100);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error(), FoldError::kBadState);
}

/// Law fold: whatever comes between its slices, with little memory, the state is the same.
TEST_F(PartitionWarmTest, TheFoldIsTheSame) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<Id128> digests;
    for (const bool warm : {false, true}) {
      cold_.values.clear();
      sequence_ = 0;
      restart();
      Random random(seed);
      Random slices(seed * 2 + 1); // of its own, so that both fold the same
      const auto one = [&] {
        const std::string user = name(static_cast<int>(random.below(30)));
        if (random.below(10) == 0) {
          applied(record_of(RecordType::kErase, records::Erase{user, "", ""}, {4, random.next()}, kNoon));
        } else {
          auto event =
              event_of(EventType::kView, "a", kNoon + kHour * static_cast<std::int64_t>(random.below(72)));
          event.user_id = user;
          event.message_id = std::to_string(random.next());
          applied(record_of(std::move(event)));
        }
      };
      for (int i = 0; i < 40; ++i) one();
      flush_what_changed();
      restart(3);
      bool done = !warm;
      for (int i = 0; i < 60; ++i) {
        one();
        if (!done) done = state_->warm_up(1 + slices.below(9)).value();
        if (random.below(4) == 0) flush_what_changed();
        while (state_->let_go(10)) {
        }
      }
      digests.push_back(state_->digest());
      flush_what_changed();
      restart(3);
      EXPECT_EQ(state_->digest(), digests.back()) << seed;
    }
    EXPECT_EQ(digests[0], digests[1]) << seed;
  }
}

} // namespace
} // namespace kindred::profiles
