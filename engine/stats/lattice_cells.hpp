#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "engine/base/bytes.hpp"

namespace kindred::stats {

/// Users as points in at most 8 standardized features, summed up in the cells of a dyadic lattice: micro-clusters that do
/// not depend on who came first (the order-free counterpart of BIRCH's features, Zhang, Ramakrishnan, Livny 1996). Each
/// cell keeps count, sum and sum of squares, exact.
///
/// The lattice has a fixed origin; a cell of one level is made of 2^d cells of the level below. What is kept is the finest
/// level with at most `cells_max` cells: a shard's own, and for a sum the finest over all, which no order of adding
/// changes. So at a given level it is a group (law `group`), and sums of parts are the same as one pass.
/// `subtract` takes exactly back what was added, but does not go back to a finer level: where that matters (a user
/// erased) the next round is a full pass.
/// Bounds: coordinates are clamped to ±64σ, so a square is below 2^44 and 2^40 users fit; 2^8 cells are always enough at
/// the coarsest level. Value type. Cost: adding a point O(log cells); coarsening O(cells log cells), at most kLevels times.
class LatticeCells {
public:
  static constexpr std::size_t kDimensionsMax = 8;
  static constexpr std::size_t kCellsLeast = 256; ///< cells_max may not be lower
  static constexpr int kFractionBits = 16;        ///< of a coordinate: 2^-16 σ
  static constexpr std::int32_t kCoordinateMax = 64 << kFractionBits;
  static constexpr int kLevels = 16; ///< sides of 2^-8 σ … 2^7 σ

  using Point = std::array<std::int32_t, kDimensionsMax>; ///< dimensions beyond the first `dimensions` are 0
  using Key = std::array<std::int32_t, kDimensionsMax>;
  struct Cell {
    std::int64_t count = 0;
    std::array<std::int64_t, kDimensionsMax> sum{};
    std::array<__int128, kDimensionsMax> squares{};
    friend bool operator==(const Cell&, const Cell&) = default;
  };

  /// Requires: 1 ≤ dimensions ≤ kDimensionsMax, cells_max ≥ kCellsLeast.
  LatticeCells(std::size_t dimensions, std::size_t cells_max);

  /// Standardized features, rounded to the nearest 2^-16 σ and clamped. Not a number: none. Requires: at most
  /// kDimensionsMax.
  static std::optional<Point> point(std::span<const double> standardized);

  void add(const Point& point);
  /// Requires: it was added.
  void subtract(const Point& point);
  /// Requires: the same dimensions and cells_max.
  void add(const LatticeCells& other);
  /// Requires: it was added.
  void subtract(const LatticeCells& other);

  std::size_t dimensions() const { return dimensions_; }
  std::size_t cells_max() const { return cells_max_; }
  int level() const { return level_; } ///< 0 is the finest: a side of 2^(level − 8) σ
  std::int64_t users() const { return users_; }
  const std::map<Key, Cell>& cells() const { return cells_; } ///< in the order of their keys

  Bytes canonical() const;
  static std::optional<LatticeCells> from(BytesView bytes);

  friend bool operator==(const LatticeCells&, const LatticeCells&) = default;

private:
  Key key_of(const Point& point) const;
  template <int Sign>
  void take(const Key& key, const Cell& cell);
  template <int Sign>
  void take(LatticeCells other);
  void coarsen();
  void coarsen_to(int level);
  void fit();

  std::size_t dimensions_;
  std::size_t cells_max_;
  int level_ = 0;
  std::int64_t users_ = 0;
  std::map<Key, Cell> cells_;
};

} // namespace kindred::stats
