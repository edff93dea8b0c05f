#include "engine/stats/lattice_cells.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace kindred::stats {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr int kFinestBits = 8;           // log2 of the finest side, in units of a coordinate
constexpr std::int32_t kOrigin = 24'248; // .37 σ: no border runs through the mean
constexpr double kOne = 1 << LatticeCells::kFractionBits;

} // namespace

LatticeCells::LatticeCells(std::size_t dimensions, std::size_t cells_max)
    : dimensions_(dimensions), cells_max_(cells_max) {
  assert(dimensions >= 1 && dimensions <= kDimensionsMax && cells_max >= kCellsLeast);
}

std::optional<LatticeCells::Point> LatticeCells::point(std::span<const double> standardized) {
  assert(standardized.size() <= kDimensionsMax);
  Point point{};
  for (std::size_t i = 0; i < standardized.size(); ++i) {
    if (std::isnan(standardized[i])) return std::nullopt;
    constexpr double kMax = kCoordinateMax;
    point[i] = static_cast<std::int32_t>(std::lround(std::clamp(standardized[i] * kOne, -kMax, kMax)));
  }
  return point;
}

LatticeCells::Key LatticeCells::key_of(const Point& point) const {
  Key key{};
  for (std::size_t i = 0; i < dimensions_; ++i) key[i] = (point[i] + kOrigin) >> (kFinestBits + level_);
  return key;
}

template <int Sign>
void LatticeCells::take(const Key& key, const Cell& cell) {
  const auto at = cells_.try_emplace(key).first;
  at->second.count += Sign * cell.count;
  for (std::size_t i = 0; i < dimensions_; ++i) {
    at->second.sum[i] += Sign * cell.sum[i];
    at->second.squares[i] += Sign * cell.squares[i];
  }
  users_ += Sign * cell.count;
  if (at->second.count == 0) cells_.erase(at);
}

namespace {
LatticeCells::Cell cell_of(const LatticeCells::Point& point) {
  LatticeCells::Cell cell{1, {}, {}};
  for (std::size_t i = 0; i < point.size(); ++i) {
    cell.sum[i] = point[i];
    cell.squares[i] = __int128{point[i]} * point[i];
  }
  return cell;
}
} // namespace

void LatticeCells::add(const Point& point) {
  take<1>(key_of(point), cell_of(point));
  fit();
}

void LatticeCells::subtract(const Point& point) { take<-1>(key_of(point), cell_of(point)); }

template <int Sign>
void LatticeCells::take(LatticeCells other) {
  assert(dimensions_ == other.dimensions_ && cells_max_ == other.cells_max_);
  const int level = std::max(level_, other.level_);
  coarsen_to(level);
  other.coarsen_to(level);
  for (const auto& [key, cell] : other.cells_) take<Sign>(key, cell);
}

void LatticeCells::add(const LatticeCells& other) {
  take<1>(other);
  fit();
}

void LatticeCells::subtract(const LatticeCells& other) { take<-1>(other); }

void LatticeCells::fit() {
  while (cells_.size() > cells_max_ && level_ + 1 < kLevels) coarsen();
}

void LatticeCells::coarsen_to(int level) {
  while (level_ < level) coarsen();
}

void LatticeCells::coarsen() {
  const auto finer = std::exchange(cells_, {});
  ++level_;
  users_ = 0; // counted again
  for (const auto& [key, cell] : finer) {
    Key above = key;
    for (std::int32_t& index : above) index >>= 1;
    take<1>(above, cell);
  }
}

Bytes LatticeCells::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(dimensions_));
  out.u8(static_cast<std::uint8_t>(level_));
  out.u32(static_cast<std::uint32_t>(cells_max_));
  out.u32(static_cast<std::uint32_t>(cells_.size()));
  for (const auto& [key, cell] : cells_) {
    for (std::size_t i = 0; i < dimensions_; ++i) out.i32(key[i]);
    out.i64(cell.count);
    for (std::size_t i = 0; i < dimensions_; ++i) {
      out.i64(cell.sum[i]);
      out.i128(cell.squares[i]);
    }
  }
  return out.take();
}

std::optional<LatticeCells> LatticeCells::from(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  const std::size_t dimensions = in.u8();
  const int level = in.u8();
  const std::size_t cells_max = in.u32();
  const std::size_t count = in.count(1);
  if (!known || !in.ok() || dimensions < 1 || dimensions > kDimensionsMax || level >= kLevels ||
      cells_max < kCellsLeast || count > cells_max)
    return std::nullopt;
  LatticeCells cells(dimensions, cells_max);
  cells.level_ = level;
  for (std::size_t n = 0; n < count; ++n) {
    Key key{};
    Cell cell;
    for (std::size_t i = 0; i < dimensions; ++i) key[i] = in.i32();
    cell.count = in.i64();
    for (std::size_t i = 0; i < dimensions; ++i) {
      cell.sum[i] = in.i64();
      cell.squares[i] = in.i128();
    }
    if (!in.ok() || cell.count == 0) return std::nullopt;
    if (!cells.cells_.empty() && key <= cells.cells_.rbegin()->first) return std::nullopt;
    cells.users_ += cell.count;
    cells.cells_.emplace_hint(cells.cells_.end(), key, cell);
  }
  if (!in.at_end()) return std::nullopt;
  return cells;
}

} // namespace kindred::stats
