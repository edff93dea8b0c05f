#include "engine/learners/clustering/k_means.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

namespace kindred::learners {
namespace {

/// Round clouds, far from each other; the first of each at its middle.
WeightedPoints clouds(std::size_t count, std::size_t each, double radius, std::uint64_t seed = 1) {
  Random random(seed);
  WeightedPoints points;
  points.dimensions = 2;
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t i = 0; i < each; ++i) {
      double x = 0, y = 0;
      do {
        x = random.uniform() * 2 - 1;
        y = random.uniform() * 2 - 1;
      } while (x * x + y * y > 1);
      points.at.push_back(10.0 * static_cast<double>(c % 4) + x * radius);
      points.at.push_back(10.0 * static_cast<double>(c / 4) + y * radius);
      points.weight.push_back(1 + static_cast<double>(random.below(5)));
    }
  }
  return points;
}

TEST(KMeans, FindsCloudsThatLieApart) {
  const auto points = clouds(9, 40, 2);
  const KMeans model = KMeans::fit(points, {.k = 9, .seed = 3});
  ASSERT_EQ(model.size(), 9u);
  std::set<std::size_t> used;
  for (std::size_t c = 0; c < 9; ++c) {
    const std::size_t centre = model.nearest(points.point(c * 40));
    used.insert(centre);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(model.nearest(points.point(c * 40 + i)), centre);
  }
  EXPECT_EQ(used.size(), 9u);
}

TEST(KMeans, CentresAreTheMeansOfWhatIsNearest) {
  const auto points = clouds(6, 50, 4.5); // clouds that touch
  const KMeans model = KMeans::fit(points, {.k = 5, .seed = 8});
  std::vector<double> x(5), y(5), weight(5);
  double inertia = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t c = model.nearest(points.point(i));
    x[c] += points.weight[i] * points.point(i)[0];
    y[c] += points.weight[i] * points.point(i)[1];
    weight[c] += points.weight[i];
    inertia += points.weight[i] * (std::pow(points.point(i)[0] - model.centre(c)[0], 2) +
                                   std::pow(points.point(i)[1] - model.centre(c)[1], 2));
  }
  for (std::size_t c = 0; c < 5; ++c) {
    EXPECT_NEAR(model.centre(c)[0], x[c] / weight[c], 1e-9);
    EXPECT_NEAR(model.centre(c)[1], y[c] / weight[c], 1e-9);
  }
  EXPECT_NEAR(model.inertia, inertia, 1e-9);
}

TEST(KMeans, AWeightIsAsGoodAsThatManyPoints) {
  WeightedPoints heavy = clouds(3, 10, 3), many;
  many.dimensions = 2;
  for (std::size_t i = 0; i < heavy.size(); ++i)
    for (int n = 0; n < heavy.weight[i]; ++n) {
      many.at.insert(many.at.end(), heavy.point(i).begin(), heavy.point(i).end());
      many.weight.push_back(1);
    }
  EXPECT_NEAR(KMeans::fit(heavy, {.k = 3}).inertia, KMeans::fit(many, {.k = 3}).inertia, 1e-9);
}

TEST(KMeans, TheSameSeedGivesTheSameBits) {
  const auto points = clouds(8, 30, 6);
  EXPECT_EQ(KMeans::fit(points, {.k = 8, .seed = 5}).centres,
            KMeans::fit(points, {.k = 8, .seed = 5}).centres);
}

TEST(KMeans, FewerPlacesThanCentresGiveAsManyAsThereAre) {
  WeightedPoints points;
  points.dimensions = 1;
  points.at = {1, 1, 5, 5, 5};
  points.weight = {1, 2, 1, 1, 1};
  const KMeans model = KMeans::fit(points, {.k = 4});
  ASSERT_EQ(model.size(), 2u);
  EXPECT_EQ(model.inertia, 0);
  points.weight.assign(5, 0);
  EXPECT_EQ(KMeans::fit(points, {.k = 4}).size(), 0u) << "nobody";
  EXPECT_EQ(KMeans::fit({}, {.k = 4}).size(), 0u);
}

