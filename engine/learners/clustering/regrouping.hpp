#pragma once

#include <cstddef>
#include <span>

#include "engine/learners/clustering/k_means.hpp"

namespace kindred::learners {

/// Ashman's D (Ashman, Bird, Zepf 1994) of two groups along the line between their centres: how far these are apart, over the
/// mean spread of both about them, √((a² + b²) / 2). Of one Gaussian cut in halves 2.65, of a uniform bar 3.46, of two
/// Gaussians 4σ apart 4.2. Infinite where nobody lies off his centre; 0 where one group is empty or both are in one place.
/// `one`, `other`: numbers of points.
double apartness(const WeightedPoints& points, std::span<const std::size_t> one,
                 std::span<const std::size_t> other);

/// A clustering whose groups were looked at one by one: those that fall in two are parted, those that became one are joined.
/// Distances are in units of how far the members of all groups lie from their centres, along each axis.
///
/// The silhouette of the whole does not tell that: it hardly rises where one of fifty groups parts, and it falls where two lie
/// near to each other and far from all others, however clearly they are two.
struct Regrouping {
  struct Settings {
    std::size_t groups_max = 64;
    std::size_t part_min = 8; ///< points in each part of a group
    std::size_t iterations_max = 100;
  };
  /// A group is two where its halves are further apart than this, and by kChance / points more: the best cut through few
  /// points looks like one between groups (uniform squares, Gaussians in 8 dimensions; of 40 draws of 30, 75, 150, 300 points
  /// none was above 5.5, 4.3, 4.3, 3.8).
  static constexpr double kTwoFrom = 3.55;
  static constexpr double kChance = 100;
  /// Two groups are one where they are no further apart. Less than what parts them: who was parted is not joined again by
  /// chance.
  static constexpr double kOneUpTo = 3.2;
  static constexpr std::size_t kMovesMax = 16;

  KMeans model; ///< at rest; groups that nothing happened to keep their order
  std::size_t splits = 0;
  std::size_t merges = 0;

  /// The clearest case first; then the centres come to rest, and all are looked at again. Two groups are always left.
  /// Deterministic like KMeans. Requires: `start` at rest, of as many dimensions as the points.
  /// Cost: kMovesMax · points · groups · dimensions, about, and as much again for what is parted.
  static Regrouping of(const WeightedPoints& points, KMeans start, const Settings& settings);
};

} // namespace kindred::learners
