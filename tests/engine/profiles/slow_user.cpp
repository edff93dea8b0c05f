#include "tests/engine/profiles/slow_user.hpp"

#include <algorithm>
#include <tuple>

#include "engine/base/hash.hpp"
#include "engine/profiles/session.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

using records::EventType;

void SlowUser::take(const records::Record& record) {
  const Instant stamp = record.header.stamp;
  const bool erasure = std::holds_alternative<records::Erase>(record.body);
  const bool ids_reach = !erased_ids_.empty() && stamp >= *erased_ - kDay * 7;
  if (erased_ && stamp <= *erased_ && !(erasure && ids_reach)) {
    if (ids_reach) erased_ids_.insert(record.header.id);
    return;
  }
  if (newest_stamp_ && stamp < *newest_stamp_ - kDay * 7) return;
  if (saw(record.header.id) || erased_ids_.contains(record.header.id)) return;
  if (erasure) return forget(record.header.id, stamp);
  seen_[record.header.id] = stamp;
  newest_stamp_ = newest_stamp_ ? std::max(*newest_stamp_, stamp) : stamp;
  if (erased_ && *newest_stamp_ - kDay * 7 > *erased_) erased_ids_.clear();
  if (const auto* consent = std::get_if<records::Consent>(&record.body)) {
    count(stamp);
    take_consent(*consent);
  }
  if (std::holds_alternative<records::Event>(record.body)) take_event(record);
}

void SlowUser::count(Instant stamp) {
  now_ = records_ == 0 ? stamp : std::max(now_, stamp);
  ++records_;
  exists_ = true;
}

void SlowUser::take_event(const records::Record& record) {
  const records::Purposes kept = record.header.stated & consent_;
  if (kept.empty()) return;
  count(record.header.stamp);
  if (kept.has(records::kPersonalization)) personal_.push_back({record});
  if (kept.has(records::kTraining)) training_.push_back({record});
}

void SlowUser::take_consent(const records::Consent& consent) {
  consent_ = (consent_ | consent.granted) & ~consent.withdrawn;
  if (!consent_.has(records::kPersonalization)) personal_.clear();
  if (!consent_.has(records::kTraining)) training_.clear();
}

/// Ids are forgotten by whole days.
bool SlowUser::saw(const RecordId& id) const {
  const auto found = seen_.find(id);
  return found != seen_.end() && day_of(found->second) >= day_of(*newest_stamp_ - kDay * 7);
}

void SlowUser::forget(const RecordId& erasure, Instant stamp) {
  const Instant erased = std::max({stamp, newest_stamp_.value_or(stamp), erased_.value_or(stamp)});
  std::set<RecordId> ids = erased_ids_;
  for (const auto& [id, first_stamp] : seen_)
    if (saw(id)) ids.insert(id);
  ids.insert(erasure);
  *this = {};
  erased_ = erased;
  erased_ids_ = std::move(ids);
}

std::vector<ItemId> SlowUser::items_of(const records::Event& event) {
  std::vector<ItemId> items;
  const auto add = [&](const std::string& item) {
    if (!item.empty() && std::find(items.begin(), items.end(), item_id(item)) == items.end())
      items.push_back(item_id(item));
  };
  bool among_lines = false;
  for (const auto& line : event.lines) among_lines |= line.item == event.item;
  if (!among_lines) add(event.item);
  for (const auto& line : event.lines) add(line.item);
  return items;
}

std::vector<SlowUser::Kept> SlowUser::sorted(std::vector<Kept> events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Kept& a, const Kept& b) { return a.order() < b.order(); });
  return events;
}

std::vector<HistoryEvent> SlowUser::history() const {
  std::vector<HistoryEvent> all;
  for (const Kept& kept : sorted(personal_)) {
    const records::Event& event = kept.event();
    HistoryEvent memory;
    memory.order = kept.order();
    memory.type = event.type;
    memory.session_hash = session_hash_of(event);
    memory.value = event.value;
    memory.dwell = std::clamp(event.dwell.value_or(Duration{}), Duration{}, kDay);
    if (items_of(event).empty()) all.push_back(memory);
    for (const ItemId item : items_of(event)) {
      memory.item = item;
      memory.value = event.value;
      for (const auto& line : event.lines) {
        if (item_id(line.item) != item) continue;
        memory.value = line.unit_price;
        break;
      }
      all.push_back(memory);
    }
  }
  if (all.size() > 512) all.erase(all.begin(), all.end() - 512);
  return all;
}

