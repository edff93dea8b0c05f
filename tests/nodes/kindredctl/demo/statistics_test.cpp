#include "nodes/kindredctl/demo/statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace kindred::demo {
namespace {

using List = std::vector<double>;

TEST(Rate, HandCheckedWithThreeUsers) {
  // R = 3/8; residuals .25, -.75, .5; squares sum .875; times 3/2; root 1.145644; over 8
  const Estimate got = rate(List{1, 0, 2}, List{2, 2, 4});
  EXPECT_DOUBLE_EQ(got.value, 0.375);
  EXPECT_NEAR(got.low, 0.375 - kNormal95 * 0.1432055, 1e-6);
  EXPECT_NEAR(got.high, 0.375 + kNormal95 * 0.1432055, 1e-6);
}

TEST(Rate, UsersAllAlikeLeaveNoDoubt) {
  EXPECT_EQ(rate(List{1, 2, 3}, List{2, 4, 6}), (Estimate{0.5, 0.5, 0.5}));
}

TEST(Rate, UsersWithoutTrialsAreNoClusters) {
  EXPECT_EQ(rate(List{1, 0, 0, 2}, List{2, 0, 2, 4}), rate(List{1, 0, 2}, List{2, 2, 4}));
}

TEST(Rate, WithoutDataThereIsNoFigure) {
  EXPECT_EQ(rate(List{}, List{}), Estimate{});
  EXPECT_EQ(rate(List{0}, List{0}), Estimate{});
  EXPECT_EQ(rate(List{1}, List{4}), (Estimate{0.25, 0.25, 0.25}));
}

TEST(Rate, IntervalsCoverTheTruthNineteenTimesInTwenty) {
  // Users differ (Beta(2, 18)), so a binomial interval would be too narrow; clusters must not be.
  std::mt19937_64 chance(1);
  std::gamma_distribution<double> a(2.0), b(18.0);
  int covered = 0;
  for (int run = 0; run < 400; ++run) {
    List hits, trials;
    for (int u = 0; u < 300; ++u) {
      const double x = a(chance), y = b(chance);
      const int n = 1 + std::poisson_distribution<int>(15)(chance);
      hits.push_back(std::binomial_distribution<int>(n, x / (x + y))(chance));
      trials.push_back(n);
    }
    const Estimate got = rate(hits, trials);
    covered += got.low <= 0.1 && 0.1 <= got.high;
  }
  EXPECT_GE(covered, 365);
  EXPECT_LE(covered, 394);
}

TEST(ShareOfGain, FloorGainsNothingAndCeilingAll) {
  const List floor{1, 0, 1}, ceiling{3, 2, 2};
  EXPECT_EQ(share_of_gain(floor, floor, ceiling).value, 0.0);
  EXPECT_EQ(share_of_gain(ceiling, floor, ceiling), (Estimate{1.0, 1.0, 1.0}));
}

TEST(ShareOfGain, HandCheckedWithThreeUsers) {
  // gains 1, 0, 1 of possible 2, 1, 1: S = 1/2; residuals 0, -.5, .5; squares .5; times 3/2; root .866025; over 4
  const Estimate got = share_of_gain(List{2, 0, 2}, List{1, 0, 1}, List{3, 1, 2});
  EXPECT_DOUBLE_EQ(got.value, 0.5);
  EXPECT_NEAR(got.high - got.value, kNormal95 * 0.8660254 / 4.0, 1e-6);
  EXPECT_NEAR(got.value - got.low, kNormal95 * 0.8660254 / 4.0, 1e-6);
}

TEST(ShareOfGain, NothingToGain) { EXPECT_EQ(share_of_gain(List{1}, List{2}, List{2}), Estimate{}); }

TEST(Apart, TouchingIntervalsAreNoWin) {
  EXPECT_TRUE(apart({0.2, 0.19, 0.21}, {0.1, 0.09, 0.11}));
  EXPECT_FALSE(apart({0.2, 0.15, 0.25}, {0.1, 0.05, 0.15}));
  EXPECT_FALSE(apart({0.1, 0.09, 0.11}, {0.2, 0.19, 0.21}));
}

TEST(AdjustedRandIndex, ByHand) {
  using Parts = std::vector<std::size_t>;
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Parts{0, 0, 1, 1}, Parts{7, 7, 3, 3}), 1);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Parts{0, 0, 1, 1}, Parts{0, 1, 0, 1}), -0.5);
  // pairs within: 2 and 1 + 1 of 6; together 1; expected 2 * 1 / 6
  EXPECT_NEAR(adjusted_rand_index(Parts{0, 0, 1, 1}, Parts{0, 0, 1, 2}), (1 - 1.0 / 3) / (1.5 - 1.0 / 3),
              1e-12);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Parts{0, 0, 0}, Parts{1, 1, 1}), 1) << "both leave all together";
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Parts{}, Parts{}), 1);
  EXPECT_DOUBLE_EQ(adjusted_rand_index(Parts{4}, Parts{4}), 1);
}

TEST(Quantile, CountsFromBelow) {
  const List values{5, 1, 4, 2, 3};
  EXPECT_EQ(quantile(values, 0.5), 3);
  EXPECT_EQ(quantile(values, 0.99), 5);
  EXPECT_EQ(quantile(values, 0.2), 1);
  EXPECT_EQ(quantile(values, 0.21), 2);
  EXPECT_EQ(quantile({}, 0.5), 0);
}

} // namespace
} // namespace kindred::demo
