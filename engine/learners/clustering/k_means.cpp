#include "engine/learners/clustering/k_means.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace kindred::learners {

namespace {

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

struct Nearest {
  std::size_t centre = 0;
  double squared = std::numeric_limits<double>::infinity();
  double second = std::numeric_limits<double>::infinity(); ///< squared distance to the second
};

Nearest nearest_two(const KMeans& model, std::span<const double> point) {
  Nearest found;
  for (std::size_t c = 0; c < model.size(); ++c) {
    const double squared = squared_distance(point, model.centre(c));
    if (squared < found.squared) {
      found = {c, squared, found.squared};
    } else if (squared < found.second) {
      found.second = squared;
    }
  }
  return found;
}

/// One run, from seeds to rest.
class Run {
public:
  Run(const WeightedPoints& points, std::size_t k, std::uint64_t seed)
      : points_(points), random_(seed), squared_(points.size(), std::numeric_limits<double>::infinity()) {
    model_.dimensions = points.dimensions;
    seed_centres(k);
  }

  Run(const WeightedPoints& points, KMeans start)
      : points_(points), random_(0), squared_(points.size()), model_(std::move(start)) {}

  KMeans take(std::size_t iterations_max) {
    model_.inertia = 0;
    if (model_.size() == 0 || points_.size() == 0) return std::move(model_); // nobody
    for (std::size_t i = 0; i < iterations_max && iterate(); ++i) {
    }
    for (std::size_t i = 0; i < points_.size(); ++i)
      model_.inertia += points_.weight[i] * nearest_two(model_, points_.point(i)).squared;
    return std::move(model_);
  }

private:
  void push_centre(std::size_t point) {
    const auto at = points_.point(point);
    model_.centres.insert(model_.centres.end(), at.begin(), at.end());
    for (std::size_t i = 0; i < points_.size(); ++i)
      squared_[i] = std::min(squared_[i], squared_distance(points_.point(i), at));
  }

  /// A point with chance ∝ weight · squared distance; none where all of it is zero.
  std::size_t draw(double total, bool by_distance) {
    double left = random_.uniform() * total;
    std::size_t last = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const double part = points_.weight[i] * (by_distance ? squared_[i] : 1);
      if (part <= 0) continue;
      last = i;
      if (left < part) return i;
      left -= part;
    }
    return last;
  }

  void seed_centres(std::size_t k) {
    double total = 0;
    for (const double weight : points_.weight) total += weight;
    if (total <= 0) return;
    push_centre(draw(total, false));
    const std::size_t candidates = 2 + std::bit_width(k) * 7 / 10; // 2 + ln k, nearly
    while (model_.size() < k) {
      total = 0;
      for (std::size_t i = 0; i < points_.size(); ++i) total += points_.weight[i] * squared_[i];
      if (total <= 0) return; // no point is anywhere else
      std::size_t best = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t c = 0; c < candidates; ++c) {
        const std::size_t candidate = draw(total, true);
        const auto at = points_.point(candidate);
        double sum = 0;
        for (std::size_t i = 0; i < points_.size(); ++i)
          sum += points_.weight[i] * std::min(squared_[i], squared_distance(points_.point(i), at));
        if (sum < least) {
          least = sum;
          best = candidate;
        }
      }
      push_centre(best);
    }
  }

  /// False: nothing moved.
  bool iterate() {
    const std::size_t k = model_.size(), dimensions = model_.dimensions;
    std::vector<double> sums(k * dimensions), weights(k);
    std::size_t worst = 0;
    double worst_cost = -1;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto found = nearest_two(model_, points_.point(i));
      weights[found.centre] += points_.weight[i];
      for (std::size_t d = 0; d < dimensions; ++d)
        sums[found.centre * dimensions + d] += points_.weight[i] * points_.point(i)[d];
      if (points_.weight[i] * found.squared > worst_cost) {
        worst_cost = points_.weight[i] * found.squared;
        worst = i;
      }
    }
    std::vector<double> moved(k * dimensions);
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t d = 0; d < dimensions; ++d)
        moved[c * dimensions + d] =
            weights[c] > 0 ? sums[c * dimensions + d] / weights[c] : points_.point(worst)[d];
    const bool changed = moved != model_.centres;
    model_.centres = std::move(moved);
    return changed;
  }

  const WeightedPoints& points_;
  Random random_;
  std::vector<double> squared_; ///< of each point to the nearest seed
  KMeans model_;
};

} // namespace

WeightedPoints WeightedPoints::of(const stats::LatticeCells& cells) {
  WeightedPoints points;
  points.dimensions = cells.dimensions();
  for (const auto& [key, cell] : cells.cells()) {
    const auto count = static_cast<double>(cell.count);
    points.weight.push_back(count);
    for (std::size_t i = 0; i < points.dimensions; ++i)
      points.at.push_back(static_cast<double>(cell.sum[i]) / count /
                          (1 << stats::LatticeCells::kFractionBits));
  }
  return points;
}

std::size_t KMeans::nearest(std::span<const double> point) const {
  assert(size() > 0 && point.size() == dimensions);
  return nearest_two(*this, point).centre;
}

KMeans KMeans::fit(const WeightedPoints& points, Settings settings) {
  assert(settings.k >= 1 && settings.restarts >= 1);
  KMeans best;
  for (std::size_t run = 0; run < settings.restarts; ++run) {
    KMeans one = Run(points, settings.k, settings.seed + run).take(settings.iterations_max);
    if (run == 0 || one.inertia < best.inertia) best = std::move(one);
  }
  return best;
}

KMeans KMeans::refine(const WeightedPoints& points, KMeans start, std::size_t iterations_max) {
  assert(start.dimensions == points.dimensions);
  return Run(points, std::move(start)).take(iterations_max);
}

double simplified_silhouette(const WeightedPoints& points, const KMeans& model) {
  if (model.size() < 2) return 0;
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto found = nearest_two(model, points.point(i));
    const double a = std::sqrt(found.squared), b = std::sqrt(found.second);
    sum += points.weight[i] * (b > 0 ? (b - a) / b : 0);
    total += points.weight[i];
  }
  return total > 0 ? sum / total : 0;
}

KMeans fit_with_chosen_k(const WeightedPoints& points, std::size_t from, std::size_t to,
                         KMeans::Settings settings) {
  assert(from >= 1 && from <= to);
  KMeans best;
  double greatest = -1;
  for (settings.k = from; settings.k <= to; ++settings.k) {
    KMeans one = KMeans::fit(points, settings);
    const double silhouette = simplified_silhouette(points, one);
    if (silhouette > greatest) {
      greatest = silhouette;
      best = std::move(one);
    }
  }
  return best;
}

} // namespace kindred::learners
