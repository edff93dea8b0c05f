#include "engine/rounds/segments_pass.hpp"

#include <iterator>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::rounds {
namespace {

using Kind = SegmentsPass::Kind;
using Point = SegmentsPass::Point;
using learners::Segmentation;
constexpr Kind kKinds[] = {Kind::kMoments, Kind::kCells, Kind::kMeans, Kind::kOverlap, Kind::kSample};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

SegmentsPass a_pass(Kind kind) {
  SegmentsPass pass;
  pass.kind = kind;
  if (kind != Kind::kMoments) pass.axes = {{"spent", 3, 1.5}, {"trait:age", -40, 0.25}};
  if (kind == Kind::kMeans || kind == Kind::kOverlap) pass.centres = {Point{1, 2}, Point{-30'000, 5}};
  if (kind == Kind::kSample) pass.sampled = 1ULL << 63;
  if (kind == Kind::kOverlap) {
    Segmentation serving;
    serving.axes = {{"spent", 1, 1}};
    serving.segments = {{4, "high spent", Point{7}, 3}};
    serving.next_id = 5;
    pass.serving = serving.canonical();
  }
  return pass;
}

Point any_point(Random& random) {
  return {static_cast<std::int32_t>(random.below(1 << 20)) - (1 << 19),
          static_cast<std::int32_t>(random.below(1 << 20)) - (1 << 19)};
}

/// Statistics of one kind fit each other.
SegmentsStatistic any_statistic(Random& random, Kind kind) {
  SegmentsStatistic statistic;
  statistic.kind = kind;
  statistic.users = static_cast<std::int64_t>(random.below(9));
  if (kind == Kind::kMoments) {
    statistic.with_categories = static_cast<std::int64_t>(random.below(9));
    for (std::uint64_t i = random.below(9); i > 0; --i)
      statistic.moments["f" + std::to_string(random.below(20))].add(
          stats::Moments::of(Fixed{static_cast<std::int64_t>(random.next() >> 20)}));
  }
  if (kind == Kind::kCells || kind == Kind::kSample) statistic.cells.emplace(2, cells_max(kind));
  if (kind == Kind::kMeans) statistic.means.emplace(2, a_pass(kind).centres);
  for (std::int64_t i = 0; i < statistic.users; ++i) {
    if (statistic.cells) statistic.cells->add(any_point(random));
    if (statistic.means) statistic.means->add(any_point(random));
    if (kind == Kind::kOverlap)
      ++statistic.overlap[{static_cast<std::uint32_t>(random.below(4)),
                           static_cast<std::uint32_t>(random.below(3))}];
  }
  return statistic;
}
SegmentsStatistic a_statistic(Kind kind) {
  Random random(3);
  SegmentsStatistic statistic;
  while (statistic.users < 3 || (kind == Kind::kMoments && statistic.moments.size() < 3))
    statistic = any_statistic(random, kind);
  return statistic;
}

template <class Value>
void expect_cuts_and_flips_refused_or_equal(const Value& value) {
  const Bytes good = value.canonical();
  ASSERT_EQ(Value::from(good), value);
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_FALSE(Value::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(Value::from(good + '\0').has_value());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto read = Value::from(bytes);
    if (!read) continue;
    ASSERT_EQ(read->canonical(), bytes) << "a second form, bit " << bit;
    ASSERT_FALSE(*read == value) << bit;
  }
  for (int version = 0; version < 256; ++version) {
    Bytes bytes = good;
    bytes[0] = static_cast<char>(version);
    EXPECT_EQ(Value::from(bytes).has_value(), version == 1) << version;
  }
}

// ---- passes

TEST(SegmentsPass, EveryKindComesBackAndNothingElseDoes) {
  for (const Kind kind : kKinds) expect_cuts_and_flips_refused_or_equal(a_pass(kind));
}

TEST(SegmentsPass, KindsThatAreNoneAreRefused) {
  Bytes bytes = SegmentsPass{}.canonical();
  for (int kind = 0; kind < 256; ++kind) {
    bytes[1] = static_cast<char>(kind);
    EXPECT_EQ(SegmentsPass::from(bytes).has_value(), kind == 1) << kind << ": the others need axes";
  }
}

template <class Change>
bool is_taken(Kind kind, Change change) {
  SegmentsPass pass = a_pass(kind);
  change(pass);
  return SegmentsPass::from(pass.canonical()).has_value();
}

TEST(SegmentsPass, EachKindNeedsItsOwnAndNoMore) {
  const SegmentsPass whole = a_pass(Kind::kOverlap);
  for (const Kind kind : kKinds) {
    EXPECT_EQ(is_taken(kind, [&](SegmentsPass& p) { p.axes = whole.axes; }), kind != Kind::kMoments);
    EXPECT_EQ(is_taken(kind, [&](SegmentsPass& p) { p.axes.clear(); }), kind == Kind::kMoments);
    EXPECT_EQ(is_taken(kind, [&](SegmentsPass& p) { p.centres = {Point{}}; }),
              kind == Kind::kMeans || kind == Kind::kOverlap);
    EXPECT_EQ(is_taken(kind, [&](SegmentsPass& p) { p.centres.clear(); }),
              kind != Kind::kMeans && kind != Kind::kOverlap);
    EXPECT_EQ(is_taken(kind, [](SegmentsPass& p) { p.sampled = 7; }), kind == Kind::kSample);
    EXPECT_EQ(is_taken(kind, [&](SegmentsPass& p) { p.serving = whole.serving; }), kind == Kind::kOverlap);
    EXPECT_TRUE(is_taken(kind, [&](SegmentsPass& p) { p.serving.clear(); }));
  }
  EXPECT_FALSE(is_taken(Kind::kOverlap, [](SegmentsPass& p) { p.serving = "damaged"; }));
}

TEST(SegmentsPass, AxesAndCentresHaveBounds) {
  const auto kind = Kind::kMeans;
  EXPECT_TRUE(is_taken(kind, [](SegmentsPass& p) { p.axes.resize(8, p.axes[0]); }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.axes.resize(9, p.axes[0]); }));
  EXPECT_TRUE(is_taken(kind, [](SegmentsPass& p) { p.centres.resize(64); }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.centres.resize(65); }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.axes[0].feature.clear(); }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.axes[0].feature.assign(257, 'x'); }));
  for (const double wrong : {kNaN, kInf, -kInf}) {
    EXPECT_FALSE(is_taken(kind, [&](SegmentsPass& p) { p.axes[1].mean = wrong; }));
    EXPECT_FALSE(is_taken(kind, [&](SegmentsPass& p) { p.axes[1].scale = wrong; }));
  }
  for (const double wrong : {0.0, -1.0})
    EXPECT_FALSE(is_taken(kind, [&](SegmentsPass& p) { p.axes[1].scale = wrong; }));
  constexpr std::int32_t kMost = stats::LatticeCells::kCoordinateMax;
  EXPECT_TRUE(is_taken(kind, [](SegmentsPass& p) { p.centres[1] = {kMost, -kMost}; }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.centres[1] = {kMost + 1, 0}; }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.centres[1] = {0, INT32_MIN}; }));
  EXPECT_FALSE(is_taken(kind, [](SegmentsPass& p) { p.centres[1] = {0, 0, 1}; })) << "there is no third axis";
}

