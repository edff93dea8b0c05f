#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

/// Which slot of a model stands for which item of the catalog.
///
/// Kept between decisions, so that 3,000 look-ups are not done for each. Correct for any catalog and model: where their
/// versions are not those of the last time, `follow` compares the ids that it was built from, takes up what was appended,
/// and starts anew where anything else differs. Owned by a Workspace; not thread-safe.
/// A Model has items() by slot, slot_of(ItemId) with kNoSlot, and version().
template <class Model>
class MapOfSlots {
public:
  /// Makes the map true for these two. `model` null: no item has a slot.
  void follow(const catalog::Catalog& catalog, const Model* model);

  /// Slot by ordinal, Model::kNoSlot where the model never met the item. Size: the catalog's entries.
  std::span<const std::uint32_t> slots() const { return slots_; }
  /// Ordinal by slot, kNoOrdinal where the catalog does not have the item. Size: the model's slots.
  std::span<const std::uint32_t> ordinals() const { return ordinals_; }
  static constexpr std::uint32_t kNoOrdinal = Model::kNoSlot;

private:
  bool is_true_for(const catalog::Catalog& catalog, const Model* model) const;
  void clear();
  void take_ordinals(const catalog::Catalog& catalog, const Model* model);
  void take_slots(const catalog::Catalog& catalog, const Model* model);

  std::vector<ItemId> ids_;   // of the catalog, by ordinal, as mapped
  std::vector<ItemId> items_; // of the model, by slot, as mapped
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> ordinals_;
  std::uint64_t catalog_version_ = 0; // of the two that are mapped
  std::uint64_t model_version_ = 0;
  bool has_model_ = false;
};

using SlotMap = MapOfSlots<stats::FastModel>;
using ItemItemMap = MapOfSlots<learners::ItemNeighbours>;

} // namespace kindred::decisions
