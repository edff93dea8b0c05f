#pragma once

#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/money.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/records/event.hpp"

namespace kindred::profiles {

/// One item that an event is about.
struct Use {
  ItemId item;
  Money value; ///< of the event, or the unit price of the order line
};

/// The distinct items of an event: those of its order lines in their order, and before them its own item where no line
/// names it. A line's item that comes again in the same order is one use.
void find_uses(const records::Event& event, std::vector<Use>& uses);

/// An event as the lanes see it, hashed once for all of them. References are good until the fold of the record returns.
struct SeenEvent {
  const records::Event& event;
  OrderKey order;
  std::uint64_t session_hash = 0;
  const std::vector<Use>& uses;
};

} // namespace kindred::profiles