std::map<ItemId, ItemUse> SlowUser::items() const {
  std::map<ItemId, ItemUse> all;
  for (const Kept& kept : personal_) {
    const records::Event& event = kept.event();
    for (const ItemId item : items_of(event)) {
      const bool first = !all.contains(item);
      ItemUse& use = all[item];
      use.item = item;
      use.kinds |= 1u << static_cast<int>(event.type);
      use.first = first ? event.event_time : std::min(use.first, event.event_time);
      use.last = first ? event.event_time : std::max(use.last, event.event_time);
      ++use.count;
      if (event.type == EventType::kPurchase) ++use.purchases;
      use.dwell = use.dwell + std::clamp(event.dwell.value_or(Duration{}), Duration{}, kDay);
    }
  }
  return all;
}

std::map<ItemId, std::int64_t> SlowUser::cart() const {
  std::map<ItemId, std::int64_t> cart;
  for (const HistoryEvent& event : history()) {
    const bool out = event.type == EventType::kRemoveFromCart || event.type == EventType::kPurchase;
    if (event.type == EventType::kAddToCart && event.item.value != 0) ++cart[event.item];
    if (out && event.item.value == 0) cart.clear();
    if (out) cart.erase(event.item);
  }
  return cart;
}

std::vector<CounterCell> SlowUser::counters() const {
  std::map<std::tuple<EventType, std::uint8_t, std::int32_t>, std::int64_t> sums;
  std::map<std::pair<EventType, std::uint8_t>, std::int32_t> newest;
  for (const Kept& kept : personal_) {
    for (const std::uint8_t h : {0, 1, 2, 3, 4}) {
      const Instant t = kept.event().event_time;
      const std::int32_t generation = stats::generation_of(t, stats::kHalfLives[h]);
      sums[{kept.event().type, h, generation}] += stats::weight_at(t, stats::kHalfLives[h]);
      const auto [at, added] = newest.try_emplace({kept.event().type, h}, generation);
      at->second = std::max(at->second, generation);
    }
  }
  std::vector<CounterCell> cells;
  for (const auto& [key, sum] : sums) {
    const auto& [type, h, generation] = key;
    if (generation > newest.at({type, h}) - 4) cells.push_back({type, h, generation, sum});
  }
  return cells;
}

std::vector<Mark> SlowUser::marks() const {
  std::map<std::pair<ItemId, std::int32_t>, std::pair<std::size_t, Mark>>
      by_day; // with the place among all uses
  std::size_t place = 0;
  for (const Kept& kept : sorted(training_)) {
    const records::Event& event = kept.event();
    const EventType type = event.type;
    if (type == EventType::kHide || type == EventType::kRemoveFromCart || type == EventType::kRefund)
      continue;
    for (const ItemId item : items_of(event)) {
      Mark mark;
      mark.order = kept.order();
      mark.item = item;
      mark.session_hash = session_hash_of(event);
      const std::string& country = event.context.country;
      if (!country.empty()) mark.country_scope = stats::country_scope(country).value;
      const auto device = static_cast<std::uint8_t>(event.context.device);
      if (device != 0) mark.device_scope = stats::device_scope(device).value;
      const auto [at, added] = by_day.try_emplace({item, day_of(event.event_time)}, ++place, mark);
      at->second.second.kinds |= 1u << static_cast<int>(type);
    }
  }
  std::map<std::size_t, Mark> in_order;
  for (const auto& [key, placed] : by_day) in_order[placed.first] = placed.second;
  std::vector<Mark> marks;
  for (const auto& [number, mark] : in_order) marks.push_back(mark);
  if (marks.size() > 4096) marks.erase(marks.begin(), marks.end() - 4096);
  return marks;
}

} // namespace kindred::profiles
