#include "nodes/kindredctl/demo/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace kindred::demo {

namespace {

double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

Estimate around(double value, double residual_squares, std::size_t clusters, double denominator) {
  if (clusters < 2) return {value, value, value};
  const double correction = double(clusters) / double(clusters - 1);
  const double error = std::sqrt(residual_squares * correction) / std::fabs(denominator);
  return {value, value - kNormal95 * error, value + kNormal95 * error};
}

} // namespace

Estimate rate(std::span<const double> hits, std::span<const double> trials) {
  assert(hits.size() == trials.size());
  const double all = sum(trials);
  if (all == 0.0) return {};
  const double value = sum(hits) / all;
  double squares = 0.0;
  std::size_t clusters = 0;
  for (std::size_t u = 0; u < hits.size(); ++u) {
    if (trials[u] == 0.0) continue;
    ++clusters;
    const double residual = hits[u] - value * trials[u];
    squares += residual * residual;
  }
  return around(value, squares, clusters, all);
}

Estimate share_of_gain(std::span<const double> arm, std::span<const double> floor,
                       std::span<const double> ceiling) {
  assert(arm.size() == floor.size() && floor.size() == ceiling.size());
  const double possible = sum(ceiling) - sum(floor);
  if (possible == 0.0) return {};
  const double value = (sum(arm) - sum(floor)) / possible;
  double squares = 0.0;
  for (std::size_t u = 0; u < arm.size(); ++u) {
    const double residual = (arm[u] - floor[u]) - value * (ceiling[u] - floor[u]);
    squares += residual * residual;
  }
  return around(value, squares, arm.size(), possible);
}

bool apart(const Estimate& higher, const Estimate& lower) { return higher.low > lower.high; }

double quantile(std::vector<double> values, double share) {
  assert(share > 0.0 && share <= 1.0);
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * double(values.size())));
  return values[std::min(std::max<std::size_t>(rank, 1), values.size()) - 1];
}

} // namespace kindred::demo
