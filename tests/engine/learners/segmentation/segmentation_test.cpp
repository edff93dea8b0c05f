#include "engine/learners/segmentation/segmentation.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

using Point = Segmentation::Point;
constexpr std::int32_t kSigma = 1 << stats::LatticeCells::kFractionBits;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Point at(double x, double y = 0) {
  return {static_cast<std::int32_t>(x * kSigma), static_cast<std::int32_t>(y * kSigma)};
}

/// Two axes; 1 at the left, 2 at the right, 7 above.
Segmentation three() {
  Segmentation model;
  model.axes = {{"trait:age", 40, 10}, {"spent", 5, 2}};
  model.segments = {{1, "left", at(-1), 10}, {2, "right", at(1), 20}, {7, "above", at(0, 4), 5}};
  model.next_id = 9;
  model.splits = {{3, {1, 2}}};
  model.merges = {{{4, 5}, 7}};
  return model;
}

template <class Change>
bool is_taken(Change change) {
  Segmentation model = three();
  change(model);
  return Segmentation::from(model.canonical()).has_value();
}

// ---- who is where

TEST(Segmentation, PlacesAreStandardizedByAxis) {
  const std::vector<std::optional<double>> values{50.0, 4.0};
  EXPECT_EQ(three().place(values), at(1, -0.5));
}

TEST(Segmentation, WhatSomebodyDoesNotHaveLiesAtTheMean) {
  const auto place = [](std::optional<double> age, std::optional<double> spent) {
    const std::vector<std::optional<double>> values{age, spent};
    return three().place(values);
  };
  EXPECT_EQ(place(std::nullopt, std::nullopt), Point{});
  EXPECT_EQ(place(std::nullopt, 7), at(0, 1));
  EXPECT_EQ(place(kNaN, 7), at(0, 1)) << "what is no number is not had";
  EXPECT_EQ(place(kInf, -kInf), Point{});
}

TEST(Segmentation, HugeValuesAreClampedToTheGrid) {
  Segmentation model = three();
  model.axes[0].scale = 5e-324; // the least above zero
  const std::vector<std::optional<double>> values{1e300, -1e300};
  const Point place = model.place(values);
  EXPECT_EQ(place[0], stats::LatticeCells::kCoordinateMax);
  EXPECT_EQ(place[1], -stats::LatticeCells::kCoordinateMax);
  EXPECT_GT(model.assign(place, 1).id, 0u);
}

TEST(Segmentation, WhoIsNowhereGoesToTheNearest) {
  const Segmentation model = three();
  EXPECT_EQ(model.assign(at(-3), 0).id, 1u);
  EXPECT_EQ(model.assign(at(0.1), 0).id, 2u);
  EXPECT_EQ(model.assign(at(0, 3), 0).id, 7u);
  EXPECT_EQ(model.assign(at(0), 0).id, 1u) << "of equals the first by id";
}

TEST(Segmentation, AnIdThatIsGoneIsNowhere) {
  for (const std::uint32_t gone : {3u, 8u, 0xffffffffu}) EXPECT_EQ(three().assign(at(0.01), gone).id, 2u);
}

TEST(Segmentation, AtABorderEverybodyStaysWhereHeIs) {
  const Segmentation model = three();
  EXPECT_EQ(model.assign(at(0.04), 1).id, 1u);
  EXPECT_EQ(model.assign(at(-0.04), 2).id, 2u);
  std::uint32_t now = 1;
  int moves = 0;
  for (int step = 0; step < 100; ++step) {
    const std::uint32_t next = model.assign(at(step % 2 == 0 ? 0.05 : -0.05), now).id;
    moves += next != now ? 1 : 0;
    now = next;
  }
  EXPECT_EQ(moves, 0) << "flickers";
}

// Nearer by a tenth: 1 − x < 0.9 · (1 + x) from x = 0.1 / 1.9 on.
TEST(Segmentation, WhoIsClearlyNearerMoves) {
  const Segmentation model = three();
  constexpr double kBorder = 0.1 / 1.9;
  EXPECT_EQ(model.assign(at(kBorder - 0.001), 1).id, 1u);
  EXPECT_EQ(model.assign(at(kBorder + 0.001), 1).id, 2u);
  EXPECT_EQ(model.assign(at(-kBorder - 0.001), 2).id, 1u);
  EXPECT_EQ(model.assign(at(1), 1).id, 2u) << "on the other centre";
}

