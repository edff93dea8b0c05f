#include "engine/learners/segmentation/segmentation.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace kindred::learners {

namespace {

constexpr std::uint8_t kVersion = 1;
// Another centre takes a user over when it is nearer than a tenth less: 10² · new² < 9² · old².
constexpr std::int64_t kNewSquare = 100, kOldSquare = 81;

std::int64_t squared_distance(const Segmentation::Point& a, const Segmentation::Point& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t difference = std::int64_t{a[i]} - b[i];
    sum += difference * difference;
  }
  return sum;
}

void write(ByteWriter& out, double value) { out.u64(std::bit_cast<std::uint64_t>(value)); }
double read_double(ByteReader& in) { return std::bit_cast<double>(in.u64()); }

void write(ByteWriter& out, const std::vector<std::uint32_t>& ids) {
  out.u32(static_cast<std::uint32_t>(ids.size()));
  for (const std::uint32_t id : ids) out.u32(id);
}
std::vector<std::uint32_t> read_ids(ByteReader& in) {
  std::vector<std::uint32_t> ids(in.count(4));
  for (std::uint32_t& id : ids) id = in.u32();
  return ids;
}

/// At most 64 bytes of a feature's name, never cut within a UTF-8 character.
std::string_view cut_word(std::string_view word) {
  std::size_t size = std::min<std::size_t>(word.size(), 64);
  while (size > 0 && size < word.size() && (static_cast<unsigned char>(word[size]) & 0xc0) == 0x80) --size;
  return word.substr(0, size);
}

bool is_sound(const Segmentation& model) {
  using Limits = Segmentation;
  if (model.axes.empty() || model.axes.size() > Limits::kAxesMax) return false;
  if (model.segments.empty() || model.segments.size() > Limits::kSegmentsMax) return false;
  for (const auto& axis : model.axes) {
    if (axis.feature.empty() || axis.feature.size() > Limits::kNameMax) return false;
    if (!std::isfinite(axis.mean) || !std::isfinite(axis.scale) || axis.scale <= 0) return false;
  }
  std::uint32_t last = 0;
  for (const auto& segment : model.segments) {
    if (segment.id <= last || segment.id >= model.next_id || segment.name.size() > Limits::kNameMax)
      return false;
    for (std::size_t i = 0; i < segment.centre.size(); ++i) {
      const std::int64_t at = segment.centre[i];
      if (std::abs(at) > stats::LatticeCells::kCoordinateMax || (i >= model.axes.size() && at != 0))
        return false;
    }
    if (segment.users < 0) return false;
    last = segment.id;
  }
  const auto were_given = [&](const std::vector<std::uint32_t>& ids) { // two or more
    return ids.size() >= 2 && std::all_of(ids.begin(), ids.end(),
                                          [&](std::uint32_t id) { return id > 0 && id < model.next_id; });
  };
  return std::all_of(model.splits.begin(), model.splits.end(),
                     [&](const auto& split) {
                       return were_given(split.into) && were_given({split.from, split.from});
                     }) &&
         std::all_of(model.merges.begin(), model.merges.end(), [&](const auto& merge) {
           return were_given(merge.from) && were_given({merge.into, merge.into});
         });
}

} // namespace

Segmentation::Point Segmentation::place(std::span<const std::optional<double>> values) const {
  assert(values.size() == axes.size());
  std::array<double, kAxesMax> standardized{};
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (values[i] && std::isfinite(*values[i])) standardized[i] = (*values[i] - axes[i].mean) / axes[i].scale;
  return stats::LatticeCells::point({standardized.data(), axes.size()}).value_or(Point{});
}

const Segmentation::Segment& Segmentation::assign(const Point& point, std::uint32_t current) const {
  assert(!segments.empty());
  const Segment* nearest = nullptr;
  const Segment* now = nullptr;
  std::int64_t least = INT64_MAX, of_now = 0;
  for (const Segment& segment : segments) {
    const std::int64_t squared = squared_distance(point, segment.centre);
    if (segment.id == current) {
      now = &segment;
      of_now = squared;
    }
    if (squared >= least) continue;
    least = squared;
    nearest = &segment;
  }
  if (now == nullptr || kNewSquare * least < kOldSquare * of_now) return *nearest;
  return *now;
}

