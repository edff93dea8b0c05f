#include "nodes/kindredctl/demo/shoppers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace kindred::demo {
namespace {

WorldParameters small() {
  WorldParameters p;
  p.days = 2;
  p.users_at_start = 400;
  p.users_arriving = 10;
  p.items_at_start = 60;
  p.items_per_day = 2;
  return p;
}

TEST(Shoppers, AnEmptyListIsNotClicked) {
  const World world(1, small());
  Shoppers shoppers(world);
  EXPECT_EQ(shoppers.choose(0, {}, world.at(0)), std::nullopt);
}

TEST(Shoppers, TwoCopiesShownTheSameDoTheSame) {
  const World world(1, small());
  Shoppers one(world), other(world);
  const Moment moment = world.at(40);
  const std::vector<ItemIndex> list(moment.live.begin(), moment.live.begin() + 10);
  for (UserIndex u = 0; u < 50; ++u) EXPECT_EQ(one.choose(u, list, moment), other.choose(u, list, moment));
}

TEST(Shoppers, AClickIsRememberedAndTheItemNotShownAgain) {
  WorldParameters p = small();
  p.nothing_utility = -1000.0; // everybody takes something
  const World world(1, p);
  Shoppers shoppers(world);
  const Moment moment = world.at(40);
  const std::vector<ItemIndex> list(moment.live.begin(), moment.live.begin() + 5);
  const auto place = shoppers.choose(7, list, moment);
  ASSERT_TRUE(place.has_value());
  EXPECT_FALSE(shoppers.may_be_shown(7, list[*place]));
  EXPECT_TRUE(shoppers.may_be_shown(8, list[*place]));
  EXPECT_EQ(shoppers.past(7, list[*place]).viewed, 1u);
  for (ItemIndex item : list) EXPECT_EQ(shoppers.past(7, item).shown, 1u);
}

TEST(Shoppers, NobodyTakesWhatIsFarWorseThanNothing) {
  WorldParameters p = small();
  p.nothing_utility = 1000.0;
  const World world(1, p);
  Shoppers shoppers(world);
  const Moment moment = world.at(40);
  for (UserIndex u = 0; u < 400; ++u) ASSERT_EQ(shoppers.choose(u, moment.live, moment), std::nullopt);
}

TEST(Shoppers, TheFirstPlacesAreTakenMoreOften) {
  WorldParameters p = small();
  p.nothing_utility = -1000.0;
  const World world(1, p);
  std::size_t front = 0, back = 0;
  for (UserIndex u = 0; u < 400; ++u) {
    Shoppers one(world), other(world);
    const Moment moment = world.at(40);
    std::vector<ItemIndex> list(moment.live.begin(), moment.live.begin() + 10);
    front += one.choose(u, list, moment) < std::optional<std::size_t>(5);
    std::reverse(list.begin(), list.end()); // the same items, the other way round
    back += other.choose(u, list, moment) >= std::optional<std::size_t>(5);
  }
  EXPECT_GT(front, back + 50); // without the bias both orders pick the same items, and the two are equal
}

TEST(Shoppers, BrowsingFindsLiveItemsAndPopularOnesMoreOften) {
  const World world(1, small());
  const Moment moment = world.at(40);
  std::vector<int> found(world.items().size(), 0);
  for (UserIndex u = 0; u < 400; ++u) {
    Shoppers shoppers(world);
    const ItemIndex item = shoppers.find(u, moment);
    ASSERT_TRUE(std::binary_search(moment.live.begin(), moment.live.end(), item));
    EXPECT_EQ(shoppers.past(u, item).viewed, 1u);
    ++found[item];
  }
  EXPECT_GT(*std::max_element(found.begin(), found.end()), 3 * 400 / 60);
}

TEST(Shoppers, BetterItemsAreBoughtMoreOften) {
  const World world(1, small());
  const Moment moment = world.at(40);
  std::size_t liked = 0, disliked = 0, bought_liked = 0, bought_disliked = 0;
  Shoppers shoppers(world);
  for (UserIndex u = 0; u < 400; ++u) {
    for (ItemIndex item : moment.live) {
      const bool likes = world.utility(u, item, moment, {}) > 0.5;
      const bool bought = shoppers.buys(u, item, moment);
      (likes ? liked : disliked) += 1;
      (likes ? bought_liked : bought_disliked) += bought;
    }
  }
  EXPECT_GT(double(bought_liked) / double(liked), 1.5 * double(bought_disliked) / double(disliked));
}

} // namespace
} // namespace kindred::demo
