#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/stats/fast_delta.hpp"
#include "engine/stats/neighbour_row.hpp"
#include "engine/stats/trend_sums.hpp"

namespace kindred::stats {

/// The sum of all FastDeltas of one tenant, laid out for reading in decisions: dense slots per item, sums per half-life
/// contiguous, a row of neighbours per item.
///
/// Slots are numbered by first sight and mean nothing outside this object; no result depends on them.
/// `add` is O(changes · log changes) and makes anew what chunks of rows they touch; a copy shares the rows, which are most of
/// the memory. Reads are const and allocate nothing but the caller's vector. Owner: the fast_models state, which publishes
/// immutable snapshots; not thread-safe while `add` runs, free for all afterwards.
class FastModel {
public:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();
  /// Items that have neighbours: what is met beyond has none.
  static constexpr std::size_t kNeighbourSlots = NeighbourRow::kSlotsMax;

  /// What an item's neighbours are.
  struct Rows {
    NeighbourRow successors;   ///< what came right after it
    NeighbourRow co_occurring; ///< what occurred near it, whichever came first
    std::int64_t successor_total = 0;
  };

  /// Adds this tenant's part of the delta. Requires, of concurrent use of one delta: that it is settled.
  void add(const FastDelta& delta, TenantId tenant);
  /// The same for a copy that follows another one: takes over the rows that the delta touches instead of making them again.
  /// Requires: `ahead` is told the same deltas in the same order, this one too. It may be further: what it was told more is in
  /// those rows already, so this copy means something again once it was told as much.
  void add(const FastDelta& delta, TenantId tenant, const FastModel& ahead);

  /// Goes on with every change: models of one version have equal sums in equal slots (but for a collision of 64 bits).
  /// Not the other way round, and never durable.
  std::uint64_t version() const { return version_; }

  std::size_t slots() const { return items_.size(); }
  std::uint32_t slot_of(ItemId item) const; ///< kNoSlot where never met
  ItemId item_at(std::uint32_t slot) const { return items_[slot]; }
  /// Items by slot, contiguous; size slots().
  std::span<const ItemId> items() const { return items_; }

  /// Decayed sums of all slots: out[slot] = value; `out` is resized to slots(). Absent scopes give zeros.
  /// value = Σ over generations, ascending, of double(sum) × read_factor, without fma, then cut to float.
  void trend(ScopeId scope, int half_life_index, Instant as_of, std::vector<float>& out) const;
  /// The same of one slot, before it is cut to float.
  double trend_of(ScopeId scope, int half_life_index, Instant as_of, std::uint32_t slot) const;

  /// Users in a segment.
  std::int64_t members_of(ScopeId segment) const {
    const auto found = members_.find(segment);
    return found == members_.end() ? 0 : found->second;
  }

  std::int64_t count_of(std::uint8_t kind, std::uint32_t slot) const;
  /// Counts of one kind by slot, contiguous; size slots(), or empty where nothing of that kind was ever counted.
  std::span<const std::int64_t> counts(std::uint8_t kind) const;
  /// Items that came right after `slot`'s item.
  const NeighbourRow& successors(std::uint32_t slot) const { return rows_[slot].successors; }
  /// Σ of counts of successors(slot), kept: O(1).
  std::int64_t successor_total(std::uint32_t slot) const { return rows_[slot].successor_total; }
  /// Items that occurred near `slot`'s item, whichever came first.
  const NeighbourRow& co_occurring(std::uint32_t slot) const { return rows_[slot].co_occurring; }

  /// The sum itself, as one delta: what `add` to an empty model restores.
  FastDelta sum(TenantId tenant) const;
  /// Canonical bytes of `sum`: equal for equal sums, whatever the order and split of deltas.
  Bytes canonical(TenantId tenant) const { return sum(tenant).canonical(); }

  /// What a checkpoint stores: some 4 bytes a pair, 24 an item, 10 a decayed sum. Equal models may have different images
  /// (slots); the other way round: not. Cost: a pass over everything, and the bytes.
  Bytes image() const;
  /// None: not what `image` writes.
  static std::optional<FastModel> from_image(BytesView bytes);

private:
  class ImageReader;
  using TrendId = std::pair<ScopeId, std::uint8_t>; ///< scope, half-life index

  void changed(const std::array<std::uint64_t, 4>& by);
  std::uint32_t slot_for(ItemId item);
  void add_trends(const FastDelta& delta, TenantId tenant);
  template <class Each>
  void meet_pairs(const FastDelta& delta, TenantId tenant, Each&& each);
  void add_pairs(const FastDelta& delta, TenantId tenant);
  void add_counts(const FastDelta& delta, TenantId tenant);

  std::uint64_t version_ = 0;
  std::vector<ItemId> items_;
  std::unordered_map<ItemId, std::uint32_t> slots_;                      ///< never iterated
  std::vector<Rows> rows_;                                               ///< by slot
  std::array<std::vector<std::int64_t>, FastDelta::kCountKinds> counts_; ///< by slot, or empty
  std::map<ScopeId, std::int64_t> members_;
  std::map<TrendId, TrendSums> trends_;
};

} // namespace kindred::stats
