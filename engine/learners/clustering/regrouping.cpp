#include "engine/learners/clustering/regrouping.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace kindred::learners {

namespace {

using Members = std::vector<std::size_t>;
constexpr std::size_t kPartingRestarts = 3;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

double weight_of(const WeightedPoints& points, std::span<const std::size_t> members) {
  double sum = 0;
  for (const std::size_t i : members) sum += points.weight[i];
  return sum;
}

WeightedPoints of_these(const WeightedPoints& points, std::span<const std::size_t> members) {
  WeightedPoints own;
  own.dimensions = points.dimensions;
  for (const std::size_t i : members) {
    own.weight.push_back(points.weight[i]);
    own.at.insert(own.at.end(), points.point(i).begin(), points.point(i).end());
  }
  return own;
}

/// Requires: some weight.
std::vector<double> mean_of(const WeightedPoints& points, std::span<const std::size_t> members) {
  std::vector<double> mean(points.dimensions);
  for (const std::size_t i : members)
    for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += points.weight[i] * points.point(i)[d];
  const double weight = weight_of(points, members);
  for (double& x : mean) x /= weight;
  return mean;
}

/// Of what lies along `way`, about `mean`: in units of the way's length, squared.
double spread_along(const WeightedPoints& points, std::span<const std::size_t> members,
                    std::span<const double> mean, std::span<const double> way) {
  double sum = 0;
  for (const std::size_t i : members) {
    double along = 0;
    for (std::size_t d = 0; d < way.size(); ++d) along += (points.point(i)[d] - mean[d]) * way[d];
    sum += points.weight[i] * along * along;
  }
  return sum / weight_of(points, members);
}

/// What could be done to the groups: how much speaks for it, and the centres then.
struct Move {
  double clarity = 0; ///< 0: nothing is to be done
  KMeans model;       ///< not at rest
  bool is_split = false;
};

/// One look at all groups.
class Look {
public:
  Look(const WeightedPoints& points, const KMeans& model, const Regrouping::Settings& settings)
      : points_(points), model_(model), settings_(settings), members_(model.size()) {
    for (std::size_t i = 0; i < points.size(); ++i)
      if (points.weight[i] > 0) members_[model.nearest(points.point(i))].push_back(i);
    scaled_ = scaled();
  }

  Move clearest() {
    for (std::size_t group = 0; group < model_.size(); ++group) {
      if (model_.size() < settings_.groups_max) try_split(group);
      for (std::size_t other = group + 1; other < model_.size() && model_.size() > 2; ++other)
        try_merge(group, other);
    }
    return std::move(clearest_);
  }

private:
  /// In units of how far members lie from their centres along each axis: groups that were round before axes were
  /// standardized by the spread of all users are round again.
  WeightedPoints scaled() const {
    std::vector<double> squares(points_.dimensions);
    double weight = 0;
    for (std::size_t group = 0; group < members_.size(); ++group)
      for (const std::size_t i : members_[group]) {
        weight += points_.weight[i];
        for (std::size_t d = 0; d < squares.size(); ++d) {
          const double off = points_.point(i)[d] - model_.centre(group)[d];
          squares[d] += points_.weight[i] * off * off;
        }
      }
    WeightedPoints scaled = points_;
    for (std::size_t n = 0; n < scaled.at.size(); ++n)
      if (const double square = squares[n % squares.size()]; square > 0)
        scaled.at[n] /= std::sqrt(square / weight);
    return scaled;
  }

  void try_split(std::size_t group) {
    const Members& members = members_[group];
    if (members.size() < 2 * settings_.part_min) return;
    const WeightedPoints own = of_these(scaled_, members);
    KMeans::Settings two;
    two.k = 2;
    two.restarts = kPartingRestarts;
    const KMeans parts = KMeans::fit(own, two);
    if (parts.size() < 2) return;
    std::array<Members, 2> of;
    for (std::size_t i = 0; i < own.size(); ++i) of[parts.nearest(own.point(i))].push_back(members[i]);
    if (std::min(of[0].size(), of[1].size()) < settings_.part_min) return;
    const double least = Regrouping::kTwoFrom + Regrouping::kChance / static_cast<double>(members.size());
    const double clarity = apartness(scaled_, of[0], of[1]) / least;
    if (!(clarity > 1) || clarity <= clearest_.clarity) return;
    clearest_ = {clarity, model_, true};
    put(clearest_.model, group, mean_of(points_, of[0]));
    const auto centre = mean_of(points_, of[1]);
    clearest_.model.centres.insert(clearest_.model.centres.end(), centre.begin(), centre.end());
  }

  /// A group without members is joined to none: its centre goes where it is needed when all come to rest (KMeans).
  void try_merge(std::size_t one, std::size_t other) {
    if (members_[one].empty() || members_[other].empty()) return;
    const double apart = apartness(scaled_, members_[one], members_[other]);
    const double clarity = apart > 0 ? Regrouping::kOneUpTo / apart : kInfinite;
    if (clarity < 1 || clarity <= clearest_.clarity) return;
    Members both = members_[one];
    both.insert(both.end(), members_[other].begin(), members_[other].end());
    clearest_ = {clarity, model_, false};
    put(clearest_.model, one, mean_of(points_, both));
    auto& centres = clearest_.model.centres;
    const auto gone = centres.begin() + static_cast<std::ptrdiff_t>(other * model_.dimensions);
    centres.erase(gone, gone + static_cast<std::ptrdiff_t>(model_.dimensions));
  }

  static void put(KMeans& model, std::size_t group, std::span<const double> centre) {
    std::copy(centre.begin(), centre.end(),
              model.centres.begin() + static_cast<std::ptrdiff_t>(group * model.dimensions));
  }

  const WeightedPoints& points_;
  const KMeans& model_;
  const Regrouping::Settings& settings_;
  std::vector<Members> members_;
  WeightedPoints scaled_;
  Move clearest_;
};

} // namespace

double apartness(const WeightedPoints& points, std::span<const std::size_t> one,
                 std::span<const std::size_t> other) {
  if (!(weight_of(points, one) > 0) || !(weight_of(points, other) > 0)) return 0;
  const std::vector<double> here = mean_of(points, one), there = mean_of(points, other);
  std::vector<double> way(points.dimensions);
  double squared = 0;
  for (std::size_t d = 0; d < way.size(); ++d) {
    way[d] = there[d] - here[d];
    squared += way[d] * way[d];
  }
  if (!(squared > 0)) return 0;
  const double spread = (spread_along(points, one, here, way) + spread_along(points, other, there, way)) / 2;
  return spread > 0 ? squared / std::sqrt(spread) : kInfinite; // both along `way`: its length cancels
}

Regrouping Regrouping::of(const WeightedPoints& points, KMeans start, const Settings& settings) {
  assert(start.dimensions == points.dimensions);
  Regrouping found{std::move(start), 0, 0};
  if (found.model.size() < 2) return found;
  for (std::size_t move = 0; move < kMovesMax; ++move) {
    Move clearest = Look(points, found.model, settings).clearest();
    if (clearest.clarity <= 0) break;
    found.model = KMeans::refine(points, std::move(clearest.model), settings.iterations_max);
    ++(clearest.is_split ? found.splits : found.merges);
  }
  return found;
}

} // namespace kindred::learners
