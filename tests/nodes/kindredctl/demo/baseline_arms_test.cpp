#include "nodes/kindredctl/demo/baseline_arms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "nodes/kindredctl/demo/run.hpp"

namespace kindred::demo {
namespace {

WorldParameters small() {
  WorldParameters p;
  p.days = 3;
  p.users_at_start = 400;
  p.users_arriving = 100;
  p.items_at_start = 120;
  return p;
}

List one_list(Arm& arm, const Moment& moment, const Shoppers& shoppers, UserIndex user = 0) {
  std::vector<List> lists;
  const Visit visit{user};
  EXPECT_FALSE(arm.recommend({&visit, 1}, moment, shoppers, lists));
  return lists.at(0);
}

ShopEvent view_of(const World& world, ItemIndex item, double hours) {
  return {
      ShopEvent::Kind::kView, 1, item, world.time_us(0) + static_cast<std::int64_t>(hours * 3.6e9), 0, {}};
}

TEST(PopularityArm, CountsHalveEveryHalfLife) {
  const World world(1, small());
  const Shoppers shoppers(world);
  const Moment moment = world.at(0);
  PopularityArm arm(world, 2.0);
  // item 3: three views at hour 0, worth 3/4 at hour 4; item 5: one at hour 4
  const ShopEvent events[] = {view_of(world, 3, 0), view_of(world, 3, 0), view_of(world, 3, 0),
                              view_of(world, 5, 4)};
  ASSERT_FALSE(arm.learn(events, moment));
  const List list = one_list(arm, moment, shoppers);
  EXPECT_EQ(list[0], 5u);
  EXPECT_EQ(list[1], 3u);
  PopularityArm slow(world, 0);
  ASSERT_FALSE(slow.learn(events, moment));
  EXPECT_EQ(one_list(slow, moment, shoppers)[0], 3u);
}

TEST(PopularityArm, NewestFirstAmongEquals) {
  const World world(1, small());
  const Shoppers shoppers(world);
  const Moment moment = world.at(0);
  PopularityArm arm(world, 1.0);
  const ShopEvent events[] = {view_of(world, 9, 1), view_of(world, 4, 1)};
  ASSERT_FALSE(arm.learn(events, moment));
  const List list = one_list(arm, moment, shoppers);
  EXPECT_EQ(list[0], 9u);
  EXPECT_EQ(list[1], 4u);
  EXPECT_EQ(list[2], moment.live.back()); // never met: newest first as well
}

TEST(PopularityArm, LeavesOutWhatTheShopperOpened) {
  const World world(1, small());
  Shoppers shoppers(world);
  const Moment moment = world.at(0);
  const ItemIndex opened = shoppers.find(0, moment);
  PopularityArm arm(world, 1.0);
  const ShopEvent events[] = {view_of(world, opened, 1)};
  ASSERT_FALSE(arm.learn(events, moment));
  EXPECT_NE(one_list(arm, moment, shoppers, 0)[0], opened);
  EXPECT_EQ(one_list(arm, moment, shoppers, 1)[0], opened);
}

TEST(PopularityArm, NamesItsHalfLife) {
  const World world(1, small());
  EXPECT_EQ(PopularityArm(world, 0.5).name(), "popularity, half-life 30 min");
  EXPECT_EQ(PopularityArm(world, 3).name(), "popularity, half-life 3 h");
  EXPECT_EQ(PopularityArm(world, 48).name(), "popularity, half-life 2 d");
  EXPECT_EQ(PopularityArm(world, 0).name(), "popularity, no decay");
}

TEST(OracleArm, RanksByUtility) {
  const World world(1, small());
  const Shoppers shoppers(world);
  const Moment moment = world.at(0);
  OracleArm arm(world);
  const List list = one_list(arm, moment, shoppers, 7);
  ASSERT_EQ(list.size(), 10u);
  for (std::size_t n = 1; n < list.size(); ++n)
    EXPECT_GE(world.utility(7, list[n - 1], moment, {}), world.utility(7, list[n], moment, {}));
}

TEST(ChanceArm, DrawsDistinctItemsAnewForEveryShopper) {
  const World world(1, small());
  const Shoppers shoppers(world);
  const Moment moment = world.at(0);
  ChanceArm arm(world);
  List one = one_list(arm, moment, shoppers, 1);
  EXPECT_NE(one, one_list(arm, moment, shoppers, 2));
  std::sort(one.begin(), one.end());
  EXPECT_EQ(std::adjacent_find(one.begin(), one.end()), one.end());
}

TEST(Arms, KnowingMoreIsClickedMore) {
  const World world(2, small());
  ChanceArm chance(world);
  PopularityArm popularity(world, 6);
  OracleArm oracle(world);
  double clicks[3] = {};
  Arm* arms[] = {&chance, &popularity, &oracle};
  for (int n = 0; n < 3; ++n) {
    ArmResult result;
    ASSERT_FALSE(run_arm(world, *arms[n], result));
    clicks[n] = std::accumulate(result.clicks.begin(), result.clicks.end(), 0.0);
    EXPECT_EQ(result.outside, 0u);
  }
  EXPECT_GT(clicks[1], clicks[0]);
  EXPECT_GT(clicks[2], clicks[1]);
}

} // namespace
} // namespace kindred::demo
