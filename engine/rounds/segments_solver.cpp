#include "engine/rounds/segments_solver.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/learners/clustering/lineage.hpp"
#include "engine/learners/clustering/regrouping.hpp"
#include "engine/profiles/features.hpp"
#include "engine/rounds/gate.hpp"

namespace kindred::rounds {

using learners::KMeans;
using learners::Regrouping;
using learners::Segmentation;
using learners::WeightedPoints;
using Kind = SegmentsPass::Kind;

namespace {

constexpr std::size_t kBehavioursFirst = 2; ///< of what users did, before categories
constexpr double kOnGrid = 1 << stats::LatticeCells::kFractionBits;

/// Over all users who could have the feature: who is in other categories alone has none of this one.
stats::Moments spread_of(const std::string& feature, const SegmentsStatistic& spread) {
  const auto found = spread.moments.find(feature);
  if (found == spread.moments.end()) return {};
  stats::Moments moments = found->second;
  if (feature.starts_with(profiles::kCategoryFeature)) moments.count = spread.with_categories;
  return moments;
}

std::optional<SegmentsPass::Axis> axis_of(const std::string& feature, const SegmentsStatistic& spread) {
  const stats::Moments moments = spread_of(feature, spread);
  if (moments.count < 2) return std::nullopt;
  const double mean = moments.mean(), variance = moments.variance();
  if (!(variance > 1e-9 * (1 + mean * mean))) return std::nullopt; // the same for everybody
  return SegmentsPass::Axis{feature, mean, std::sqrt(variance)};
}

/// By how many have it, then by name; those that `least` have.
std::vector<std::string> most_had(const SegmentsStatistic& spread, std::string_view beginning,
                                  std::int64_t least) {
  std::vector<std::pair<std::int64_t, std::string>> features;
  for (const auto& [feature, moments] : spread.moments)
    if (feature.starts_with(beginning) && moments.count >= least)
      features.emplace_back(-moments.count, feature);
  std::sort(features.begin(), features.end());
  std::vector<std::string> names;
  for (auto& [count, feature] : features) names.push_back(std::move(feature));
  return names;
}

/// What to part users by, best first; some of it may be the same for everybody.
std::vector<std::string> wanted_features(const SegmentsStatistic& spread) {
  std::vector<std::string> wanted = most_had(spread, profiles::kTraitFeature, spread.users / 2 + 1);
  std::vector<std::string> did;
  for (const std::string_view behaviour : profiles::behaviours())
    if (axis_of(std::string(behaviour), spread)) did.emplace_back(behaviour);
  const auto first = did.begin() + static_cast<std::ptrdiff_t>(std::min(did.size(), kBehavioursFirst));
  wanted.insert(wanted.end(), did.begin(), first);
  const auto categories = most_had(spread, profiles::kCategoryFeature, spread.users / 50 + 1);
  wanted.insert(wanted.end(), categories.begin(), categories.end());
  wanted.insert(wanted.end(), first, did.end());
  return wanted;
}

std::vector<SegmentsPass::Point> on_grid(const KMeans& model) {
  std::vector<SegmentsPass::Point> centres;
  for (std::size_t i = 0; i < model.size(); ++i)
    centres.push_back(stats::LatticeCells::point(model.centre(i)).value_or(SegmentsPass::Point{}));
  return centres;
}

/// The greatest hash in a sample of about kSampleUsers.
std::uint64_t sampled_of(std::int64_t users) {
  const auto all = static_cast<std::uint64_t>(users);
  return all <= kSampleUsers ? UINT64_MAX : UINT64_MAX / all * kSampleUsers;
}

/// Every so many-th of the points, as they are ordered: at most kSearchPoints, spread like all.
WeightedPoints thinned(const WeightedPoints& points) {
  const std::size_t step = (points.size() + kSearchPoints - 1) / kSearchPoints;
  if (step <= 1) return points;
  WeightedPoints few;
  few.dimensions = points.dimensions;
  for (std::size_t i = 0; i < points.size(); i += step) {
    few.weight.push_back(points.weight[i]);
    few.at.insert(few.at.end(), points.point(i).begin(), points.point(i).end());
  }
  return few;
}

std::size_t segments_max(const WeightedPoints& points) {
  return std::clamp<std::size_t>(points.size() / kCellsPerSegment, 2, Segmentation::kSegmentsMax);
}

Regrouping regroup(const WeightedPoints& points, const KMeans& model) {
  Regrouping::Settings settings;
  settings.groups_max = segments_max(points);
  settings.part_min = kCellsPerSegment;
  return Regrouping::of(points, model, settings);
}

/// Whether nobody is nearest to one of the centres.
bool one_is_empty(const WeightedPoints& points, const KMeans& model) {
  std::vector<double> weight(model.size());
  for (std::size_t i = 0; i < points.size(); ++i) weight[model.nearest(points.point(i))] += points.weight[i];
  return std::any_of(weight.begin(), weight.end(), [](double one) { return one <= 0; });
}

std::string percent(double share) {
  const auto tenths = std::llround(share * 1000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

/// Two segments of one name are told apart by a number.
void make_names_differ(std::vector<Segmentation::Segment>& segments) {
  std::set<std::string> taken;
  for (auto& segment : segments) {
    const std::string name = segment.name;
    for (int n = 2; !taken.insert(segment.name).second; ++n) segment.name = name + " " + std::to_string(n);
  }
}

} // namespace

SegmentsSolver::SegmentsSolver(const std::map<std::string, KnownModels>& known, const Limits& limits)
    : limits_(limits) {
  const auto found = known.find(std::string(kSegments));
  if (found != known.end() && found->second.champion)
    serving_ = Segmentation::from(found->second.champion->parameters);
}

std::vector<std::pair<std::string, std::string>> SegmentsSolver::settings() const {
  std::string features;
  for (const auto& feature : limits_.segment_features) features += (features.empty() ? "" : ",") + feature;
  return {{"segments", limits_.segments == 0 ? "chosen" : std::to_string(limits_.segments)},
          {"features", features.empty() ? "chosen" : features},
          {"usersMin", std::to_string(limits_.segment_users)}};
}

Result<bool, RoundError> SegmentsSolver::absorb(std::span<const Bytes> statistics) {
  std::optional<SegmentsStatistic> sum;
  for (const Bytes& bytes : statistics) {
    auto one = SegmentsStatistic::from(bytes);
    if (!one || one->kind != pass_.kind || (sum && !sum->fits(*one))) return RoundError::kForeignStatistic;
    if (one->cells && one->cells->dimensions() != pass_.axes.size()) return RoundError::kForeignStatistic;
    if (one->means && one->means->centres() != pass_.centres) return RoundError::kForeignStatistic;
    for (const auto& [place, count] : one->overlap)
      if (place.second >= pass_.centres.size() || count < 0) return RoundError::kForeignStatistic;
    if (sum)
      sum->add(*one);
    else
      sum = std::move(one);
  }
  if (!sum) return RoundError::kForeignStatistic;
  switch (pass_.kind) {
  case Kind::kMoments: return choose_axes(*sum);
  case Kind::kCells:
    if (sum->cells->level() <= kLevelMax) return cluster(*sum->cells);
    pass_.kind = Kind::kSample;
    pass_.sampled = sampled_of(users_);
    return false;
  case Kind::kSample: pass_.sampled = 0; return cluster(*sum->cells);
  case Kind::kMeans: step(*sum->means); return false;
  case Kind::kOverlap: name_groups(*sum); return true;
  }
  return RoundError::kForeignStatistic;
}

/// The serving features, standardized anew only where one drifted. None: one of them says nothing any more, or there is a
/// trait that they miss.
std::optional<std::vector<SegmentsPass::Axis>>
SegmentsSolver::serving_axes(const std::vector<SegmentsPass::Axis>& chosen,
                             const SegmentsStatistic& spread) const {
  if (!serving_) return std::nullopt;
  const bool by_name = !limits_.segment_features.empty();
  for (const auto& axis : chosen) {
    const bool serves = std::any_of(serving_->axes.begin(), serving_->axes.end(),
                                    [&](const auto& old) { return old.feature == axis.feature; });
    if (!serves && (by_name || axis.feature.starts_with(profiles::kTraitFeature))) return std::nullopt;
  }
  if (by_name && chosen.size() != serving_->axes.size()) return std::nullopt;
  std::vector<SegmentsPass::Axis> fresh;
  bool drifted = false;
  for (const auto& axis : serving_->axes) {
    auto now = axis_of(axis.feature, spread);
    if (!now) return std::nullopt;
    drifted |= std::fabs(now->mean - axis.mean) > kAxisDrift * axis.scale ||
               std::fabs(now->scale / axis.scale - 1) > kAxisDrift;
    fresh.push_back(std::move(*now));
  }
  return drifted ? fresh : serving_->axes;
}

bool SegmentsSolver::choose_axes(const SegmentsStatistic& spread) {
  users_ = spread.users;
  if (users_ < limits_.segment_users) {
    outcome_ = std::to_string(users_) + " users, " + std::to_string(limits_.segment_users) +
               " are needed: there are no segments yet";
    return true;
  }
  std::vector<SegmentsPass::Axis> axes;
  const auto wanted = limits_.segment_features.empty() ? wanted_features(spread) : limits_.segment_features;
  for (const std::string& feature : wanted) {
    if (axes.size() == Segmentation::kAxesMax) break;
    const auto same = [&](const auto& axis) { return axis.feature == feature; };
    if (std::any_of(axes.begin(), axes.end(), same)) continue;
    if (auto axis = axis_of(feature, spread)) axes.push_back(std::move(*axis));
  }
  if (axes.empty()) {
    outcome_ = "all " + std::to_string(users_) + " users are alike: there is nothing to part them by";
    return true;
  }
  if (auto kept = serving_axes(axes, spread)) axes = std::move(*kept);
  pass_ = {Kind::kCells, std::move(axes), {}, {}};
  return false;
}

/// From where the serving centres are on these axes. None: none serves, or by other features.
std::optional<KMeans> SegmentsSolver::warm_start() const {
  if (!serving_ || serving_->axes.size() != pass_.axes.size()) return std::nullopt;
  KMeans start;
  start.dimensions = pass_.axes.size();
  for (const auto& segment : serving_->segments)
    for (std::size_t i = 0; i < pass_.axes.size(); ++i) {
      const auto& axis = pass_.axes[i];
      const auto of_old = std::find_if(serving_->axes.begin(), serving_->axes.end(),
                                       [&](const auto& old) { return old.feature == axis.feature; });
      if (of_old == serving_->axes.end()) return std::nullopt;
      const auto old = static_cast<std::size_t>(of_old - serving_->axes.begin());
      const double value = of_old->mean + segment.centre[old] / kOnGrid * of_old->scale;
      start.centres.push_back((value - axis.mean) / axis.scale);
    }
  return start;
}

/// Without regard to what serves.
KMeans SegmentsSolver::cold_start(const WeightedPoints& points) const {
  return searched(points, points.size() > kSearchPoints ? kSampleRestarts : KMeans::Settings{}.restarts, 0);
}

KMeans SegmentsSolver::searched(const WeightedPoints& points, std::size_t restarts, std::size_t near) const {
  const WeightedPoints few = thinned(points);
  KMeans::Settings settings;
  settings.restarts = restarts;
  settings.k = std::max<std::size_t>(segments_asked(), 1);
  const std::size_t most = segments_max(few),
                    from = near == 0 ? 2 : std::clamp<std::size_t>(near / 2, 2, most);
  KMeans found = segments_asked() != 0 || few.size() < 2
                     ? KMeans::fit(few, settings)
                     : fit_with_chosen_k(few, from, near == 0 ? most : std::min(most, 2 * near), settings);
  if (few.size() < points.size())
    found = KMeans::refine(points, std::move(found), KMeans::Settings{}.iterations_max);
  return segments_asked() != 0 ? found : regroup(points, found).model;
}

bool SegmentsSolver::cluster(const stats::LatticeCells& cells) {
  const WeightedPoints points = WeightedPoints::of(cells);
  const auto warm = points.size() > 0 ? warm_start() : std::nullopt;
  KMeans best = warm ? searched(points, kLookRestarts, warm->size()) : cold_start(points);
  how_ = "solved anew";
  silhouette_ = simplified_silhouette(points, best);
  if (warm) {
    const Kept kept = keep(points, *warm);
    if (kept.silhouette >= silhouette_ - kSilhouetteMargin &&
        (segments_asked() == 0 || kept.model.size() == segments_asked())) {
      best = kept.model;
      silhouette_ = kept.silhouette;
      how_ = kept.how;
    } else {
      best = cold_start(points);
      silhouette_ = simplified_silhouette(points, best);
      how_ = "parted anew: silhouette " + in_words(silhouette_) + " against " + in_words(kept.silhouette);
    }
  }
  if (best.size() < 2) {
    outcome_ = "all " + std::to_string(users_) + " users are in one place: there is nothing to part them by";
    return true;
  }
  pass_.centres = on_grid(best);
  pass_.kind = Kind::kMeans;
  return false;
}

/// The serving groups, settled anew; where they may be more or fewer, those that part or meet are found.
SegmentsSolver::Kept SegmentsSolver::keep(const WeightedPoints& points, const KMeans& warm) const {
  const KMeans settled = KMeans::refine(points, warm, KMeans::Settings{}.iterations_max);
  const Regrouping regrouped = segments_asked() == 0 ? regroup(points, settled) : Regrouping{settled, 0, 0};
  const double silhouette = simplified_silhouette(points, regrouped.model);
  if (regrouped.splits + regrouped.merges > 0)
    return {regrouped.model, silhouette,
            std::to_string(regrouped.splits) + " parted, " + std::to_string(regrouped.merges) + " met"};
  // The points stand for users roughly: from where the centres were, steps over all users find where they are now.
  const bool as_they_were = pass_.axes == serving_->axes && !one_is_empty(points, warm);
  return {as_they_were ? warm : settled, silhouette, "the same groups"};
}

void SegmentsSolver::step(const stats::KMeansSums& sums) {
  auto moved = sums.moved();
  bool still = true;
  for (std::size_t c = 0; c < moved.size(); ++c)
    for (std::size_t i = 0; i < moved[c].size(); ++i)
      still &= std::abs(moved[c][i] - pass_.centres[c][i]) <= kStillWithin;
  pass_.centres = std::move(moved);
  if (!still && ++steps_ < kSegmentStepsMax) return;
  pass_.kind = Kind::kOverlap;
  if (serving_) pass_.serving = serving_->canonical();
}

/// Of each centre; what became of the serving groups goes into the model.
std::vector<std::uint32_t> SegmentsSolver::ids_of(const std::vector<std::int64_t>& sizes,
                                                  const SegmentsStatistic& overlap,
                                                  Segmentation& model) const {
  const std::size_t k = sizes.size();
  std::vector<std::uint32_t> ids(k);
  if (serving_) {
    model.next_id = serving_->next_id;
    const std::size_t before = serving_->segments.size();
    learners::Overlap members{before, k, std::vector<std::int64_t>(before * k)};
    for (const auto& [place, count] : overlap.overlap)
      if (const auto* old = serving_->find(place.first))
        members.members[static_cast<std::size_t>(old - serving_->segments.data()) * k + place.second] +=
            count;
    const learners::Lineage lineage = learners::trace_lineage(members, kBranchMin);
    for (std::size_t i = 0; i < k; ++i)
      if (lineage.continues[i]) ids[i] = serving_->segments[*lineage.continues[i]].id;
    const auto old_id = [&](std::size_t old) { return serving_->segments[old].id; };
    for (const auto& split : lineage.splits) {
      model.splits.push_back({old_id(split.from), {}});
      for (const std::size_t into : split.into)
        model.splits.back().into.push_back(static_cast<std::uint32_t>(into)); // a number yet
    }
    for (const auto& merge : lineage.merges) {
      model.merges.push_back({{}, static_cast<std::uint32_t>(merge.into)});
      for (const std::size_t from : merge.from) model.merges.back().from.push_back(old_id(from));
    }
  }
  std::vector<std::size_t> order(k);
  for (std::size_t i = 0; i < k; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  for (const std::size_t i : order)
    if (ids[i] == 0) ids[i] = model.next_id++;
  for (auto& split : model.splits)
    for (std::uint32_t& into : split.into) into = ids[into];
  for (auto& merge : model.merges) merge.into = ids[merge.into];
  return ids;
}

void SegmentsSolver::name_groups(const SegmentsStatistic& overlap) {
  const std::size_t k = pass_.centres.size();
  std::vector<std::int64_t> sizes(k);
  for (const auto& [place, count] : overlap.overlap) sizes[place.second] += count;
  Segmentation model;
  model.axes = pass_.axes;
  const auto ids = ids_of(sizes, overlap, model);
  std::int64_t moved = 0;
  for (const auto& [place, count] : overlap.overlap)
    if (place.first != 0 && place.first != ids[place.second]) moved += count;
  for (std::size_t i = 0; i < k; ++i)
    model.segments.push_back(
        {ids[i], name_of_centre(model.axes, pass_.centres[i]), pass_.centres[i], sizes[i]});
  std::sort(model.segments.begin(), model.segments.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  make_names_differ(model.segments);
  const double changed = users_ == 0 ? 0 : static_cast<double>(moved) / static_cast<double>(users_);
  Offer offer;
  offer.learner = kSegments;
  offer.parameters = model.canonical();
  offer.reason = how_ + ": " + std::to_string(users_) + " users in " + std::to_string(k) +
                 " segments, silhouette " + in_words(silhouette_);
  if (serving_) offer.reason += ", " + percent(changed) + " of them in another than before";
  offer.metrics = {{"users", metric_of(static_cast<double>(users_))},
                   {"segments", metric_of(static_cast<double>(k))},
                   {"silhouette", metric_of(silhouette_)},
                   {"changed", metric_of(changed)}};
  outcome_ = std::string(kSegments) + ": champion, " + offer.reason;
  offers_.push_back(std::move(offer));
}

} // namespace kindred::rounds