RC_GTEST_PROP(Segmentation, HeWhoWasMovedStaysAndTheNearestIsNeverLeft, (std::uint64_t seed)) {
  Random random(seed);
  const Segmentation model = three();
  const auto any = [&] { return random.uniform() * 12 - 6; };
  const Point place = at(any(), any());
  const std::uint32_t nearest = model.assign(place, 0).id;
  RC_ASSERT(model.assign(place, nearest).id == nearest);
  for (const auto& segment : model.segments) {
    const std::uint32_t now = model.assign(place, segment.id).id;
    RC_ASSERT(now == segment.id || now == nearest);
    RC_ASSERT(model.assign(place, now).id == now);
  }
}

TEST(Segmentation, TheReasonIsTheAxisThatSpeaksMost) {
  const Segmentation model = three();
  EXPECT_EQ(model.reason(at(1, 0.2), *model.find(1), *model.find(2)), 0u);
  EXPECT_EQ(model.reason(at(0.1, 4), *model.find(1), *model.find(7)), 1u);
  EXPECT_EQ(model.reason(at(0, 0), *model.find(1), *model.find(1)), 0u) << "nothing does: the first";
}

TEST(Segmentation, FindsByIdAlone) {
  const Segmentation model = three();
  EXPECT_EQ(model.find(7)->name, "above");
  for (const std::uint32_t none : {0u, 3u, 8u, 9u}) EXPECT_EQ(model.find(none), nullptr) << none;
}

// ---- bytes

TEST(Segmentation, ComesBackFromItsBytes) {
  const Segmentation model = three();
  const auto read = Segmentation::from(model.canonical());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, model);
}

TEST(Segmentation, EveryCutAndWhatStandsBehindIsRefused) {
  const Bytes good = three().canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_FALSE(Segmentation::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(Segmentation::from(good + '\0').has_value());
}

TEST(Segmentation, AFlippedBitIsRefusedOrAnotherModel) {
  const Bytes good = three().canonical();
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto read = Segmentation::from(bytes);
    refused += read ? 0 : 1;
    if (!read) continue;
    ASSERT_EQ(read->canonical(), bytes) << bit;
    ASSERT_NE(*read, three()) << bit;
    ASSERT_GT(read->assign(at(0.3), 1).id, 0u);
  }
  EXPECT_GT(refused, 100);
}

TEST(Segmentation, ForeignVersionsAreRefused) {
  Bytes bytes = three().canonical();
  for (int version = 0; version < 256; ++version) {
    bytes[0] = static_cast<char>(version);
    EXPECT_EQ(Segmentation::from(bytes).has_value(), version == 1) << version;
  }
}

TEST(Segmentation, BoundsOfLists) {
  EXPECT_TRUE(is_taken([](Segmentation&) {}));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes.clear(); }));
  EXPECT_TRUE(is_taken([](Segmentation& m) { m.axes.resize(Segmentation::kAxesMax, m.axes[0]); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes.resize(Segmentation::kAxesMax + 1, m.axes[0]); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments.clear(); }));
  const auto segments = [](std::uint32_t count) {
    return [count](Segmentation& m) {
      m.segments.clear();
      for (std::uint32_t id = 1; id <= count; ++id) m.segments.push_back({id, "", {}, 0});
      m.next_id = count + 1;
    };
  };
  EXPECT_TRUE(is_taken(segments(Segmentation::kSegmentsMax)));
  EXPECT_FALSE(is_taken(segments(Segmentation::kSegmentsMax + 1)));
}

TEST(Segmentation, IdsAscendBelowTheNextOne) {
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments[0].id = 0; }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments[1].id = 1; }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { std::swap(m.segments[0], m.segments[1]); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.next_id = 7; }));
  EXPECT_TRUE(is_taken([](Segmentation& m) { m.next_id = 8; }));
}

TEST(Segmentation, NamesAndNumbersHaveBounds) {
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes[0].feature = ""; }));
  EXPECT_TRUE(is_taken([](Segmentation& m) { m.axes[0].feature.assign(256, 'a'); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes[0].feature.assign(257, 'a'); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments[0].name.assign(257, 'a'); }));
  for (const double wrong : {kNaN, kInf, -kInf}) {
    EXPECT_FALSE(is_taken([&](Segmentation& m) { m.axes[1].mean = wrong; }));
    EXPECT_FALSE(is_taken([&](Segmentation& m) { m.axes[1].scale = wrong; }));
  }
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes[1].scale = 0; }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.axes[1].scale = -1; }));
  constexpr std::int32_t kMost = stats::LatticeCells::kCoordinateMax;
  for (const std::int32_t sign : {1, -1}) {
    EXPECT_TRUE(is_taken([&](Segmentation& m) { m.segments[0].centre[1] = sign * kMost; }));
    EXPECT_FALSE(is_taken([&](Segmentation& m) { m.segments[0].centre[1] = sign * (kMost + 1); }));
  }
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments[0].centre[0] = INT32_MIN; }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.segments[0].centre[2] = 1; })) << "there is no third axis";
}

