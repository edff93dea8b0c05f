#include "engine/decisions/slot_map.hpp"

#include <algorithm>

namespace kindred::decisions {
namespace {

bool starts_with(std::span<const ItemId> whole, std::span<const ItemId> part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

} // namespace

bool SlotMap::is_true_for(const catalog::Catalog& catalog, const stats::FastModel* fast) const {
  if (catalog.version() != catalog_version_ || (fast != nullptr) != has_fast_) return false;
  return fast == nullptr || fast->version() == fast_version_;
}

void SlotMap::follow(const catalog::Catalog& catalog, const stats::FastModel* fast) {
  if (is_true_for(catalog, fast)) return;
  const std::span<const ItemId> ids = catalog.columns().ids;
  const std::span<const ItemId> items = fast == nullptr ? std::span<const ItemId>{} : fast->items();
  if (!starts_with(ids, ids_) || !starts_with(items, items_)) clear();
  take_slots(catalog, fast);
  take_ordinals(catalog, fast);
  catalog_version_ = catalog.version();
  has_fast_ = fast != nullptr;
  fast_version_ = has_fast_ ? fast->version() : 0;
}

void SlotMap::clear() {
  ids_.clear();
  items_.clear();
  slots_.clear();
  ordinals_.clear();
}

// New slots of items that are mapped already; those of new items follow below.
void SlotMap::take_slots(const catalog::Catalog& catalog, const stats::FastModel* fast) {
  if (fast == nullptr) return;
  const auto items = fast->items();
  for (std::size_t slot = items_.size(); slot < items.size(); ++slot) {
    const catalog::Entry* entry = catalog.find(items[slot]);
    const bool mapped = entry != nullptr && entry->ordinal < slots_.size();
    if (mapped) slots_[entry->ordinal] = static_cast<std::uint32_t>(slot);
    ordinals_.push_back(mapped ? entry->ordinal : kNoOrdinal);
  }
  items_.insert(items_.end(), items.begin() + static_cast<std::ptrdiff_t>(items_.size()), items.end());
}

void SlotMap::take_ordinals(const catalog::Catalog& catalog, const stats::FastModel* fast) {
  const std::vector<ItemId>& ids = catalog.columns().ids;
  for (std::size_t ordinal = ids_.size(); ordinal < ids.size(); ++ordinal) {
    const std::uint32_t slot = fast == nullptr ? stats::FastModel::kNoSlot : fast->slot_of(ids[ordinal]);
    slots_.push_back(slot);
    if (slot != stats::FastModel::kNoSlot) ordinals_[slot] = static_cast<std::uint32_t>(ordinal);
  }
  ids_.insert(ids_.end(), ids.begin() + static_cast<std::ptrdiff_t>(ids_.size()), ids.end());
}

} // namespace kindred::decisions
