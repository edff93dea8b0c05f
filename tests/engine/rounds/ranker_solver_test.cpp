#include "engine/rounds/ranker_solver.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::rounds {
namespace {

using learners::Ranker;
using profiles::Profile;
using Kind = RankerPass::Kind;
using Partitions = std::vector<std::unique_ptr<RankerGatherer>>;

constexpr Limits kLimits{};

/// What the crowds of these tests choose by.
std::vector<double> truth() {
  std::vector<double> weights(Ranker::kFeatures);
  const double some[] = {0.9, -0.6, 0.3, 0.0, 0.5, -0.2, 1.1, 0.4, -0.8, 1.5};
  std::ranges::copy(some, weights.begin());
  const double fresh[] = {-0.7, 0.6, 0.9, -0.5};
  std::ranges::copy(fresh, weights.begin() + Ranker::kSources);
  weights[Ranker::kShown] = 0.8;
  weights[Ranker::kPlace] = -0.4;
  return weights;
}

Partitions partitions_of(const std::vector<Profile>& users, std::size_t partitions = 1) {
  Partitions all;
  for (std::size_t p = 0; p < partitions; ++p) all.push_back(std::make_unique<RankerGatherer>(kAsOf));
  for (std::size_t u = 0; u < users.size(); ++u) all[u * 7 % partitions]->visit(users[u]);
  return all;
}

/// Mean over users by how many nats their choices are likelier under `ours`.
double gain_on(const std::vector<Profile>& users, const std::vector<double>& ours,
               const std::vector<double>& others) {
  const auto gatherer = gathered(users);
  const RankerPass pass{Kind::kCompare, {{"", ours, others, {INT64_MIN}}}};
  return RankerStatistic::from(pass_of(*gatherer, pass.canonical()))->differences.at(0).mean();
}

// ---- what is solved

TEST(RankerSolver, FindsTheWeightsThatUsersChooseBy) {
  const auto users = users_of({.weights = truth(), .users = 5'000, .seed = 31});
  RankerSolver solver({}, {});
  ASSERT_TRUE(run(solver, partitions_of(users)));
  ASSERT_EQ(solver.offers().size(), 2u) << solver.outcome();
  const Offer offer = solver.offers()[0];
  EXPECT_EQ(offer.learner, "ranker");
  const auto found = Ranker::from(offer.parameters).value().weights();
  // 25,000 choices of eight: a standard error below 0.03, twice that where a weight and its share for the new are told apart.
  // Having been shown is not asked: what was taken of it was chosen among what was shown.
  for (std::size_t i = 0; i < Ranker::kFeatures; ++i) {
    if (i == Ranker::kShown) continue;
    EXPECT_NEAR(found[i], truth()[i], 0.3) << Ranker::names()[i];
  }
  const auto unseen = users_of({.weights = truth(), .users = 500, .seed = 32});
  EXPECT_GT(gain_on(unseen, found, written()), 1) << "nats per user of five choices";
  EXPECT_GT(gain_on(unseen, found, truth()), -0.05) << "as good as who knows, nearly";
}

TEST(RankerSolver, APlacementOfItsOwnTasteGetsItsOwnWeights) {
  auto other = truth();
  for (double& weight : other) weight = -weight;
  auto users = users_of({.weights = truth(), .users = 150, .placements = {"home"}});
  const auto elsewhere = users_of({.weights = other, .users = 150, .seed = 2, .placements = {"basket"}});
  users.insert(users.end(), elsewhere.begin(), elsewhere.end());
  RankerSolver solver({}, {});
  ASSERT_TRUE(run(solver, partitions_of(users)));
  std::map<std::string, std::vector<double>> found;
  for (const Offer& offer : solver.offers()) found[offer.learner] = Ranker::from(offer.parameters)->weights();
  ASSERT_TRUE(found.contains("ranker/home")) << solver.outcome();
  ASSERT_TRUE(found.contains("ranker/basket")) << solver.outcome();
  EXPECT_GT(found["ranker/home"][0], 0.3);
  EXPECT_LT(found["ranker/basket"][0], -0.3);
}

TEST(RankerSolver, WhoChoosesAsWrittenNeedsNoModel) {
  const auto users = users_of({.weights = written(), .users = 400, .seed = 5});
  RankerSolver solver({}, {});
  ASSERT_TRUE(run(solver, partitions_of(users)));
  EXPECT_TRUE(solver.offers().empty()) << solver.outcome();
  EXPECT_NE(solver.outcome().find("they hold"), std::string::npos) << solver.outcome();
}

// Law sharding at its root; the partitions' order, too, has no say.
TEST(RankerSolver, AnyPartitionsAskAndOfferTheSameBytes) {
  const auto users =
      users_of({.weights = truth(), .users = 130, .seed = 6, .placements = {"home", "basket"}});
  std::vector<Bytes> expected;
  for (const std::size_t count : {1u, 3u, 16u, 64u}) {
    const auto partitions = partitions_of(users, count);
    RankerSolver solver({}, {});
    std::vector<Bytes> said;
    for (bool solved = false; !solved;) {
      said.push_back(solver.parameters());
      std::vector<Bytes> statistics;
      for (const auto& partition : partitions) statistics.push_back(pass_of(*partition, said.back()));
      std::ranges::rotate(statistics, statistics.begin() + static_cast<std::ptrdiff_t>(count / 2));
      solved = solver.absorb(statistics).value();
    }
    for (const Offer& offer : solver.offers()) {
      said.push_back(offer.parameters);
      said.push_back(offer.learner + offer.reason);
      for (const auto& [name, value] : offer.metrics) said.push_back(name + std::to_string(value.raw));
    }
    said.push_back(solver.outcome());
    if (count == 1) expected = said;
    EXPECT_EQ(said, expected) << count;
  }
  EXPECT_GT(expected.size(), 10u) << "a law about nothing";
}

TEST(RankerSolver, AskedTheSameItFindsTheSameWhateverServes) {
  const auto users = users_of({.weights = truth(), .users = 100, .seed = 7});
  const auto parameters = [&](const std::map<std::string, KnownModels>& known) {
    RankerSolver solver(known, {});
    EXPECT_TRUE(run(solver, partitions_of(users)));
    EXPECT_FALSE(solver.offers().empty()) << solver.outcome();
    return solver.offers().back().learner + solver.offers().back().parameters;
  };
  const Bytes cold = parameters({});
  EXPECT_EQ(parameters({{"ranker", {KnownModel{parameters_of(-3), kAsOf - kDay * 9}, {}}},
                        {"ranker/home", {KnownModel{parameters_of(-2), kAsOf - kDay * 9}, {}}}}),
            cold)
      << "no warm start: weights depend on sums alone";
}

// ---- examples that say little

class RankerSolverEdges : public ::testing::Test {
protected:
  /// A round over one user's choices, so many times over; nothing of it may be no number.
  void round_of(const Profile& user, std::size_t times) {
    ASSERT_TRUE(run(solver_, partitions_of(std::vector<Profile>(times, user))));
    for (const Offer& offer : solver_.offers()) {
      for (const double weight : Ranker::from(offer.parameters).value().weights())
        EXPECT_TRUE(std::isfinite(weight));
      for (const auto& [name, value] : offer.metrics) EXPECT_LT(std::fabs(value.to_double()), 1e6) << name;
    }
    EXPECT_EQ(solver_.outcome().find("nan"), std::string::npos) << solver_.outcome();
  }
  RankerSolver solver_{{}, {}};
};

TEST_F(RankerSolverEdges, AlternativesThatDoNotDifferTeachNothing) {
  Profile user;
  choose(user, decided_of(1, Scores(6, std::vector<double>(Ranker::kSources, 1.25))), 3);
  round_of(user, 300);
  EXPECT_TRUE(solver_.offers().empty()) << solver_.outcome();
}

TEST_F(RankerSolverEdges, WithoutAnAlternativeNothingIsChosen) {
  Profile user;
  choose(user, decided_of(1, Scores(1, std::vector<double>(Ranker::kSources, 2))), 0);
  round_of(user, 300);
  EXPECT_TRUE(solver_.offers().empty()) << solver_.outcome();
}

TEST_F(RankerSolverEdges, ManyWhoAreOneAreTakenAsMany) {
  Profile user;
  Scores scores(2, std::vector<double>(Ranker::kSources));
  scores[0][0] = 1; // by the written weights the better one
  choose(user, decided_of(1, scores), 1);
  round_of(user, 3'000);
  ASSERT_EQ(solver_.offers().size(), 2u) << solver_.outcome();
  const auto weights = Ranker::from(solver_.offers()[0].parameters)->weights();
  EXPECT_LT(weights[0], -3) << "nobody ever takes it";
  for (std::size_t i = 1; i < Ranker::kFeatures; ++i)
    EXPECT_EQ(weights[i], written()[i]) << Ranker::names()[i];
}

TEST_F(RankerSolverEdges, ExamplesThatAreDamagedAreCountedAndTeachNothing) {
  Profile user;
  choose(user, decided_of(1, Scores(2, std::vector<double>(Ranker::kSources, 1))), 0);
  user.training.choices.examples[0].alternatives = "damaged";
  round_of(user, 300);
  EXPECT_TRUE(solver_.offers().empty()) << solver_.outcome();
}

TEST_F(RankerSolverEdges, GreatScoresStayNumbers) {
  Profile user;
  auto wild = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources)));
  for (std::size_t i = 0; i < 10; ++i)
    wild.source_scores_q8[i] = static_cast<std::int32_t>(256 * 1'000 * (i + 1));
  choose(user, wild, 2);
  round_of(user, 300);
}

// ---- what is asked

TEST(RankerSolver, BelowTheLeastExamplesNothingIsOffered) {
  for (const std::int64_t examples : {std::int64_t{0}, kLimits.examples_min - 1}) {
    RankerSolver solver({}, {});
    EXPECT_EQ(asked(solver), RankerPass{});
    const auto solved = solver.absorb(std::vector<Bytes>{counts_of({{"home", examples}}), counts_of({})});
    ASSERT_TRUE(solved.ok());
    EXPECT_TRUE(solved.value());
    EXPECT_TRUE(solver.offers().empty());
    EXPECT_EQ(solver.outcome(),
              std::to_string(examples) + " examples, 200 are needed: the written weights hold");
  }
}

TEST(RankerSolver, EnoughOfATenantIsAskedAboutTheTenantAlone) {
  RankerSolver solver({}, {});
  const auto half = kLimits.examples_min / 2;
  EXPECT_FALSE(
      solver.absorb(std::vector<Bytes>{counts_of({{"home", half}}), counts_of({{"basket", half}})}).value());
  const RankerPass pass = asked(solver);
  EXPECT_EQ(pass.kind, Kind::kSums);
  ASSERT_EQ(pass.targets.size(), 1u);
  EXPECT_EQ(pass.targets[0].placement, "");
  EXPECT_EQ(pass.targets[0].weights, written()) << "steps begin at the written weights";
}

TEST(RankerSolver, EnoughChoicesOutOfListsAreLookedAtAlone) {
  const std::int64_t enough = kFromListsTimes * kLimits.examples_min;
  RankerStatistic counted;
  counted.counts = {{"home", {enough, enough - 1}}, {"basket", {2 * enough, enough}}};
  RankerSolver solver({}, {});
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{counted.canonical()}).ok());
  const RankerPass pass = asked(solver);
  ASSERT_EQ(pass.targets.size(), 3u);
  EXPECT_TRUE(pass.targets[0].from_lists) << "the tenant";
  EXPECT_EQ(pass.targets[1].placement, "basket");
  EXPECT_TRUE(pass.targets[1].from_lists);
  EXPECT_EQ(pass.targets[2].placement, "home");
  EXPECT_FALSE(pass.targets[2].from_lists) << "one is missing";
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{silent_sums(solver, enough)}).value());
  for (const RankerTarget& target : asked(solver).targets)
    EXPECT_EQ(target.from_lists, target.placement != "home") << "also where models are compared";
}

