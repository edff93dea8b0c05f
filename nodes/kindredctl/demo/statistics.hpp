#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kindred::demo {

// What the report claims, and how sure it may be. Pure; doubles; users are the clusters, since a shopper's choices hang
// together. Infinite or NaN input is the caller's error.

/// A figure with its 95 % interval. Without data all three are 0.
struct Estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// The quantile 1 - .05/2 of the standard normal.
inline constexpr double kNormal95 = 1.959963984540054;

/// Σ hits / Σ trials over users, with the linearized (delta method) variance of a ratio of cluster totals:
/// n/(n-1) Σ (h - R t)² / (Σ t)². Users without trials are no clusters. Cochran 1977, chapter 6, without the finite
/// population term. Requires: equal lengths. Fewer than two clusters: the interval is the value.
Estimate rate(std::span<const double> hits, std::span<const double> trials);

/// (Σ arm - Σ floor) / (Σ ceiling - Σ floor): which part of what could be gained over `floor` was gained. The three are
/// hits per user in copies of the same world with the same trials, so they are paired: residuals are
/// (a - f) - S (c - f). Requires: equal lengths. Nothing to gain (denominator 0): all three figures are 0.
Estimate share_of_gain(std::span<const double> arm, std::span<const double> floor,
                       std::span<const double> ceiling);

/// Whether the whole interval of `higher` lies above that of `lower`: only then is a win claimed.
bool apart(const Estimate& higher, const Estimate& lower);

/// How far two partings of the same things agree: 1 the same, 0 as chance would have it (Hubert, Arabie 1985). Less than two
/// things, or both partings trivial in the same way: 1. Requires: equal lengths. O(n log n).
double adjusted_rand_index(std::span<const std::size_t> a, std::span<const std::size_t> b);

/// The smallest value that at least `share` of the values do not exceed; 0 of nothing. Sorts a copy: O(n log n).
/// Requires: 0 < share <= 1.
double quantile(std::vector<double> values, double share);

} // namespace kindred::demo
