#include "engine/stats/sorted_sums.hpp"

#include <limits>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Sums = SortedSums<int>;

TEST(SortedSums, LookingSettles) {
  Sums sums;
  sums.add(3, 1);
  sums.add(1, 2);
  sums.add(3, 4);
  ASSERT_EQ(sums.entries().size(), 2u);
  EXPECT_EQ(sums.entries()[0], (Sums::Entry{1, 2}));
  EXPECT_EQ(sums.entries()[1], (Sums::Entry{3, 5}));
  EXPECT_EQ(sums.at(2), 0);
}

TEST(SortedSums, ZerosAreAbsent) {
  Sums sums;
  sums.add(1, 0);
  EXPECT_TRUE(sums.empty());
  sums.add(1, 5);
  EXPECT_FALSE(sums.empty());
  sums.add(1, -5);
  EXPECT_TRUE(sums.empty());
}

TEST(SortedSums, ManyAdditionsSettleOnTheWayAndAgreeWithAMap) {
  Sums sums;
  std::map<int, std::int64_t> slow;
  Random random(7);
  for (int i = 0; i < 50'000; ++i) {
    const int key = static_cast<int>(random.below(20'000));
    const auto amount = static_cast<std::int64_t>(random.below(7)) - 3;
    sums.add(key, amount);
    slow[key] += amount;
  }
  std::erase_if(slow, [](const auto& entry) { return entry.second == 0; });
  ASSERT_EQ(sums.entries().size(), slow.size());
  auto expected = slow.begin();
  for (const auto& entry : sums.entries()) {
    EXPECT_EQ(entry.key, expected->first);
    EXPECT_EQ(entry.amount, expected->second);
    ++expected;
  }
}

RC_GTEST_PROP(SortedSums, WhenItIsLookedAtMakesNoDifference,
              (std::vector<std::pair<std::uint8_t, std::int8_t>> steps, std::vector<bool> looks)) {
  Sums often, once;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    often.add(steps[i].first, steps[i].second);
    once.add(steps[i].first, steps[i].second);
    if (i < looks.size() && looks[i]) RC_ASSERT(often.entries().size() <= i + 1);
  }
  RC_ASSERT(often == once);
}

TEST(SortedSums, AddingASumToItselfDoublesIt) {
  for (const int keys : {3, 5'000, 20'000}) { // few, and more than are kept pending
    Sums sums;
    for (int key = 0; key < keys; ++key) sums.add(key, key + 1);
    sums.add_all(sums, 1);
    ASSERT_EQ(sums.entries().size(), static_cast<std::size_t>(keys));
    for (int key = 0; key < keys; ++key) ASSERT_EQ(sums.at(key), 2 * (key + 1)) << key;
    sums.add_all(sums, -1);
    EXPECT_TRUE(sums.empty()) << "and taking it from itself leaves nothing";
  }
}

TEST(SortedSums, TheExtremesOfAnAmountCancel) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  Sums sums;
  sums.add(1, kMost);
  sums.add(1, -kMost);
  sums.add(2, -kMost);
  sums.add(2, -1);
  EXPECT_EQ(sums.at(1), 0);
  EXPECT_EQ(sums.at(2), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(sums.entries().size(), 1u);
}

TEST(SortedSums, ClearForgetsWhatWasSettledAndWhatWasNot) {
  Sums sums;
  sums.add(1, 1);
  sums.settle();
  sums.add(2, 1);
  sums.clear();
  EXPECT_TRUE(sums.empty());
  sums.add(2, 3);
  EXPECT_EQ(sums.at(2), 3) << "and it begins anew";
}

/// Sixteen partitions have a delta each: what they hold beside their entries would be as much again.
TEST(SortedSums, SettledItHoldsLittleMoreThanItsEntries) {
  constexpr int kKeys = 100'000;
  SortedSums<int> sums;
  for (int i = 0; i < kKeys; ++i) sums.add(i * 7919 % kKeys, 1);
  sums.settle();
  ASSERT_EQ(sums.entries().size(), std::size_t{kKeys});
  const std::size_t needed = kKeys * sizeof(sums.entries()[0]);
  EXPECT_GE(sums.held_bytes(), needed);
  EXPECT_LE(sums.held_bytes(), needed + needed / 4);
}

RC_GTEST_PROP(SortedSums, AddAllIsAddingEveryEntry,
              (std::vector<std::pair<std::uint8_t, std::int8_t>> left,
               std::vector<std::pair<std::uint8_t, std::int8_t>> right, bool subtract)) {
  Sums whole, slow, part;
  for (const auto& [key, amount] : left) {
    whole.add(key, amount);
    slow.add(key, amount);
  }
  for (const auto& [key, amount] : right) {
    part.add(key, amount);
    slow.add(key, subtract ? -amount : amount);
  }
  whole.add_all(part, subtract ? -1 : 1);
  RC_ASSERT(whole == slow);
  std::map<int, std::int64_t> map;
  for (const auto& [key, amount] : left) map[key] += amount;
  for (const auto& [key, amount] : right) map[key] += subtract ? -amount : amount;
  for (const auto& [key, amount] : map) RC_ASSERT(whole.at(key) == amount);
}

} // namespace
} // namespace kindred::stats
