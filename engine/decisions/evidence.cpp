#include "engine/decisions/evidence.hpp"

#include <algorithm>

#include "engine/profiles/membership.hpp"

namespace kindred::decisions {
namespace {

using records::EventType;

bool contains(const std::vector<ItemId>& items, ItemId item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

bool counts_for(const profiles::HistoryEvent& event) {
  return event.item.value != 0 && speaks_for_item(event.type);
}

// Distinct items of the newest events, newest first, at most `most`.
void gather_session(const profiles::History& history, Instant as_of, std::vector<ItemId>& into) {
  if (history.empty() || as_of - history.back().order.time > profiles::kSessionGap) return;
  for (auto event = history.rbegin(); event != history.rend() && into.size() < kSessionItems; ++event) {
    if (event != history.rbegin() && !same_session(*event, *std::prev(event))) return;
    if (counts_for(*event) && !contains(into, event->item)) into.push_back(event->item);
  }
}

void gather_seeds(const profiles::History& history, std::vector<ItemId>& into) {
  constexpr std::size_t kMost = learners::ItemNeighbours::kSeedsMax;
  for (auto event = history.rbegin(); event != history.rend() && into.size() < kMost; ++event) {
    if (counts_for(*event) && !contains(into, event->item)) into.push_back(event->item);
  }
}

void gather_attributes(const profiles::History& history, const catalog::Catalog& catalog,
                       AttributeCounts& into) {
  std::vector<ItemId> items;
  items.reserve(kAffinityEvents);
  const std::size_t count = std::min(history.size(), kAffinityEvents);
  for (auto event = history.end() - static_cast<std::ptrdiff_t>(count); event != history.end(); ++event) {
    if (counts_for(*event)) items.push_back(event->item);
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  for (const ItemId item : items) {
    const catalog::Entry* entry = catalog.find(item);
    if (entry == nullptr) continue;
    for (const std::uint32_t number : catalog.columns().numbers[entry->ordinal]) into.add(number);
  }
}

} // namespace

void Evidence::clear() {
  session.clear();
  recent.clear();
  seeds.clear();
  bought.clear();
  attributes.clear();
  segment = {};
}

bool speaks_for_item(EventType type) {
  switch (type) {
  case EventType::kRemoveFromCart:
  case EventType::kRefund:
  case EventType::kHide:
  case EventType::kMessageSent:
  case EventType::kMessageDelivered:
  case EventType::kUnsubscribed:
  case EventType::kSubscriptionEnded:
  case EventType::kPageLeave:
  case EventType::kError: return false;
  default: return true;
  }
}

bool same_session(const profiles::HistoryEvent& earlier, const profiles::HistoryEvent& later) {
  if (earlier.session_hash != 0 && later.session_hash != 0) return earlier.session_hash == later.session_hash;
  return later.order.time - earlier.order.time <= profiles::kSessionGap;
}

void gather(const profiles::Profile& profile, const catalog::Catalog& catalog, Instant as_of,
            Evidence& into) {
  const profiles::PersonalizationLane& lane = profile.personalization;
  gather_session(lane.history, as_of, into.session);
  static_assert(kRecentItems <= learners::ItemNeighbours::kSeedsMax);
  gather_seeds(lane.history, into.seeds);
  const auto recent = static_cast<std::ptrdiff_t>(std::min(into.seeds.size(), kRecentItems));
  into.recent.assign(into.seeds.begin(), into.seeds.begin() + recent);
  gather_attributes(lane.history, catalog, into.attributes);
  for (const profiles::ItemUse& use : lane.items) {
    if (use.purchases == 0) continue;
    const catalog::Entry* entry = catalog.find(use.item);
    if (entry != nullptr) into.bought.push_back({entry->ordinal, use.purchases});
  }
  if (lane.clustered.segment != 0)
    into.segment = stats::segment_scope(profiles::kClusteredKind, lane.clustered.segment);
}

} // namespace kindred::decisions
