#include "nodes/kindredctl/demo/run.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "nodes/kindredctl/demo/baseline_arms.hpp"

namespace kindred::demo {
namespace {

WorldParameters small() {
  WorldParameters p;
  p.days = 2;
  p.users_at_start = 300;
  p.users_arriving = 50;
  p.items_at_start = 40;
  p.items_per_day = 2;
  return p;
}

double total(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Shows what no arm may show: an item twice, one that does not exist, one that is not out yet.
class CheatingArm : public Arm {
public:
  std::string name() const override { return "cheat"; }
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment, const Shoppers&,
                                   std::vector<List>& lists) override {
    lists.assign(visits.size(), {moment.live[0], moment.live[0], 999'999});
    return std::nullopt;
  }
  std::optional<Failure> learn(std::span<const ShopEvent> events, const Moment&) override {
    for (std::size_t n = 1; n < events.size(); ++n) in_order_ &= events[n - 1].time_us <= events[n].time_us;
    for (const ShopEvent& event : events) learnt_ += event.kind != ShopEvent::Kind::kShown;
    return std::nullopt;
  }
  bool in_order_ = true;
  std::uint64_t learnt_ = 0;
};

/// Fails at its second list.
class FailingArm : public CheatingArm {
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                   const Shoppers& shoppers, std::vector<List>& lists) override {
    if (++asked_ == 2) return Failure{FailureCode::kUnavailable, "gone"};
    return CheatingArm::recommend(visits, moment, shoppers, lists);
  }
  int asked_ = 0;
};

TEST(RunArm, EveryArmMeetsTheSameListsOfTheSameUsers) {
  const World world(1, small());
  ChanceArm chance(world);
  OracleArm oracle(world);
  ArmResult one, other;
  ASSERT_FALSE(run_arm(world, chance, one));
  ASSERT_FALSE(run_arm(world, oracle, other));
  EXPECT_GT(total(one.lists), 200);
  EXPECT_EQ(one.lists, other.lists);
  EXPECT_EQ(one.day_lists, other.day_lists);
  EXPECT_EQ(one.organic_views, other.organic_views);
  EXPECT_EQ(total(one.day_clicks), total(one.clicks));
}

TEST(RunArm, TheSameArmTwiceIsTheSameRun) {
  const World world(1, small());
  ArmResult one, other;
  PopularityArm first(world, 24), second(world, 24);
  ASSERT_FALSE(run_arm(world, first, one));
  ASSERT_FALSE(run_arm(world, second, other));
  EXPECT_EQ(one.clicks, other.clicks);
  EXPECT_EQ(one.purchases, other.purchases);
}

TEST(RunArm, WhatTheFilterForbidsIsTakenOutAndCounted) {
  const World world(1, small());
  CheatingArm cheat;
  ArmResult result;
  ASSERT_FALSE(run_arm(world, cheat, result));
  EXPECT_GE(result.outside, 2 * total(result.lists));
  EXPECT_EQ(result.short_lists, total(result.lists));
  EXPECT_TRUE(cheat.in_order_);
  EXPECT_EQ(cheat.learnt_, result.events);
}

TEST(RunArm, AFailureEndsTheRun) {
  const World world(1, small());
  FailingArm arm;
  ArmResult result;
  const auto failure = run_arm(world, arm, result);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "gone");
}

TEST(RunArm, ProgressEndsAtTheLastStep) {
  const World world(1, small());
  ChanceArm arm(world);
  ArmResult result;
  Step last = 0;
  ASSERT_FALSE(run_arm(world, arm, result, [&](Step done, Step all) {
    EXPECT_GT(done, last);
    last = done;
    EXPECT_EQ(all, world.steps());
  }));
  EXPECT_EQ(last, world.steps());
}

} // namespace
} // namespace kindred::demo
