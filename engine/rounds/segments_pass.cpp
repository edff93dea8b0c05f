#include "engine/rounds/segments_pass.hpp"

#include <bit>
#include <cassert>
#include <cmath>
#include <iterator>

#include "engine/profiles/features.hpp"

namespace kindred::rounds {

namespace {

constexpr std::uint8_t kVersion = 1;
using Segmentation = learners::Segmentation;
using Kind = SegmentsPass::Kind;

bool is_kind(std::uint8_t kind) { return kind >= 1 && kind <= 5; }

bool has_cells(Kind kind) { return kind == Kind::kCells || kind == Kind::kSample; }

bool is_axis(const SegmentsPass::Axis& axis) {
  return !axis.feature.empty() && axis.feature.size() <= Segmentation::kNameMax && std::isfinite(axis.mean) &&
         std::isfinite(axis.scale) && axis.scale > 0;
}

bool is_point(const SegmentsPass::Point& point, std::size_t axes) {
  for (std::size_t i = 0; i < point.size(); ++i) {
    const std::int64_t at = point[i];
    if (at < -stats::LatticeCells::kCoordinateMax || at > stats::LatticeCells::kCoordinateMax) return false;
    if (i >= axes && at != 0) return false;
  }
  return true;
}

/// Whether what a pass of this kind needs is there.
bool is_whole(const SegmentsPass& pass) {
  if (pass.kind != Kind::kSample && pass.sampled != 0) return false;
  if (pass.kind == Kind::kMoments) return pass.axes.empty() && pass.centres.empty() && pass.serving.empty();
  if (pass.axes.empty() || pass.axes.size() > Segmentation::kAxesMax) return false;
  if (has_cells(pass.kind)) return pass.centres.empty() && pass.serving.empty();
  if (pass.centres.empty() || pass.centres.size() > Segmentation::kSegmentsMax) return false;
  return pass.serving.empty() || (pass.kind == Kind::kOverlap && Segmentation::from(pass.serving));
}

} // namespace

std::size_t cells_max(SegmentsPass::Kind kind) {
  return kind == Kind::kSample ? kSampleCells : kSegmentCells;
}

Bytes SegmentsPass::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u32(static_cast<std::uint32_t>(axes.size()));
  for (const Axis& axis : axes) {
    out.text(axis.feature);
    out.u64(std::bit_cast<std::uint64_t>(axis.mean));
    out.u64(std::bit_cast<std::uint64_t>(axis.scale));
  }
  out.u32(static_cast<std::uint32_t>(centres.size()));
  for (const Point& centre : centres)
    for (const std::int32_t at : centre) out.i32(at);
  out.text(serving);
  out.u64(sampled);
  return out.take();
}

std::optional<SegmentsPass> SegmentsPass::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  if (!known || !is_kind(kind)) return std::nullopt;
  SegmentsPass pass;
  pass.kind = static_cast<Kind>(kind);
  pass.axes.resize(in.count(20));
  for (Axis& axis : pass.axes) {
    axis.feature = in.text();
    axis.mean = std::bit_cast<double>(in.u64());
    axis.scale = std::bit_cast<double>(in.u64());
    if (!in.ok() || !is_axis(axis)) return std::nullopt;
  }
  pass.centres.resize(in.count(sizeof(Point)));
  for (Point& centre : pass.centres) {
    for (std::int32_t& at : centre) at = in.i32();
    if (!is_point(centre, pass.axes.size())) return std::nullopt;
  }
  pass.serving = in.text();
  pass.sampled = in.u64();
  if (!in.ok() || !in.at_end() || !is_whole(pass)) return std::nullopt;
  return pass;
}

bool SegmentsStatistic::fits(const SegmentsStatistic& other) const {
  if (kind != other.kind || cells.has_value() != other.cells.has_value() ||
      means.has_value() != other.means.has_value())
    return false;
  if (cells && cells->dimensions() != other.cells->dimensions()) return false;
  return !means || means->centres() == other.means->centres();
}

void SegmentsStatistic::add(const SegmentsStatistic& other) {
  assert(fits(other));
  users += other.users;
  with_categories += other.with_categories;
  for (const auto& [feature, part] : other.moments) moments[feature].add(part);
  if (cells) cells->add(*other.cells);
  if (means) means->add(*other.means);
  for (const auto& [place, count] : other.overlap) overlap[place] += count;
  keep_first();
}

void SegmentsStatistic::keep_first() {
  for (const std::string_view beginning : {profiles::kCategoryFeature, profiles::kTraitFeature}) {
    std::size_t kept = 0;
    for (auto at = moments.lower_bound(std::string(beginning));
         at != moments.end() && at->first.starts_with(beginning);)
      at = kept++ < kFeatureNamesMax ? std::next(at) : moments.erase(at);
  }
}

Bytes SegmentsStatistic::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.i64(users);
  out.i64(with_categories);
  out.u32(static_cast<std::uint32_t>(moments.size()));
  for (const auto& [feature, part] : moments) {
    out.text(feature);
    stats::write(out, part);
  }
  out.text(cells ? cells->canonical() : Bytes());
  out.text(means ? means->canonical() : Bytes());
  out.u32(static_cast<std::uint32_t>(overlap.size()));
  for (const auto& [place, count] : overlap) {
    out.u32(place.first);
    out.u32(place.second);
    out.i64(count);
  }
  return out.take();
}

std::optional<SegmentsStatistic> SegmentsStatistic::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  if (!known || !is_kind(kind)) return std::nullopt;
  SegmentsStatistic statistic;
  statistic.kind = static_cast<Kind>(kind);
  statistic.users = in.i64();
  statistic.with_categories = in.i64();
  const std::uint32_t features = in.count(4 + stats::kMomentsBytes);
  for (std::uint32_t i = 0; i < features && in.ok(); ++i) {
    const std::string feature(in.text());
    if (!statistic.moments.empty() && feature <= statistic.moments.rbegin()->first) return std::nullopt;
    statistic.moments[feature] = stats::read_moments(in);
  }
  const BytesView cells = in.text();
  if (!cells.empty() && !(statistic.cells = stats::LatticeCells::from(cells))) return std::nullopt;
  const BytesView means = in.text();
  if (!means.empty() && !(statistic.means = stats::KMeansSums::from(means))) return std::nullopt;
  const std::uint32_t places = in.count(16);
  for (std::uint32_t i = 0; i < places && in.ok(); ++i) {
    const std::uint32_t id = in.u32(), centre = in.u32();
    const std::pair place(id, centre);
    if (!statistic.overlap.empty() && place <= statistic.overlap.rbegin()->first) return std::nullopt;
    statistic.overlap[place] = in.i64();
  }
  const bool whole = statistic.cells.has_value() == has_cells(statistic.kind) &&
                     statistic.means.has_value() == (statistic.kind == Kind::kMeans);
  if (statistic.cells && statistic.cells->cells_max() != cells_max(statistic.kind)) return std::nullopt;
  if (!in.ok() || !in.at_end() || !whole || statistic.users < 0) return std::nullopt;
  return statistic;
}

} // namespace kindred::rounds
