#include "engine/profiles/personalization.hpp"

#include <algorithm>
#include <string_view>

#include "engine/base/hash.hpp"
#include "engine/base/tight_vector.hpp"
#include "engine/profiles/counters.hpp"
#include "engine/profiles/features.hpp"
#include "engine/profiles/session.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

bool moves_cart(EventType type) {
  return type == EventType::kAddToCart || type == EventType::kRemoveFromCart || type == EventType::kPurchase;
}

/// At most kPageBytesMax bytes, never cut within a UTF-8 character.
std::string_view cut_page(std::string_view page) {
  if (page.size() <= kPageBytesMax) return page;
  std::size_t size = kPageBytesMax;
  while (size > 0 && (static_cast<unsigned char>(page[size]) & 0xc0) == 0x80) --size;
  return page.substr(0, size);
}

/// One more step; beyond kPathsMax the least used, then the longest unused, then the first by name goes.
void count_step(std::vector<PathStep>& paths, std::string step, Instant time) {
  const auto at =
      std::partition_point(paths.begin(), paths.end(), [&](const PathStep& p) { return p.step < step; });
  if (at != paths.end() && at->step == step) {
    ++at->count;
    at->last = time;
    return;
  }
  if (paths.size() < kPathsMax) {
    insert_tight(paths, at, {std::move(step), 1, time});
    return;
  }
  const auto least = std::min_element(paths.begin(), paths.end(), [](const PathStep& a, const PathStep& b) {
    return std::pair(a.count, a.last) < std::pair(b.count, b.last);
  });
  paths.erase(least);
  count_step(paths, std::move(step), time);
}

/// What follows the newest event only: sessions, paths, context. Requires: the event is not yet in the history.
void follow(PersonalizationLane& lane, const SeenEvent& seen) {
  const Instant time = seen.order.time;
  const bool starts =
      lane.history.empty() || !same_session(lane.history.back().session_hash, lane.history.back().order.time,
                                            seen.session_hash, time);
  if (starts) {
    ++lane.sessions;
    lane.last_page.clear();
  }
  if (!seen.event.page.empty()) {
    const std::string_view page = cut_page(seen.event.page);
    if (!lane.last_page.empty() && lane.last_page != page)
      count_step(lane.paths, lane.last_page + ">" + std::string(page), time);
    lane.last_page = page;
  }
  const records::Context& told = seen.event.context;
  if (told != lane.last_context && told != records::Context{}) lane.last_context = told;
}

/// Returns whether a cart event fell off the old end.
bool remember(History& history, const HistoryEvent& event) {
  const auto after = [](const OrderKey& key, const HistoryEvent& e) { return key < e.order; };
  if (history.empty() || !(event.order < history.back().order)) {
    history.push_back(event);
  } else {
    const auto place = std::upper_bound(history.begin(), history.end(), event.order, after);
    if (place == history.begin() && history.size() >= kHistoryMax) return moves_cart(event.type);
    history.insert(place, event);
  }
  if (history.size() <= kHistoryMax) return false;
  const bool cart = moves_cart(history.front().type);
  history.pop_front();
  return cart;
}

void drop_longest_unused(std::vector<ItemUse>& items) {
  const auto oldest = std::min_element(items.begin(), items.end(), [](const ItemUse& a, const ItemUse& b) {
    return std::pair(a.last, a.item) < std::pair(b.last, b.item);
  });
  items.erase(oldest);
}

void use_item(std::vector<ItemUse>& items, ItemId item, EventType type, Instant time, Duration dwell) {
  auto at =
      std::partition_point(items.begin(), items.end(), [&](const ItemUse& use) { return use.item < item; });
  const bool added = at == items.end() || at->item != item;
  if (added) at = insert_tight(items, at, {item, 0, time, time, 0, 0, {}});
  at->kinds |= 1u << static_cast<int>(type);
  at->first = std::min(at->first, time);
  at->last = std::max(at->last, time);
  ++at->count;
  if (type == EventType::kPurchase) ++at->purchases;
  at->dwell = at->dwell + dwell;
  if (added && items.size() > kItemsMax) drop_longest_unused(items);
}

auto find_line(std::vector<CartLine>& cart, ItemId item) {
  return std::partition_point(cart.begin(), cart.end(),
                              [&](const CartLine& line) { return line.item < item; });
}

/// Replays one cart event. A purchase or removal that names no item empties the cart.
void replay(std::vector<CartLine>& cart, const HistoryEvent& event) {
  const bool adds = event.type == EventType::kAddToCart;
  if (event.item.value == 0) {
    if (!adds) cart.clear();
    return;
  }
  const auto at = find_line(cart, event.item);
  const bool there = at != cart.end() && at->item == event.item;
  if (!adds) {
    if (there) cart.erase(at);
  } else if (there) {
    ++at->quantity;
    at->added = event.order.time;
  } else if (cart.size() < kCartMax) {
    insert_tight(cart, at, {event.item, event.order.time, 1});
  }
}

/// The cart is what the cart events of the history leave in it: so a late one has the place it should have.
void rebuild_cart(PersonalizationLane& lane) {
  lane.cart.clear();
  for (const HistoryEvent& event : lane.history) {
    if (!moves_cart(event.type)) continue;
    replay(lane.cart, event);
    lane.cart_touched = event.order.time;
  }
}

void set_cart_due(PersonalizationLane& lane, Duration abandoned_after) {
  lane.cart_due.reset();
  if (lane.cart.empty())
    lane.cart_touched = {};
  else if (lane.carts_abandoned == 0 || lane.cart_told != lane.cart_touched)
    lane.cart_due = lane.cart_touched + abandoned_after;
}