TEST(RankerSolver, PlacementsAddUpOverPartitions) {
  RankerSolver solver({}, {});
  const auto half = counts_of({{"home", kLimits.examples_min / 2}});
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{half, half}).ok());
  ASSERT_EQ(asked(solver).targets.size(), 2u);
  EXPECT_EQ(asked(solver).targets[1].placement, "home");
}

TEST(RankerSolver, MorePlacementsThanTargetsKeepThoseWithTheMostExamples) {
  std::map<std::string, std::int64_t> counts;
  for (int i = 0; i < 40; ++i) counts["p" + std::to_string(100 + i)] = kLimits.examples_min + i / 2;
  counts["few"] = kLimits.examples_min - 1;
  RankerSolver solver({}, {});
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{counts_of(counts)}).ok());
  std::vector<std::string> expected{""};
  for (int pair = 19; pair >= 4; --pair) // two placements have as many: by name
    for (const int i : {pair * 2, pair * 2 + 1}) expected.push_back("p" + std::to_string(100 + i));
  std::vector<std::string> placements;
  for (const RankerTarget& target : asked(solver).targets) placements.push_back(target.placement);
  EXPECT_EQ(placements.size(), kRankerTargetsMax);
  EXPECT_EQ(placements, expected);
}

TEST(RankerSolver, OnePlacementTooManyIsLeft) {
  std::map<std::string, std::int64_t> counts;
  for (std::size_t i = 0; i < kRankerTargetsMax; ++i)
    counts["p" + std::to_string(100 + i)] = kLimits.examples_min + static_cast<std::int64_t>(i);
  RankerSolver solver({}, {});
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{counts_of(counts)}).ok());
  EXPECT_EQ(asked(solver).targets.size(), kRankerTargetsMax);
  EXPECT_EQ(asked(solver).targets.back().placement, "p101");
}

