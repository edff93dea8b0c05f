#include "engine/learners/prediction/conditional_logit.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/engine/learners/prediction/choosers.hpp"

namespace kindred::learners {
namespace {

using stats::LogitSums;

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
  const auto ascent = model.ascent(LogitSums(2), prior).take();
  EXPECT_NEAR(ascent.change[0], 0.4, 1e-12);
  EXPECT_NEAR(ascent.change[1], -0.45, 1e-12);
  EXPECT_NEAR(ascent.slope, 4 * (0.4 * 0.4 + 0.45 * 0.45), 1e-12);
}

TEST(ConditionalLogit, AFeatureThatNeverDiffersStaysAtThePrior) {
  std::vector<ChoiceExample> same{{2, {1, 0, 1, 1, 1, 2}, 2}};
  const ConditionalLogit::Prior prior{{0.5, 0}, 1};
  const ConditionalLogit model{{0.5, 0}};
  LogitSums sums(2);
  model.contribute(same, sums);
  const auto ascent = model.ascent(sums, prior).take();
  EXPECT_NEAR(ascent.change[0], 0, 1e-9);
  EXPECT_GT(ascent.change[1], 0);
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
  const auto ascent = model.ascent(sums, {{0}, 1}).take();
  EXPECT_EQ(ascent.change[0], -ConditionalLogit::kStepMax) << "an ascent is bounded";
}

// Where one weight would run off, the others go as much shorter: a bound on each alone would leave the ascent's direction.
TEST(ConditionalLogit, AnAscentIsShortenedAsAWhole) {
  LogitSums sums(2);
  const double gradient[] = {100, 10}, curvature[] = {0, 0, 0};
  ASSERT_TRUE(sums.add(1, 0, gradient, curvature));
  const auto ascent = (ConditionalLogit{{0, 0}}).ascent(sums, {{0, 0}, 1}).take();
  EXPECT_EQ(ascent.change[0], ConditionalLogit::kStepMax);
  EXPECT_NEAR(ascent.change[1], ConditionalLogit::kStepMax / 10, 1e-12);
}

TEST(ConditionalLogit, CurvatureThatIsNoneIsTyped) {
  LogitSums sums(1);
  const double gradient[] = {0}, curvature[] = {-5};
  ASSERT_TRUE(sums.add(1, 0, gradient, curvature));
  EXPECT_EQ((ConditionalLogit{{0}}).ascent(sums, {{0}, 1}).error(), SolveError::kNotPositiveDefinite);
}

} // namespace
} // namespace kindred::learners
