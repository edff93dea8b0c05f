#include "engine/decisions/attribute_crowd.hpp"

#include <gtest/gtest.h>

#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

class AttributeCrowdTest : public testing::Test {
protected:
  const catalog::Catalog& catalog() const { return *shop_.library.catalog(kDefaultTenant); }
  void follow() {
    const stats::FastModel* fast = shop_.learnt ? &shop_.fast : nullptr;
    map_.follow(catalog(), fast);
    crowd_.follow(catalog(), fast, map_);
  }
  std::uint32_t number_of(const std::string& item, std::size_t place = 0) const {
    return catalog().columns().numbers[catalog().find(item_id(item))->ordinal][place];
  }
  float share(const std::string& item, std::size_t place = 0) const {
    return crowd_.shares()[number_of(item, place)];
  }
  float telling(const std::string& item, std::size_t place = 0) const {
    return crowd_.tellings()[catalog().attribute_numbers().kinds()[number_of(item, place)]];
  }
  /// (alike − by chance) ÷ (all − by chance), with what is taken for granted.
  static double correlation(double alike, double all, double by_chance) {
    return (alike - by_chance + AttributeCrowd::kPriorPairs * AttributeCrowd::kPriorTelling) /
           (all - by_chance + AttributeCrowd::kPriorPairs);
  }

  Shop shop_;
  SlotMap map_;
  AttributeCrowd crowd_;
};

TEST_F(AttributeCrowdTest, WithoutAModelItemsAreCountedAndThePriorHolds) {
  shop_.learnt = false;
  shop_.item("a", kDay, {{"brand", "acme"}});
  shop_.item("b", kDay, {{"brand", "acme"}});
  shop_.item("c", kDay, {{"brand", "other"}, {"colour", "red"}});
  follow();
  EXPECT_FLOAT_EQ(share("a"), 2.0f / 3);
  EXPECT_FLOAT_EQ(share("c"), 1.0f / 3);
  EXPECT_FLOAT_EQ(share("c", 1), 1) << "of its own kind";
  EXPECT_FLOAT_EQ(telling("a"), 0.1f);
  EXPECT_EQ(crowd_.shares()[0], 0) << "no attribute";
}

TEST_F(AttributeCrowdTest, WhatIsUsedMoreHasAGreaterShare) {
  const ItemId a = shop_.item("a", kDay, {{"brand", "acme"}});
  shop_.item("b", kDay, {{"brand", "other"}});
  shop_.trend(a, kHour, 6);
  follow();
  EXPECT_FLOAT_EQ(share("a"), 7.0f / 8);
  EXPECT_FLOAT_EQ(share("b"), 1.0f / 8);
}