// An empty name is the tenant's: who asks for the placement "" gets no model that would take the tenant's place.
TEST(RankerSolver, APlacementWithoutNameCountsForTheTenantAlone) {
  RankerSolver solver({}, {});
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{counts_of({{"", 500}, {"home", 300}})}).ok());
  std::vector<std::string> placements;
  for (const RankerTarget& target : asked(solver).targets) placements.push_back(target.placement);
  EXPECT_EQ(placements, (std::vector<std::string>{"", "home"}));
}

TEST(RankerSolver, ComparesWithWhatServesOnWhatNeitherHasLearntFrom) {
  const Instant champion = kAsOf - kDay * 5, challenger = kAsOf - kDay * 2;
  RankerSolver solver(
      {{"ranker", {KnownModel{parameters_of(2), champion}, KnownModel{parameters_of(3), challenger}}},
       {"ranker/home", {KnownModel{"of a newer build", champion}, {}}}},
      {});
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{counts_of({{"basket", 250}, {"home", 250}})}).value());
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{silent_sums(solver, 250)}).value());
  const RankerPass pass = asked(solver);
  EXPECT_EQ(pass.kind, Kind::kCompare);
  ASSERT_EQ(pass.targets.size(), 4u) << "the newest of three, one challenger";
  const auto w = [](double first) { return Ranker::from(parameters_of(first))->weights(); };
  const auto same = Ranker::of(written()).weights();
  EXPECT_EQ(pass.targets[0], (RankerTarget{"", same, w(2), champion}));
  EXPECT_EQ(pass.targets[1], (RankerTarget{"basket", same, w(2), {INT64_MIN}})) << "the tenant's served";
  EXPECT_EQ(pass.targets[2], (RankerTarget{"home", same, written(), champion}))
      << "what cannot be read does not serve";
  EXPECT_EQ(pass.targets[3], (RankerTarget{"", w(3), w(2), challenger}));
}

