#include "engine/decisions/attribute_counts.hpp"

#include <cmath>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

TEST(AttributeCounts, StartsEmpty) {
  const AttributeCounts counts;
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(counts.count(7), 0u);
  EXPECT_EQ(counts.lift(7), 0.0f);
}

TEST(AttributeCounts, NumberZeroIsNoAttribute) {
  AttributeCounts counts;
  counts.add(0);
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(counts.count(0), 0u);
}

TEST(AttributeCounts, KeepsTheFirstKMaxAttributesAndCountsThemOn) {
  AttributeCounts counts;
  for (std::uint32_t number = 1; number <= 2 * AttributeCounts::kMax; ++number) counts.add(number);
  counts.add(1);
  EXPECT_EQ(counts.count(1), 2u);
  EXPECT_EQ(counts.count(AttributeCounts::kMax), 1u);
  EXPECT_EQ(counts.count(AttributeCounts::kMax + 1), 0u);
}

// Numbers that fall on the same place of the table stay apart.
RC_GTEST_PROP(AttributeCounts, AgreesWithAMap, (const std::vector<std::uint8_t>& chances)) {
  AttributeCounts counts;
  for (int round = 0; round < 2; ++round) { // the second round finds nothing of the first
    counts.clear();
    std::map<std::uint32_t, std::uint32_t> model;
    for (const std::uint8_t chance : chances) {
      const std::uint32_t number = (chance % 16 + 1u) * 1024u + (chance / 128u);
      counts.add(number);
      ++model[number];
    }
    for (const auto& [number, count] : model) RC_ASSERT(counts.count(number) == count);
    RC_ASSERT(counts.count(99 * 1024) == 0u);
    RC_ASSERT(counts.empty() == model.empty());
  }
}

/// A shop's attributes and a user who has some of them; numbers as the catalog gave them: red, blue, green, acme.
class Lifts : public testing::Test {
protected:
  void SetUp() override {
    for (const char* colour : {"red", "blue", "blue", "green"})
      shop_.item(colour + std::to_string(++items_), kDay, {{"colour", colour}});
    shop_.item("branded", kDay, {{"brand", "acme"}});
    map_.follow(catalog(), nullptr);
    crowd_.follow(catalog(), nullptr, map_);
  }
  const catalog::Catalog& catalog() const { return *shop_.library.catalog(kDefaultTenant); }
  void weigh() {
    const catalog::AttributeNumbers& numbers = catalog().attribute_numbers();
    counts_.weigh(crowd_, numbers.kinds(), numbers.kinds_end());
  }
  /// Of the prior alone, as nothing is learnt.
  static double lift(double taken, double all, double share) {
    const double r = AttributeCrowd::kPriorTelling;
    return std::log2((r * taken / share + 1 - r) / (r * all + 1 - r));
  }
  static constexpr std::uint32_t kRed = 1, kBlue = 2, kGreen = 3, kAcme = 4;

  Shop shop_;
  int items_ = 0;
  SlotMap map_;
  AttributeCrowd crowd_;
  AttributeCounts counts_;
};

TEST_F(Lifts, AreHowMuchLikelierThanTheCrowdByHand) {
  for (int i = 0; i < 3; ++i) counts_.add(kRed);
  counts_.add(kBlue);
  weigh();
  EXPECT_NEAR(counts_.lift(kRed), lift(3, 4, 0.25), 1e-5);
  EXPECT_NEAR(counts_.lift(kBlue), lift(1, 4, 0.5), 1e-5);
  EXPECT_NEAR(counts_.lift(kGreen), lift(0, 4, 0.25), 1e-5) << "what he passes by";
  EXPECT_GT(counts_.lift(kRed), 0);
  EXPECT_LT(counts_.lift(kBlue), 0) << "of four the crowd takes two";
  EXPECT_LT(counts_.lift(kGreen), counts_.lift(kBlue));
}

TEST_F(Lifts, AKindThatHeHasNothingOfSaysNothing) {
  counts_.add(kRed);
  weigh();
  EXPECT_EQ(counts_.lift(kAcme), 0);
  EXPECT_EQ(counts_.lift(0), 0) << "no attribute";
}

TEST_F(Lifts, WhatAllItemsHaveSaysNothing) {
  counts_.add(kAcme);
  counts_.add(kAcme);
  weigh();
  EXPECT_NEAR(counts_.lift(kAcme), 0, 1e-6);
}

TEST_F(Lifts, GoWithTheCounts) {
  counts_.add(kRed);
  weigh();
  counts_.clear();
  EXPECT_EQ(counts_.lift(kRed), 0);
}

} // namespace
} // namespace kindred::decisions