/// One more event in a category; beyond kTastesMax the least used, then the first by name goes.
void count_taste(PersonalizationLane& lane, const std::string& category) {
  if (category.empty() || category.size() > kCategoryBytesMax) return;
  ++lane.tastes_total;
  auto& tastes = lane.tastes;
  const auto place = [&] {
    return std::partition_point(tastes.begin(), tastes.end(),
                                [&](const Taste& taste) { return taste.category < category; });
  };
  auto at = place();
  if (at != tastes.end() && at->category == category) {
    ++at->count;
    return;
  }
  if (tastes.size() == kTastesMax) {
    tastes.erase(std::min_element(tastes.begin(), tastes.end(),
                                  [](const Taste& a, const Taste& b) { return a.count < b.count; }));
    at = place();
  }
  insert_tight(tastes, at, {category, 1});
}

/// Of an order whose value is not told, what its lines come to.
double value_of(const records::Event& event) {
  if (event.value.minor != 0 || event.lines.empty()) return event.value.to_double();
  double value = 0;
  for (const records::OrderLine& line : event.lines)
    value += line.unit_price.to_double() * static_cast<double>(line.quantity) - line.discount.to_double();
  return value;
}

void take_order(Orders& orders, const records::Event& event, Instant time) {
  if (event.type != EventType::kPurchase && event.type != EventType::kRefund) return;
  const bool refund = event.type == EventType::kRefund;
  const double spent = orders.spent.to_double() + (refund ? -value_of(event) : value_of(event));
  orders.spent = Fixed::from(std::clamp(spent, -Fixed::kMax, Fixed::kMax)).value();
  if (refund) return;
  const std::uint64_t hash = event.order_id.empty() ? 0 : hash64(event.order_id);
  orders.last = orders.count == 0 ? time : std::max(orders.last, time);
  if (hash == 0 || hash != orders.last_hash) ++orders.count;
  orders.last_hash = hash;
}

} // namespace

void take_event(PersonalizationLane& lane, const SeenEvent& seen, Duration cart_abandoned_after) {
  const records::Event& event = seen.event;
  const Duration dwell = std::clamp(event.dwell.value_or(Duration{}), Duration{}, kDwellMax);
  const bool newest = lane.history.empty() || lane.history.back().order < seen.order;
  const bool cart_event = moves_cart(event.type);
  if (newest) follow(lane, seen);
  ++lane.events;
  lane.dwell_total = lane.dwell_total + dwell;
  count(lane.counters, event.type, seen.order.time);
  count_taste(lane, event.item_facts.category);
  take_order(lane.orders, event, seen.order.time);
  bool cart_changed = cart_event && !newest;
  HistoryEvent memory{seen.order, event.type, {}, seen.session_hash, event.decision, event.value, dwell};
  const auto take = [&] {
    cart_changed |= remember(lane.history, memory);
    if (!cart_event || !newest) return;
    replay(lane.cart, memory); // the same as rebuilding, as long as nothing is late or falls off
    lane.cart_touched = seen.order.time;
  };
  if (seen.uses.empty()) take();
  for (const Use& use : seen.uses) {
    memory.item = use.item;
    memory.value = use.value;
    take();
    use_item(lane.items, use.item, event.type, seen.order.time, dwell);
  }
  if (cart_changed) rebuild_cart(lane);
  if (cart_changed || cart_event) set_cart_due(lane, cart_abandoned_after);
}

std::optional<Instant> abandon_cart(PersonalizationLane& lane, Instant now) {
  if (!lane.cart_due || *lane.cart_due > now) return std::nullopt;
  const Instant due = *lane.cart_due;
  ++lane.carts_abandoned;
  lane.cart_told = lane.cart_touched;
  lane.cart_due.reset();
  return due;
}

void settle_cart(PersonalizationLane& lane, Duration cart_abandoned_after) {
  rebuild_cart(lane);
  set_cart_due(lane, cart_abandoned_after);
}

std::size_t bytes_of(const records::Property& trait) {
  std::size_t bytes = trait.name.size() + kTraitBytes;
  if (const auto* text = std::get_if<std::string>(&trait.value)) bytes += text->size();
  if (const auto* list = std::get_if<std::vector<std::string>>(&trait.value))
    for (const std::string& text : *list) bytes += kTraitTextBytes + text.size();
  return bytes;
}

namespace {
using Traits = std::vector<records::Property>;

std::size_t bytes_of(const Traits& traits) {
  std::size_t bytes = 0;
  for (const records::Property& trait : traits) bytes += profiles::bytes_of(trait);
  return bytes;
}

Traits::iterator place_of(Traits& traits, const std::string& name) {
  return std::partition_point(traits.begin(), traits.end(),
                              [&](const records::Property& trait) { return trait.name < name; });
}
} // namespace

void put_trait(Traits& traits, const records::Property& trait, bool replace) {
  const auto at = place_of(traits, trait.name);
  const bool known = at != traits.end() && at->name == trait.name;
  if (known ? !replace : traits.size() >= records::kTraitsMax) return;
  const std::size_t others = bytes_of(traits) - (known ? bytes_of(*at) : 0);
  if (others + bytes_of(trait) > kTraitsBytesMax) return;
  if (known)
    at->value = trait.value;
  else
    insert_tight(traits, at, trait);
}

void cut_traits(PersonalizationLane& lane) {
  while (bytes_of(lane.traits) > kTraitsBytesMax) lane.traits.pop_back();
}

void take_update(PersonalizationLane& lane, const records::ProfileUpdate& update) {
  for (const std::string& name : update.removed) {
    const auto at = place_of(lane.traits, name);
    if (at != lane.traits.end() && at->name == name) lane.traits.erase(at);
  }
  for (const records::Property& trait : update.traits) put_trait(lane.traits, trait, true);
  if (update.default_context) lane.default_context = update.default_context;
}

} // namespace kindred::profiles
