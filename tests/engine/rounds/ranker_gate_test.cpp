// The gate: sums that say nothing, comparisons told by hand.

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/rounds/ranker_solver.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::rounds {
namespace {

using learners::Ranker;
using records::ModelRole;
using stats::Moments;
using Kind = RankerPass::Kind;

constexpr Limits kLimits{};

/// So many users who gain that much each; half of them `spread` more, half less. Whole multiples of 2^-20 are exact.
Moments users_who_gain(std::int64_t users, double gain, double spread = 0) {
  Moments all;
  for (std::int64_t i = 0; i < users; ++i)
    all.add(Moments::of(Fixed::from(gain + (i % 2 == 0 ? spread : -spread)).value()));
  return all;
}

struct Verdict {
  std::vector<Offer> offers;
  std::string outcome;
};

/// What the newest gains over the champion (or the written weights), and the challenger over the champion.
Verdict judged(const KnownModels& known, const Moments& gain, const Moments& verdict = {},
               const Limits& limits = {}) {
  RankerSolver solver({{"ranker", known}}, limits);
  EXPECT_FALSE(solver.absorb(std::vector<Bytes>{counts_of({{"a", 120}, {"b", 130}})}).value());
  EXPECT_FALSE(solver.absorb(std::vector<Bytes>{silent_sums(solver, 250)}).value());
  RankerStatistic compared;
  compared.kind = Kind::kCompare;
  compared.differences.push_back(gain);
  if (known.challenger) compared.differences.push_back(verdict);
  EXPECT_TRUE(solver.absorb(std::vector<Bytes>{compared.canonical()}).value());
  EXPECT_FALSE(solver.outcome().empty());
  return {solver.offers(), solver.outcome()};
}

const KnownModel kChampion{parameters_of(2), kAsOf - kDay * 5},
    kChallenger{parameters_of(3), kAsOf - kDay * 2};
const KnownModels kNone{}, kServes{kChampion, {}}, kBoth{kChampion, kChallenger};

/// Role of the one offer there is.
std::optional<ModelRole> role(const Verdict& verdict) {
  EXPECT_LE(verdict.offers.size(), 1u) << verdict.outcome;
  if (verdict.offers.empty()) return std::nullopt;
  EXPECT_FALSE(verdict.offers[0].is_challenger);
  EXPECT_FALSE(verdict.offers[0].reason.empty());
  return verdict.offers[0].role;
}

TEST(RankerGate, TheFirstMustGainMoreThanItHasWeights) {
  ASSERT_EQ(Ranker::kFeatures, 20u);
  EXPECT_EQ(role(judged(kNone, {})), std::nullopt);
  EXPECT_EQ(role(judged(kNone, users_who_gain(80, 0.25))), std::nullopt) << "20 nats";
  EXPECT_EQ(role(judged(kNone, users_who_gain(81, 0.25))), ModelRole::kChampion);
  EXPECT_EQ(role(judged(kNone, users_who_gain(5'000, -1))), std::nullopt);
  EXPECT_EQ(role(judged(kNone, users_who_gain(5'000, 1))), ModelRole::kChampion) << "on a large site, too";
}

// Until a placement has a ranker of its own the tenant's serves there: that is what its first one is judged against.
TEST(RankerGate, TheFirstOfAPlacementIsComparedWithTheTenants) {
  RankerSolver solver({{"ranker", kServes}}, {});
  EXPECT_FALSE(solver.absorb(std::vector<Bytes>{counts_of({{"a", 300}})}).value());
  EXPECT_FALSE(solver.absorb(std::vector<Bytes>{silent_sums(solver, 300)}).value());
  const auto pass = RankerPass::from(solver.parameters());
  ASSERT_TRUE(pass && pass->kind == Kind::kCompare);
  ASSERT_EQ(pass->targets.size(), 2u);
  const auto tenants = Ranker::from(kChampion.parameters)->weights();
  EXPECT_EQ(pass->targets[1].placement, "a");
  EXPECT_EQ(pass->targets[1].others, tenants);
  EXPECT_LT(pass->targets[1].since, pass->targets[0].since) << "over all of its examples";
  RankerStatistic compared;
  compared.kind = Kind::kCompare;
  compared.differences = {users_who_gain(50, -1), users_who_gain(81, 0.25)};
  ASSERT_TRUE(solver.absorb(std::vector<Bytes>{compared.canonical()}).value());
  const auto offers = solver.offers();
  const auto of_a =
      std::find_if(offers.begin(), offers.end(), [](const Offer& one) { return one.learner == "ranker/a"; });
  ASSERT_NE(of_a, offers.end());
  EXPECT_NE(of_a->reason.find("better than the tenant's ranker"), std::string::npos) << of_a->reason;
}

TEST(RankerGate, WhatIsOfferedIsTheNewestWithItsFigures) {
  const Verdict verdict = judged(kNone, users_who_gain(100, 0.5));
  ASSERT_EQ(verdict.offers.size(), 1u);
  const Offer& offer = verdict.offers[0];
  EXPECT_EQ(offer.learner, "ranker");
  EXPECT_EQ(offer.parameters, Ranker::of(written()).canonical());
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : offer.metrics) metrics[name] = value.to_double();
  EXPECT_EQ(metrics["examples"], 250);
  EXPECT_NEAR(metrics["logLikelihood"], -1.0 / 250, 1e-6) << "per example";
  EXPECT_EQ(metrics["users"], 100);
  EXPECT_EQ(metrics["gain"], 0.5);
  EXPECT_EQ(metrics["passes"], 1);
  EXPECT_NE(offer.reason.find("0.500 ± 0.000 nats per user over 100 users"), std::string::npos)
      << offer.reason;
  EXPECT_NE(verdict.outcome.find("ranker: champion"), std::string::npos) << verdict.outcome;
}

TEST(RankerGate, WithoutAChampionAChallengerHasNoSay) {
  EXPECT_EQ(role(judged({{}, kChallenger}, users_who_gain(500, 1), users_who_gain(500, 1))),
            ModelRole::kChampion);
  EXPECT_EQ(role(judged({{}, kChallenger}, users_who_gain(500, 0), users_who_gain(500, 1))), std::nullopt);
}

TEST(RankerGate, WhereNothingWasTakenSinceNothingIsOffered) {
  EXPECT_EQ(role(judged(kServes, {})), std::nullopt);
  EXPECT_EQ(role(judged(kBoth, {})), std::nullopt);
}

TEST(RankerGate, OnASmallSiteTheNewestWinsIfNotWorse) {
  EXPECT_EQ(role(judged(kServes, users_who_gain(1, 0))), ModelRole::kChampion);
  EXPECT_EQ(role(judged(kServes, users_who_gain(kLimits.verdict_users - 1, 0.5))), ModelRole::kChampion);
  EXPECT_EQ(role(judged(kServes, users_who_gain(50, -0.015625))), ModelRole::kChampion)
      << "within the margin";
  const Verdict worse = judged(kServes, users_who_gain(50, -0.03125));
  EXPECT_EQ(role(worse), ModelRole::kChallenger);
  EXPECT_NE(worse.offers[0].reason.find("worse than the champion: -0.031"), std::string::npos);
}

TEST(RankerGate, OnALargeSiteTheNewestWaitsHoweverGoodItLooks) {
  for (const double gain : {-1.0, 0.0, 1.0})
    EXPECT_EQ(role(judged(kServes, users_who_gain(kLimits.verdict_users, gain))), ModelRole::kChallenger)
        << gain;
}

TEST(RankerGate, ABetterChallengerIsPromotedAndTheNewestWaits) {
  const Verdict verdict =
      judged(kBoth, users_who_gain(900, 1), users_who_gain(kLimits.verdict_users, 0.25, 0.5));
  ASSERT_EQ(verdict.offers.size(), 2u) << verdict.outcome;
  const Offer& promoted = verdict.offers[0];
  EXPECT_TRUE(promoted.is_challenger);
  EXPECT_EQ(promoted.role, ModelRole::kChampion);
  EXPECT_EQ(promoted.parameters, kChallenger.parameters);
  EXPECT_EQ(promoted.reason, "better than the champion: 0.250 ± 0.049 nats per user over 400 users");
  EXPECT_EQ(verdict.offers[1].role, ModelRole::kChallenger);
  EXPECT_FALSE(verdict.offers[1].is_challenger);
  EXPECT_EQ(verdict.offers[1].parameters, Ranker::of(written()).canonical());
}

TEST(RankerGate, AChallengerThatIsNotWorseIsPromoted) {
  const auto promoted = [](double gain, double spread) {
    const Verdict verdict = judged(kBoth, users_who_gain(900, 0), users_who_gain(1'000, gain, spread));
    EXPECT_EQ(verdict.offers.back().role, ModelRole::kChallenger) << "the newest";
    EXPECT_FALSE(verdict.offers.back().is_challenger);
    EXPECT_EQ(verdict.offers.size() == 1, verdict.outcome.find("not promoted") != std::string::npos);
    return verdict.offers.size() == 2 ? verdict.offers[0].reason.substr(0, 16) : "";
  };
  EXPECT_EQ(promoted(0.25, 0), "better than the ");
  EXPECT_EQ(promoted(0, 0), "not worse than t");
  EXPECT_EQ(promoted(0.015625, 1), "not worse than t") << "± 0.062: it may be chance";
  EXPECT_EQ(promoted(-0.015625, 1), "not worse than t") << "within the margin";
  EXPECT_EQ(promoted(-0.015625, 0), "") << "little, but surely";
  EXPECT_EQ(promoted(-0.03125, 1), "") << "perhaps by chance, but beyond the margin";
  EXPECT_EQ(promoted(-1, 0.5), "");
}

// A challenger that was replaced by the newest of each round would never be compared with enough users.
TEST(RankerGate, AChallengerWaitsForItsVerdict) {
  const Verdict waits = judged(kBoth, users_who_gain(900, 1), users_who_gain(kLimits.verdict_users - 1, 1));
  EXPECT_TRUE(waits.offers.empty()) << waits.outcome;
  EXPECT_NE(waits.outcome.find("399"), std::string::npos) << waits.outcome;
  EXPECT_EQ(judged(kBoth, users_who_gain(900, 1), users_who_gain(kLimits.verdict_users, 1)).offers.size(),
            2u);
}

TEST(RankerGate, OnASmallSiteAChallengerIsNotWaitedFor) {
  EXPECT_EQ(role(judged(kBoth, users_who_gain(150, 0), users_who_gain(100, 1))), ModelRole::kChampion);
  EXPECT_EQ(role(judged(kBoth, users_who_gain(150, -1), users_who_gain(100, 1))), ModelRole::kChallenger);
}

/// A busy day makes a challenger; a site of any size has it judged, or is small again when that day has left the window.
TEST(RankerGate, ASiteOfAnySizeRenewsItsChampion) {
  constexpr std::int64_t kWindowDays = kRankerWindow.us / kDay.us;
  for (const std::int64_t users_a_day : {1, 14, 15, 50, 300, 399, 400, 5'000}) {
    KnownModels known{KnownModel{parameters_of(2), kAsOf}, {}};
    std::int64_t renewed = 0;
    for (std::int64_t day = 1; day <= 2 * kWindowDays && renewed == 0; ++day) {
      const auto moments_since = [&](const std::optional<KnownModel>& model) {
        if (!model) return Moments{};
        const std::int64_t from = std::max((model->trained_at - kAsOf).us / kDay.us, day - kWindowDays);
        return users_who_gain((day - from) * users_a_day + (from < 1 ? 500 : 0), 0.5);
      };
      for (const Offer& offer :
           judged(known, moments_since(known.champion), moments_since(known.challenger)).offers) {
        if (offer.role == ModelRole::kChampion) renewed = day;
        if (offer.role == ModelRole::kChallenger)
          known.challenger = KnownModel{offer.parameters, kAsOf + kDay * day};
      }
    }
    EXPECT_GT(renewed, 1) << users_a_day << " users a day: the busy day has a verdict to wait for";
    EXPECT_LE(renewed, kWindowDays + 1) << users_a_day << " users a day";
  }
}

/// Whatever was compared: at most one champion and one challenger, words for each, and promotion with a verdict alone.
RC_GTEST_PROP(RankerGate, OffersAreInOrderWhateverWasCompared, (std::uint64_t seed)) {
  Random random(seed);
  const auto any_moments = [&] {
    Moments moments;
    for (std::uint64_t left = random.below(3) * random.below(500); left > 0; --left)
      moments.add(Moments::of(Fixed{static_cast<std::int64_t>(random.below(1 << 21)) - (1 << 20)}));
    return moments;
  };
  KnownModels known;
  if (random.below(4) != 0) known.champion = kChampion;
  if (random.below(2) != 0) known.challenger = kChallenger;
  const Moments gain = any_moments(), compared = any_moments();
  const Verdict verdict = judged(known, gain, compared);
  RC_ASSERT(verdict.offers.size() <= 2u);
  for (std::size_t i = 0; i < verdict.offers.size(); ++i) {
    const Offer& offer = verdict.offers[i];
    RC_ASSERT(!offer.reason.empty());
    RC_ASSERT(are_parameters(offer.learner, offer.parameters));
    RC_ASSERT(i == 0 || offer.role == ModelRole::kChallenger);
    if (!offer.is_challenger) continue;
    RC_ASSERT(offer.parameters == kChallenger.parameters && known.champion.has_value());
    RC_ASSERT(compared.count >= kLimits.verdict_users && compared.mean() >= -kVerdictMargin);
  }
  if (verdict.offers.size() == 2) RC_ASSERT(verdict.offers[0].is_challenger);
}

TEST(RankerGate, LimitsAreTheCallers) {
  const Limits low{.examples_min = 250, .verdict_users = 10}, high{.examples_min = 251, .verdict_users = 10};
  EXPECT_EQ(role(judged(kServes, users_who_gain(9, 0), {}, low)), ModelRole::kChampion);
  EXPECT_EQ(role(judged(kServes, users_who_gain(10, 0), {}, low)), ModelRole::kChallenger);
  EXPECT_EQ(judged(kBoth, users_who_gain(10, 0), users_who_gain(10, 0), low).offers.size(), 2u);
  RankerSolver solver({}, high);
  EXPECT_TRUE(solver.absorb(std::vector<Bytes>{counts_of({{"home", 250}})}).value());
  EXPECT_EQ(solver.outcome(), "250 examples, 251 are needed: the written weights hold");
  EXPECT_EQ(solver.settings().at(1).second, "251");
}

} // namespace
} // namespace kindred::rounds
