#include "engine/stats/lattice_cells.hpp"

#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Points = std::vector<LatticeCells::Point>;

LatticeCells::Point any_point(Random& random, double spread) {
  const double at[] = {(random.uniform() - 0.5) * spread, (random.uniform() - 0.5) * spread};
  return *LatticeCells::point(at);
}

Points points(std::uint64_t seed, std::size_t count, double spread) {
  Random random(seed);
  Points all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(any_point(random, spread));
  return all;
}

LatticeCells sum_of(const Points& points, std::size_t cells_max = 256) {
  LatticeCells cells(2, cells_max);
  for (const auto& point : points) cells.add(point);
  return cells;
}

TEST(LatticeCells, OneCellKnowsCountSumAndSquares) {
  LatticeCells cells(2, 256);
  const double a[] = {0.0001, -0.001}, b[] = {0.0005, -0.001};
  cells.add(*LatticeCells::point(a));
  cells.add(*LatticeCells::point(b));
  ASSERT_EQ(cells.cells().size(), 1u);
  EXPECT_EQ(cells.level(), 0);
  EXPECT_EQ(cells.users(), 2);
  const auto& cell = cells.cells().begin()->second;
  EXPECT_EQ(cell.count, 2);
  EXPECT_EQ(cell.sum[0], 7 + 33); // 2^-16 σ each
  EXPECT_EQ(cell.sum[1], -66 - 66);
  EXPECT_EQ(static_cast<std::int64_t>(cell.squares[0]), 7 * 7 + 33 * 33);
  EXPECT_EQ(cell.sum[2], 0) << "a dimension that is not there";
}

TEST(LatticeCells, PointsAreRoundedClampedAndNeverNan) {
  const double at[] = {1, -1000, INFINITY, 0.5 / 65536};
  const auto point = *LatticeCells::point(at);
  EXPECT_EQ(point[0], 1 << 16);
  EXPECT_EQ(point[1], -LatticeCells::kCoordinateMax);
  EXPECT_EQ(point[2], LatticeCells::kCoordinateMax);
  EXPECT_EQ(point[3], 1) << "half away from zero";
  const double nan[] = {0, NAN};
  EXPECT_FALSE(LatticeCells::point(nan).has_value());
}

TEST(LatticeCells, TheLevelIsTheFinestThatFits) {
  const Points all = points(3, 5'000, 6);
  const LatticeCells cells = sum_of(all);
  EXPECT_LE(cells.cells().size(), 256u);
  EXPECT_GT(cells.level(), 0);
  // One level finer there are more than 256, counted the plain way.
  std::set<std::pair<int, int>> finer;
  for (const auto& point : all) {
    const auto index = [&](int x) {
      return static_cast<int>(
          std::floor((x / 65536.0 + 24'248 / 65536.0) / std::exp2(cells.level() - 1 - 8)));
    };
    finer.emplace(index(point[0]), index(point[1]));
  }
  EXPECT_GT(finer.size(), 256u);
  std::int64_t users = 0;
  for (const auto& [key, cell] : cells.cells()) users += cell.count;
  EXPECT_EQ(users, 5'000);
}

TEST(LatticeCells, FarthestPointsFitTheCoarsestLevel) {
  LatticeCells cells(8, 256);
  Random random(1);
  for (int i = 0; i < 3'000; ++i) {
    std::array<double, 8> at;
    for (double& x : at) x = random.below(2) == 0 ? -1e9 : 1e9;
    cells.add(*LatticeCells::point(at));
  }
  EXPECT_LE(cells.cells().size(), 256u);
  EXPECT_EQ(cells.users(), 3'000);
}

RC_GTEST_PROP(LatticeCells, SumsOfPartsInAnyOrderAreOnePass, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto parts = *rc::gen::inRange<std::size_t>(1, 6);
  Points all;
  std::vector<LatticeCells> sums;
  for (std::size_t p = 0; p < parts; ++p) {
    const Points some = points(seed + p, *rc::gen::inRange<std::size_t>(0, 900), p == 0 ? 0.5 : 8);
    all.insert(all.end(), some.begin(), some.end());
    sums.push_back(sum_of(some));
  }
  const LatticeCells whole = sum_of(all);
  LatticeCells forwards(2, 256), backwards(2, 256);
  for (const auto& sum : sums) forwards.add(sum);
  for (auto sum = sums.rbegin(); sum != sums.rend(); ++sum) backwards.add(*sum);
  RC_ASSERT(forwards == whole);
  RC_ASSERT(backwards == whole);
}

RC_GTEST_PROP(LatticeCells, AtItsLevelItIsAGroup, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  LatticeCells a = sum_of(points(seed, 800, 8));
  const LatticeCells before = a, b = sum_of(points(seed + 1, *rc::gen::inRange<std::size_t>(0, 100), 2));
  a.add(b);
  RC_PRE(a.level() == before.level());
  a.subtract(b);
  RC_ASSERT(a == before);
  LatticeCells nobody = before;
  nobody.subtract(before);
  RC_ASSERT(nobody.users() == 0);
  RC_ASSERT(nobody.cells().empty());
}

TEST(LatticeCells, AUserIsTakenBack) {
  const Points all = points(9, 700, 7);
  LatticeCells cells = sum_of(all);
  const LatticeCells before = cells;
  cells.add(all[5]);
  cells.subtract(all[5]);
  EXPECT_EQ(cells, before);
}

RC_GTEST_PROP(LatticeCells, ComeBackFromTheirBytes, ()) {
  const auto cells =
      sum_of(points(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(0, 600), 4));
  const auto back = LatticeCells::from(cells.canonical());
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == cells);
  RC_ASSERT(back->canonical() == cells.canonical());
}

TEST(LatticeCells, BytesThatAreNoneAreRefused) {
  const Bytes good = sum_of(points(2, 40, 1)).canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(LatticeCells::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(LatticeCells::from(good + "x").has_value());
  const auto with = [&](std::size_t at, char byte) {
    Bytes bad = good;
    bad[at] = byte;
    return LatticeCells::from(bad).has_value();
  };
  EXPECT_FALSE(with(0, 2)) << "a newer form";
  EXPECT_FALSE(with(1, 0)) << "no dimension";
  EXPECT_FALSE(with(1, 9)) << "too many";
  EXPECT_FALSE(with(2, 16)) << "no such level";
  EXPECT_FALSE(with(4, 0)) << "too few cells allowed";
  EXPECT_FALSE(with(10, 9)) << "more cells than allowed";
}

} // namespace
} // namespace kindred::stats
