#include "engine/stats/gram_rows.hpp"

#include <algorithm>
#include <cassert>

namespace kindred::stats {

namespace {
/// Pairs in the rows before this one.
std::size_t pairs_before(std::size_t row) { return row * (row + 1) / 2; }
} // namespace

GramRows::GramRows(std::size_t items, std::size_t first, std::size_t rows)
    : items_(items), first_(first), rows_(rows), sums_(pairs_before(first + rows) - pairs_before(first)) {
  assert(items <= Gram::kItemsMax && first + rows <= items);
}

Result<std::size_t, Gram::Refusal> GramRows::add(std::span<const Gram::Entry> row) {
  if (first_ == 0 && users_ >= Gram::kUsersMax) return Gram::Refusal::kTooManyUsers;
  users_ += first_ == 0 ? 1 : 0;
  const auto from =
      std::lower_bound(row.begin(), row.end(), first_,
                       [](const Gram::Entry& one, std::size_t item) { return one.item < item; });
  std::size_t pairs = 0;
  for (auto one = from; one != row.end() && one->item < first_ + rows_; ++one) {
    assert(one->weight >= 1 && one->weight <= Gram::kWeightMax);
    std::int32_t* sums = sums_.data() + (pairs_before(one->item) - pairs_before(first_));
    for (auto other = row.begin(); other <= one; ++other) sums[other->item] += one->weight * other->weight;
    pairs += static_cast<std::size_t>(one - row.begin()) + 1;
  }
  return pairs;
}

Bytes GramRows::canonical() const {
  ByteWriter out;
  out.u8(Gram::kBlockVersion);
  out.u32(static_cast<std::uint32_t>(items_));
  out.u32(static_cast<std::uint32_t>(first_));
  out.u32(static_cast<std::uint32_t>(rows_));
  out.i64(users_);
  out.raw({reinterpret_cast<const char*>(sums_.data()), sums_.size() * sizeof(std::int32_t)});
  return out.take();
}

bool GramRows::is_block(BytesView block, std::size_t items, std::size_t first, std::size_t rows) {
  ByteReader in(block);
  return in.u8() == Gram::kBlockVersion && in.u32() == items && in.u32() == first && in.u32() == rows &&
         in.i64() >= 0 && in.ok() &&
         in.left() == (pairs_before(first + rows) - pairs_before(first)) * sizeof(std::int32_t);
}

std::size_t GramRows::rows_within(std::size_t items, std::size_t first, std::size_t bytes) {
  assert(first < items);
  std::size_t rows = 1;
  while (first + rows < items &&
         (pairs_before(first + rows + 1) - pairs_before(first)) * sizeof(std::int32_t) <= bytes)
    ++rows;
  return rows;
}

} // namespace kindred::stats
