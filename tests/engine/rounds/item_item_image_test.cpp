#include "engine/rounds/item_item_image.hpp"

#include <gtest/gtest.h>

#include "tests/engine/rounds/tastes.hpp"

namespace kindred::rounds {
namespace {

constexpr ItemId kA{10}, kB{20}, kC{30};

TEST(ItemItemImage, HasEachItemOnceAscending) {
  profiles::Profile user;
  use(user, kC, kAsOf - kDay * 3);
  use(user, kA, kAsOf - kDay);
  use(user, kC, kAsOf);
  EXPECT_EQ(items_of_image(item_item_image(user)), (std::vector<ItemId>{kA, kC}));
  std::vector<UsedItem> used{{kB, 1}};
  used_items(user, used);
  ASSERT_EQ(used.size(), 2u) << "what was there is gone";
  EXPECT_EQ(used[1].item, kC);
  EXPECT_EQ(used[1].first_s, whole_seconds(kAsOf - kDay * 3)) << "the first use";
}

TEST(ItemItemImage, OfNothingIsEmpty) {
  EXPECT_EQ(item_item_image({}), Bytes());
  EXPECT_EQ(items_of_image({}), std::vector<ItemId>());
}

TEST(ItemItemImage, OtherBytesAreNone) {
  ByteWriter out;
  out.u64(2);
  out.u64(1);
  EXPECT_FALSE(items_of_image(out.view())) << "not ascending";
  EXPECT_FALSE(items_of_image(out.view().substr(0, 12)));
}

TEST(ItemItemImage, SecondsAreWholeAndStayInRange) {
  EXPECT_EQ(whole_seconds({1'999'999}), 1u);
  EXPECT_EQ(whole_seconds({-1}), 0u);
  EXPECT_EQ(whole_seconds({INT64_MAX}), UINT32_MAX);
}

TEST(ItemItemImage, AfterIsInWholeSecondsAsComparisonsHaveIt) {
  profiles::Profile user;
  EXPECT_FALSE(item_item_has_after(user, {0}));
  use(user, kA, {5'900'000});
  use(user, kB, {3'000'000});
  EXPECT_TRUE(item_item_has_after(user, {4'999'999}));
  EXPECT_FALSE(item_item_has_after(user, {5'000'000}));
}

} // namespace
} // namespace kindred::rounds