TEST(KMeans, PointsComeFromCellsInOrder) {
  stats::LatticeCells cells(2, 256);
  const double a[] = {2, 1}, b[] = {2.001, 1}, c[] = {-3, 0.5};
  for (const auto& at : {a, b, c}) cells.add(*stats::LatticeCells::point({at, 2}));
  const auto points = WeightedPoints::of(cells);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points.weight, (std::vector<double>{1, 2}));
  EXPECT_NEAR(points.point(0)[0], -3, 1e-4);
  EXPECT_NEAR(points.point(1)[0], 2.0005, 1e-4);
}

// Users over any number of shards, added up in any order, give the same cells, so the same centres, bit for bit.
TEST(KMeans, AnyShardingGivesTheSameBits) {
  const auto where = clouds(7, 300, 3);
  std::vector<stats::LatticeCells::Point> users;
  for (std::size_t i = 0; i < where.size(); ++i) {
    const double at[] = {where.point(i)[0] / 10, where.point(i)[1] / 10};
    users.push_back(*stats::LatticeCells::point(at));
  }
  std::vector<double> expected;
  for (const std::size_t shards : {1u, 3u, 16u, 64u}) {
    std::vector<stats::LatticeCells> parts(shards, stats::LatticeCells(2, 256));
    for (std::size_t i = 0; i < users.size(); ++i) parts[i * 7 % shards].add(users[i]);
    stats::LatticeCells sum(2, 256);
    for (std::size_t s = shards; s-- > 0;) sum.add(parts[s]);
    const KMeans model = KMeans::fit(WeightedPoints::of(sum), {.k = 7, .seed = 2});
    if (shards == 1) expected = model.centres;
    EXPECT_EQ(model.centres, expected) << shards;
  }
}

TEST(KMeans, IdenticalUsersAreOneGroup) {
  stats::LatticeCells cells(2, 256);
  const double at[] = {0.3, 0.3};
  for (int i = 0; i < 1'000; ++i) cells.add(*stats::LatticeCells::point(at));
  const auto points = WeightedPoints::of(cells);
  const KMeans model = fit_with_chosen_k(points, 2, 8, {});
  ASSERT_EQ(model.size(), 1u);
  EXPECT_NEAR(model.centre(0)[0], 0.3, 1e-4);
  EXPECT_EQ(model.inertia, 0);
}

TEST(KMeans, AConstantFeatureChangesNothing) {
  const auto points = clouds(4, 30, 2);
  WeightedPoints with;
  with.dimensions = 3;
  with.weight = points.weight;
  for (std::size_t i = 0; i < points.size(); ++i) {
    with.at.insert(with.at.end(), points.point(i).begin(), points.point(i).end());
    with.at.push_back(0); // standardized: what never differs is 0
  }
  const KMeans plain = KMeans::fit(points, {.k = 4}), more = KMeans::fit(with, {.k = 4});
  ASSERT_EQ(more.size(), 4u);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(more.centre(c)[0], plain.centre(c)[0]);
    EXPECT_EQ(more.centre(c)[2], 0);
  }
}

TEST(KMeans, MoreRestartsAreNeverWorse) {
  const auto points = clouds(16, 20, 5);
  double before = std::numeric_limits<double>::infinity();
  for (const std::size_t restarts : {1u, 2u, 5u, 20u}) {
    const double inertia = KMeans::fit(points, {.k = 16, .seed = 1, .restarts = restarts}).inertia;
    EXPECT_LE(inertia, before);
    before = inertia;
  }
}

