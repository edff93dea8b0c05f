#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

/// Which slot of the fast model stands for which item of the catalog.
///
/// Kept between decisions, so that 3,000 look-ups are not done for each. Correct for any catalog and model: `follow`
/// compares the ids that it was built from, byte by byte (1 µs for 3,000 items), takes up what was appended, and starts
/// anew where anything else differs. Owned by a Workspace; not thread-safe.
class SlotMap {
public:
  /// Makes the map true for these two. `fast` null: no item has a slot.
  void follow(const catalog::Catalog& catalog, const stats::FastModel* fast);

  /// Slot by ordinal, FastModel::kNoSlot where the model never met the item. Size: the catalog's entries.
  std::span<const std::uint32_t> slots() const { return slots_; }

private:
  void clear();
  void take_ordinals(const catalog::Catalog& catalog, const stats::FastModel* fast);
  void take_slots(const catalog::Catalog& catalog, const stats::FastModel* fast);

  std::vector<ItemId> ids_;   // of the catalog, by ordinal, as mapped
  std::vector<ItemId> items_; // of the model, by slot, as mapped
  std::vector<std::uint32_t> slots_;
};

} // namespace kindred::decisions
