#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/learners/linear_algebra/spd_inverse.hpp"
#include "engine/stats/logit_sums.hpp"

namespace kindred::learners {

/// One choice out of several: the features of what could have been taken, and which was.
struct ChoiceExample {
  std::size_t features = 0;
  std::vector<float> at; ///< candidates × features
  std::size_t taken = 0; ///< < candidates()
  std::size_t candidates() const { return features == 0 ? 0 : at.size() / features; }
  std::span<const float> candidate(std::size_t i) const { return {at.data() + i * features, features}; }
};

/// The conditional logit (McFadden 1974): P(i taken of C) = exp(w·x_i) / Σ_{j ∈ C} exp(w·x_j), by Newton's method over exact
/// sums (newton_search.hpp). With prior weights and a ridge towards them the likelihood is strictly concave, so its
/// direction is always defined.
///
/// Deviations: a user's examples together count at most kUserExamplesMax (the newest are the caller's to choose); an ascent
/// is shortened as a whole so that no weight changes by more than kStepMax, which keeps one from far away from running off.
/// Exponentials are portable (base/math.hpp), so sums are the same bits everywhere.
struct ConditionalLogit {
  static constexpr std::size_t kUserExamplesMax = 64;
  static constexpr double kStepMax = 2.0;

  std::vector<double> weights;

  /// Adds one user's examples to the sums, at these weights. Examples of other features than the weights', without
  /// candidates, or with what is no number in them are left out; how many were taken is answered.
  /// Cost: examples · candidates · features².
  std::size_t contribute(std::span<const ChoiceExample> examples, stats::LogitSums& sums) const;

  /// ln P(what was taken), at least −139 (2^-200). Requires: a usable example.
  double log_chance(const ChoiceExample& example) const;

  struct Prior {
    std::vector<double> weights; ///< where the weights are drawn to
    double precision = 1;        ///< > 0; of each weight
  };
  struct Ascent {
    std::vector<double> change; ///< of each weight
    double slope = 0;           ///< ≥ 0; what the objective gains per length of the change, at its beginning
  };
  /// Newton's direction from these weights. Requires: sums at these weights; as many features in all three.
  Result<Ascent, SolveError> ascent(const stats::LogitSums& sums, const Prior& prior) const;

  /// The log of the posterior, but for a constant: what is made greatest.
  double objective(const stats::LogitSums& sums, const Prior& prior) const;
};

} // namespace kindred::learners