TEST(SegmentsPass, HostileCountsReserveNothing) {
  for (const std::uint32_t count : {1u, 2'000'000u, 0xffffffffu})
    for (int before = 0; before < 3; ++before) {
      ByteWriter out;
      out.u8(1);
      out.u8(1);
      for (int i = 0; i < before; ++i) out.u32(0);
      out.u32(count);
      EXPECT_FALSE(SegmentsPass::from(out.view()).has_value()) << count << " behind " << before;
    }
}

// ---- statistics

TEST(SegmentsStatistic, EveryKindComesBackAndNothingElseDoes) {
  for (const Kind kind : kKinds) expect_cuts_and_flips_refused_or_equal(a_statistic(kind));
}

RC_GTEST_PROP(SegmentsStatistic, AddsInAnyOrderFromZero, (std::uint64_t seed)) {
  Random random(seed);
  const Kind kind = kKinds[random.below(std::size(kKinds))];
  const auto a = any_statistic(random, kind), b = any_statistic(random, kind),
             c = any_statistic(random, kind);
  RC_ASSERT(a.fits(b));
  const auto sum = [](SegmentsStatistic one, const SegmentsStatistic& other) {
    one.add(other);
    return one;
  };
  RC_ASSERT(sum(a, b) == sum(b, a));
  RC_ASSERT(sum(sum(a, b), c) == sum(a, sum(b, c)));
  RC_ASSERT(sum(sum(a, b), c).canonical() == sum(c, sum(b, a)).canonical());
  RC_ASSERT(sum(a, b).users == a.users + b.users);
  RC_ASSERT(SegmentsStatistic::from(sum(a, b).canonical()) == sum(a, b));
}

