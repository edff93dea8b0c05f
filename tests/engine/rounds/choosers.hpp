#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/decisions/blend.hpp"
#include "engine/learners/prediction/ranker.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/rounds/ranker_gatherer.hpp"
#include "engine/rounds/ranker_solver.hpp"

namespace kindred::rounds {

// Users who choose, and the rounds over them: for tests of the ranker.

inline constexpr Instant kAsOf{1'457'006'400'000'000};

using Scores = std::vector<std::vector<double>>; ///< candidates × sources

/// A decision about the items 1, 2, … with a score of every source each (rounded to 1/256), for nobody known.
inline records::Decided decided_of(std::uint64_t number, const Scores& scores,
                                   Instant as_of = kAsOf - kHour) {
  records::Decided decided;
  decided.decision = {9, number};
  decided.placement = "home";
  decided.as_of = as_of;
  decided.newness_q8 = 256;
  for (std::size_t s = 0; s < records::kCandidateSourceCount; ++s)
    decided.sources.emplace_back(name_of(static_cast<records::CandidateSource>(s)));
  decided.source_weights_q16.assign(decided.sources.size(), 1 << 16);
  for (std::size_t c = 0; c < scores.size(); ++c) {
    decided.candidates.push_back({{c + 1}, 0});
    for (const double score : scores[c])
      decided.source_scores_q8.push_back(static_cast<std::int32_t>(std::llround(score * 256)));
  }
  return decided;
}

/// He takes one of the candidates.
/// `named`: the event names the decision, else the item was found elsewhere.
inline void choose(profiles::Profile& user, const records::Decided& decided, std::size_t candidate,
                   bool named = true) {
  profiles::open_choice(user.training.choices, decided);
  profiles::take_choice(user.training.choices, {ItemId{candidate + 1}}, decided.as_of,
                        named ? decided.decision : DecisionId{});
}

/// Users who choose as weights say (Gumbel noise), from lists that chance had a say in, or not.
struct Crowd {
  std::vector<double> weights = std::vector<double>(learners::Ranker::kFeatures); ///< they choose by
  std::size_t users = 100, choices = 5, candidates = 8;
  std::uint64_t seed = 1;
  std::vector<std::string> placements{"home"}; ///< in turn
  Instant as_of = kAsOf - kDay;                ///< of the first choices; the next are a minute later each
};

inline std::size_t choice_by(const Crowd& crowd, const records::Decided& decided, Random& random) {
  std::size_t best = 0;
  double greatest = -INFINITY;
  for (std::size_t c = 0; c < decided.candidates.size(); ++c) {
    double value = -std::log(-std::log(random.uniform() + 1e-12));
    for (std::size_t s = 0; s < learners::Ranker::kSources; ++s) {
      const double score = decided.source_scores_q8[c * learners::Ranker::kSources + s] / 256.0;
      value += crowd.weights[s] * score;
      if (s >= learners::Ranker::kFirstFresh)
        value += crowd.weights[learners::Ranker::kSources + s - learners::Ranker::kFirstFresh] * score *
                 decided.newness_q8 / 256;
    }
    const bool by_chance = !decided.shown.empty() && decided.shown[0].explored;
    if (by_chance && c < decided.shown.size())
      value += crowd.weights[learners::Ranker::kShown] +
               crowd.weights[learners::Ranker::kPlace] * std::log2(1.0 + double(c));
    if (value > greatest) {
      greatest = value;
      best = c;
    }
  }
  return best;
}

inline std::vector<profiles::Profile> users_of(const Crowd& crowd) {
  Random random(crowd.seed);
  std::vector<profiles::Profile> users(crowd.users);
  std::uint64_t number = 0;
  for (std::size_t u = 0; u < users.size(); ++u) {
    users[u].key = {kDefaultTenant, "user " + std::to_string(u)};
    for (std::size_t k = 0; k < crowd.choices; ++k) {
      Scores scores(crowd.candidates, std::vector<double>(records::kCandidateSourceCount));
      for (auto& of_candidate : scores)
        for (double& score : of_candidate) score = random.uniform() < 0.4 ? 0 : random.uniform() * 2;
      auto decided = decided_of(++number, scores, crowd.as_of + kMinute * static_cast<std::int64_t>(k));
      decided.placement = crowd.placements[number % crowd.placements.size()];
      decided.newness_q8 = static_cast<std::uint16_t>(256 >> random.below(4));
      const bool explored = random.below(2) == 0;
      for (std::uint64_t slot = 0; slot < 4 && slot < crowd.candidates; ++slot)
        decided.shown.push_back({{slot + 1}, 0, explored, explored ? 1u << 22 : 1u << 24});
      choose(users[u], decided, choice_by(crowd, decided, random), explored);
    }
  }
  return users;
}

/// What is gathered of users, in the order given.
template <class Users>
std::unique_ptr<RankerGatherer> gathered(const Users& users) {
  auto gatherer = std::make_unique<RankerGatherer>(kAsOf);
  for (const profiles::Profile& user : users) gatherer->visit(user);
  return gatherer;
}

inline Bytes pass_of(Gatherer& gatherer, BytesView parameters, std::size_t users_at_a_time = 7) {
  EXPECT_TRUE(gatherer.begin(parameters));
  while (!gatherer.go_on(users_at_a_time)) {
  }
  return gatherer.statistic();
}

/// A whole round; false: it failed, or had no end.
inline bool run(Solver& solver, const std::vector<std::unique_ptr<RankerGatherer>>& partitions) {
  for (int passes = 0; passes < learners::NewtonSearch::kPassesMax + 3; ++passes) {
    std::vector<Bytes> statistics;
    for (const auto& partition : partitions) statistics.push_back(pass_of(*partition, solver.parameters()));
    const auto solved = solver.absorb(statistics);
    if (!solved.ok()) return false;
    if (solved.value()) return true;
  }
  return false;
}

// ---- rounds told by hand

/// Weights of the written prior.
inline std::vector<double> written() {
  std::vector<double> weights(learners::Ranker::kFeatures);
  for (std::size_t i = 0; i < learners::Ranker::kSources; ++i)
    weights[i] = double{decisions::default_blend().weights[i]};
  return weights;
}

/// A model: the written weights, but for the first.
inline Bytes parameters_of(double first) {
  auto weights = written();
  weights[0] = first;
  return learners::Ranker::of(weights).canonical();
}

/// What a pass that counts answers.
inline Bytes counts_of(std::map<std::string, std::int64_t> counts) {
  RankerStatistic statistic;
  for (const auto& [placement, count] : counts) statistic.counts[placement] = {count, 0};
  return statistic.canonical();
}

inline RankerPass asked(const Solver& solver) { return RankerPass::from(solver.parameters()).value(); }

/// Sums that leave the weights where they are: so many examples that say nothing.
inline Bytes silent_sums(const Solver& solver, std::int64_t examples) {
  RankerStatistic statistic;
  statistic.kind = RankerPass::Kind::kSums;
  const std::vector<double> gradient(learners::Ranker::kFeatures),
      curvature(learners::Ranker::kFeatures * (learners::Ranker::kFeatures + 1) / 2);
  for (std::size_t i = 0; i < asked(solver).targets.size(); ++i) {
    stats::LogitSums sums(learners::Ranker::kFeatures, hash64(solver.parameters()));
    EXPECT_TRUE(sums.add(examples, -1, gradient, curvature));
    statistic.sums.push_back(sums);
  }
  return statistic.canonical();
}

} // namespace kindred::rounds
