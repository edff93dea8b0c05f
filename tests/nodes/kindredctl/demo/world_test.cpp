#include "nodes/kindredctl/demo/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace kindred::demo {
namespace {

WorldParameters small() {
  WorldParameters p;
  p.days = 4;
  p.users_at_start = 300;
  p.users_arriving = 200;
  p.items_at_start = 80;
  p.items_per_day = 6;
  return p;
}

TEST(World, TheSameSeedMakesTheSameWorld) {
  const World one(5, small()), other(5, small());
  ASSERT_EQ(one.items().size(), other.items().size());
  for (std::size_t i = 0; i < one.items().size(); ++i) {
    EXPECT_EQ(one.items()[i].id, other.items()[i].id);
    EXPECT_EQ(one.items()[i].traits, other.items()[i].traits);
  }
  for (Step s = 0; s < one.steps(); ++s) {
    ASSERT_EQ(one.slots(s).size(), other.slots(s).size());
    for (std::size_t n = 0; n < one.slots(s).size(); ++n) {
      EXPECT_EQ(one.slots(s)[n].user, other.slots(s)[n].user);
      EXPECT_EQ(one.slots(s)[n].organic, other.slots(s)[n].organic);
    }
  }
}

TEST(World, AnotherSeedMakesAnotherWorld) {
  const World one(5, small()), other(6, small());
  EXPECT_NE(one.users()[0].taste, other.users()[0].taste);
}

TEST(World, ItemsComeInOrderOfPublicationAndLeave) {
  const World world(1, small());
  EXPECT_EQ(world.items().size(), 80u + 4 * 6);
  EXPECT_TRUE(std::is_sorted(world.items().begin(), world.items().end(),
                             [](const Item& a, const Item& b) { return a.published < b.published; }));
  const Moment first = world.at(0), last = world.at(world.steps() - 1);
  EXPECT_GE(first.live.size(), 80u); // shelf life is at least a day
  EXPECT_FALSE(std::includes(last.live.begin(), last.live.end(), first.live.begin(), first.live.end()));
  for (ItemIndex i : last.live) EXPECT_GT(world.items()[i].retired, world.steps() - 1);
}

TEST(World, AShopperHasOneViewAStepAndOnlyWhileThere) {
  const World world(2, small());
  std::size_t views = 0, organic = 0;
  for (Step s = 0; s < world.steps(); ++s) {
    std::set<UserIndex> users;
    for (const Slot& slot : world.slots(s)) {
      EXPECT_TRUE(users.insert(slot.user).second);
      EXPECT_GE(s, world.users()[slot.user].arrives);
      ++views;
      organic += slot.organic;
    }
  }
  ASSERT_GT(views, 1000u);
  EXPECT_NEAR(double(organic) / double(views), 0.5, 0.05);
}

TEST(World, NewcomersComeOnTheDayTheyArriveAndSomeOnlyOnce) {
  const World world(2, small());
  std::size_t once = 0;
  for (UserIndex u = 300; u < 500; ++u) {
    const User& user = world.users()[u];
    const auto slots = world.slots(user.arrives);
    EXPECT_TRUE(std::any_of(slots.begin(), slots.end(), [&](const Slot& s) { return s.user == u; })) << u;
    once += user.once;
  }
  EXPECT_NEAR(double(once) / 200, 0.25, 0.1);
}

TEST(World, NightsAreQuietAndNoonIsBusy) {
  const World world(3, small());
  std::size_t night = 0, noon = 0;
  for (Step s = 0; s < world.steps(); ++s) {
    const std::uint32_t hour = s % 96 / 4;
    if (hour < 6) night += world.slots(s).size();
    if (hour >= 10 && hour < 16) noon += world.slots(s).size();
  }
  EXPECT_GT(noon, 20 * night);
}

TEST(World, UtilityFallsWithWhatWasSeen) {
  const World world(4, small());
  const Moment moment = world.at(10);
  const ItemIndex item = moment.live[3];
  const double fresh = world.utility(0, item, moment, {});
  EXPECT_LT(world.utility(0, item, moment, {.viewed = 0, .shown = 1, .bought = 0}), fresh);
  EXPECT_NEAR(fresh - world.utility(0, item, moment, {.viewed = 1, .shown = 0, .bought = 0}),
              0.8 * std::log(2.0), 1e-12);
}

TEST(World, UsersDifferInWhatTheyLike) {
  const World world(4, small());
  const Moment moment = world.at(10);
  EXPECT_NE(world.utility(0, moment.live[0], moment, {}), world.utility(1, moment.live[0], moment, {}));
}

TEST(World, InTheControlWorldNothingDependsOnTheUser) {
  WorldParameters p = small();
  p.control = true;
  const World world(4, p);
  const Moment moment = world.at(10);
  for (ItemIndex item : moment.live)
    for (UserIndex user = 1; user < 20; ++user)
      ASSERT_EQ(world.utility(0, item, moment, {}),
                world.utility(user, item, moment, {.viewed = 2, .shown = 5, .bought = 1}));
}

TEST(World, FashionDrifts) {
  const World world(4, small());
  const Moment early = world.at(0), late = world.at(2 * 96);
  const auto lives_on = [&](ItemIndex i) {
    return std::binary_search(late.live.begin(), late.live.end(), i);
  };
  double moved = 0.0;
  for (ItemIndex i : early.live)
    if (lives_on(i)) moved = std::max(moved, std::fabs(early.common[i] - late.common[i]));
  EXPECT_GT(moved, 0.5);
}

TEST(World, TimeRunsInQuartersOfAnHour) {
  const World world(4, small());
  EXPECT_EQ(world.time_us(0), 1'767'571'200'000'000);
  EXPECT_EQ(world.time_us(4) - world.time_us(0), 3'600'000'000);
}

TEST(World, NamesStayDistinctPastTheList) {
  EXPECT_EQ(category_name(0), "lamps");
  EXPECT_EQ(category_name(12), "lamps1");
  EXPECT_EQ(brand_name(0), "brand-1");
  EXPECT_EQ(country_name(4), "US");
}

} // namespace
} // namespace kindred::demo
