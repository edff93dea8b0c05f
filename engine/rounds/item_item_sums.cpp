#include "engine/rounds/item_item_sums.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "engine/rounds/item_item_pass.hpp"

namespace kindred::rounds {

namespace {

bool has(std::span<const ItemCounts::value_type> counts, ItemId item) {
  const auto found = std::lower_bound(counts.begin(), counts.end(), item,
                                      [](const auto& one, ItemId wanted) { return one.first < wanted; });
  return found != counts.end() && found->first == item;
}

} // namespace

std::span<const ItemCounts::value_type> ItemItemSums::counts_of(std::uint8_t part) const {
  const auto behind = [&](std::uint8_t last) {
    return std::partition_point(counts_.begin(), counts_.end(),
                                [&](const auto& one) { return part_of(one.first) <= last; });
  };
  const auto begin = part == 0 ? counts_.begin() : behind(static_cast<std::uint8_t>(part - 1));
  return {begin, behind(part)};
}

std::optional<std::vector<ItemId>> ItemItemSums::with(std::span<const ItemId> chosen,
                                                      const ItemCounts& counts) const {
  std::vector<ItemId> changed, all;
  std::set_difference(chosen.begin(), chosen.end(), items_.begin(), items_.end(),
                      std::back_inserter(changed));
  for (const ItemId item : changed)
    if (has(counts_, item)) return std::nullopt;
  changed.clear();
  std::set_difference(items_.begin(), items_.end(), chosen.begin(), chosen.end(),
                      std::back_inserter(changed));
  for (const ItemId item : changed)
    if (has(counts, item)) return std::nullopt;
  std::set_union(items_.begin(), items_.end(), chosen.begin(), chosen.end(), std::back_inserter(all));
  if (all.size() > stats::Gram::kItemsMax) return std::nullopt;
  return all;
}

std::optional<stats::Gram> ItemItemSums::gram_of(std::span<const ItemId> items) const {
  return stats::Gram::unpacked(gram_, places_among(items_, items), items.size());
}

std::vector<std::uint32_t> places_among(std::span<const ItemId> some, std::span<const ItemId> items) {
  std::vector<std::uint32_t> places;
  places.reserve(some.size());
  std::uint32_t at = 0;
  for (const ItemId item : some) {
    while (at < items.size() && items[at] < item) ++at;
    assert(at < items.size() && items[at] == item);
    places.push_back(at);
  }
  return places;
}

} // namespace kindred::rounds
