#include "engine/learners/prediction/newton_search.hpp"

#include <gtest/gtest.h>

#include "tests/engine/learners/prediction/choosers.hpp"

namespace kindred::learners {
namespace {

using stats::LogitSums;

ConditionalLogit::Prior prior_at(std::vector<double> weights) { return {std::move(weights), 1}; }

/// A whole search; what is left of the gradient at the answer must be next to nothing.
NewtonSearch searched(const Users& users, const ConditionalLogit::Prior& prior) {
  NewtonSearch search({prior.weights}, prior);
  const double before = search.at().objective(sums_at(search.at(), users), prior);
  for (bool done = false; !done;) {
    auto absorbed = search.absorb(sums_at(search.at(), users));
    EXPECT_TRUE(absorbed.ok());
    done = !absorbed.ok() || absorbed.value();
  }
  const LogitSums sums = sums_at(search.best(), users);
  EXPECT_GE(search.best().objective(sums, prior), before);
  EXPECT_LT(search.passes(), NewtonSearch::kPassesMax);
  const auto left = search.best().ascent(sums, prior);
  EXPECT_TRUE(left.ok());
  EXPECT_LT(left.ok() ? left.value().slope : INFINITY, 1e-3) << "twice what could still be gained, in nats";
  return search;
}

TEST(NewtonSearch, FindsTheWeightsThatUsersChooseBy) {
  const std::vector<double> truth{1.5, -0.7, 0, 0.4};
  const NewtonSearch search = searched(choosers(truth, 2'000, 11), prior_at({0, 0, 0, 0}));
  for (std::size_t i = 0; i < truth.size(); ++i) EXPECT_NEAR(search.best().weights[i], truth[i], 0.06) << i;
  EXPECT_LE(search.passes(), 7) << "steps that gain are whole ones";
}

// Everybody takes the last of a list that is ordered by the other feature: choices become certain, curvature vanishes on
// both sides of the answer, and steps without a search go to and fro between two points for ever.
TEST(NewtonSearch, ChoicesThatAreNearlyCertainDoNotRunItInACircle) {
  for (const double scale : {0.5, 1.0, 3.0}) {
    Users users;
    for (int u = 0; u < 230; ++u) {
      ChoiceExample example{2, {}, 9};
      for (int place = 1; place <= 10; ++place) {
        const bool swapped = u % 3 == 0 && (place == 9 || place == 10);
        example.at.push_back(static_cast<float>(scale * (11 - (swapped ? 19 - place : place))));
        example.at.push_back(std::log2(static_cast<float>(place)));
      }
      users.push_back({std::move(example)});
    }
    searched(users, prior_at({0.5, 0}));
    searched(users, prior_at({5, -3}));
  }
}

TEST(NewtonSearch, AnyCrowdIsSolvedFromAnyPrior) {
  Random random(31);
  for (int round = 0; round < 40; ++round) {
    std::vector<double> truth, prior;
    for (int f = 0; f < 3; ++f) truth.push_back(random.uniform() * 20 - 10);
    for (int f = 0; f < 3; ++f) prior.push_back(random.uniform() * 10 - 5);
    searched(choosers(truth, 20, random.next()), prior_at(prior));
  }
}

TEST(NewtonSearch, WithoutExamplesThePriorIsTheAnswer) {
  const NewtonSearch search = searched({}, prior_at({0.5, -2}));
  EXPECT_EQ(search.best().weights, (std::vector<double>{0.5, -2}));
  EXPECT_EQ(search.passes(), 1);
}

TEST(NewtonSearch, WhatNothingGainsOnEndsAtTheBestThatWasSeen) {
  const auto prior = prior_at({0});
  NewtonSearch search({{0}}, prior);
  LogitSums sums(1);
  const double gradient[] = {1}, curvature[] = {1};
  ASSERT_TRUE(sums.add(1, -1, gradient, curvature));
  ASSERT_FALSE(search.absorb(sums).value());
  for (bool done = false; !done;) { // sums that belie the slope
    LogitSums worse(1);
    ASSERT_TRUE(worse.add(1, -100, gradient, curvature));
    done = search.absorb(worse).value();
  }
  EXPECT_EQ(search.best().weights[0], 0);
  EXPECT_EQ(search.log_likelihood(), -1);
}

TEST(NewtonSearch, CurvatureThatIsNoneIsTyped) {
  LogitSums sums(1);
  const double gradient[] = {0}, curvature[] = {-5};
  ASSERT_TRUE(sums.add(1, 0, gradient, curvature));
  EXPECT_EQ(NewtonSearch({{0}}, prior_at({0})).absorb(sums).error(), SolveError::kNotPositiveDefinite);
}

// Each pass's sums are the same over any number of shards, so the weights are, bit for bit.
TEST(NewtonSearch, AnyShardingGivesTheSameBits) {
  const Users users = choosers({0.8, -0.3, 0.1}, 300, 21);
  std::vector<double> expected;
  for (const std::size_t shards : {1u, 3u, 16u, 64u}) {
    NewtonSearch search({{0, 0, 0}}, prior_at({0, 0, 0}));
    for (bool done = false; !done;) {
      std::vector<LogitSums> parts(shards, LogitSums(3));
      for (std::size_t u = 0; u < users.size(); ++u) search.at().contribute(users[u], parts[u * 5 % shards]);
      LogitSums sum(3);
      for (std::size_t s = shards; s-- > 0;) sum.add(parts[s]);
      done = search.absorb(sum).value();
    }
    if (shards == 1) expected = search.best().weights;
    EXPECT_EQ(search.best().weights, expected) << shards;
  }
}

} // namespace
} // namespace kindred::learners
