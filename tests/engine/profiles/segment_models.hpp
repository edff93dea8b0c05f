#pragma once

#include <string>

#include "engine/profiles/membership.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {

// Models that part users, small enough to know by heart: for tests of the fold.

/// Clusters by a trait "x" alone: one around each of the places, with ids from `first_id` on.
inline learners::Segmentation parted_at(const std::vector<double>& places, std::uint32_t first_id = 1) {
  learners::Segmentation model;
  model.axes = {{"trait:x", 0, 1}};
  model.next_id = first_id;
  for (const double place : places) {
    learners::Segmentation::Segment segment{model.next_id++, "at " + std::to_string(place), {}, 0};
    segment.centre[0] = static_cast<std::int32_t>(place * (1 << stats::LatticeCells::kFractionBits));
    model.segments.push_back(std::move(segment));
  }
  return model;
}

/// Who ordered on the day of kNoon or before has recency 1; more than four orders are frequency 5.
inline learners::Rfm quintiles() {
  learners::Rfm model;
  model.day_borders.fill(day_of(kNoon));
  model.order_borders = {1, 2, 3, 4};
  model.spent_borders = {10, 20, 30, 40};
  return model;
}

inline records::Adopt adopt_of(const learners::Segmentation& model, std::uint64_t generation) {
  return {std::string(kAdoptSegmentation), generation, model.canonical()};
}
inline records::Adopt adopt_of(const learners::Rfm& model, std::uint64_t generation) {
  return {std::string(kAdoptRfm), generation, model.canonical()};
}

/// "x" is told of ann.
inline records::Record x_is(std::int64_t x, std::uint64_t id, Instant stamp = kNoon) {
  const records::ProfileUpdate update{"ann", {{"x", x}}, {}, std::nullopt, ""};
  return record_of(records::RecordType::kProfileUpdate, update, {20, id}, stamp);
}

/// How many users the sums say are in a segment.
inline std::int64_t members(const stats::FastDelta& sums, std::string_view kind, std::uint32_t segment) {
  const ItemId scope{stats::segment_scope(kind, segment).value};
  for (const auto& [key, amount] : sums.counts())
    if (key.kind == stats::FastDelta::kMembers && key.item == scope) return amount;
  return 0;
}
inline std::size_t member_counts(const stats::FastDelta& sums) {
  std::size_t counts = 0;
  for (const auto& [key, amount] : sums.counts()) counts += key.kind == stats::FastDelta::kMembers ? 1 : 0;
  return counts;
}

} // namespace kindred::profiles
