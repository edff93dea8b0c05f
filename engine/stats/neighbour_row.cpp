#include "engine/stats/neighbour_row.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kindred::stats {

void NeighbourRow::Builder::append(std::uint32_t slot, std::int64_t count) {
  assert(slot < kSlotsMax && count != 0 && (empty() || slot > last()));
  const bool fits = count > 0 && count < std::int64_t{kLarge};
  words_.push_back(slot << 8 | (fits ? static_cast<std::uint32_t>(count) : kLarge));
  if (!fits) large_.push_back(count);
}

void NeighbourRow::Builder::flush_into(NeighbourRow& row) {
  const std::size_t size = words_.size();
  const std::size_t chunks = (size + kChunkMax - 1) / kChunkMax;
  const std::int64_t* large = large_.data();
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto begin = words_.begin() + static_cast<std::ptrdiff_t>(size * i / chunks);
    const auto end = words_.begin() + static_cast<std::ptrdiff_t>(size * (i + 1) / chunks);
    const auto count = static_cast<std::size_t>(end - begin);
    const auto larges = static_cast<std::size_t>(
        std::count_if(begin, end, [](std::uint32_t word) { return (word & kLarge) == kLarge; }));
    auto chunk = std::make_shared_for_overwrite<std::uint32_t[]>(1 + count + 2 * larges);
    chunk[0] = static_cast<std::uint32_t>(count);
    std::copy(begin, end, &chunk[1]);
    if (larges > 0) std::memcpy(&chunk[1 + count], large, larges * sizeof *large);
    large += larges;
    row.chunks_.push_back(std::move(chunk));
  }
  row.size_ += size;
  words_.clear();
  large_.clear();
}

NeighbourRow NeighbourRow::Builder::take() {
  NeighbourRow row;
  flush_into(row);
  *this = {};
  return row;
}

std::int64_t NeighbourRow::count_of(std::uint32_t slot) const {
  const auto behind =
      std::upper_bound(chunks_.begin(), chunks_.end(), slot,
                       [](std::uint32_t sought, const Chunk& chunk) { return sought < first_of(chunk); });
  if (behind == chunks_.begin()) return 0;
  std::int64_t found = 0;
  auto look = [&](std::uint32_t at, std::int64_t count) {
    if (at == slot) found = count;
  };
  for_each_in((behind - 1)->get(), look);
  return found;
}

void NeighbourRow::share(const Chunk& chunk) {
  chunks_.push_back(chunk);
  size_ += size_of(chunk);
}

void NeighbourRow::merge(const Chunk& chunk, std::span<const Change> changes, Builder& into) {
  auto change = changes.begin();
  const auto put = [&](std::uint32_t slot, std::int64_t count) {
    if (count != 0) into.append(slot, count);
  };
  auto take = [&](std::uint32_t slot, std::int64_t count) {
    for (; change != changes.end() && change->slot < slot; ++change) put(change->slot, change->amount);
    if (change != changes.end() && change->slot == slot) count += (change++)->amount;
    put(slot, count);
  };
  for_each_in(chunk.get(), take);
  for (; change != changes.end(); ++change) put(change->slot, change->amount);
}

// A change belongs to the last chunk that begins at its slot or below, or to the first one.
NeighbourRow NeighbourRow::with(std::span<const Change> changes) const {
  NeighbourRow row;
  Builder made;
  if (chunks_.empty()) {
    for (const Change& change : changes)
      if (change.amount != 0) made.append(change.slot, change.amount);
    return made.take();
  }
  row.chunks_.reserve(chunks_.size() + 1);
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    auto end = changes.end();
    if (i + 1 < chunks_.size())
      end = std::partition_point(changes.begin(), changes.end(), [&](const Change& change) {
        return change.slot < first_of(chunks_[i + 1]);
      });
    const std::span<const Change> here(changes.begin(), end);
    changes = changes.subspan(here.size());
    if (here.empty()) {
      row.share(chunks_[i]);
      continue;
    }
    merge(chunks_[i], here, made);
    made.flush_into(row);
  }
  return row;
}

} // namespace kindred::stats
