#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/stats/k_means_sums.hpp"
#include "engine/stats/lattice_cells.hpp"
#include "engine/stats/moments.hpp"

namespace kindred::rounds {

inline constexpr std::string_view kSegments = "segments";
inline constexpr std::size_t kSegmentCells = 1'024;
/// Users of a sample that are wanted, and cells that hold more than ever come: far more than a sample differs by chance.
inline constexpr std::size_t kSampleUsers = 4'096;
inline constexpr std::size_t kSampleCells = 8'192;
/// Categories, and traits, that moments are kept of (SegmentsStatistic::keep_first).
inline constexpr std::size_t kFeatureNamesMax = 500;

/// What a pass over the users' features is asked.
struct SegmentsPass {
  enum class Kind : std::uint8_t {
    kMoments = 1, ///< how each feature is spread
    kCells = 2,   ///< users in the cells of a lattice over `axes`
    kMeans = 3,   ///< one step of k-means from `centres`
    kOverlap = 4, ///< how many are nearest to each centre, and in which segment of `serving` they are
    kSample = 5,  ///< some users, one by one: those whose keyed hash is at most `sampled`
  };
  using Axis = learners::Segmentation::Axis;
  using Point = learners::Segmentation::Point;
  Kind kind = Kind::kMoments;
  std::vector<Axis> axes;
  std::vector<Point> centres;
  Bytes serving;             ///< kOverlap: canonical bytes of the segmentation that serves; empty: none does
  std::uint64_t sampled = 0; ///< kSample

  Bytes canonical() const;
  static std::optional<SegmentsPass> from(BytesView canonical);
  friend bool operator==(const SegmentsPass&, const SegmentsPass&) = default;
};

/// Of the cells that such a pass answers with.
std::size_t cells_max(SegmentsPass::Kind kind);

/// What a pass answers: exact sums over users, free of order and split.
struct SegmentsStatistic {
  SegmentsPass::Kind kind = SegmentsPass::Kind::kMoments;
  std::int64_t users = 0;
  std::int64_t with_categories = 0;              ///< kMoments: users who have a share in some category
  std::map<std::string, stats::Moments> moments; ///< kMoments, by feature: over those who have it
  std::optional<stats::LatticeCells> cells;      ///< kCells; kSample: of the finest level
  std::optional<stats::KMeansSums> means;        ///< kMeans
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> overlap; ///< kOverlap: (id, 0 none; centre)

  /// Requires: `fits(other)`, and of both that `keep_first` was done.
  void add(const SegmentsStatistic& other);
  /// Leaves moments of the first kFeatureNamesMax categories and traits by name. Any sharding keeps the same, with the same
  /// sums: who is among the first of the whole is among the first of each part that has it.
  void keep_first();
  bool fits(const SegmentsStatistic& other) const; ///< of the same pass, as far as it can be told
  Bytes canonical() const;
  static std::optional<SegmentsStatistic> from(BytesView canonical);
  friend bool operator==(const SegmentsStatistic&, const SegmentsStatistic&) = default;
};

} // namespace kindred::rounds
