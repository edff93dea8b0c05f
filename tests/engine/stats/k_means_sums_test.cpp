#include "engine/stats/k_means_sums.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Point = KMeansSums::Point;

std::vector<Point> points(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<Point> all(count);
  for (Point& point : all)
    for (std::size_t i = 0; i < 2; ++i)
      point[i] = static_cast<std::int32_t>(random.below(2U * LatticeCells::kCoordinateMax)) -
                 LatticeCells::kCoordinateMax;
  return all;
}

KMeansSums of(const std::vector<Point>& points, std::vector<Point> centres) {
  KMeansSums sums(2, std::move(centres));
  for (const Point& point : points) sums.add(point);
  return sums;
}

TEST(KMeansSums, CountsAndSumsWhatIsNearest) {
  const KMeansSums sums = of({{10, 0}, {14, 2}, {-100, 0}}, {{12, 0}, {-90, 0}, {5'000, 5'000}});
  EXPECT_EQ(sums.users(), 3);
  EXPECT_EQ(sums.count(0), 2);
  EXPECT_EQ(sums.count(1), 1);
  EXPECT_EQ(sums.count(2), 0);
  EXPECT_DOUBLE_EQ(sums.inertia() * 0x1p32, 4 + 8 + 100);
  EXPECT_EQ(sums.moved(), (std::vector<Point>{{12, 1}, {-100, 0}, {5'000, 5'000}})) << "nobody: it stays";
}

TEST(KMeansSums, TiesGoToTheLowerNumber) {
  const KMeansSums sums(2, {{4, 0}, {-4, 0}, {4, 0}});
  EXPECT_EQ(sums.nearest({0, 9}), 0u);
  EXPECT_EQ(sums.nearest({-1, 9}), 1u);
}

TEST(KMeansSums, MeansAreRoundedHalfAwayFromZero) {
  EXPECT_EQ(of({{1, -1}, {2, -2}}, {{0, 0}}).moved()[0], (Point{2, -2}));
  EXPECT_EQ(of({{1, -1}, {1, -1}, {2, -2}}, {{0, 0}}).moved()[0], (Point{1, -1}));
}

TEST(KMeansSums, StepsNeverMakeItWorse) {
  const auto all = points(3, 2'000);
  std::vector<Point> centres(all.begin(), all.begin() + 12);
  double before = 1e300;
  for (int step = 0; step < 15; ++step) {
    const KMeansSums sums = of(all, centres);
    EXPECT_LE(sums.inertia(), before * (1 + 1e-9));
    before = sums.inertia();
    centres = sums.moved();
  }
}

RC_GTEST_PROP(KMeansSums, AreAGroupForTheirCentres, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto centres = points(seed, 5);
  const auto some = points(seed + 1, 20);
  const KMeansSums a = of(some, centres), b = of(points(seed + 2, 20), centres),
                   c = of(points(seed + 3, 9), centres);
  const auto plus = [](KMeansSums x, const KMeansSums& y) {
    x.add(y);
    return x;
  };
  RC_ASSERT(plus(a, b) == plus(b, a));
  RC_ASSERT(plus(plus(a, b), c) == plus(a, plus(b, c)));
  KMeansSums back = plus(a, b);
  back.subtract(b);
  RC_ASSERT(back == a);
  for (const Point& point : some) back.subtract(point);
  RC_ASSERT(back == KMeansSums(2, centres));
}

TEST(KMeansSums, ComeBackFromTheirBytesAndFromNoOthers) {
  const KMeansSums sums = of(points(8, 40), points(9, 3));
  const Bytes good = sums.canonical();
  EXPECT_EQ(KMeansSums::from(good), sums);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(KMeansSums::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(KMeansSums::from(good + "x").has_value());
  EXPECT_FALSE(KMeansSums::from("\2" + good.substr(1)).has_value()) << "a newer form";
  Bytes bad = good;
  bad[1] = 0;
  EXPECT_FALSE(KMeansSums::from(bad).has_value()) << "no dimension";
  bad = good;
  bad[9] = '\x7f'; // the highest byte of the first coordinate
  EXPECT_FALSE(KMeansSums::from(bad).has_value()) << "a centre off the grid";
}

} // namespace
} // namespace kindred::stats
