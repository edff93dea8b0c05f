#include "engine/learners/prediction/newton_search.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace kindred::learners {

NewtonSearch::NewtonSearch(ConditionalLogit start, ConditionalLogit::Prior prior)
    : prior_(std::move(prior)), at_(start), best_(std::move(start)) {
  assert(best_.weights.size() == prior_.weights.size());
}

Result<bool, SolveError> NewtonSearch::absorb(const stats::LogitSums& sums) {
  assert(passes_ < kPassesMax);
  const double value = at_.objective(sums, prior_);
  const double promised = length_ * ascent_.slope;
  const bool first = passes_++ == 0;
  if (first || value >= objective_ + kEnough * promised) {
    auto ascent = at_.ascent(sums, prior_);
    if (!ascent.ok()) return ascent.error();
    best_ = at_;
    objective_ = value;
    log_likelihood_ = sums.log_likelihood();
    ascent_ = ascent.take();
    length_ = 1;
    if (aim() < kStill) {
      best_ = at_;
      return true;
    }
  } else {
    const double missed = objective_ + promised - value; // > 0
    length_ *= std::clamp(promised / (2 * missed), 0.1, 0.5);
    if (aim() < kStill) return true;
  }
  return passes_ == kPassesMax;
}

double NewtonSearch::aim() {
  double moved = 0;
  for (std::size_t i = 0; i < at_.weights.size(); ++i) {
    const double change = length_ * ascent_.change[i];
    at_.weights[i] = best_.weights[i] + change;
    moved = std::max(moved, std::fabs(change));
  }
  return moved;
}

} // namespace kindred::learners