/// Users who take a red one take another red one, whatever its brand.
TEST_F(AttributeCrowdTest, AKindThatUsersDifferInIsTellingAndOneThatTheyDoNotIsNot) {
  const ItemId a = shop_.item("a", kDay, {{"brand", "x"}, {"colour", "red"}});
  const ItemId b = shop_.item("b", kDay, {{"brand", "y"}, {"colour", "red"}});
  const ItemId c = shop_.item("c", kDay, {{"brand", "x"}, {"colour", "blue"}});
  const ItemId d = shop_.item("d", kDay, {{"brand", "y"}, {"colour", "blue"}});
  for (const ItemId item : {a, b, c, d}) shop_.trend(item, kHour, 10);
  shop_.together(a, b, 20);
  shop_.together(c, d, 20);
  follow();
  // 80 pairs, each seen from both of its ends; half of them would be alike by chance.
  EXPECT_NEAR(telling("a", 1), correlation(80, 80, 40), 1e-6);
  EXPECT_GT(telling("a", 1), 0.3);
  EXPECT_EQ(telling("a", 0), 0) << "never two of one brand: less than by chance";
  shop_.together(a, b, 5'000);
  shop_.together(c, d, 5'000);
  follow();
  EXPECT_FLOAT_EQ(telling("a", 1), AttributeCrowd::kTellingMax) << "something is always left to the crowd";
}

TEST_F(AttributeCrowdTest, AFewPairsMoveThePriorALittle) {
  const ItemId a = shop_.item("a", kDay, {{"colour", "red"}}), b = shop_.item("b", kDay, {{"colour", "red"}});
  shop_.item("c", kDay, {{"colour", "blue"}});
  for (const ItemId item : {a, b}) shop_.trend(item, kHour, 1);
  shop_.together(a, b, 2);
  follow();
  EXPECT_NEAR(telling("a"), correlation(4, 4, 4 * 0.8), 1e-6);
  EXPECT_GT(telling("a"), 0.1f);
  EXPECT_LT(telling("a"), 0.12f);
}

TEST_F(AttributeCrowdTest, FollowsTheModelAndTheCatalog) {
  const ItemId a = shop_.item("a", kDay, {{"brand", "acme"}});
  shop_.item("b", kDay, {{"brand", "other"}});
  follow();
  EXPECT_FLOAT_EQ(share("a"), 0.5f);
  shop_.trend(a, kHour, 2);
  follow();
  EXPECT_FLOAT_EQ(share("a"), 0.75f);
  shop_.item("c", kDay, {{"brand", "third"}});
  follow();
  EXPECT_FLOAT_EQ(share("a"), 0.6f);
  EXPECT_FLOAT_EQ(share("c"), 0.2f);
  shop_.learnt = false;
  follow();
  EXPECT_FLOAT_EQ(share("a"), 1.0f / 3);
}

/// Slots of the model and numbers of the catalog follow from the order in which things were met, results do not.
TEST_F(AttributeCrowdTest, TheOrderInWhichItemsWereMetHasNoSay) {
  const std::vector<std::pair<std::string, Attributes>> items{{"a", {{"brand", "x"}, {"colour", "red"}}},
                                                              {"b", {{"brand", "y"}, {"colour", "red"}}},
                                                              {"c", {{"colour", "blue"}}},
                                                              {"d", {{"brand", "x"}, {"colour", "blue"}}}};
  const auto furnish = [&](Shop& shop, const std::vector<int>& order) {
    // Of other attributes first, in this order, so that numbers are others, too.
    for (const int i : order) {
      const std::string& id = items[static_cast<std::size_t>(i)].first;
      shop.item(id, kDay, {{i % 2 == 0 ? "colour" : "brand", i < 2 ? "red" : "x"}});
    }
    for (const auto& [id, attributes] : items) shop.item(id, kDay, attributes);
    for (const int i : order) shop.trend(item_id(items[static_cast<std::size_t>(i)].first), kHour, 3 + i);
    shop.together(item_id("a"), item_id("b"), 7);
    shop.together(item_id("d"), item_id("c"), 5);
    shop.together(item_id("a"), item_id("d"), 3);
  };
  furnish(shop_, {0, 1, 2, 3});
  follow();
  Shop other;
  furnish(other, {3, 1, 0, 2});
  const catalog::Catalog& catalog = *other.library.catalog(kDefaultTenant);
  SlotMap map;
  AttributeCrowd crowd;
  map.follow(catalog, &other.fast);
  crowd.follow(catalog, &other.fast, map);
  const auto& theirs = catalog.columns().numbers;
  const auto& ours = this->catalog().columns().numbers;
  bool numbers_differ = false;
  for (const auto& [id, attributes] : items) {
    const std::uint32_t here = this->catalog().find(item_id(id))->ordinal,
                        there = catalog.find(item_id(id))->ordinal;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const std::uint32_t a = ours[here][i], b = theirs[there][i];
      numbers_differ |= a != b;
      EXPECT_EQ(crowd_.shares()[a], crowd.shares()[b]) << id;
      EXPECT_EQ(crowd_.tellings()[this->catalog().attribute_numbers().kinds()[a]],
                crowd.tellings()[catalog.attribute_numbers().kinds()[b]])
          << id;
    }
  }
  EXPECT_TRUE(numbers_differ);
}

TEST_F(AttributeCrowdTest, CountsBeyondAllBoundsStayNumbers) {
  const ItemId a = shop_.item("a", kDay, {{"colour", "red"}}), b = shop_.item("b", kDay, {{"colour", "red"}});
  shop_.item("c", kDay, {{"colour", "blue"}});
  stats::FastDelta huge;
  for (const ItemId item : {a, b})
    huge.add_count({kDefaultTenant, stats::FastDelta::kMarks, item}, INT64_MAX / 2 + 1);
  huge.add_pair({kDefaultTenant, stats::FastDelta::kCoOccurrence, std::min(a, b), std::max(a, b), 0},
                INT64_MAX);
  shop_.fast.add(huge, kDefaultTenant);
  follow();
  EXPECT_FLOAT_EQ(share("a"), 1);
  EXPECT_GT(share("c"), 0);
  EXPECT_GE(telling("a"), 0);
  EXPECT_LE(telling("a"), AttributeCrowd::kTellingMax);
}

/// Red ones around one red one, as many as fit or one more, and blue ones that nobody takes, so that a row that is read tells.
TEST_F(AttributeCrowdTest, ARowThatIsTooLongIsLeftOut) {
  const ItemId many = shop_.item("many", kDay, {{"colour", "red"}});
  const auto met = [&](std::size_t number) {
    shop_.together(many, shop_.item("n" + std::to_string(number), kDay, {{"colour", "red"}}), 1);
  };
  for (std::size_t i = 0; i < AttributeCrowd::kNeighboursRead; ++i) met(i);
  for (std::size_t i = 0; i < AttributeCrowd::kNeighboursRead; ++i)
    shop_.item("blue" + std::to_string(i), kDay, {{"colour", "blue"}});
  shop_.trend(many, kHour, 2);
  follow();
  EXPECT_FLOAT_EQ(telling("many"), AttributeCrowd::kTellingMax);
  met(AttributeCrowd::kNeighboursRead);
  follow();
  EXPECT_FLOAT_EQ(telling("many"), 0.1f) << "the prior: nothing was read";
  const ItemId few = shop_.item("few", kDay, {{"colour", "blue"}});
  shop_.together(few, item_id("blue0"), 50);
  shop_.trend(few, kHour, 1);
  follow();
  EXPECT_GT(telling("many"), 0.2f) << "a shorter row behind it is read";
}

} // namespace
} // namespace kindred::decisions
