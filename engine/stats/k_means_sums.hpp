#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/stats/lattice_cells.hpp"

namespace kindred::stats {

/// One step of Lloyd's k-means over users: of each centre, how many users are nearest to it and the sum of where they are;
/// and the sum of squared distances, which says how good the centres are.
///
/// Points and centres lie on one grid (LatticeCells::Point, 2^-16 σ), so distances are whole numbers: the nearest centre is
/// the same everywhere, ties go to the lower number. A group (law `group`) for one set of centres; the sums depend on them,
/// so each step is a full pass, and only sums over equal centres are added.
/// Bounds: at most kCentresMax centres; coordinates within ±2^22, squared distances below 2^50: 2^40 users fit.
/// Value type. Cost of a point: centres · dimensions.
class KMeansSums {
public:
  static constexpr std::size_t kCentresMax = 256;
  using Point = LatticeCells::Point;

  /// Requires: 1 ≤ dimensions ≤ LatticeCells::kDimensionsMax, 1 … kCentresMax centres.
  KMeansSums(std::size_t dimensions, std::vector<Point> centres);

  /// The nearest centre.
  std::size_t nearest(const Point& point) const;
  void add(const Point& point) { take<1>(point); }
  /// Requires: it was added.
  void subtract(const Point& point) { take<-1>(point); }
  /// Requires: the same dimensions and centres.
  void add(const KMeansSums& other);
  void subtract(const KMeansSums& other);

  const std::vector<Point>& centres() const { return centres_; }
  std::int64_t users() const;
  std::int64_t count(std::size_t centre) const { return parts_[centre].count; }
  double inertia() const; ///< Σ squared distance, in σ²
  /// Where the centres go: the means, rounded to the grid; one that nobody is nearest to stays.
  std::vector<Point> moved() const;

  Bytes canonical() const;
  static std::optional<KMeansSums> from(BytesView bytes);

  friend bool operator==(const KMeansSums&, const KMeansSums&) = default;

private:
  struct Part {
    std::int64_t count = 0;
    std::array<std::int64_t, LatticeCells::kDimensionsMax> sum{};
    friend bool operator==(const Part&, const Part&) = default;
  };
  template <int Sign>
  void take(const Point& point);

  std::size_t dimensions_;
  std::vector<Point> centres_;
  std::vector<Part> parts_;
  __int128 squares_ = 0;
};

} // namespace kindred::stats
