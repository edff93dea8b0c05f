#include "engine/rounds/item_item_image.hpp"

#include <algorithm>
#include <limits>

namespace kindred::rounds {

std::uint32_t whole_seconds(Instant time) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(time.us / kSecond.us, 0, std::numeric_limits<std::uint32_t>::max()));
}

void used_items(const profiles::Profile& profile, std::vector<UsedItem>& into) {
  into.clear();
  for (const profiles::Mark& mark : profile.training.marks)
    into.push_back({mark.item, whole_seconds(mark.order.time)});
  std::sort(into.begin(), into.end(), [](const UsedItem& a, const UsedItem& b) {
    return a.item != b.item ? a.item < b.item : a.first_s < b.first_s;
  });
  into.erase(std::unique(into.begin(), into.end(),
                         [](const UsedItem& a, const UsedItem& b) { return a.item == b.item; }),
             into.end());
}

Bytes item_item_image(const profiles::Profile& profile) {
  std::vector<UsedItem> used;
  used_items(profile, used);
  ByteWriter out;
  for (const UsedItem& one : used) out.u64(one.item.value);
  return out.take();
}

std::optional<std::vector<ItemId>> items_of_image(BytesView image) {
  std::vector<ItemId> items;
  items.reserve(image.size() / sizeof(std::uint64_t));
  ByteReader in(image);
  while (!in.at_end()) {
    const ItemId item{in.u64()};
    if (!in.ok() || (!items.empty() && !(items.back() < item))) return std::nullopt;
    items.push_back(item);
  }
  return items;
}

bool item_item_has_after(const profiles::Profile& profile, Instant since) {
  const auto& marks = profile.training.marks; // by time
  return !marks.empty() && whole_seconds(marks.back().order.time) > whole_seconds(since);
}

} // namespace kindred::rounds
