#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred::stats {

/// What one Newton step of a conditional logit needs of all users: examples, log-likelihood, gradient and the negative
/// Hessian, at the parameters that the round was opened with (learners/prediction/conditional_logit.hpp makes a user's).
///
/// A group (law `group`): exact integers; rounding to 2^-24 happened in one user's contribution. It depends on parameters,
/// so every round is a full pass, and sums of different parameters must not meet: `generation` names them, and only equal
/// ones are added.
/// Bounds: a user's parts are clamped to ±2^40 (2^64 in units), so 2^40 users fit 128 bits and none moves a model alone.
/// At most kFeaturesMax features. Value type.
class LogitSums {
public:
  static constexpr std::size_t kFeaturesMax = 64;
  static constexpr int kFractionBits = 24;
  static constexpr double kPartMax = 0x1p40;

  explicit LogitSums(std::size_t features, std::uint64_t generation = 0);

  /// One user's, rounded here; gradient has features() parts, the negative Hessian the lower triangle, row by row.
  /// False, and nothing is added: a part is not a number.
  bool add(std::int64_t examples, double log_likelihood, std::span<const double> gradient,
           std::span<const double> curvature);
  /// Requires: the same features and generation.
  void add(const LogitSums& other);
  void subtract(const LogitSums& other);

  std::size_t features() const { return features_; }
  std::uint64_t generation() const { return generation_; }
  std::int64_t examples() const { return examples_; }
  double log_likelihood() const;
  double gradient(std::size_t i) const;
  double curvature(std::size_t i, std::size_t j) const; ///< of the negative Hessian; symmetric

  Bytes canonical() const;
  static std::optional<LogitSums> from(BytesView bytes);

  friend bool operator==(const LogitSums&, const LogitSums&) = default;

private:
  std::size_t features_;
  std::uint64_t generation_;
  std::int64_t examples_ = 0;
  std::vector<__int128> sums_; ///< log-likelihood, gradient, curvature
};

} // namespace kindred::stats