TEST(Segmentation, MoreBytesThanMayBeAreRefused) {
  EXPECT_TRUE(is_taken([](Segmentation& m) { m.splits[0].into.resize(16'000, 1); }));
  EXPECT_FALSE(is_taken([](Segmentation& m) { m.splits[0].into.resize(16'400, 1); }));
}

TEST(Segmentation, HostileCountsReserveNothing) {
  for (const std::uint32_t count : {1u, 1'000'000u, 0xffffffffu}) {
    ByteWriter axes, segments, ids;
    for (ByteWriter* out : {&axes, &segments, &ids}) {
      out->u8(1);
      out->u32(9);
    }
    axes.u32(count);
    segments.u32(0);
    segments.u32(count);
    for (int i = 0; i < 2; ++i) ids.u32(0);
    ids.u32(1);
    ids.u32(3);
    ids.u32(count);
    EXPECT_FALSE(Segmentation::from(axes.view()).has_value());
    EXPECT_FALSE(Segmentation::from(segments.view()).has_value());
    EXPECT_FALSE(Segmentation::from(ids.view()).has_value());
  }
}

RC_GTEST_PROP(Segmentation, AnyBytesAreRefusedOrCanonical, (std::string bytes)) {
  bytes.insert(0, 1, '\1');
  const auto read = Segmentation::from(bytes);
  if (read) RC_ASSERT(read->canonical() == bytes);
}

// ---- names

TEST(NameOfCentre, SaysWhatLiesFurthestFromTheMean) {
  const std::vector<Segmentation::Axis> axes{
      {"trait:age", 0, 1}, {"spent", 0, 1}, {"category:Sport: winter", 0, 1}};
  const auto name = [&](double a, double b, double c) {
    Point centre = at(a, b);
    centre[2] = static_cast<std::int32_t>(c * kSigma);
    return name_of_centre(axes, centre);
  };
  EXPECT_EQ(name(0, 0, 0), "average");
  EXPECT_EQ(name(0.49, -0.49, 0.49), "average");
  EXPECT_EQ(name(0.5, 0, 0), "high age");
  EXPECT_EQ(name(0.6, -2, 0.7), "low spent, high Sport: winter");
  EXPECT_EQ(name(1, 1, 1), "high age, high spent") << "of equals the first axes";
  EXPECT_EQ(name(-64, 0, 0), "low age");
}

TEST(NameOfCentre, LongNamesAreCutBetweenCharacters) {
  const auto name = [](const std::string& feature) {
    return name_of_centre({{"category:" + feature, 0, 1}}, at(1));
  };
  EXPECT_EQ(name(std::string(64, 'a')), "high " + std::string(64, 'a'));
  EXPECT_EQ(name(std::string(65, 'a')), "high " + std::string(64, 'a'));
  const std::string umlauts = "\xc3\xa4"; // "ä"
  std::string many = "a";
  for (int i = 0; i < 40; ++i) many += umlauts;
  EXPECT_EQ(name(many), "high " + many.substr(0, 63)) << "the 64th byte begins one that does not fit";
}

TEST(NameOfCentre, AnyModelsNamesFitItsBytes) {
  std::vector<Segmentation::Axis> axes(8, {std::string(256, 'x'), 0, 1});
  EXPECT_LE(name_of_centre(axes, at(9, -9)).size() + 20, Segmentation::kNameMax);
}

TEST(Segmentation, ALineageOfIdsThatWereNeverGivenIsRefused) {
  Segmentation model;
  model.axes = {{"events", 0, 1}};
  model.segments = {{1, "a", {}, 3}, {2, "b", {}, 4}};
  model.next_id = 3;
  model.splits = {{1, {1, 2}}};
  model.merges = {{{1, 2}, 2}};
  ASSERT_EQ(Segmentation::from(model.canonical()), model);
  const auto refused = [&](auto change) {
    Segmentation other = model;
    change(other);
    return !Segmentation::from(other.canonical());
  };
  EXPECT_TRUE(refused([](Segmentation& m) { m.splits[0].from = 3; }));
  EXPECT_TRUE(refused([](Segmentation& m) { m.splits[0].into = {1}; })) << "no split";
  EXPECT_TRUE(refused([](Segmentation& m) { m.merges[0].from = {1, 0}; }));
  EXPECT_TRUE(refused([](Segmentation& m) { m.merges[0].into = 7; }));
  EXPECT_TRUE(refused([](Segmentation& m) { m.segments[1].users = -1; }));
}

} // namespace
} // namespace kindred::learners
