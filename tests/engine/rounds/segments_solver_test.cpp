#include "engine/rounds/segments_solver.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/engine/rounds/parted_users.hpp"

namespace kindred::rounds {
namespace {

using Kind = SegmentsPass::Kind;
using Point = SegmentsPass::Point;
using learners::Segmentation;

std::vector<std::uint32_t> ids(const Segmentation& model) {
  std::vector<std::uint32_t> ids;
  for (const auto& segment : model.segments) ids.push_back(segment.id);
  return ids;
}
std::set<std::string> features(const Segmentation& model) {
  std::set<std::string> names;
  for (const auto& axis : model.axes) names.insert(axis.feature);
  return names;
}

const std::vector<Group> kFour{{0, 0, 60}, {10, 0, 50}, {0, 10, 40}, {10, 10, 30}};

// ---- what it finds

TEST(SegmentsSolver, FindsAsManyGroupsAsThereAre) {
  const Round round = round_of(users_of(kFour));
  ASSERT_TRUE(round.model.has_value()) << round.outcome;
  EXPECT_EQ(ids(*round.model), (std::vector<std::uint32_t>{1, 2, 3, 4}));
  EXPECT_EQ(round.model->next_id, 5u);
  EXPECT_EQ(features(*round.model), (std::set<std::string>{"trait:x", "trait:y"}));
  for (std::size_t i = 0; i < kFour.size(); ++i) {
    const auto& segment = segment_at(*round.model, kFour[i].x, kFour[i].y);
    EXPECT_EQ(segment.users, static_cast<std::int64_t>(kFour[i].users));
    EXPECT_EQ(segment.id, i + 1) << "new ids by size";
  }
  EXPECT_TRUE(round.model->splits.empty() && round.model->merges.empty());
  EXPECT_NE(round.reason.find("180 users in 4 segments"), std::string::npos) << round.reason;
  EXPECT_NE(round.outcome.find("champion"), std::string::npos) << round.outcome;
}

TEST(SegmentsSolver, CentresAreTheMeansOfTheUsers) {
  const Users users = users_of(kFour);
  const Round round = round_of(users);
  ASSERT_TRUE(round.model.has_value());
  double sum = 0;
  for (std::size_t i = 0; i < kFour[0].users; ++i)
    sum += std::get<Fixed>(users[i].personalization.traits[0].value).to_double();
  const auto& segment = segment_at(*round.model, 0, 0);
  const auto& axis = round.model->axes.at(0);
  ASSERT_EQ(axis.feature, "trait:x");
  EXPECT_NEAR(axis.mean + segment.centre[0] / 65'536.0 * axis.scale, sum / double(kFour[0].users), 1e-3);
}

TEST(SegmentsSolver, AsManyAsAreAskedFor) {
  for (const std::size_t k : {2u, 3u, 4u, 6u}) {
    const Round round = round_of(users_of(kFour), {.segment_users = 20, .segments = k});
    ASSERT_TRUE(round.model.has_value()) << k;
    EXPECT_EQ(round.model->segments.size(), k);
  }
}

// Law sharding: the same parameters whoever shares a partition.
TEST(SegmentsSolver, AnyPartitionsAskAndOfferTheSameBytes) {
  Random random(8);
  Users users;
  for (int i = 0; i < 150; ++i) users.push_back(anybody(random));
  const Limits limits{.segment_users = 20, .segments = 5};
  const Round expected = round_of(users, limits);
  ASSERT_TRUE(expected.model.has_value());
  EXPECT_GT(expected.said.size(), 4u) << "a law about nothing";
  for (const std::size_t partitions : {3u, 16u, 64u}) {
    const Round cold = round_of(users, limits, {}, partitions);
    EXPECT_EQ(cold.said, expected.said) << partitions;
    EXPECT_EQ(cold.reason + cold.outcome, expected.reason + expected.outcome);
    EXPECT_EQ(round_of(users, limits, expected.known, partitions).said,
              round_of(users, limits, expected.known).said);
  }
}

TEST(SegmentsSolver, WhatIsOfferedSaysWhy) {
  const auto gatherers = spread(users_of(kFour));
  SegmentsSolver solver({}, {.segment_users = 20});
  while (!solver.absorb(std::vector<Bytes>{answer_of(*gatherers[0], solver.parameters())}).value()) {
  }
  const auto offers = solver.offers();
  ASSERT_EQ(offers.size(), 1u);
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : offers[0].metrics) metrics[name] = value.to_double();
  EXPECT_EQ(metrics.at("users"), 180);
  EXPECT_EQ(metrics.at("segments"), 4);
  EXPECT_EQ(metrics.at("changed"), 0);
  EXPECT_GT(metrics.at("silhouette"), 0.8);
  EXPECT_LE(metrics.at("silhouette"), 1);
}

TEST(SegmentsSolver, SettingsAreSaidInWords) {
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(SegmentsSolver({}, {}).settings(),
            (Settings{{"segments", "chosen"}, {"features", "chosen"}, {"usersMin", "200"}}));
  EXPECT_EQ(SegmentsSolver({}, {.segment_users = 5, .segments = 7, .segment_features = {"spent", "trait:a"}})
                .settings(),
            (Settings{{"segments", "7"}, {"features", "spent,trait:a"}, {"usersMin", "5"}}));
}

// ---- axes

TEST(SegmentsSolver, FeaturesThatAreNamedAreTheAxes) {
  Users users = users_of(kFour);
  const auto axes = [&](std::vector<std::string> names) {
    const Round round =
        round_of(users, {.segment_users = 20, .segments = 3, .segment_features = std::move(names)});
    return round.model ? features(*round.model) : std::set<std::string>();
  };
  EXPECT_EQ(axes({"trait:y"}), (std::set<std::string>{"trait:y"}));
  EXPECT_EQ(axes({"trait:y", "trait:y"}), (std::set<std::string>{"trait:y"})) << "once";
  EXPECT_EQ(axes({"trait:nobody", "spent", "trait:x"}), (std::set<std::string>{"trait:x"}))
      << "what nobody has, and what is the same for all, is none";
  EXPECT_EQ(axes({"trait:nobody"}), std::set<std::string>{});
}

TEST(SegmentsSolver, AtMostEightAxesTraitsFirst) {
  Random random(4);
  Users users;
  for (int i = 0; i < 60; ++i) {
    users.push_back(anybody(random));
    users.back().personalization.beyond_training = false;
    auto& traits = users.back().personalization.traits;
    traits.clear();
    for (int t = 0; t < 5; ++t) traits.push_back({"t" + std::to_string(t), std::int64_t(random.below(50))});
    if (i % 3 == 0) traits.push_back({"zseldom", std::int64_t(random.below(50))});
  }
  const Round round = round_of(users, {.segment_users = 20, .segments = 3});
  ASSERT_TRUE(round.model.has_value());
  ASSERT_EQ(round.model->axes.size(), Segmentation::kAxesMax);
  for (std::size_t t = 0; t < 5; ++t) EXPECT_EQ(round.model->axes[t].feature, "trait:t" + std::to_string(t));
  EXPECT_EQ(round.model->axes[5].feature, "events");
  EXPECT_EQ(round.model->axes[6].feature, "sessions");
  EXPECT_TRUE(round.model->axes[7].feature.starts_with("category:")) << round.model->axes[7].feature;
  EXPECT_FALSE(features(*round.model).contains("trait:zseldom")) << "half of all must have it";
}

TEST(SegmentsSolver, AConstantFeatureIsNoAxis) {
  const Round round = round_of(users_of({{0, 5, 40, 0, 0}, {9, 5, 40, 0, 0}}));
  ASSERT_TRUE(round.model.has_value());
  EXPECT_EQ(features(*round.model), (std::set<std::string>{"trait:x"}));
  EXPECT_EQ(round.model->segments.size(), 2u);
}

// ---- degenerate inputs

TEST(SegmentsSolver, WithTooFewThereAreNone) {
  const Users users = users_of(kFour);
  EXPECT_FALSE(round_of({}).model.has_value());
  EXPECT_NE(round_of({}).outcome.find("0 users, 20 are needed"), std::string::npos) << round_of({}).outcome;
  EXPECT_FALSE(round_of(users, {.segment_users = 181}).model.has_value());
  EXPECT_TRUE(round_of(users, {.segment_users = 180}).model.has_value());
  EXPECT_FALSE(round_of({}, {.segment_users = 0}).model.has_value());
}

TEST(SegmentsSolver, OneUserIsAllThereIs) {
  const Round round = round_of({user_at(1, 1)}, {.segment_users = 1});
  EXPECT_FALSE(round.model.has_value());
  EXPECT_NE(round.outcome.find("alike"), std::string::npos) << round.outcome;
}

TEST(SegmentsSolver, WhoAreAlikeAreNotParted) {
  const Round round = round_of(users_of({{3, 4, 90, 0, 0}}));
  EXPECT_FALSE(round.model.has_value());
  EXPECT_NE(round.outcome.find("all 90 users are alike"), std::string::npos) << round.outcome;
}

TEST(SegmentsSolver, OneSegmentIsNoPartition) {
  EXPECT_FALSE(round_of(users_of(kFour), {.segment_users = 20, .segments = 1}).model.has_value());
}

TEST(SegmentsSolver, FewerPlacesThanAreAskedForAreAsManyAsThereAre) {
  Users users;
  for (int i = 0; i < 60; ++i) users.push_back(user_at(i % 3 * 5, i % 2 * 7));
  for (const std::size_t k : {10u, 64u}) {
    const Round round = round_of(users, {.segment_users = 20, .segments = k});
    ASSERT_TRUE(round.model.has_value());
    EXPECT_EQ(round.model->segments.size(), 6u);
    std::int64_t all = 0;
    for (const auto& segment : round.model->segments) all += segment.users;
    EXPECT_EQ(all, 60);
  }
}

TEST(SegmentsSolver, MoreThanMayBeAreAsManyAsMayBe) {
  const Users users = users_of({{0, 0, 400, 0, 20}});
  for (const std::size_t k : {64u, 65u, 1'000u}) {
    const Round round = round_of(users, {.segment_users = 20, .segments = k});
    ASSERT_TRUE(round.model.has_value()) << k;
    EXPECT_EQ(round.model->segments.size(), Segmentation::kSegmentsMax);
  }
}

// Each place a group of its own parts best of all, and says nothing.
TEST(SegmentsSolver, FewPlacesAreNotAGroupEach) {
  Users users;
  for (int i = 0; i < 80; ++i) users.push_back(user_at(i % 2 * 50 + i % 5, 0));
  const Round round = round_of(users);
  ASSERT_TRUE(round.model.has_value());
  EXPECT_EQ(round.model->segments.size(), 2u) << round.outcome;
}

TEST(SegmentsSolver, HugeValuesDoNotBreakIt) {
  Users users = users_of({{0, 0, 60}, {5, 5, 40}});
  users.push_back(user_at(Fixed::kMax, -Fixed::kMax));
  users.push_back(user_at(-Fixed::kMax, Fixed::kMax));
  const Round round = round_of(users, {.segment_users = 20, .segments = 4});
  ASSERT_TRUE(round.model.has_value()) << round.outcome;
  std::int64_t all = 0;
  for (const auto& segment : round.model->segments) all += segment.users;
  EXPECT_EQ(all, 102);
}

TEST(SegmentsSolver, NamesDiffer) {
  const Round round = round_of(users_of({{0, 0, 300, 0, 20}}), {.segment_users = 20, .segments = 40});
  ASSERT_TRUE(round.model.has_value());
  std::set<std::string> names;
  for (const auto& segment : round.model->segments) names.insert(segment.name);
  EXPECT_EQ(names.size(), 40u);
}

// A feature may itself be called as a number would call the second segment of a name.
TEST(SegmentsSolver, NamesDifferWhateverFeaturesAreCalled) {
  Random random(6);
  Users users;
  for (int i = 0; i < 300; ++i) {
    profiles::Profile user;
    const auto value = [&] { return Fixed::from(random.uniform() * 20).value(); };
    user.personalization.traits = {{"a", value()}, {"a 2", value()}, {"a 3", value()}};
    users.push_back(user);
  }
  const Round round = round_of(users, {.segment_users = 20, .segments = 60});
  ASSERT_TRUE(round.model.has_value());
  std::set<std::string> names;
  for (const auto& segment : round.model->segments) names.insert(segment.name);
  EXPECT_EQ(names.size(), 60u);
}

// ---- statistics that are none of its

TEST(SegmentsSolver, ForeignStatisticsAreRefused) {
  SegmentsSolver solver({}, {.segment_users = 1, .segments = 2});
  const auto absorb = [&](const std::vector<Bytes>& bytes) {
    const auto absorbed = solver.absorb(bytes);
    return !absorbed.ok() && absorbed.error() == RoundError::kForeignStatistic;
  };
  const auto asked = [&] { return SegmentsPass::from(solver.parameters()).value(); };
  const auto gatherers = spread(users_of(kFour));
  const auto goes_on = [&] {
    return !solver.absorb(std::vector<Bytes>{answer_of(*gatherers[0], solver.parameters())}).value();
  };
  EXPECT_TRUE(absorb({}));
  EXPECT_TRUE(absorb({"damaged"}));
  SegmentsStatistic foreign;
  foreign.kind = Kind::kOverlap;
  EXPECT_TRUE(absorb({foreign.canonical()})) << "of another pass";
  const Bytes moments = answer_of(*gatherers[0], solver.parameters());
  EXPECT_TRUE(absorb({moments, foreign.canonical()}));
  ASSERT_TRUE(goes_on());
  foreign.kind = Kind::kCells;
  foreign.cells.emplace(3, kSegmentCells);
  EXPECT_TRUE(absorb({foreign.canonical()})) << "other axes";
  EXPECT_TRUE(absorb({moments}));
  ASSERT_TRUE(goes_on());
  foreign = {};
  foreign.kind = Kind::kMeans;
  foreign.means.emplace(2, std::vector<Point>{Point{1}, Point{2}});
  EXPECT_TRUE(absorb({foreign.canonical()})) << "other centres";
  while (asked().kind == Kind::kMeans) ASSERT_TRUE(goes_on());
  foreign = {};
  foreign.kind = Kind::kOverlap;
  foreign.overlap[{0, 2}] = 1;
  EXPECT_TRUE(absorb({foreign.canonical()})) << "a centre that there is not";
  foreign.overlap = {{{0, 1}, -1}};
  EXPECT_TRUE(absorb({foreign.canonical()})) << "fewer than nobody";
  EXPECT_FALSE(goes_on()) << "solved";
}

TEST(SegmentsSolver, CellsWithoutAnybodyPartNobody) {
  for (const Known& known : {Known{}, round_of(users_of(kFour)).known}) {
    SegmentsSolver solver(known, {.segment_users = 1});
    const auto gatherers = spread(users_of(kFour));
    ASSERT_FALSE(solver.absorb(std::vector<Bytes>{answer_of(*gatherers[0], solver.parameters())}).value());
    SegmentsStatistic nobody;
    nobody.kind = Kind::kCells;
    nobody.cells.emplace(2, kSegmentCells);
    const auto absorbed = solver.absorb(std::vector<Bytes>{nobody.canonical()});
    ASSERT_TRUE(absorbed.ok());
    EXPECT_TRUE(solver.offers().empty());
  }
}

TEST(SegmentsSolver, WhatServesAndCannotBeReadIsAsIfThereWereNone) {
  Known known;
  known[std::string(kSegments)].champion = KnownModel{"damaged", {}};
  EXPECT_EQ(round_of(users_of(kFour, 2), {.segment_users = 20}, known).said,
            round_of(users_of(kFour, 2)).said);
}

} // namespace
} // namespace kindred::rounds
