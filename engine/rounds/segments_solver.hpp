#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/learners/clustering/k_means.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/rounds/segments_pass.hpp"

namespace kindred::rounds {

inline constexpr int kSegmentStepsMax = 12; ///< of k-means over users
/// They end before where no coordinate of a centre moved by more of the grid's units: 2^-8 σ.
inline constexpr std::int32_t kStillWithin = 1 << (stats::LatticeCells::kFractionBits - 8);
/// Cells that had to be made coarser than a side of σ/2 hide the groups in them (in eight dimensions two a side are 256):
/// then a sample of users is clustered in their stead.
inline constexpr int kLevelMax = 7;
/// Where their number is chosen, there are no more segments than one for so many cells: the silhouette of as many groups as
/// there are cells is always 1.
inline constexpr std::size_t kCellsPerSegment = 8;
/// A warm start is kept while its silhouette is not worse than a cold one's by more: ids and borders stay where they are.
inline constexpr double kSilhouetteMargin = 0.02;
/// Of the look whether a cold start would part users clearly better, among from half to twice as many groups as serve; it is
/// solved with all restarts and numbers only where it would.
inline constexpr std::size_t kLookRestarts = 2;
/// A cold start looks at no more points of a sample, with fewer restarts, and comes to rest among all of them.
inline constexpr std::size_t kSearchPoints = 1'024;
inline constexpr std::size_t kSampleRestarts = 3;
/// Axes are kept while no mean moved by more σ, no scale by more than this share.
inline constexpr double kAxisDrift = 0.25;
inline constexpr double kBranchMin = 0.2; ///< of a group's members: less is no part of a split or merge

/// The half of `segments` in the model actor: chooses axes by the moments, clusters the lattice's cells or, where these are too
/// coarse, a sample of users (k given; or of the greatest simplified silhouette, with groups that are two then parted and
/// such that are one joined: learners/clustering/regrouping.hpp), goes on with exact k-means over users, and gives the groups
/// the ids of those whose members they took over (Kuhn 1955, learners/clustering/lineage.hpp).
///
/// Axes, at most eight: what the limits name; else traits that half of all users have, by how many do; what users did
/// (two); categories by how many use them; then the rest of what they did. What is the same for everybody is none.
/// Least change: where a segmentation serves, its features are kept while all of them part users and no trait is missing, its
/// axes unless they drifted, and its centres as what to start from, but for groups that parted or met, unless a cold start
/// parts users clearly better. Solved cold (nothing known), the parameters depend on the sums alone.
class SegmentsSolver final : public Solver {
public:
  SegmentsSolver(const std::map<std::string, KnownModels>& known, const Limits& limits);

  Bytes parameters() const override { return pass_.canonical(); }
  Result<bool, RoundError> absorb(std::span<const Bytes> statistics) override;
  std::vector<Offer> offers() const override { return offers_; }
  std::string outcome() const override { return outcome_; }
  std::vector<std::pair<std::string, std::string>> settings() const override;

private:
  using Segmentation = learners::Segmentation;
  bool choose_axes(const SegmentsStatistic& spread); ///< true: solved, there is nothing to part users by
  bool cluster(const stats::LatticeCells& cells);    ///< the same
  struct Kept {
    learners::KMeans model; ///< to go on from
    double silhouette = 0;  ///< over the points
    std::string how;
  };
  Kept keep(const learners::WeightedPoints& points, const learners::KMeans& warm) const;
  std::optional<std::vector<SegmentsPass::Axis>> serving_axes(const std::vector<SegmentsPass::Axis>& chosen,
                                                              const SegmentsStatistic& spread) const;
  std::size_t segments_asked() const { return std::min(limits_.segments, Segmentation::kSegmentsMax); }
  learners::KMeans cold_start(const learners::WeightedPoints& points) const;
  /// `near`: as many groups, from half to twice; 0: any number.
  learners::KMeans searched(const learners::WeightedPoints& points, std::size_t restarts,
                            std::size_t near) const;
  std::optional<learners::KMeans> warm_start() const;
  void step(const stats::KMeansSums& sums);
  void name_groups(const SegmentsStatistic& overlap);
  std::vector<std::uint32_t> ids_of(const std::vector<std::int64_t>& sizes, const SegmentsStatistic& overlap,
                                    Segmentation& model) const;

  const Limits limits_;
  std::optional<Segmentation> serving_;
  SegmentsPass pass_;
  std::int64_t users_ = 0;
  double silhouette_ = 0; ///< over the cells
  std::string how_;       ///< the centres were found
  int steps_ = 0;
  std::vector<Offer> offers_;
  std::string outcome_;
};

} // namespace kindred::rounds
