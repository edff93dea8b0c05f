#include "engine/learners/prediction/conditional_logit.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

using stats::LogitSums;
using Users = std::vector<std::vector<ChoiceExample>>;

/// Users who choose as the weights say, out of ten (Gumbel noise).
Users choosers(const std::vector<double>& weights, std::size_t users, std::uint64_t seed) {
  Random random(seed);
  Users all(users);
  for (auto& user : all) {
    for (int n = 0; n < 5; ++n) {
      ChoiceExample example;
      example.features = weights.size();
      double greatest = -INFINITY;
      for (std::size_t c = 0; c < 10; ++c) {
        double value = -std::log(-std::log(random.uniform() + 1e-12));
        for (const double weight : weights) {
          example.at.push_back(static_cast<float>(random.uniform() * 4 - 2));
          value += weight * double{example.at.back()};
        }
        if (value > greatest) {
          greatest = value;
          example.taken = c;
        }
      }
      user.push_back(std::move(example));
    }
  }
  return all;
}

LogitSums sums_at(const ConditionalLogit& model, const Users& users) {
  LogitSums sums(model.weights.size());
  for (const auto& user : users) model.contribute(user, sums);
  return sums;
}

TEST(ConditionalLogit, OneExampleByHand) {
  // Two candidates, one feature: 0 and 1, the second taken, w = ln 3: chances 1/4 and 3/4.
  const ConditionalLogit model{{std::log(3.0)}};
  LogitSums sums(1);
  EXPECT_EQ(model.contribute(std::vector<ChoiceExample>{{1, {0, 1}, 1}}, sums), 1u);
  EXPECT_NEAR(sums.log_likelihood(), std::log(0.75), 1e-7);
  EXPECT_NEAR(sums.gradient(0), 0.25, 1e-7);
  EXPECT_NEAR(sums.curvature(0, 0), 0.75 * 0.25, 1e-7);
}

TEST(ConditionalLogit, GradientAndCurvatureAreTheDerivatives) {
  const Users users = choosers({1, -0.5, 0.2}, 20, 5);
  const ConditionalLogit model{{0.3, 0.1, -0.2}};
  const LogitSums sums = sums_at(model, users);
  constexpr double kStep = 1e-3;
  for (std::size_t i = 0; i < 3; ++i) {
    ConditionalLogit up = model, down = model;
    up.weights[i] += kStep;
    down.weights[i] -= kStep;
    const LogitSums above = sums_at(up, users), below = sums_at(down, users);
    EXPECT_NEAR(sums.gradient(i), (above.log_likelihood() - below.log_likelihood()) / (2 * kStep), 1e-3);
    for (std::size_t j = 0; j < 3; ++j)
      EXPECT_NEAR(sums.curvature(i, j), -(above.gradient(j) - below.gradient(j)) / (2 * kStep), 2e-3);
  }
}