TEST(SimplifiedSilhouette, IsOneWherePointsLieOnTheirCentres) {
  WeightedPoints points;
  points.dimensions = 1;
  points.at = {0, 4, 10};
  points.weight = {1, 1, 2};
  KMeans model{1, {0, 10}, 0};
  // 0: (10 − 0)/10; 4: (6 − 4)/6; 10 twice.
  EXPECT_NEAR(simplified_silhouette(points, model), (1 + 2.0 / 6 + 2) / 4, 1e-12);
  model.centres = {0};
  EXPECT_EQ(simplified_silhouette(points, model), 0) << "one centre has no second";
  model.centres = {0, 0};
  points.at = {0, 0, 0};
  EXPECT_EQ(simplified_silhouette(points, model), 0) << "two on one place";
}

TEST(SimplifiedSilhouette, ChoosesAsManyAsThereAreClouds) {
  for (const std::size_t count : {2u, 5u, 9u}) {
    const auto points = clouds(count, 40, 2.5, count);
    EXPECT_EQ(fit_with_chosen_k(points, 2, 14, {.restarts = 4}).size(), count);
  }
}

// ---- going on from centres that are known

TEST(KMeansRefine, WhatIsSettledStays) {
  const auto points = clouds(6, 40, 4);
  const KMeans fitted = KMeans::fit(points, {.k = 6});
  const KMeans refined = KMeans::refine(points, fitted, 100);
  EXPECT_EQ(refined.centres, fitted.centres);
  EXPECT_EQ(refined.inertia, fitted.inertia);
}

TEST(KMeansRefine, CentresKeepTheirNumbers) {
  const auto points = clouds(4, 40, 2);
  KMeans start{2, {}, 0};
  for (const std::size_t cloud : {3u, 0u, 2u, 1u}) { // near each cloud, in another order
    start.centres.push_back(10.0 * static_cast<double>(cloud) + 1);
    start.centres.push_back(-1);
  }
  const KMeans refined = KMeans::refine(points, start, 100);
  ASSERT_EQ(refined.size(), 4u);
  EXPECT_NEAR(refined.centre(0)[0], 30, 1);
  EXPECT_NEAR(refined.centre(1)[0], 0, 1);
  EXPECT_NEAR(refined.centre(2)[0], 20, 1);
  EXPECT_NEAR(refined.centre(3)[0], 10, 1);
}

TEST(KMeansRefine, IsNeverWorseThanWhereItBegan) {
  const auto points = clouds(8, 20, 5);
  const auto inertia = [&](std::size_t iterations) {
    return KMeans::refine(points, {2, {0, 0, 1, 1, 2, 2, 3, 3}, 0}, iterations).inertia;
  };
  EXPECT_LE(inertia(1), inertia(0));
  EXPECT_LE(inertia(5), inertia(1));
  EXPECT_LE(inertia(100), inertia(5));
}

TEST(KMeansRefine, ACentreWithoutAnybodyGoesToThePointThatLiesWorst) {
  WeightedPoints points;
  points.dimensions = 1;
  points.at = {0, 0.5, 9};
  points.weight = {1, 1, 1};
  const KMeans refined = KMeans::refine(points, {1, {0, 1'000}, 0}, 100);
  ASSERT_EQ(refined.size(), 2u);
  EXPECT_EQ(refined.centre(0)[0], 0.25);
  EXPECT_EQ(refined.centre(1)[0], 9);
}

TEST(KMeansRefine, OfNobodyLeavesTheCentresWhereTheyAre) {
  WeightedPoints nobody;
  nobody.dimensions = 2;
  const KMeans refined = KMeans::refine(nobody, {2, {1, 2, 3, 4}, 5}, 100);
  EXPECT_EQ(refined.centres, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(refined.inertia, 0);
  EXPECT_EQ(KMeans::refine(nobody, {2, {}, 0}, 100).size(), 0u);
}

TEST(KMeansRefine, MoreCentresThanPlacesEnds) {
  WeightedPoints points;
  points.dimensions = 1;
  points.at = {1, 5};
  points.weight = {2, 3};
  const KMeans refined = KMeans::refine(points, {1, {0, 1, 2, 3, 4}, 0}, 100);
  EXPECT_EQ(refined.size(), 5u);
  EXPECT_EQ(refined.inertia, 0);
}

} // namespace
} // namespace kindred::learners
