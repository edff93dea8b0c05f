#include "nodes/kindredctl/demo/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

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

double adjusted_rand_index(std::span<const std::size_t> a, std::span<const std::size_t> b) {
  assert(a.size() == b.size());
  std::map<std::pair<std::size_t, std::size_t>, double> both;
  std::map<std::size_t, double> of_a, of_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++both[{a[i], b[i]}];
    ++of_a[a[i]];
    ++of_b[b[i]];
  }
  const auto pairs = [](double n) { return n * (n - 1) / 2; };
  const auto pairs_within = [&](const auto& groups) {
    double sum = 0;
    for (const auto& [key, n] : groups) sum += pairs(n);
    return sum;
  };
  const double within_a = pairs_within(of_a), within_b = pairs_within(of_b);
  const double all = pairs(static_cast<double>(a.size()));
  const double expected = all == 0 ? 0 : within_a * within_b / all, most = (within_a + within_b) / 2;
  return most == expected ? 1 : (pairs_within(both) - expected) / (most - expected);
}

double quantile(std::vector<double> values, double share) {
  assert(share > 0.0 && share <= 1.0);
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * double(values.size())));
  return values[std::min(std::max<std::size_t>(rank, 1), values.size()) - 1];
}

} // namespace kindred::demo
