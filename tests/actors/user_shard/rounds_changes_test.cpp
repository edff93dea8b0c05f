// A shard's part in rounds by changes: when it looks at who changed alone, and when it says that it looked at everybody.
// Who is shown how: tests/engine/rounds/change_log_test.cpp.

#include <gtest/gtest.h>

#include "actors/user_shard/rounds.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "tests/actors/user_shard/shard_world.hpp"

namespace kindred::actors::user_shard {
namespace {

struct ShardRoundsByChanges : testing::Test {
  ShardWorld world;

  /// Whether it was gathered by changes.
  bool open(std::uint64_t round, std::uint64_t base, TenantId tenant = kDefaultTenant,
            const std::string& learner = "itemItem") {
    world.reports.clear();
    world.carry_out(world.shard->handle(OpenRound{tenant, learner, round, world.now, base}));
    world.run();
    for (const auto& report : world.reports)
      if (const auto* gathered = std::get_if<Gathered>(&report)) {
        EXPECT_EQ(gathered->lost, "");
        return gathered->by_changes;
      }
    ADD_FAILURE() << "nothing was gathered";
    return false;
  }
  void close(std::uint64_t round) {
    world.carry_out(world.shard->handle(CloseRound{kDefaultTenant, "itemItem", round, true, world.now}));
    world.run();
  }
  /// Users that used anything: now, or now less before.
  std::optional<std::int64_t> users(std::uint64_t round, bool changes) {
    rounds::ItemItemPass pass;
    pass.changes = changes;
    world.reports.clear();
    world.carry_out(world.shard->handle(
        AskPass{kDefaultTenant, "itemItem", round, 1, std::make_shared<const Bytes>(pass.canonical())}));
    world.run();
    const auto* passed = world.reports.empty() ? nullptr : std::get_if<Passed>(&world.reports.back());
    if (passed == nullptr || !passed->lost.empty()) return std::nullopt;
    const auto statistic = rounds::ItemItemStatistic::from(passed->statistic);
    return statistic ? std::optional(statistic->users) : std::nullopt;
  }
};

TEST_F(ShardRoundsByChanges, TheSecondLooksAtWhoChangedSinceTheFirst) {
  const int many = static_cast<int>(kSweepSlice) * 2;
  for (int i = 0; i < many; ++i) world.track("user" + std::to_string(i), "a");
  EXPECT_FALSE(open(1, 0));
  EXPECT_EQ(users(1, false), many);
  close(1);
  world.track("user0", "b");
  world.track("new", "a");
  EXPECT_TRUE(open(2, 1));
  EXPECT_EQ(users(2, true), 1) << "one more than then";
  EXPECT_EQ(users(2, false), std::nullopt) << "it does not know of everybody";
  close(2);
  EXPECT_TRUE(open(3, 2));
  EXPECT_EQ(users(3, true), 0);
}

TEST_F(ShardRoundsByChanges, ChangesMayBeMoreThanASlice) {
  EXPECT_FALSE(open(1, 0));
  const int many = static_cast<int>(kSweepSlice) * 3;
  for (int i = 0; i < many; ++i) world.track("user" + std::to_string(i), "a");
  EXPECT_TRUE(open(2, 1));
  EXPECT_EQ(users(2, true), many);
}

TEST_F(ShardRoundsByChanges, AfterARestartItLooksAtEverybody) {
  world.track("ann", "a");
  EXPECT_FALSE(open(1, 0));
  close(1);
  world.crash();
  world.begin_life();
  EXPECT_FALSE(open(2, 1));
  EXPECT_EQ(users(2, false), 1);
  close(2);
  EXPECT_TRUE(open(3, 2)) << "and knows from there on";
}

TEST_F(ShardRoundsByChanges, AnotherTenantsBaseIsNotThisOnes) {
  EXPECT_FALSE(open(1, 0));
  EXPECT_FALSE(open(2, 1, TenantId{5}));
  EXPECT_TRUE(open(3, 1));
}

TEST_F(ShardRoundsByChanges, LearnersWhoseStatisticsDependOnParametersLookAtEverybody) {
  EXPECT_FALSE(open(1, 0, kDefaultTenant, "ranker"));
  EXPECT_FALSE(open(2, 1, kDefaultTenant, "ranker"));
}

TEST_F(ShardRoundsByChanges, WhatNobodyAsksForIsLetGo) {
  EXPECT_FALSE(open(1, 0));
  close(1);
  world.pass(kChangesKept);
  EXPECT_TRUE(open(2, 1));
  close(2);
  world.pass(kChangesKept + Duration{1});
  EXPECT_FALSE(open(3, 2));
}

TEST_F(ShardRoundsByChanges, ACutThatWasNotAskedForHasNoBase) {
  EXPECT_FALSE(open(1, 0));
  world.reports.clear();
  world.track(
      {ShardWorld::record(records::Cut{"itemItem", 2}, records::RecordType::kCut, "", 77, world.now)});
  ASSERT_EQ(world.reports.size(), 1u);
  EXPECT_FALSE(std::get<Gathered>(world.reports[0]).by_changes) << "of another actor's round";
}

} // namespace
} // namespace kindred::actors::user_shard
