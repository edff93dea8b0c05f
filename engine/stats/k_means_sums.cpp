#include "engine/stats/k_means_sums.hpp"

#include <cassert>
#include <utility>

namespace kindred::stats {

namespace {

constexpr std::uint8_t kVersion = 1;

std::int64_t squared_distance(const KMeansSums::Point& a, const KMeansSums::Point& b,
                              std::size_t dimensions) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const std::int64_t difference = std::int64_t{a[i]} - b[i];
    sum += difference * difference;
  }
  return sum;
}

/// To the nearest, halves away from zero. Requires: count > 0.
std::int32_t rounded_mean(std::int64_t sum, std::int64_t count) {
  const std::int64_t half = sum < 0 ? -(count / 2) : count / 2;
  return static_cast<std::int32_t>((sum + half) / count);
}

} // namespace

KMeansSums::KMeansSums(std::size_t dimensions, std::vector<Point> centres)
    : dimensions_(dimensions), centres_(std::move(centres)), parts_(centres_.size()) {
  assert(dimensions >= 1 && dimensions <= LatticeCells::kDimensionsMax);
  assert(!centres_.empty() && centres_.size() <= kCentresMax);
}

std::size_t KMeansSums::nearest(const Point& point) const {
  std::size_t found = 0;
  std::int64_t least = INT64_MAX;
  for (std::size_t c = 0; c < centres_.size(); ++c) {
    const std::int64_t squared = squared_distance(point, centres_[c], dimensions_);
    if (squared >= least) continue;
    least = squared;
    found = c;
  }
  return found;
}

template <int Sign>
void KMeansSums::take(const Point& point) {
  const std::size_t centre = nearest(point);
  Part& part = parts_[centre];
  part.count += Sign;
  for (std::size_t i = 0; i < dimensions_; ++i) part.sum[i] += Sign * std::int64_t{point[i]};
  squares_ += Sign * static_cast<__int128>(squared_distance(point, centres_[centre], dimensions_));
}
template void KMeansSums::take<1>(const Point&);
template void KMeansSums::take<-1>(const Point&);

void KMeansSums::add(const KMeansSums& other) {
  assert(dimensions_ == other.dimensions_ && centres_ == other.centres_);
  for (std::size_t c = 0; c < parts_.size(); ++c) {
    parts_[c].count += other.parts_[c].count;
    for (std::size_t i = 0; i < dimensions_; ++i) parts_[c].sum[i] += other.parts_[c].sum[i];
  }
  squares_ += other.squares_;
}

void KMeansSums::subtract(const KMeansSums& other) {
  assert(dimensions_ == other.dimensions_ && centres_ == other.centres_);
  for (std::size_t c = 0; c < parts_.size(); ++c) {
    parts_[c].count -= other.parts_[c].count;
    for (std::size_t i = 0; i < dimensions_; ++i) parts_[c].sum[i] -= other.parts_[c].sum[i];
  }
  squares_ -= other.squares_;
}

std::int64_t KMeansSums::users() const {
  std::int64_t users = 0;
  for (const Part& part : parts_) users += part.count;
  return users;
}

double KMeansSums::inertia() const {
  constexpr double kUnit = double{1} / (std::int64_t{1} << (2 * LatticeCells::kFractionBits));
  return static_cast<double>(squares_) * kUnit;
}

std::vector<KMeansSums::Point> KMeansSums::moved() const {
  std::vector<Point> moved = centres_;
  for (std::size_t c = 0; c < moved.size(); ++c) {
    if (parts_[c].count <= 0) continue;
    for (std::size_t i = 0; i < dimensions_; ++i)
      moved[c][i] = rounded_mean(parts_[c].sum[i], parts_[c].count);
  }
  return moved;
}

Bytes KMeansSums::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(dimensions_));
  out.u32(static_cast<std::uint32_t>(centres_.size()));
  for (std::size_t c = 0; c < centres_.size(); ++c) {
    for (std::size_t i = 0; i < dimensions_; ++i) out.i32(centres_[c][i]);
    out.i64(parts_[c].count);
    for (std::size_t i = 0; i < dimensions_; ++i) out.i64(parts_[c].sum[i]);
  }
  out.i128(squares_);
  return out.take();
}

std::optional<KMeansSums> KMeansSums::from(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  const std::size_t dimensions = in.u8();
  const std::size_t count = in.count(1);
  if (!known || !in.ok() || dimensions < 1 || dimensions > LatticeCells::kDimensionsMax || count < 1 ||
      count > kCentresMax)
    return std::nullopt;
  KMeansSums sums(dimensions, std::vector<Point>(count, Point{}));
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t i = 0; i < dimensions; ++i) {
      const std::int32_t at = in.i32();
      if (at < -LatticeCells::kCoordinateMax || at > LatticeCells::kCoordinateMax) return std::nullopt;
      sums.centres_[c][i] = at;
    }
    sums.parts_[c].count = in.i64();
    for (std::size_t i = 0; i < dimensions; ++i) sums.parts_[c].sum[i] = in.i64();
  }
  sums.squares_ = in.i128();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return sums;
}

} // namespace kindred::stats