TEST(SegmentsStatistic, OnlyThoseOfOnePassFit) {
  for (const Kind a : kKinds)
    for (const Kind b : kKinds) EXPECT_EQ(a_statistic(a).fits(a_statistic(b)), a == b);
  SegmentsStatistic other = a_statistic(Kind::kMeans);
  other.means.emplace(2, std::vector<Point>{Point{1}, Point{2}});
  EXPECT_FALSE(other.fits(a_statistic(Kind::kMeans))) << "other centres";
  other = a_statistic(Kind::kCells);
  other.cells.emplace(3, kSegmentCells);
  EXPECT_FALSE(other.fits(a_statistic(Kind::kCells))) << "another dimension";
}

TEST(SegmentsStatistic, WhatItsKindNeedsIsThere) {
  const auto taken = [](Kind kind, auto change) {
    SegmentsStatistic statistic = a_statistic(kind);
    change(statistic);
    return SegmentsStatistic::from(statistic.canonical()).has_value();
  };
  EXPECT_FALSE(taken(Kind::kCells, [](SegmentsStatistic& s) { s.cells.reset(); }));
  EXPECT_FALSE(taken(Kind::kSample, [](SegmentsStatistic& s) { s.cells.reset(); }));
  EXPECT_FALSE(taken(Kind::kSample, [](SegmentsStatistic& s) { s.cells.emplace(2, kSegmentCells); }));
  EXPECT_FALSE(taken(Kind::kMeans, [](SegmentsStatistic& s) { s.means.reset(); }));
  EXPECT_FALSE(taken(Kind::kMoments, [](SegmentsStatistic& s) { s.cells.emplace(2, kSegmentCells); }));
  EXPECT_FALSE(taken(Kind::kOverlap, [](SegmentsStatistic& s) { s.users = -1; }));
}

TEST(SegmentsStatistic, NamesOutOfOrderAreASecondForm) {
  const auto bytes = [](const std::vector<std::string>& names) {
    ByteWriter out;
    out.u8(1);
    out.u8(1);
    out.i64(2);
    out.i64(0);
    out.u32(static_cast<std::uint32_t>(names.size()));
    for (const auto& name : names) {
      out.text(name);
      out.i64(1);
      out.i128(1);
      out.i128(1);
    }
    for (int i = 0; i < 3; ++i) out.u32(0);
    return out.take();
  };
  EXPECT_TRUE(SegmentsStatistic::from(bytes({"a", "b"})).has_value());
  EXPECT_FALSE(SegmentsStatistic::from(bytes({"b", "a"})).has_value());
  EXPECT_FALSE(SegmentsStatistic::from(bytes({"a", "a"})).has_value());
}

TEST(SegmentsStatistic, HostileCountsReserveNothing) {
  for (const std::uint32_t count : {1u, 2'000'000u, 0xffffffffu})
    for (int before = 0; before < 4; ++before) {
      ByteWriter out;
      out.u8(1);
      out.u8(1);
      out.i64(0);
      out.i64(0);
      for (int i = 0; i < before; ++i) out.u32(0);
      out.u32(count);
      EXPECT_FALSE(SegmentsStatistic::from(out.view()).has_value()) << count << " behind " << before;
    }
}

TEST(SegmentsStatistic, OfNamesTheFirstAreKept) {
  SegmentsStatistic statistic;
  const auto name = [](const std::string& beginning, std::size_t i) {
    return beginning + std::to_string(10'000 + i);
  };
  statistic.moments["spent"];
  for (std::size_t i = 0; i < kFeatureNamesMax + 30; ++i) {
    statistic.moments[name("category:", i)].count = 1;
    statistic.moments[name("trait:", i)].count = 1;
  }
  statistic.keep_first();
  EXPECT_EQ(statistic.moments.size(), 1 + 2 * kFeatureNamesMax);
  EXPECT_TRUE(statistic.moments.contains("spent")) << "what users did is always told";
  for (const char* beginning : {"category:", "trait:"}) {
    EXPECT_TRUE(statistic.moments.contains(name(beginning, kFeatureNamesMax - 1)));
    EXPECT_FALSE(statistic.moments.contains(name(beginning, kFeatureNamesMax)));
  }
}

TEST(SegmentsStatistic, CellsOfAnotherBoundAreForeign) {
  SegmentsStatistic statistic;
  statistic.kind = SegmentsPass::Kind::kCells;
  statistic.cells.emplace(2, kSegmentCells);
  EXPECT_TRUE(SegmentsStatistic::from(statistic.canonical()).has_value());
  statistic.cells.emplace(2, kSegmentCells * 2);
  EXPECT_FALSE(SegmentsStatistic::from(statistic.canonical()).has_value()) << "they cannot be added";
}

} // namespace
} // namespace kindred::rounds
