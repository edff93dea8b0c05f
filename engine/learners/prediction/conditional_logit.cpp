#include "engine/learners/prediction/conditional_logit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "engine/base/math.hpp"

namespace kindred::learners {

namespace {

double natural_exp(double x) { return portable_exp2(x * std::numbers::log2e); }
double natural_log(double x) { return portable_log2(x) * std::numbers::ln2; }

/// One user's sums, before they are rounded.
struct UserSums {
  explicit UserSums(std::size_t features) : gradient(features), curvature(features * (features + 1) / 2) {}
  std::int64_t examples = 0;
  double log_likelihood = 0;
  std::vector<double> gradient, curvature;
};

bool is_usable(const ChoiceExample& example, std::size_t features) {
  return example.features == features && example.taken < example.candidates() &&
         std::ranges::all_of(example.at, [](float x) { return std::isfinite(x); });
}

/// Chances of the candidates; the greatest score is taken out first, so nothing overflows.
std::vector<double> chances(const ChoiceExample& example, const std::vector<double>& weights) {
  std::vector<double> chance(example.candidates());
  for (std::size_t i = 0; i < chance.size(); ++i)
    for (std::size_t f = 0; f < weights.size(); ++f)
      chance[i] += weights[f] * double{example.candidate(i)[f]};
  const double greatest = *std::ranges::max_element(chance);
  double sum = 0;
  for (double& x : chance) sum += x = natural_exp(x - greatest);
  for (double& x : chance) x /= sum;
  return chance;
}

void add_example(const ChoiceExample& example, const std::vector<double>& weights, UserSums& user) {
  const std::vector<double> chance = chances(example, weights);
  const std::size_t features = weights.size();
  std::vector<double> mean(features);
  for (std::size_t i = 0; i < chance.size(); ++i)
    for (std::size_t f = 0; f < features; ++f) mean[f] += chance[i] * double{example.candidate(i)[f]};
  ++user.examples;
  user.log_likelihood += natural_log(std::max(chance[example.taken], 0x1p-200));
  for (std::size_t f = 0; f < features; ++f)
    user.gradient[f] += double{example.candidate(example.taken)[f]} - mean[f];
  for (std::size_t i = 0; i < chance.size(); ++i) {
    auto to = user.curvature.begin();
    const auto x = example.candidate(i);
    for (std::size_t f = 0; f < features; ++f)
      for (std::size_t g = 0; g <= f; ++g)
        *to++ += chance[i] * (double{x[f]} - mean[f]) * (double{x[g]} - mean[g]);
  }
}

/// Solves A x = b, A symmetric positive definite, by Cholesky in double; few unknowns.
Result<std::vector<double>, SolveError> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
      if (i == j && !(a[i][i] > 0 && std::isfinite(a[i][i]))) return SolveError::kNotPositiveDefinite;
      a[i][j] = i == j ? std::sqrt(a[i][i]) : a[i][j] / a[j][j];
    }
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

} // namespace

std::size_t ConditionalLogit::contribute(std::span<const ChoiceExample> examples,
                                         stats::LogitSums& sums) const {
  assert(sums.features() == weights.size());
  UserSums user(weights.size());
  for (const ChoiceExample& example : examples) {
    if (user.examples == static_cast<std::int64_t>(kUserExamplesMax)) break;
    if (is_usable(example, weights.size())) add_example(example, weights, user);
  }
  if (user.examples == 0) return 0;
  const bool added = sums.add(user.examples, user.log_likelihood, user.gradient, user.curvature);
  return added ? static_cast<std::size_t>(user.examples) : 0;
}

double ConditionalLogit::log_chance(const ChoiceExample& example) const {
  assert(is_usable(example, weights.size()));
  return natural_log(std::max(chances(example, weights)[example.taken], 0x1p-200));
}

Result<ConditionalLogit::Ascent, SolveError> ConditionalLogit::ascent(const stats::LogitSums& sums,
                                                                      const Prior& prior) const {
  const std::size_t n = weights.size();
  assert(sums.features() == n && prior.weights.size() == n && prior.precision > 0);
  std::vector<std::vector<double>> curvature(n, std::vector<double>(n));
  std::vector<double> gradient(n);
  for (std::size_t i = 0; i < n; ++i) {
    gradient[i] = sums.gradient(i) - prior.precision * (weights[i] - prior.weights[i]);
    for (std::size_t j = 0; j <= i; ++j)
      curvature[i][j] = sums.curvature(i, j) + (i == j ? prior.precision : 0);
  }
  auto change = solve(std::move(curvature), gradient);
  if (!change.ok()) return change.error();
  Ascent ascent{change.take(), 0};
  double greatest = kStepMax;
  for (const double one : ascent.change) greatest = std::max(greatest, std::fabs(one));
  for (std::size_t i = 0; i < n; ++i) {
    ascent.change[i] *= kStepMax / greatest;
    ascent.slope += gradient[i] * ascent.change[i];
  }
  return ascent;
}

double ConditionalLogit::objective(const stats::LogitSums& sums, const Prior& prior) const {
  double value = sums.log_likelihood();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double away = weights[i] - prior.weights[i];
    value -= prior.precision / 2 * away * away;
  }
  return value;
}

} // namespace kindred::learners
