#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::stats {

/// The sum of all FastDeltas of one tenant, laid out for reading in decisions: dense slots per item, sums per half-life
/// contiguous, sorted neighbour lists per item.
///
/// Slots are numbered by first sight and mean nothing outside this object; no result depends on them.
/// `add` is O(changes · log neighbours). Reads are const and allocate nothing. Owner: the fast_models state, which
/// publishes immutable snapshots; not thread-safe while `add` runs.
class FastModel {
 public:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();
  struct Neighbour {
    std::uint32_t slot = 0;
    float weight = 0; ///< float(count), kept beside it: scoring reads rows by the thousand
    std::int64_t count = 0;
  };

  /// Adds this tenant's part of the delta.
  void add(const FastDelta& delta, TenantId tenant);

  std::size_t slots() const { return items_.size(); }
  std::uint32_t slot_of(ItemId item) const;  ///< kNoSlot where never met
  ItemId item_at(std::uint32_t slot) const { return items_[slot]; }

  /// Decayed sums of all slots: out[slot] (+)= value. `out` is resized to slots(). Absent scopes give zeros.
  void trend(ScopeId scope, int half_life_index, Instant as_of, std::vector<float>& out) const;
  double trend_of(ScopeId scope, int half_life_index, Instant as_of, std::uint32_t slot) const;

  std::int64_t count_of(std::uint8_t kind, std::uint32_t slot) const;
  /// Items by slot, contiguous; size slots().
  std::span<const ItemId> items() const { return items_; }
  /// Counts of one kind by slot, contiguous; size slots(), or empty where nothing of that kind was ever counted.
  std::span<const std::int64_t> counts(std::uint8_t kind) const;
  /// Items that came right after `slot`'s item. Order: by ItemId, not by count.
  std::span<const Neighbour> successors(std::uint32_t slot) const;
  std::int64_t successor_total(std::uint32_t slot) const;  ///< Σ of counts of successors(slot)
  std::span<const Neighbour> co_occurring(std::uint32_t slot) const;

  /// Canonical bytes (by item id, zero sums absent): equal for equal sums, whatever the order and split of deltas.
  Bytes canonical(TenantId tenant) const;

 private:
  struct Generations;  // sums of one (scope, half-life): generation -> dense vector by slot
  std::vector<ItemId> items_;
};

}  // namespace kindred::stats