// After the newest won at once, or by hand, the champion may be the younger of the two.
TEST(RankerSolver, AYoungerChampionIsNotComparedOnWhatItHasLearntFrom) {
  const Instant older = kAsOf - kDay * 5, younger = kAsOf - kDay * 2;
  RankerSolver solver(
      {{"ranker", {KnownModel{parameters_of(2), younger}, KnownModel{parameters_of(3), older}}}}, {});
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{counts_of({{"a", 100}, {"b", 100}})}).value());
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{silent_sums(solver, 200)}).value());
  ASSERT_EQ(asked(solver).targets.size(), 2u);
  EXPECT_EQ(asked(solver).targets[1].since, younger);
}

// ---- foreign statistics

TEST(RankerSolver, ForeignStatisticsAreRefusedAndChangeNothing) {
  RankerSolver solver({}, {});
  const auto refused = [&](const std::vector<Bytes>& statistics) {
    const Bytes before = solver.parameters();
    const auto absorbed = solver.absorb(statistics);
    return !absorbed.ok() && absorbed.error() == RoundError::kForeignStatistic &&
           solver.parameters() == before;
  };
  const Bytes counts = counts_of({{"home", 150}, {"basket", 150}});
  RankerStatistic sums, none;
  sums.kind = Kind::kSums;
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({""}));
  EXPECT_TRUE(refused({counts, "x"})) << "one is enough";
  EXPECT_TRUE(refused({counts, counts + "x"}));
  EXPECT_TRUE(refused({sums.canonical()})) << "of another kind";
  none.sums.emplace_back(Ranker::kFeatures);
  EXPECT_TRUE(refused({none.canonical()})) << "sums where none were asked";
  none.sums.clear();
  none.differences.emplace_back();
  EXPECT_TRUE(refused({none.canonical()}));

  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{counts}).value());
  const std::uint64_t asked_for = hash64(solver.parameters());
  const auto with = [&](std::vector<stats::LogitSums> parts) {
    sums.sums = std::move(parts);
    return sums.canonical();
  };
  EXPECT_TRUE(refused({counts})) << "of the pass before";
  EXPECT_TRUE(refused({with({})}));
  EXPECT_TRUE(refused({with({stats::LogitSums(Ranker::kFeatures - 1, asked_for)})}));
  const stats::LogitSums one(Ranker::kFeatures, asked_for), other(Ranker::kFeatures, asked_for + 1);
  EXPECT_TRUE(refused({with({one, one})})) << "one target, two answers";
  EXPECT_TRUE(refused({with({one}), with({other})})) << "at other weights";
  EXPECT_TRUE(refused({with({other}), with({other})})) << "all of them at other weights";
  EXPECT_TRUE(solver.absorb(std::vector<Bytes>{with({one}), with({one})}).ok());

  RankerStatistic compared;
  compared.kind = Kind::kCompare;
  EXPECT_TRUE(refused({compared.canonical()}));
  compared.differences.resize(2);
  EXPECT_TRUE(refused({compared.canonical()}));
  EXPECT_TRUE(refused({with({one})}));
  compared.differences.resize(1);
  EXPECT_TRUE(solver.absorb(std::vector<Bytes>{compared.canonical(), compared.canonical()}).value());
}

TEST(RankerSolver, SumsWithoutASolutionAreSaidToBe) {
  RankerSolver solver({}, {});
  ASSERT_FALSE(solver.absorb(std::vector<Bytes>{counts_of({{"home", 100}, {"basket", 100}})}).value());
  RankerStatistic statistic;
  statistic.kind = Kind::kSums;
  stats::LogitSums sums(Ranker::kFeatures, hash64(solver.parameters()));
  const std::vector<double> gradient(Ranker::kFeatures),
      curvature(Ranker::kFeatures * (Ranker::kFeatures + 1) / 2, -9);
  ASSERT_TRUE(sums.add(200, -1, gradient, curvature));
  statistic.sums.push_back(sums);
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{statistic.canonical()}).error(), RoundError::kUnsolvable);
}

TEST(RankerSolver, SettingsAreTold) {
  EXPECT_EQ(
      RankerSolver({}, {}).settings(),
      (std::vector<std::pair<std::string, std::string>>{
          {"windowDays", "28"}, {"examplesMin", "200"}, {"fromListsMin", "1000"}, {"verdictUsers", "400"}}));
}

} // namespace
} // namespace kindred::rounds