std::size_t Segmentation::reason(const Point& point, const Segment& from, const Segment& to) const {
  std::size_t best = 0;
  std::int64_t most = INT64_MIN;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t old_way = std::int64_t{point[i]} - from.centre[i],
                       new_way = std::int64_t{point[i]} - to.centre[i];
    const std::int64_t speaks = old_way * old_way - new_way * new_way;
    if (speaks <= most) continue;
    most = speaks;
    best = i;
  }
  return best;
}

const Segmentation::Segment* Segmentation::find(std::uint32_t id) const {
  const auto at = std::partition_point(segments.begin(), segments.end(),
                                       [&](const Segment& segment) { return segment.id < id; });
  return at != segments.end() && at->id == id ? &*at : nullptr;
}

Bytes Segmentation::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(next_id);
  out.u32(static_cast<std::uint32_t>(axes.size()));
  for (const Axis& axis : axes) {
    out.text(axis.feature);
    write(out, axis.mean);
    write(out, axis.scale);
  }
  out.u32(static_cast<std::uint32_t>(segments.size()));
  for (const Segment& segment : segments) {
    out.u32(segment.id);
    out.text(segment.name);
    for (const std::int32_t at : segment.centre) out.i32(at);
    out.i64(segment.users);
  }
  out.u32(static_cast<std::uint32_t>(splits.size()));
  for (const Split& split : splits) {
    out.u32(split.from);
    write(out, split.into);
  }
  out.u32(static_cast<std::uint32_t>(merges.size()));
  for (const Merge& merge : merges) {
    write(out, merge.from);
    out.u32(merge.into);
  }
  return out.take();
}

std::optional<Segmentation> Segmentation::from(BytesView canonical) {
  if (canonical.size() > kBytesMax) return std::nullopt;
  ByteReader in(canonical);
  if (in.u8() != kVersion) return std::nullopt;
  Segmentation model;
  model.next_id = in.u32();
  model.axes.resize(in.count(20));
  for (Axis& axis : model.axes) {
    axis.feature = in.text();
    axis.mean = read_double(in);
    axis.scale = read_double(in);
  }
  model.segments.resize(in.count(48));
  for (Segment& segment : model.segments) {
    segment.id = in.u32();
    segment.name = in.text();
    for (std::int32_t& at : segment.centre) at = in.i32();
    segment.users = in.i64();
  }
  model.splits.resize(in.count(8));
  for (Split& split : model.splits) {
    split.from = in.u32();
    split.into = read_ids(in);
  }
  model.merges.resize(in.count(8));
  for (Merge& merge : model.merges) {
    merge.from = read_ids(in);
    merge.into = in.u32();
  }
  if (!in.ok() || !in.at_end() || !is_sound(model)) return std::nullopt;
  return model;
}

std::string name_of_centre(const std::vector<Segmentation::Axis>& axes, const Segmentation::Point& centre) {
  constexpr std::int32_t kHalfSigma = 1 << (stats::LatticeCells::kFractionBits - 1);
  std::vector<std::size_t> order(axes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(centre[a]) > std::abs(centre[b]); });
  std::string name;
  for (std::size_t n = 0; n < std::min<std::size_t>(order.size(), 2); ++n) {
    const std::size_t axis = order[n];
    if (std::abs(centre[axis]) < kHalfSigma) break;
    const std::string_view feature = axes[axis].feature;
    name += (n == 0 ? "" : ", ") + std::string(centre[axis] > 0 ? "high " : "low ");
    name += cut_word(feature.substr(feature.find(':') + 1)); // "trait:age": whose it is says nothing here
  }
  return name.empty() ? "average" : name;
}

} // namespace kindred::learners
