#include "engine/profiles/uses.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"

namespace kindred::profiles {

void find_uses(const records::Event& event, std::vector<Use>& uses) {
  uses.clear();
  const auto known = [&](ItemId item) {
    return std::any_of(uses.begin(), uses.end(), [&](const Use& use) { return use.item == item; });
  };
  const bool in_lines = std::any_of(event.lines.begin(), event.lines.end(),
                                    [&](const records::OrderLine& line) { return line.item == event.item; });
  if (!event.item.empty() && !in_lines) uses.push_back({item_id(event.item), event.value});
  for (const records::OrderLine& line : event.lines) {
    if (line.item.empty()) continue;
    const ItemId item = item_id(line.item);
    if (!known(item)) uses.push_back({item, line.unit_price});
  }
}

} // namespace kindred::profiles