TEST(ConditionalLogit, StepsFindTheWeightsThatUsersChooseBy) {
  const std::vector<double> truth{1.5, -0.7, 0, 0.4};
  const Users users = choosers(truth, 2'000, 11);
  const ConditionalLogit::Prior prior{{0, 0, 0, 0}, 1};
  ConditionalLogit model{prior.weights};
  double before = -INFINITY;
  for (int i = 0; i < 8; ++i) {
    const LogitSums sums = sums_at(model, users);
    const double objective = model.objective(sums, prior);
    EXPECT_GE(objective, before - 1e-6) << "step " << i;
    before = objective;
    model = model.step(sums, prior).take();
  }
  for (std::size_t i = 0; i < truth.size(); ++i) EXPECT_NEAR(model.weights[i], truth[i], 0.06) << i;
}

// Each step's sums are the same over any number of shards, so the weights are, bit for bit.
TEST(ConditionalLogit, AnyShardingGivesTheSameBits) {
  const Users users = choosers({0.8, -0.3, 0.1}, 300, 21);
  const ConditionalLogit::Prior prior{{0, 0, 0}, 1};
  std::vector<double> expected;
  for (const std::size_t shards : {1u, 3u, 16u, 64u}) {
    ConditionalLogit model{prior.weights};
    for (std::uint64_t round = 0; round < 4; ++round) {
      std::vector<LogitSums> parts(shards, LogitSums(3, round));
      for (std::size_t u = 0; u < users.size(); ++u) model.contribute(users[u], parts[u * 5 % shards]);
      LogitSums sum(3, round);
      for (std::size_t s = shards; s-- > 0;) sum.add(parts[s]);
      model = model.step(sum, prior).take();
    }
    if (shards == 1) expected = model.weights;
    EXPECT_EQ(model.weights, expected) << shards;
  }
}

// An erased user's sums are subtracted: what is left is a run that never saw him.
TEST(ConditionalLogit, AUserTakenBackLeavesNoTrace) {
  const Users users = choosers({0.5, 0.5}, 40, 22);
  const ConditionalLogit model{{0.2, 0.1}};
  LogitSums all = sums_at(model, users), his(2), others(2);
  model.contribute(users[13], his);
  for (std::size_t u = 0; u < users.size(); ++u)
    if (u != 13) model.contribute(users[u], others);
  all.subtract(his);
  EXPECT_EQ(all, others);
}

TEST(ConditionalLogit, OneCandidateSaysNothing) {
  const ConditionalLogit model{{2, -1}};
  LogitSums sums(2);
  EXPECT_EQ(model.contribute(std::vector<ChoiceExample>{{2, {3, 4}, 0}}, sums), 1u);
  EXPECT_EQ(sums.log_likelihood(), 0);
  EXPECT_EQ(sums.gradient(0), 0);
  EXPECT_EQ(sums.curvature(1, 1), 0);
}

TEST(ConditionalLogit, WithoutExamplesTheWeightsGoToThePrior) {
  const ConditionalLogit::Prior prior{{0.5, -0.25}, 4};
  const ConditionalLogit model{{0.1, 0.2}};
  const auto next = model.step(LogitSums(2), prior).take();
  EXPECT_NEAR(next.weights[0], 0.5, 1e-12);
  EXPECT_NEAR(next.weights[1], -0.25, 1e-12);
}

TEST(ConditionalLogit, AFeatureThatNeverDiffersStaysAtThePrior) {
  std::vector<ChoiceExample> same{{2, {1, 0, 1, 1, 1, 2}, 2}};
  const ConditionalLogit::Prior prior{{0.5, 0}, 1};
  ConditionalLogit model{{0.5, 0}};
  LogitSums sums(2);
  model.contribute(same, sums);
  model = model.step(sums, prior).take();
  EXPECT_NEAR(model.weights[0], 0.5, 1e-9);
  EXPECT_GT(model.weights[1], 0);
}

TEST(ConditionalLogit, ExamplesThatAreNoneAreLeftOut) {
  const ConditionalLogit model{{1, 1}};
  const std::vector<ChoiceExample> bad{{2, {1, 2, 3, 4}, 2},   // taken is none of them
                                       {1, {1, 2}, 0},         // other features
                                       {2, {}, 0},             // nothing to choose from
                                       {2, {NAN, 0, 1, 1}, 1}, // no number
                                       {2, {INFINITY, 0, 1, 1}, 1}};
  LogitSums sums(2);
  EXPECT_EQ(model.contribute(bad, sums), 0u);
  EXPECT_EQ(sums, LogitSums(2));
}

TEST(ConditionalLogit, AUserCountsOnlySoMuch) {
  const ConditionalLogit model{{0}};
  const std::vector<ChoiceExample> many(1'000, {1, {0, 1}, 1});
  LogitSums sums(1);
  EXPECT_EQ(model.contribute(many, sums), ConditionalLogit::kUserExamplesMax);
  EXPECT_EQ(sums.gradient(0), 0.5 * 64);
}

TEST(ConditionalLogit, HugeScoresNeitherOverflowNorGiveNan) {
  const ConditionalLogit model{{1e6}};
  LogitSums sums(1);
  EXPECT_EQ(model.contribute(std::vector<ChoiceExample>{{1, {-1e6F, 1e6F, 0}, 0}}, sums), 1u);
  EXPECT_NEAR(sums.gradient(0), -2e6, 1);
  EXPECT_TRUE(std::isfinite(sums.log_likelihood()));
  const auto next = model.step(sums, {{0}, 1}).take();
  EXPECT_NEAR(next.weights[0], 1e6 - ConditionalLogit::kStepMax, 1e-6) << "a step is bounded";
}

TEST(ConditionalLogit, CurvatureThatIsNoneIsTyped) {
  LogitSums sums(1);
  const double gradient[] = {0}, curvature[] = {-5};
  ASSERT_TRUE(sums.add(1, 0, gradient, curvature));
  EXPECT_EQ((ConditionalLogit{{0}}).step(sums, {{0}, 1}).error(), SolveError::kNotPositiveDefinite);
}

} // namespace
} // namespace kindred::learners
