#pragma once

#include <vector>

#include "engine/learners/prediction/conditional_logit.hpp"

namespace kindred::learners {

/// Newton's method with a line search that goes back (Boyd and Vandenberghe 2004, section 9.5), where every look at the
/// objective is a pass over all users: sums are asked for at one point after the other, and what is found at each decides on
/// the next. A step is taken if it gains at least kEnough of what its slope promised (Armijo 1966); else it is shortened by
/// the parabola through what is known (Nocedal and Wright 2006, section 3.5). The posterior is strictly concave, so this
/// cannot run in a circle, as bare Newton steps do where choices are nearly certain and curvature vanishes.
class NewtonSearch {
public:
  static constexpr int kPassesMax = 24;
  static constexpr double kStill = 1e-3; ///< a step that moves no weight by more is the last
  static constexpr double kEnough = 1e-4;

  /// Requires: as many weights as the prior has.
  NewtonSearch(ConditionalLogit start, ConditionalLogit::Prior prior);

  /// Where the next sums are wanted.
  const ConditionalLogit& at() const { return at_; }

  /// Requires: sums at `at()`, not done. True: done, `best()` is the answer. After kPassesMax the best seen is.
  Result<bool, SolveError> absorb(const stats::LogitSums& sums);

  const ConditionalLogit& best() const { return best_; }
  double log_likelihood() const { return log_likelihood_; } ///< of the best point that was looked at
  int passes() const { return passes_; }

private:
  double aim(); ///< sets `at_`; the greatest change of a weight from the best

  ConditionalLogit::Prior prior_;
  ConditionalLogit at_, best_;
  double log_likelihood_ = 0, objective_ = 0; ///< at the best
  ConditionalLogit::Ascent ascent_;           ///< from the best
  double length_ = 1;                         ///< of the step to `at_`, in ascents
  int passes_ = 0;
};

} // namespace kindred::learners
