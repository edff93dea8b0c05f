#include "engine/rounds/segments_gatherer.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/profiles/features.hpp"
#include "tests/engine/rounds/parted_users.hpp"

namespace kindred::rounds {
namespace {

using Kind = SegmentsPass::Kind;
using Point = SegmentsPass::Point;
using learners::Segmentation;
using profiles::Profile;
constexpr std::int32_t kSigma = 1 << stats::LatticeCells::kFractionBits;

Segmentation serving() {
  Segmentation model;
  model.axes = {{"trait:x", 5, 2}};
  model.segments = {{2, "low x", Point{-kSigma}, 1}, {3, "high x", Point{kSigma}, 1}};
  model.next_id = 4;
  return model;
}

/// One pass of each kind.
std::vector<SegmentsPass> passes() {
  const std::vector<SegmentsPass::Axis> axes{
      {"trait:x", 4, 2}, {"category:c101", 0.25, 0.5}, {"spent", 3, 2}, {"trait:nobody has it", 0, 1}};
  const std::vector<Point> centres{Point{kSigma, 0}, Point{-kSigma, 0, kSigma}, Point{}};
  return {{},
          {Kind::kCells, axes, {}, {}},
          {Kind::kMeans, axes, centres, {}},
          {Kind::kOverlap, axes, centres, serving().canonical()},
          {Kind::kOverlap, axes, centres, {}}};
}

/// Of all users about so large a share.
SegmentsPass sample_of(double share) {
  return {Kind::kSample,
          {{"trait:x", 4, 2}, {"trait:y", 4, 2}},
          {},
          {},
          static_cast<std::uint64_t>(share * 0x1p64)};
}

SegmentsStatistic answer(const Users& users, const SegmentsPass& pass) {
  const auto statistic = SegmentsStatistic::from(answer_of(*spread(users)[0], pass.canonical()));
  EXPECT_TRUE(statistic.has_value());
  return statistic.value_or(SegmentsStatistic{});
}

Users people(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  Users users;
  for (std::size_t i = 0; i < count; ++i) users.push_back(anybody(random));
  return users;
}

Bytes sum_of(const Users& users, const SegmentsPass& pass, std::size_t partitions, bool backwards) {
  auto gatherers = spread(users, partitions);
  if (backwards) std::reverse(gatherers.begin(), gatherers.end());
  std::optional<SegmentsStatistic> sum;
  std::size_t slice = 1;
  for (const auto& gatherer : gatherers) {
    const auto one = SegmentsStatistic::from(answer_of(*gatherer, pass.canonical(), slice++ % 5 + 1));
    if (sum)
      sum->add(*one);
    else
      sum = one;
  }
  return sum->canonical();
}

// ---- law sharding

RC_GTEST_PROP(SegmentsGatherer, AnySplitOrderAndSliceIsTheSameStatistic, (std::uint64_t seed)) {
  Users users = people(seed, 45);
  auto all = passes();
  all.push_back(sample_of(0.3));
  for (const SegmentsPass& pass : all) {
    const Bytes expected = answer_of(*spread(users)[0], pass.canonical());
    for (const std::size_t partitions : {1u, 3u, 16u, 64u})
      RC_ASSERT(sum_of(users, pass, partitions, partitions % 2 == 0) == expected);
    Users turned(users.rbegin(), users.rend());
    RC_ASSERT(answer_of(*spread(turned)[0], pass.canonical(), 1'000) == expected);
  }
}

// More names than are kept: which are, and their sums, do not depend on who shares a partition.
TEST(SegmentsGatherer, AnySplitKeepsTheSameNames) {
  Users users;
  for (std::size_t i = 0; i < 80; ++i) {
    Profile user;
    user.personalization.events = 1;
    for (std::size_t n = 0; n < 20; ++n) {
      const std::string number = std::to_string(10'000 + (i * 17 + n) % 700);
      user.personalization.tastes.push_back({"c" + number, 1 + static_cast<std::uint32_t>(i % 3)});
      user.personalization.traits.push_back({"t" + number, std::int64_t(i)});
    }
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(user.personalization.tastes.begin(), user.personalization.tastes.end(),
              [](const auto& a, const auto& b) { return a.category < b.category; });
    std::sort(user.personalization.traits.begin(), user.personalization.traits.end(), by_name);
    user.personalization.tastes_total = 60;
    users.push_back(user);
  }
  const Bytes expected = sum_of(users, {}, 1, false);
  const auto whole = SegmentsStatistic::from(expected);
  EXPECT_EQ(whole->moments.size(), profiles::behaviours().size() + 2 * kFeatureNamesMax);
  EXPECT_EQ(whole->moments.count("category:c10499"), 1u);
  EXPECT_EQ(whole->moments.count("category:c10500"), 0u);
  for (const std::size_t partitions : {2u, 3u, 16u, 64u})
    for (const bool backwards : {false, true})
      EXPECT_EQ(sum_of(users, {}, partitions, backwards), expected) << partitions;
}

TEST(SegmentsGatherer, ASampleIsOfAsManyAsItsShare) {
  const Users users = users_of({{0, 0, 2'000, 0, 3}});
  const auto count = [&](const Users& of, double share) {
    return answer(of, sample_of(share)).cells->users();
  };
  EXPECT_EQ(count(users, 0), 0);
  EXPECT_NEAR(static_cast<double>(count(users, 0.3)), 600, 80); // 4 standard deviations
  SegmentsPass everybody = sample_of(0);
  everybody.sampled = UINT64_MAX;
  EXPECT_EQ(answer(users, everybody).cells->users(), 2'000);
  EXPECT_EQ(answer(users, everybody).cells->level(), 0) << "one by one";
  EXPECT_EQ(answer(users, sample_of(0.3)).users, 2'000) << "all were looked at";

  std::array<Users, 2> halves; // by where the partition's hash would put them
  for (const auto& user : users)
    halves[partition_of(slot_of(user.key.tenant, user.key.user), 2).value].push_back(user);
  for (const Users& half : halves)
    EXPECT_NEAR(static_cast<double>(count(half, 0.3)) / static_cast<double>(half.size()), 0.3, 0.06)
        << "of each partition the same share";
}

TEST(SegmentsGatherer, WhoGoesLeavesTheRestOfASampleAsItWas) {
  Users users = users_of({{0, 0, 100, 0, 3}});
  auto before = *answer(users, sample_of(0.5)).cells;
  while (users.size() > 50) {
    const Users one{users.back()};
    users.pop_back();
    before.subtract(*answer(one, sample_of(0.5)).cells);
  }
  EXPECT_EQ(before, *answer(users, sample_of(0.5)).cells);
}

TEST(SegmentsGatherer, WhoIsErasedLeavesNoTrace) {
  const Users users = people(5, 30);
  Users without = users;
  without.erase(without.begin() + 11);
  Users never = people(5, 30);
  never.erase(never.begin() + 11);
  for (const SegmentsPass& pass : passes())
    EXPECT_EQ(answer_of(*spread(without)[0], pass.canonical()),
              answer_of(*spread(never)[0], pass.canonical()));
}

// ---- who is looked at

TEST(SegmentsGatherer, WhoMayNotTrainOrIsNotKnownAddsNothing) {
  Profile unknown, beyond = user_at(3, 3);
  beyond.personalization.beyond_training = true;
  const auto none = spread({}), some = spread({unknown, beyond});
  EXPECT_EQ(some[0]->bytes(), none[0]->bytes());
  for (const SegmentsPass& pass : passes())
    EXPECT_EQ(answer_of(*some[0], pass.canonical()), answer_of(*none[0], pass.canonical()));
  EXPECT_EQ(answer({unknown, beyond}, {}).users, 0);
}

TEST(SegmentsGatherer, TraitsAloneAreEnough) { EXPECT_EQ(answer({user_at(1, 2)}, {}).users, 1); }

TEST(SegmentsGatherer, WhatIsGatheredIsFrozen) {
  Users users = people(6, 20);
  const auto gatherers = spread(users);
  const Bytes before = answer_of(*gatherers[0], passes()[3].canonical());
  users.clear();
  (void)answer_of(*gatherers[0], passes()[0].canonical());
  EXPECT_EQ(answer_of(*gatherers[0], passes()[3].canonical()), before) << "as often as it is asked";
}

TEST(SegmentsGatherer, BytesGrowWithWhatIsKept) {
  SegmentsGatherer gatherer;
  EXPECT_EQ(gatherer.bytes(), 0u);
  std::size_t before = 0;
  for (int i = 0; i < 10; ++i) {
    gatherer.visit(user_at(i, i));
    EXPECT_GE(gatherer.bytes(), before + 9 * 12) << "nine values";
    before = gatherer.bytes();
  }
}

TEST(SegmentsGatherer, WhatIsNoPassIsRefused) {
  SegmentsGatherer gatherer;
  gatherer.visit(user_at(1, 1));
  for (const Bytes& wrong : {Bytes(), Bytes("x"), passes()[1].canonical() + "x"})
    EXPECT_FALSE(gatherer.begin(wrong));
  EXPECT_TRUE(gatherer.begin(passes()[1].canonical()));
}

TEST(SegmentsGatherer, ALongNameIsNoFeature) {
  Profile user = user_at(1, 1);
  user.personalization.traits.push_back({"z" + std::string(300, 'z'), std::int64_t{4}});
  EXPECT_EQ(answer({user}, {}), answer({user_at(1, 1)}, {}));
}

// ---- passes by hand

TEST(SegmentsGatherer, MomentsByHand) {
  const auto statistic = answer({user_at(1, 7), user_at(3, 7)}, {});
  EXPECT_EQ(statistic.users, 2);
  EXPECT_EQ(statistic.with_categories, 0);
  const auto& x = statistic.moments.at("trait:x");
  EXPECT_EQ(x.count, 2);
  EXPECT_EQ(x.mean(), 2);
  EXPECT_EQ(x.variance(), 1);
  EXPECT_EQ(statistic.moments.at("trait:y").variance(), 0);
  EXPECT_EQ(statistic.moments.at("events").count, 2) << "behaviour is everybody's";
  EXPECT_EQ(statistic.moments.at("events").mean(), 0);
}

TEST(SegmentsGatherer, CellsAndMeansSeeStandardizedPlaces) {
  const std::vector<SegmentsPass::Axis> axes{{"trait:x", 4, 2}, {"trait:none", 1, 1}};
  const Users users{user_at(6, 0), user_at(2, 0), user_at(2, 0)};
  const auto cells = answer(users, {Kind::kCells, axes, {}, {}});
  stats::LatticeCells expected(2, kSegmentCells);
  for (const std::int32_t x : {kSigma, -kSigma, -kSigma}) expected.add(Point{x});
  EXPECT_EQ(cells.cells, expected) << "who lacks a trait lies at its mean";
  const auto means = answer(users, {Kind::kMeans, axes, {Point{0}, Point{3 * kSigma / 2}}, {}});
  EXPECT_EQ(means.means->count(0), 2);
  EXPECT_EQ(means.means->moved(), (std::vector<Point>{Point{-kSigma}, Point{kSigma}}));
}

TEST(SegmentsGatherer, WhoIsInOtherCategoriesHasNoneOfThisOne) {
  Profile in_it = user_at(0, 0), elsewhere = user_at(0, 0), nowhere = user_at(0, 0);
  in_it.personalization.tastes = {{"a", 1}};
  elsewhere.personalization.tastes = {{"b", 1}};
  in_it.personalization.tastes_total = elsewhere.personalization.tastes_total = 1;
  const Users users{in_it, elsewhere, nowhere};
  EXPECT_EQ(answer(users, {}).with_categories, 2);
  EXPECT_EQ(answer(users, {}).moments.at("category:a").count, 1);
  stats::LatticeCells expected(1, kSegmentCells);
  for (const std::int32_t x : {kSigma, -kSigma, 0}) expected.add(Point{x});
  EXPECT_EQ(answer(users, {Kind::kCells, {{"category:a", 0.5, 0.5}}, {}, {}}).cells, expected);
}

TEST(SegmentsGatherer, OverlapSaysWhoWasWhere) {
  // Serving: 2 at x = 3, 3 at x = 7, halfway 5. New centres at 4 − 2 and 4 + 4.
  const std::vector<SegmentsPass::Axis> axes{{"trait:x", 4, 2}};
  const std::vector<Point> centres{Point{-kSigma}, Point{2 * kSigma}};
  const Users users{user_at(3, 0), user_at(5.05, 0, 2), user_at(5.05, 0, 3), user_at(5.05, 0, 99),
                    user_at(9, 0, 2)};
  using Overlap = decltype(SegmentsStatistic::overlap);
  EXPECT_EQ(answer(users, {Kind::kOverlap, axes, centres, serving().canonical()}).overlap,
            (Overlap{{{2, 0}, 1}, {{2, 1}, 1}, {{3, 1}, 3}}))
      << "who was in 2 stays at the border, who was in none that there is goes to the nearest";
  EXPECT_EQ(answer(users, {Kind::kOverlap, axes, centres, {}}).overlap, (Overlap{{{0, 0}, 1}, {{0, 1}, 4}}));
}

} // namespace
} // namespace kindred::rounds
