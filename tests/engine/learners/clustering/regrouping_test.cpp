#include "engine/learners/clustering/regrouping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

namespace kindred::learners {
namespace {

using Centre = std::vector<double>;
const Regrouping::Settings kSettings;

double gauss(Random& random) { // Box, Muller 1958
  return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(2 * M_PI * random.uniform());
}

/// So many points about each centre, one σ wide in each dimension.
WeightedPoints clouds(const std::vector<Centre>& centres, std::size_t each, std::uint64_t seed = 1) {
  Random random(seed);
  WeightedPoints points;
  points.dimensions = centres.front().size();
  for (const Centre& centre : centres)
    for (std::size_t i = 0; i < each; ++i) {
      points.weight.push_back(1);
      for (const double x : centre) points.at.push_back(x + gauss(random));
    }
  return points;
}

KMeans rest(const WeightedPoints& points, const std::vector<Centre>& from) {
  KMeans start;
  start.dimensions = points.dimensions;
  for (const Centre& centre : from) start.centres.insert(start.centres.end(), centre.begin(), centre.end());
  return KMeans::refine(points, std::move(start), 100);
}

Centre at(double first, double second, std::size_t dimensions = 8) {
  Centre centre(dimensions);
  centre[0] = first;
  centre[1] = second;
  return centre;
}

std::vector<std::size_t> numbers(std::size_t from, std::size_t to) {
  std::vector<std::size_t> all(to - from);
  std::iota(all.begin(), all.end(), from);
  return all;
}

double apart(const WeightedPoints& points, std::size_t border) {
  return apartness(points, numbers(0, border), numbers(border, points.size()));
}

// ---- apartness

TEST(Apartness, IsTheDistanceOverTheMeanSpread) {
  WeightedPoints points{1, {-1, 1, 9, 11}, {1, 1, 1, 1}}; // both 1 off their centres, these 10 apart
  EXPECT_DOUBLE_EQ(apart(points, 2), 10);
  points.at = {-3, 3, 9, 11}; // √((9 + 1) / 2)
  EXPECT_DOUBLE_EQ(apart(points, 2), 10 / std::sqrt(5.0));
}

TEST(Apartness, CountsWeightsAsThatManyPoints) {
  const WeightedPoints heavy{1, {-1, 2, 9, 11}, {2, 1, 3, 1}};
  const WeightedPoints single{1, {-1, -1, 2, 9, 9, 9, 11}, {1, 1, 1, 1, 1, 1, 1}};
  EXPECT_DOUBLE_EQ(apart(heavy, 2), apart(single, 3));
}

TEST(Apartness, LooksAlongTheLineBetweenTheCentresOnly) {
  const WeightedPoints points{2, {-1, -50, 1, 50, 9, 70, 11, -70}, {1, 1, 1, 1}};
  EXPECT_DOUBLE_EQ(apart(points, 2), 10 * 2 / 2);
}

TEST(Apartness, OfHalvesOfAUniformBar) {
  WeightedPoints points;
  points.dimensions = 1;
  for (int i = 0; i < 2000; ++i) points.at.push_back(i), points.weight.push_back(1);
  EXPECT_NEAR(apart(points, 1000), std::sqrt(12.0), 1e-3);
}

TEST(Apartness, OfHalvesOfAGaussianAndOfTwo) {
  WeightedPoints one = clouds({{0}}, 20'000);
  std::sort(one.at.begin(), one.at.end());
  EXPECT_NEAR(apart(one, 10'000), 2 * 0.7979 / 0.6028, 0.05);
  WeightedPoints two = clouds({{0}, {4}}, 10'000);
  EXPECT_NEAR(apart(two, 10'000), 4, 0.1);
}

TEST(Apartness, AtItsEdges) {
  const WeightedPoints points{1, {0, 0, 5, 5}, {1, 1, 1, 1}};
  EXPECT_EQ(apart(points, 2), std::numeric_limits<double>::infinity()) << "nobody lies off his centre";
  EXPECT_EQ(apartness(points, numbers(0, 1), numbers(1, 2)), 0) << "in one place";
  EXPECT_EQ(apart(points, 0), 0) << "one is empty";
  const WeightedPoints nobody{1, {0, 5}, {0, 1}};
  EXPECT_EQ(apart(nobody, 1), 0) << "one is without weight";
}

// ---- regrouping

TEST(Regrouping, WhatIsGroupedWellStays) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Centre> centres{at(0, 0), at(4, 0), at(0, 4)};
    const WeightedPoints points = clouds(centres, 300, seed);
    const KMeans model = rest(points, centres);
    const Regrouping found = Regrouping::of(points, model, kSettings);
    EXPECT_EQ(found.model.centres, model.centres) << seed;
    EXPECT_EQ(found.splits + found.merges, 0u) << seed;
  }
}

TEST(Regrouping, OneOfManyThatIsTwoIsParted) {
  std::vector<Centre> centres;
  for (int i = 0; i < 12; ++i) centres.push_back(at(6 * (i % 4), 6 * (i / 4)));
  std::vector<Centre> parted = centres;
  parted[5][2] = -2; // and its other half
  parted.push_back(parted[5]);
  parted.back()[2] = 2;
  const WeightedPoints points = clouds(parted, 200);
  const Regrouping found = Regrouping::of(points, rest(points, centres), kSettings);
  ASSERT_EQ(found.model.size(), 13u);
  EXPECT_EQ(found.splits, 1u);
  EXPECT_EQ(found.merges, 0u);
  for (std::size_t i = 0; i < 12; ++i)
    for (std::size_t d = 0; d < 2; ++d)
      EXPECT_NEAR(found.model.centre(i)[d], centres[i][d], 0.4) << i << ": order is kept";
  EXPECT_NEAR(std::fabs(found.model.centre(5)[2] - found.model.centre(12)[2]), 4, 0.5);
}

TEST(Regrouping, TwoThatBecameOneAreJoined) {
  const WeightedPoints points = clouds({at(0, 0), at(0, 0), at(8, 0), at(0, 8)}, 200);
  const Regrouping found =
      Regrouping::of(points, rest(points, {at(-1, 0), at(1, 0), at(8, 0), at(0, 8)}), kSettings);
  ASSERT_EQ(found.model.size(), 3u);
  EXPECT_EQ(found.merges, 1u);
  EXPECT_EQ(found.splits, 0u);
  EXPECT_NEAR(found.model.centre(0)[0], 0, 0.3);
  EXPECT_NEAR(found.model.centre(1)[0], 8, 0.3);
}

TEST(Regrouping, TwoNearEachOtherAndFarFromTheRestStayTwo) {
  const std::vector<Centre> centres{at(0, 0), at(4, 0), at(60, 0), at(0, 60)};
  const WeightedPoints points = clouds(centres, 200);
  const KMeans two = rest(points, centres), one = rest(points, {at(2, 0), at(60, 0), at(0, 60)});
  EXPECT_GT(simplified_silhouette(points, one), simplified_silhouette(points, two)) << "what it is for";
  EXPECT_EQ(Regrouping::of(points, two, kSettings).model.size(), 4u);
  EXPECT_EQ(Regrouping::of(points, one, kSettings).model.size(), 4u);
}

TEST(Regrouping, AGroupOfManyIsPartedAgainAndAgain) {
  std::vector<Centre> centres;
  for (int i = 0; i < 6; ++i) centres.push_back(at(6 * (i % 3), 6 * (i / 3)));
  const WeightedPoints points = clouds(centres, 200);
  const Regrouping found = Regrouping::of(points, rest(points, {at(3, 3), at(12, 3)}), kSettings);
  EXPECT_EQ(found.model.size(), 6u);
}

TEST(Regrouping, AxesThatWereStandardizedBySomethingElseHideNothing) {
  WeightedPoints points = clouds({at(0, 0), at(4, 0), at(30, 0)}, 300);
  for (std::size_t i = 0; i < points.at.size(); ++i)
    if (i % 8 != 0) points.at[i] *= 20; // all but the one they lie apart in
  const Regrouping found = Regrouping::of(points, rest(points, {at(2, 0), at(30, 0)}), kSettings);
  EXPECT_GE(found.model.size(), 3u);
}

TEST(Regrouping, FewPointsAreNoGroups) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const WeightedPoints points = clouds({at(0, 0), at(9, 0)}, 20, seed);
    EXPECT_EQ(Regrouping::of(points, rest(points, {at(0, 0), at(9, 0)}), kSettings).splits, 0u) << seed;
  }
}

TEST(Regrouping, BoundsHold) {
  const WeightedPoints points = clouds({at(0, 0), at(9, 0), at(0, 9), at(9, 9)}, 100);
  Regrouping::Settings settings;
  settings.groups_max = 3;
  EXPECT_EQ(Regrouping::of(points, rest(points, {at(0, 4), at(9, 4)}), settings).model.size(), 3u);
  settings = {};
  settings.part_min = 101;
  EXPECT_EQ(Regrouping::of(points, rest(points, {at(0, 4), at(9, 4)}), settings).model.size(), 2u)
      << "each part has fewer";
}

TEST(Regrouping, TwoGroupsAreLeft) {
  const WeightedPoints points = clouds({at(0, 0)}, 400);
  const Regrouping found = Regrouping::of(points, rest(points, {at(-1, 0), at(1, 0), at(0, 1)}), kSettings);
  EXPECT_EQ(found.model.size(), 2u);
  EXPECT_EQ(found.merges, 1u);
}

TEST(Regrouping, OfNobodyAndOfOneGroupIsWhatItWas) {
  const KMeans one{8, at(1, 2), 0};
  EXPECT_EQ(Regrouping::of(clouds({at(0, 0), at(9, 0)}, 50), one, kSettings).model.centres, one.centres);
  WeightedPoints nobody;
  nobody.dimensions = 8;
  KMeans three = one;
  for (int i = 0; i < 2; ++i)
    three.centres.insert(three.centres.end(), one.centres.begin(), one.centres.begin() + 8);
  EXPECT_EQ(Regrouping::of(nobody, three, kSettings).model.centres, three.centres);
}

TEST(Regrouping, IdenticalPointsAreOneGroup) {
  WeightedPoints points{2, {}, {}};
  for (int i = 0; i < 60; ++i) {
    points.at.insert(points.at.end(), {i < 40 ? 0.0 : 7.0, 1.0});
    points.weight.push_back(1);
  }
  const Regrouping found = Regrouping::of(points, KMeans{2, {0, 1, 7, 1}, 0}, kSettings);
  EXPECT_EQ(found.model.centres, (std::vector<double>{0, 1, 7, 1}));
}

TEST(Regrouping, TheSameGivesTheSameBits) {
  const WeightedPoints points = clouds({at(0, 0), at(5, 0), at(0, 5), at(5, 5)}, 150);
  const KMeans start = rest(points, {at(0, 2), at(5, 2)});
  EXPECT_EQ(Regrouping::of(points, start, kSettings).model.centres,
            Regrouping::of(points, start, kSettings).model.centres);
}

} // namespace
} // namespace kindred::learners
