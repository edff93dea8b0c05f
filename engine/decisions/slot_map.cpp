#include "engine/decisions/slot_map.hpp"

#include <algorithm>

namespace kindred::decisions {
namespace {

bool starts_with(std::span<const ItemId> whole, std::span<const ItemId> part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

} // namespace

template <class Model>
bool MapOfSlots<Model>::is_true_for(const catalog::Catalog& catalog, const Model* model) const {
  if (catalog.version() != catalog_version_ || (model != nullptr) != has_model_) return false;
  return model == nullptr || model->version() == model_version_;
}

template <class Model>
void MapOfSlots<Model>::follow(const catalog::Catalog& catalog, const Model* model) {
  if (is_true_for(catalog, model)) return;
  const std::span<const ItemId> ids = catalog.columns().ids;
  const std::span<const ItemId> items = model == nullptr ? std::span<const ItemId>{} : model->items();
  if (!starts_with(ids, ids_) || !starts_with(items, items_)) clear();
  take_slots(catalog, model);
  take_ordinals(catalog, model);
  catalog_version_ = catalog.version();
  has_model_ = model != nullptr;
  model_version_ = has_model_ ? model->version() : 0;
}

template <class Model>
void MapOfSlots<Model>::clear() {
  ids_.clear();
  items_.clear();
  slots_.clear();
  ordinals_.clear();
}

// New slots of items that are mapped already; those of new items follow below.
template <class Model>
void MapOfSlots<Model>::take_slots(const catalog::Catalog& catalog, const Model* model) {
  if (model == nullptr) return;
  const auto items = model->items();
  for (std::size_t slot = items_.size(); slot < items.size(); ++slot) {
    const catalog::Entry* entry = catalog.find(items[slot]);
    const bool mapped = entry != nullptr && entry->ordinal < slots_.size();
    if (mapped) slots_[entry->ordinal] = static_cast<std::uint32_t>(slot);
    ordinals_.push_back(mapped ? entry->ordinal : kNoOrdinal);
  }
  items_.insert(items_.end(), items.begin() + static_cast<std::ptrdiff_t>(items_.size()), items.end());
}

template <class Model>
void MapOfSlots<Model>::take_ordinals(const catalog::Catalog& catalog, const Model* model) {
  const std::vector<ItemId>& ids = catalog.columns().ids;
  for (std::size_t ordinal = ids_.size(); ordinal < ids.size(); ++ordinal) {
    const std::uint32_t slot = model == nullptr ? Model::kNoSlot : model->slot_of(ids[ordinal]);
    slots_.push_back(slot);
    if (slot != Model::kNoSlot) ordinals_[slot] = static_cast<std::uint32_t>(ordinal);
  }
  ids_.insert(ids_.end(), ids.begin() + static_cast<std::ptrdiff_t>(ids_.size()), ids.end());
}

template class MapOfSlots<stats::FastModel>;
template class MapOfSlots<learners::ItemNeighbours>;

} // namespace kindred::decisions
