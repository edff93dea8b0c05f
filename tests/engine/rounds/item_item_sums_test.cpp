#include "engine/rounds/item_item_sums.hpp"

#include <gtest/gtest.h>

#include "engine/rounds/item_item_pass.hpp"

namespace kindred::rounds {
namespace {

using Items = std::vector<ItemId>;

constexpr ItemId kA{10}, kB{20}, kC{std::uint64_t{1} << 62}, kD{std::uint64_t{3} << 62};

/// Three users of a, b and c of whom d was not chosen.
ItemItemSums three() {
  stats::Gram gram(3);
  const std::vector<stats::Gram::Entry> row{{0, 1}, {1, 1}, {2, 1}};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gram.add(row).ok());
  return {3, {{kA, 3}, {kB, 3}, {kC, 3}, {kD, 1}}, {kA, kB, kC}, gram};
}

TEST(ItemItemSums, CountsAreTakenByParts) {
  const auto sums = three();
  const auto items_of = [&](std::uint8_t part) {
    Items items;
    for (const auto& [item, count] : sums.counts_of(part)) items.push_back(item);
    return items;
  };
  EXPECT_EQ(items_of(0), (Items{kA, kB}));
  EXPECT_EQ(items_of(1), (Items{kC}));
  EXPECT_EQ(items_of(2), Items());
  EXPECT_EQ(items_of(3), (Items{kD}));
  EXPECT_EQ(sums.users(), 3);
  EXPECT_EQ(sums.bytes(), 8u + 6u + 4u * 16u + 3u * 8u);
}

TEST(ItemItemSums, TheSameItemsSuffice) {
  const auto sums = three();
  EXPECT_EQ(sums.with(Items{kA, kB, kC}, {{kA, 1}, {kB, 1}, {kC, 1}}), (Items{kA, kB, kC}));
}

TEST(ItemItemSums, ANewItemAndOneThatNobodyHasAnyMoreSuffice) {
  const auto sums = three();
  const ItemId fresh{15};
  const auto items = sums.with(Items{kA, fresh, kC}, {{kA, 1}, {fresh, 2}, {kC, 1}});
  ASSERT_EQ(items, (Items{kA, fresh, kB, kC}));
  const auto gram = sums.gram_of(*items);
  ASSERT_TRUE(gram);
  EXPECT_EQ(gram->users(), 3);
  EXPECT_EQ(gram->at(3, 2), 3);
  EXPECT_EQ(gram->at(3, 1), 0);
}

TEST(ItemItemSums, AnItemThatUsersHadAlreadyDoesNot) {
  EXPECT_FALSE(three().with(Items{kA, kB, kC, kD}, {{kA, 1}, {kB, 1}, {kC, 1}, {kD, 5}}));
}

TEST(ItemItemSums, AnItemThatUsersStillHaveDoesNot) {
  EXPECT_FALSE(three().with(Items{kA, kB}, {{kA, 1}, {kB, 1}, {kC, 1}}));
}

TEST(ItemItemSums, MoreItemsThanAMatrixHoldsDoNot) {
  Items chosen;
  for (std::uint64_t i = 0; i < stats::Gram::kItemsMax; ++i) chosen.push_back({100 + i});
  EXPECT_FALSE(three().with(chosen, {}));
  chosen.resize(chosen.size() - 3);
  EXPECT_EQ(three().with(chosen, {}).value().size(), stats::Gram::kItemsMax);
}

} // namespace
} // namespace kindred::rounds
