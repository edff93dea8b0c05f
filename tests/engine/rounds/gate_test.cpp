#include "engine/rounds/gate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::rounds {
namespace {

// What the gate decides from champion, challenger and newest is told at length in ranker_gate_test.cpp.

using records::ModelRole;
using stats::Moments;

constexpr Gate::Rules kRules{100, 0.25, "points per user"};
const KnownModel kChampion{"champion", Instant{10}}, kChallenger{"challenger", Instant{20}};

Moments users_who_gain(std::int64_t users, double gain, double spread = 0) {
  Moments all;
  for (std::int64_t i = 0; i < users; ++i)
    all.add(Moments::of(Fixed::from(gain + (i % 2 == 0 ? spread : -spread)).value()));
  return all;
}

Offer newest() {
  Offer offer;
  offer.learner = "model";
  offer.parameters = "newest";
  offer.metrics = {{"rows", Fixed{7}}};
  return offer;
}

Gate judged(const KnownModels& known, const Moments& gain, const std::optional<Moments>& verdict = {}) {
  Gate gate(kRules);
  gate.judge(newest(), known, gain, verdict);
  EXPECT_EQ(gate.outcome().rfind("model: ", 0), 0u) << gate.outcome();
  return gate;
}

TEST(Gate, DifferencesAreToldWithTheirIntervalAndUnit) {
  const Gate gate(kRules);
  EXPECT_EQ(gate.in_words(users_who_gain(100, 0.5, 1)), "0.500 ± 0.196 points per user over 100 users");
  EXPECT_EQ(gate.in_words(users_who_gain(3, -0.125)), "-0.125 ± 0.000 points per user over 3 users");
  EXPECT_EQ(gate.in_words({}), "0.000 ± 0.000 points per user over 0 users");
}

TEST(Gate, NumbersHaveThreeDecimals) {
  EXPECT_EQ(in_words(0), "0.000");
  EXPECT_EQ(in_words(1.0004), "1.000");
  EXPECT_EQ(in_words(-0.0315), "-0.032");
  EXPECT_EQ(in_words(12.05), "12.050");
  EXPECT_EQ(metric_of(0.5).to_double(), 0.5);
  EXPECT_EQ(metric_of(1e300).to_double(), Fixed::kMax);
  EXPECT_EQ(metric_of(-1e300).to_double(), -Fixed::kMax);
}

TEST(Gate, TheFirstServesAndWhatIsSaidAddsUp) {
  Gate gate(kRules);
  Offer first = newest();
  first.reason = "the first: good enough";
  gate.accept_first(first);
  gate.say("other", "nothing");
  EXPECT_EQ(gate.outcome(), "model: champion, the first: good enough; other: nothing");
  ASSERT_EQ(gate.offers().size(), 1u);
  EXPECT_EQ(gate.offers()[0].role, ModelRole::kChampion);
}

TEST(Gate, TheMarginIsTheLearners) {
  const auto role = [](double gain) {
    const Gate gate = judged({kChampion, {}}, users_who_gain(10, gain));
    EXPECT_EQ(gate.offers().size(), 1u);
    return gate.offers().at(0).role;
  };
  EXPECT_EQ(role(-0.25), ModelRole::kChampion);
  EXPECT_EQ(role(-0.251), ModelRole::kChallenger);
  EXPECT_EQ(
      judged({kChampion, kChallenger}, users_who_gain(500, 0), users_who_gain(100, -0.25, 8)).offers().size(),
      2u);
  EXPECT_EQ(
      judged({kChampion, kChallenger}, users_who_gain(500, 0), users_who_gain(100, -0.26, 8)).offers().size(),
      1u);
}

TEST(Gate, SoIsTheNumberOfUsersOfAVerdict) {
  EXPECT_EQ(judged({kChampion, {}}, users_who_gain(99, 1)).offers().at(0).role, ModelRole::kChampion);
  EXPECT_EQ(judged({kChampion, {}}, users_who_gain(100, 1)).offers().at(0).role, ModelRole::kChallenger);
  const Gate waits = judged({kChampion, kChallenger}, users_who_gain(100, 1), users_who_gain(99, 1));
  EXPECT_TRUE(waits.offers().empty());
  EXPECT_NE(waits.outcome().find("99 users, 100 are needed"), std::string::npos) << waits.outcome();
}

TEST(Gate, APromotedChallengerHasItsOwnFigures) {
  const Gate gate = judged({kChampion, kChallenger}, users_who_gain(500, 0), users_who_gain(120, 0.5));
  ASSERT_EQ(gate.offers().size(), 2u);
  const Offer& promoted = gate.offers()[0];
  EXPECT_TRUE(promoted.is_challenger);
  EXPECT_EQ(promoted.parameters, "challenger");
  EXPECT_EQ(promoted.metrics,
            (decltype(promoted.metrics){{"users", metric_of(120)}, {"gain", metric_of(0.5)}}));
  EXPECT_EQ(gate.offers()[1].metrics, newest().metrics);
}

RC_GTEST_PROP(Gate, NothingServesThatIsSurelyWorse, (std::uint64_t seed)) {
  Random random(seed);
  const double gain = random.uniform() * 2 - 1, compared = random.uniform() * 2 - 1;
  const Gate gate = judged({kChampion, kChallenger}, users_who_gain(1 + random.below(200), gain),
                           users_who_gain(random.below(200), compared));
  for (const Offer& offer : gate.offers()) {
    RC_ASSERT(!offer.reason.empty());
    if (offer.role != ModelRole::kChampion) continue;
    RC_ASSERT((offer.is_challenger ? compared : gain) >= -kRules.margin - 1e-5);
  }
}

} // namespace
} // namespace kindred::rounds
