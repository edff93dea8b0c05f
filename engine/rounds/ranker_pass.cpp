#include "engine/rounds/ranker_pass.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "engine/learners/prediction/ranker.hpp"

namespace kindred::rounds {

namespace {

constexpr std::uint8_t kVersion = 2;            // 1: without from_lists
constexpr std::size_t kPlacementsMax = 100'000; ///< counted in one statistic; more is no statistic of ours

void write(ByteWriter& out, const std::vector<double>& weights) {
  out.u32(static_cast<std::uint32_t>(weights.size()));
  for (const double weight : weights) out.u64(std::bit_cast<std::uint64_t>(weight));
}

/// False: neither none nor one per feature, or one that is no number.
bool read(ByteReader& in, std::vector<double>& weights) {
  const std::uint32_t count = in.count(8);
  for (std::uint32_t i = 0; i < count; ++i) weights.push_back(std::bit_cast<double>(in.u64()));
  const auto is_number = [](double weight) { return std::isfinite(weight); };
  if (!std::all_of(weights.begin(), weights.end(), is_number)) return false;
  return in.ok() && (count == 0 || count == learners::Ranker::kFeatures);
}

bool is_kind(std::uint8_t kind) { return kind >= 1 && kind <= 3; }

} // namespace

Bytes RankerPass::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u32(static_cast<std::uint32_t>(targets.size()));
  for (const RankerTarget& target : targets) {
    out.text(target.placement);
    write(out, target.weights);
    write(out, target.others);
    out.instant(target.since);
    out.u8(target.from_lists ? 1 : 0);
  }
  return out.take();
}

std::optional<RankerPass> RankerPass::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  const std::uint32_t count = in.count(21);
  if (!known || !is_kind(kind) || !in.ok() || count > 2 * kRankerTargetsMax) return std::nullopt;
  RankerPass pass;
  pass.kind = static_cast<Kind>(kind);
  for (std::uint32_t i = 0; i < count; ++i) {
    RankerTarget& target = pass.targets.emplace_back();
    target.placement = in.text();
    if (!read(in, target.weights) || !read(in, target.others)) return std::nullopt;
    target.since = in.instant();
    target.from_lists = in.u8() != 0;
    if (target.weights.empty() || (pass.kind == Kind::kCompare && target.others.empty())) return std::nullopt;
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return pass;
}

void RankerStatistic::add(const RankerStatistic& other) {
  assert(kind == other.kind && sums.size() == other.sums.size() &&
         differences.size() == other.differences.size());
  for (const auto& [placement, count] : other.counts) {
    counts[placement].all += count.all;
    counts[placement].from_lists += count.from_lists;
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(other.sums[i]);
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i].add(other.differences[i]);
}

Bytes RankerStatistic::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u32(static_cast<std::uint32_t>(counts.size()));
  for (const auto& [placement, count] : counts) {
    out.text(placement);
    out.i64(count.all);
    out.i64(count.from_lists);
  }
  out.u32(static_cast<std::uint32_t>(sums.size()));
  for (const auto& one : sums) out.text(one.canonical());
  out.u32(static_cast<std::uint32_t>(differences.size()));
  for (const auto& one : differences) stats::write(out, one);
  return out.take();
}

std::optional<RankerStatistic> RankerStatistic::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  if (!known || !is_kind(kind)) return std::nullopt;
  RankerStatistic statistic;
  statistic.kind = static_cast<RankerPass::Kind>(kind);
  const std::uint32_t placements = in.count(20);
  if (placements > kPlacementsMax) return std::nullopt;
  for (std::uint32_t i = 0; i < placements; ++i) {
    const std::string placement(in.text());
    ExampleCounts& count = statistic.counts[placement];
    count.all = in.i64();
    count.from_lists = in.i64();
  }
  const std::uint32_t sums = in.count(14);
  for (std::uint32_t i = 0; i < sums; ++i) {
    auto one = stats::LogitSums::from(in.text());
    if (!one) return std::nullopt;
    statistic.sums.push_back(std::move(*one));
  }
  const std::uint32_t differences = in.count(stats::kMomentsBytes);
  for (std::uint32_t i = 0; i < differences; ++i) statistic.differences.push_back(stats::read_moments(in));
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return statistic;
}

} // namespace kindred::rounds
