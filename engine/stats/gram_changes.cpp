#include "engine/stats/gram_changes.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/stats/gram.hpp"

namespace kindred::stats {

namespace {

std::uint32_t pair_of(std::uint32_t a, std::uint32_t b) {
  const auto [low, high] = std::minmax(a, b);
  return high * (high + 1) / 2 + low; // below 2^26
}

} // namespace

std::size_t GramChanges::take(std::span<const Entry> row) {
  bool before = false, now = false;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    assert(row[i].item < items_ && (i == 0 || row[i - 1].item < row[i].item));
    before |= row[i].part != Part::kComes;
    now |= row[i].part != Part::kGoes;
    if (row[i].part == Part::kStays) continue;
    const std::int64_t sign = row[i].part == Part::kComes ? 1 : -1;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (row[j].part != Part::kStays && (row[j].part != row[i].part || j > i)) continue;
      pairs_.add(pair_of(row[i].item, row[j].item), sign);
      ++pairs;
    }
  }
  users_ += (now ? 1 : 0) - (before ? 1 : 0);
  return pairs;
}

void GramChanges::add(const GramChanges& other) {
  assert(items_ == other.items_);
  users_ += other.users_;
  pairs_.add_all(other.pairs_, 1);
}

void GramChanges::subtract(const GramChanges& other) {
  assert(items_ == other.items_);
  users_ -= other.users_;
  pairs_.add_all(other.pairs_, -1);
}

Bytes GramChanges::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(items_));
  out.i64(users_);
  out.u32(static_cast<std::uint32_t>(pairs_.entries().size()));
  for (const auto& [pair, sum] : pairs_.entries()) {
    assert(sum >= std::numeric_limits<std::int32_t>::min() &&
           sum <= std::numeric_limits<std::int32_t>::max());
    out.u32(pair);
    out.i32(static_cast<std::int32_t>(sum));
  }
  return out.take();
}

std::optional<GramChanges> GramChanges::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  GramChanges changes(in.u32());
  if (!known || changes.items_ > Gram::kItemsMax) return std::nullopt;
  changes.users_ = in.i64();
  if (changes.users_ > Gram::kUsersMax || changes.users_ < -Gram::kUsersMax) return std::nullopt;
  std::int64_t last = -1;
  for (std::uint32_t left = in.count(8); left > 0; --left) {
    const std::uint32_t pair = in.u32();
    const std::int32_t sum = in.i32();
    if (pair <= last || pair >= changes.items_ * (changes.items_ + 1) / 2 || sum == 0) return std::nullopt;
    last = pair;
    changes.pairs_.add(pair, sum);
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return changes;
}

} // namespace kindred::stats
