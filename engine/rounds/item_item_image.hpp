#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/profiles/profile.hpp"

namespace kindred::rounds {

// What the item-item model reads of a user: his row. Pure functions of the marks of his training lane.

/// One of the distinct items that he used.
struct UsedItem {
  ItemId item;
  std::uint32_t first_s = 0; ///< of the first use, as whole_seconds has it
};

/// Since 1970, rounded down; what is out of range is its end.
std::uint32_t whole_seconds(Instant time);
/// By item, each once.
void used_items(const profiles::Profile& profile, std::vector<UsedItem>& into);
/// Of his row without times, 8 bytes an item; empty: none.
Bytes item_item_image(const profiles::Profile& profile);
/// The items of an image, ascending; none: it is not one.
std::optional<std::vector<ItemId>> items_of_image(BytesView image);
/// Whether he used anything after `since`, in whole seconds.
bool item_item_has_after(const profiles::Profile& profile, Instant since);

} // namespace kindred::rounds
