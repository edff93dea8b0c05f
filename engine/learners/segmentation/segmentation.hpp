#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/stats/lattice_cells.hpp"

namespace kindred::learners {

/// Clustered segments as they serve: axes, and centres with ids that outlive a retraining. A user belongs to the nearest
/// centre, but stays where he is until another is nearer by a clear margin (hysteresis), so that nobody flickers at a border.
///
/// Coordinates are standardized, (value − mean) / scale, on the grid of LatticeCells; distances are whole numbers and ties
/// go to the first in order of ids, so that the fold of any replica says the same. Value type. Cost of `assign`: segments · axes.
struct Segmentation {
  using Point = stats::LatticeCells::Point;
  static constexpr std::size_t kAxesMax = stats::LatticeCells::kDimensionsMax;
  static constexpr std::size_t kSegmentsMax = 64;
  static constexpr std::size_t kNameMax = 256;       ///< bytes of a feature's name, of a segment's
  static constexpr std::size_t kBytesMax = 64 << 10; ///< of `canonical`: more is refused

  /// One feature, and how it is standardized.
  struct Axis {
    std::string feature; ///< profiles/features.hpp
    double mean = 0;
    double scale = 1; ///< > 0
    friend bool operator==(const Axis&, const Axis&) = default;
  };
  struct Segment {
    std::uint32_t id = 0; ///< > 0, never given twice
    std::string name;     ///< what distinguishes it: "high spent, low sessions"
    Point centre{};
    std::int64_t users = 0; ///< at the cut
    friend bool operator==(const Segment&, const Segment&) = default;
  };
  /// What became of the groups of the generation before.
  struct Split {
    std::uint32_t from = 0;
    std::vector<std::uint32_t> into; ///< two or more
    friend bool operator==(const Split&, const Split&) = default;
  };
  struct Merge {
    std::vector<std::uint32_t> from; ///< two or more
    std::uint32_t into = 0;
    friend bool operator==(const Merge&, const Merge&) = default;
  };

  std::vector<Axis> axes;        ///< 1 … kAxesMax
  std::vector<Segment> segments; ///< by id; 1 … kSegmentsMax
  std::uint32_t next_id = 1;     ///< above every id that was ever given
  std::vector<Split> splits;
  std::vector<Merge> merges;

  /// Values in the order of the axes; what a user does not have (none) lies at the mean.
  Point place(std::span<const std::optional<double>> values) const;
  /// The segment of who stands at `point` and was in `current` (0, or an id that is gone: nowhere). Requires: segments.
  const Segment& assign(const Point& point, std::uint32_t current) const;
  /// The axis that speaks most for having left `from` for `to`.
  std::size_t reason(const Point& point, const Segment& from, const Segment& to) const;
  const Segment* find(std::uint32_t id) const; ///< null: there is none of that id

  Bytes canonical() const;
  static std::optional<Segmentation> from(BytesView canonical); ///< none: not what `canonical` writes
  friend bool operator==(const Segmentation&, const Segmentation&) = default;
};

/// Words for what lies furthest from everybody's mean, at most two axes: "high spent, low sessions"; "average" where nothing
/// lies half a σ away. Names need not differ.
std::string name_of_centre(const std::vector<Segmentation::Axis>& axes, const Segmentation::Point& centre);

} // namespace kindred::learners
