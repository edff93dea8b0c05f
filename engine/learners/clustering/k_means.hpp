#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/stats/lattice_cells.hpp"

namespace kindred::learners {

/// Points with weights, row by row; the means of cells in the order of their keys.
struct WeightedPoints {
  std::size_t dimensions = 0;
  std::vector<double> at;     ///< size() × dimensions, in σ
  std::vector<double> weight; ///< ≥ 0

  std::size_t size() const { return weight.size(); }
  std::span<const double> point(std::size_t i) const { return {at.data() + i * dimensions, dimensions}; }
  static WeightedPoints of(const stats::LatticeCells& cells);
};

/// k-means over weighted points: greedy k-means++ seeds (Arthur, Vassilvitskii 2007, with several candidates a step), then
/// Lloyd's iterations; the best of some restarts.
///
/// Deterministic: sums in the order of the points, chance from the seed alone, no function of libm but the square root of
/// distances where a contract says so. A centre that nobody is nearest to goes to the point that lies worst. Ties go to the
/// lower number.
struct KMeans {
  struct Settings {
    std::size_t k = 8; ///< ≥ 1; as many centres as there are different points where these are fewer
    std::uint64_t seed = 1;
    std::size_t restarts = 10;
    std::size_t iterations_max = 100;
  };
  std::size_t dimensions = 0;
  std::vector<double> centres; ///< size() × dimensions
  double inertia = 0;          ///< Σ weight · squared distance to the nearest centre

  std::size_t size() const { return dimensions == 0 ? 0 : centres.size() / dimensions; }
  std::span<const double> centre(std::size_t i) const {
    return {centres.data() + i * dimensions, dimensions};
  }
  /// The nearest centre. Requires: size() > 0.
  std::size_t nearest(std::span<const double> point) const;

  /// Cost: restarts · iterations · points · k · dimensions.
  static KMeans fit(const WeightedPoints& points, Settings settings);
  /// Lloyd's iterations from given centres. Requires: as many dimensions. Cost: iterations · points · k · dimensions.
  static KMeans refine(const WeightedPoints& points, KMeans start, std::size_t iterations_max);
};

/// The simplified silhouette (Hruschka, Campello, de Castro 2004): Σ weight · (b − a) / b / Σ weight with a, b the distances
/// to the nearest and the second centre. In [0, 1]; 0 with fewer than two centres.
double simplified_silhouette(const WeightedPoints& points, const KMeans& model);

/// The k in [from, to] whose best clustering has the greatest simplified silhouette; of equals the smallest. `settings.k`
/// does not count.
KMeans fit_with_chosen_k(const WeightedPoints& points, std::size_t from, std::size_t to,
                         KMeans::Settings settings);

} // namespace kindred::learners
