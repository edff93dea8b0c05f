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
#include "engine/stats/trend_sums.hpp"

namespace kindred::stats {

/// The sum of all FastDeltas of one tenant, laid out for reading in decisions: dense slots per item, sums per half-life
/// contiguous, sorted neighbour lists per item.
///
/// Slots are numbered by first sight and mean nothing outside this object; no result depends on them.
/// `add` is O(changes · log neighbours). Reads are const and allocate nothing but the caller's vector. Owner: the
/// fast_models state, which publishes immutable snapshots; not thread-safe while `add` runs, free for all afterwards.
class FastModel {
public:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();
  /// In 8 bytes, since a tenant has tens of millions: scoring reads rows by the thousand, and every snapshot has them twice.
  struct Neighbour {
    std::uint64_t slot : 24;
    std::int64_t count : 40;
    float weight() const { return static_cast<float>(count); }
  };
  static_assert(sizeof(Neighbour) == 8);
  /// Items that have neighbours: what is met beyond has none. Of a count: a user adds at most 2^15 to one pair
  /// (engine/profiles/marks.hpp), so that 2^24 users at that bound fit.
  static constexpr std::size_t kNeighbourSlots = 1 << 24;

  /// Adds this tenant's part of the delta. Requires, of concurrent use of one delta: that it is settled.
  void add(const FastDelta& delta, TenantId tenant);

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
  /// Items that came right after `slot`'s item. Order: by ItemId, not by count. No zeros.
  std::span<const Neighbour> successors(std::uint32_t slot) const { return rows_[slot].successors; }
  /// Σ of counts of successors(slot), kept: O(1).
  std::int64_t successor_total(std::uint32_t slot) const { return rows_[slot].successor_total; }
  /// Items that occurred near `slot`'s item, whichever came first. Order: by ItemId. No zeros.
  std::span<const Neighbour> co_occurring(std::uint32_t slot) const { return rows_[slot].co_occurring; }

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
  struct Row {
    std::vector<Neighbour> successors;
    std::vector<Neighbour> co_occurring;
    std::int64_t successor_total = 0;
  };
  class ImageReader;
  using TrendId = std::pair<ScopeId, std::uint8_t>; ///< scope, half-life index

  std::vector<std::uint32_t> by_item() const;
  void changed(const std::array<std::uint64_t, 4>& by);
  std::uint32_t slot_for(ItemId item);
  void add_neighbour(std::vector<Neighbour>& row, std::uint32_t slot, std::int64_t amount);
  void add_trends(const FastDelta& delta, TenantId tenant);
  void add_pairs(const FastDelta& delta, TenantId tenant);
  void add_counts(const FastDelta& delta, TenantId tenant);

  std::uint64_t version_ = 0;
  std::vector<ItemId> items_;
  std::unordered_map<ItemId, std::uint32_t> slots_;                      ///< never iterated
  std::vector<Row> rows_;                                                ///< by slot
  std::array<std::vector<std::int64_t>, FastDelta::kCountKinds> counts_; ///< by slot, or empty
  std::map<ScopeId, std::int64_t> members_;
  std::map<TrendId, TrendSums> trends_;
};

} // namespace kindred::stats
