#include "engine/decisions/explore.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::decisions {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Field;

constexpr std::uint32_t kTenth_q24 = kCertain_q24 / 10;

TEST(ExplorationSeed, IsAFixtureOfTenantPlacementAndRequest) {
  EXPECT_EQ(exploration_seed(kDefaultTenant, "home", "r1"), 0x3104788587992133ULL);
  EXPECT_EQ(exploration_seed(TenantId{7}, "cart", ""), 0x1381f8675dc8133fULL);
}

TEST(ExplorationSeed, KeepsPlacementAndRequestApart) {
  EXPECT_NE(exploration_seed(kDefaultTenant, "ab", "c"), exploration_seed(kDefaultTenant, "a", "bc"));
  EXPECT_NE(exploration_seed(kDefaultTenant, "a", "b"), exploration_seed(TenantId{2}, "a", "b"));
}

TEST(ExplorationRate, IsClampedToZeroAndOne) {
  EXPECT_EQ(exploration_q24(Fixed{}), 0u);
  EXPECT_EQ(exploration_q24(Fixed::from(1).value()), kCertain_q24);
  EXPECT_EQ(exploration_q24(Fixed::from(0.5).value()), kCertain_q24 / 2);
  EXPECT_EQ(exploration_q24(Fixed::from(-3).value()), 0u);
  EXPECT_EQ(exploration_q24(Fixed::from(40).value()), kCertain_q24);
}

TEST(Explore, WithoutARateTheRankingStandsAndIsCertain) {
  EXPECT_THAT(explore(5, 3, 0, 42), ElementsAre(Pick{0}, Pick{1}, Pick{2}));
}

TEST(Explore, FillsNoMoreSlotsThanThereAreItems) {
  EXPECT_EQ(explore(0, 10, kTenth_q24, 1).size(), 0u);
  EXPECT_EQ(explore(3, 10, kTenth_q24, 1).size(), 3u);
  EXPECT_EQ(explore(3, 0, kTenth_q24, 1).size(), 0u);
}

TEST(Explore, TheLastItemLeftIsCertain) {
  EXPECT_THAT(explore(1, 1, kCertain_q24, 9), ElementsAre(Pick{0}));
  EXPECT_EQ(explore(4, 4, kCertain_q24, 9).back().propensity_q24, kCertain_q24);
}

TEST(Explore, FullRateIsUniformAndSaysSo) {
  std::map<std::uint32_t, int> first;
  for (std::uint64_t seed = 0; seed < 40'000; ++seed) {
    const auto picks = explore(8, 2, kCertain_q24, seed);
    EXPECT_EQ(picks[0].propensity_q24, kCertain_q24 / 8);
    EXPECT_EQ(picks[1].propensity_q24, kCertain_q24 / 7);
    ++first[picks[0].rank];
  }
  for (std::uint32_t rank = 0; rank < 8; ++rank) EXPECT_NEAR(first[rank], 5000, 5 * 66) << rank; // 5 sigma
}

// The propensity told is the frequency observed, for every item of every slot.
TEST(Explore, PropensitiesAreTheFrequenciesTheyClaim) {
  constexpr std::uint32_t kRate = kCertain_q24 / 4;
  constexpr int kRuns = 200'000;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> second; // (rank in slot 0, rank in slot 1)
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> claimed;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const auto picks = explore(4, 2, kRate, seed);
    const std::pair both{picks[0].rank, picks[1].rank};
    ++second[both];
    claimed[both] =
        picks[0].propensity_q24 / double(kCertain_q24) * picks[1].propensity_q24 / double(kCertain_q24);
  }
  double total = 0;
  for (const auto& [both, probability] : claimed) {
    const double sigma = std::sqrt(kRuns * probability * (1 - probability));
    EXPECT_NEAR(second[both], kRuns * probability, 5 * sigma) << both.first << ',' << both.second;
    total += probability;
  }
  EXPECT_EQ(claimed.size(), 12u);
  EXPECT_NEAR(total, 1, 1e-6);
}

TEST(Explore, ChanceOfASlotDoesNotDependOnHowManySlotsAreAsked) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto few = explore(20, 3, kTenth_q24, seed), many = explore(20, 15, kTenth_q24, seed);
    EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  }
}

RC_GTEST_PROP(Explore, EveryItemIsShownAtMostOnce,
              (std::uint64_t seed, std::uint8_t ranked, std::uint8_t slots, std::uint32_t rate)) {
  const auto picks = explore(ranked, slots, rate % (kCertain_q24 + 1), seed);
  std::set<std::uint32_t> ranks;
  for (const Pick& pick : picks) ranks.insert(pick.rank);
  RC_ASSERT(ranks.size() == picks.size());
  RC_ASSERT(picks.size() == std::min(ranked, slots));
  RC_ASSERT(std::all_of(ranks.begin(), ranks.end(), [&](std::uint32_t rank) { return rank < ranked; }));
}

RC_GTEST_PROP(Explore, ExploredMeansThatABetterOneWasLeft, (std::uint64_t seed, std::uint32_t rate)) {
  const std::uint32_t rate_q24 = 1 + rate % kCertain_q24;
  std::set<std::uint32_t> left;
  for (std::uint32_t i = 0; i < 12; ++i) left.insert(i);
  for (const Pick& pick : explore(12, 12, rate_q24, seed)) {
    RC_ASSERT(pick.explored == (pick.rank != *left.begin()));
    const auto share = left.size() == 1 ? kCertain_q24 : rate_q24 / static_cast<std::uint32_t>(left.size());
    const auto best = left.size() == 1 ? 0 : kCertain_q24 - rate_q24;
    RC_ASSERT(pick.propensity_q24 == share + (pick.explored ? 0 : best));
    left.erase(pick.rank);
  }
}

} // namespace
} // namespace kindred::decisions
