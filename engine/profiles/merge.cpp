#include "engine/profiles/merge.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "engine/profiles/counters.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/measurement.hpp"
#include "engine/profiles/membership.hpp"
#include "engine/profiles/personalization.hpp"
#include "engine/profiles/profile_codec.hpp"

namespace kindred::profiles {
namespace {

/// Two lists, each by `key`, as one; what has the same key is joined. Answers what is too much, first to go first.
template <class List, class Key, class Join>
void unite(List& into, const List& from, Key key, Join join) {
  List both;
  std::merge(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(both),
             [&](const auto& a, const auto& b) { return key(a) < key(b); });
  into.clear();
  for (auto& one : both) {
    if (!into.empty() && key(into.back()) == key(one))
      join(into.back(), one);
    else
      into.push_back(std::move(one));
  }
}

/// Those go first that come first by `worth`.
template <class List, class Worth>
void keep(List& list, std::size_t most, Worth worth) {
  while (list.size() > most)
    list.erase(std::min_element(list.begin(), list.end(),
                                [&](const auto& a, const auto& b) { return worth(a) < worth(b); }));
}

/// Two queues as one, oldest first; the oldest go.
template <class Queue, class Time>
void unite_newest(Queue& into, const Queue& from, std::size_t most, Time time) {
  into.insert(into.end(), from.begin(), from.end());
  std::stable_sort(into.begin(), into.end(), [&](const auto& a, const auto& b) { return time(a) < time(b); });
  if (into.size() > most) into.erase(into.begin(), into.end() - static_cast<std::ptrdiff_t>(most));
}

std::uint32_t sum(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} + b, UINT32_MAX));
}

void unite_items(std::vector<ItemUse>& into, const std::vector<ItemUse>& from) {
  unite(
      into, from, [](const ItemUse& use) { return use.item; },
      [](ItemUse& use, const ItemUse& other) {
        use.kinds |= other.kinds;
        use.first = std::min(use.first, other.first);
        use.last = std::max(use.last, other.last);
        use.count = sum(use.count, other.count);
        use.purchases = sum(use.purchases, other.purchases);
        use.dwell = use.dwell + other.dwell;
      });
  if (into.size() <= kItemsMax) return;
  // The longest unused go, as they would one by one.
  std::vector<std::pair<Instant, ItemId>> ages;
  for (const ItemUse& use : into) ages.emplace_back(use.last, use.item);
  const auto oldest_kept = ages.end() - kItemsMax;
  std::nth_element(ages.begin(), oldest_kept, ages.end());
  std::erase_if(into, [&](const ItemUse& use) { return std::pair(use.last, use.item) < *oldest_kept; });
}

void unite_orders(Orders& into, const Orders& from) {
  if (from.count > 0 && (into.count == 0 || into.last <= from.last)) {
    into.last = from.last;
    into.last_hash = from.last_hash;
  }
  into.count = sum(into.count, from.count);
  const double spent = into.spent.to_double() + from.spent.to_double();
  into.spent = Fixed::from(std::clamp(spent, -Fixed::kMax, Fixed::kMax)).value();
}

void unite_traits(PersonalizationLane& into, const PersonalizationLane& from) {
  for (const records::Property& trait : from.traits) put_trait(into.traits, trait, false);
  if (!into.default_context) into.default_context = from.default_context;
}

void unite_visits(PersonalizationLane& into, const PersonalizationLane& from) {
  const bool later = !from.history.empty() &&
                     (into.history.empty() || into.history.back().order < from.history.back().order);
  if (later) into.last_page = from.last_page;
  if (from.last_context != records::Context{} && (later || into.last_context == records::Context{}))
    into.last_context = from.last_context;
  into.sessions = sum(into.sessions, from.sessions);
  into.dwell_total = into.dwell_total + from.dwell_total;
  unite(
      into.paths, from.paths, [](const PathStep& path) { return BytesView(path.step); },
      [](PathStep& path, const PathStep& other) {
        path.count = sum(path.count, other.count);
        path.last = std::max(path.last, other.last);
      });
  keep(into.paths, kPathsMax, [](const PathStep& path) { return std::pair(path.count, path.last); });
}

void enter(PersonalizationLane& into, const PersonalizationLane& from, Duration cart_abandoned_after) {
  into.events += from.events;
  unite_visits(into, from); // looks at both histories
  unite_newest(into.history, from.history, kHistoryMax,
               [](const HistoryEvent& event) { return event.order; });
  unite_items(into.items, from.items);
  add(into.counters, from.counters);
  into.cart_told = std::max(into.cart_told, from.cart_told);
  into.carts_abandoned = sum(into.carts_abandoned, from.carts_abandoned);
  settle_cart(into, cart_abandoned_after);
  unite_traits(into, from);
  into.beyond_training |= from.beyond_training;
  unite(
      into.tastes, from.tastes, [](const Taste& taste) { return BytesView(taste.category); },
      [](Taste& taste, const Taste& other) { taste.count = sum(taste.count, other.count); });
  keep(into.tastes, kTastesMax, [](const Taste& taste) { return taste.count; });
  into.tastes_total += from.tastes_total;
  unite_orders(into.orders, from.orders);
}

void enter(Choices& into, const Choices& from) {
  unite_newest(into.open, from.open, kOpenChoicesMax, [](const OpenChoice& choice) { return choice.as_of; });
  unite_newest(into.examples, from.examples, kExamplesMax,
               [](const Example& example) { return example.as_of; });
}

/// Of a decision that both sides know, one has the record and the other what was told of it.
void enter(MeasurementLane& into, const MeasurementLane& from) {
  SlidingVector<DecisionMemory> others;
  for (const DecisionMemory& memory : from.decisions)
    if (!join(into, memory)) others.push_back(memory);
  unite_newest(into.decisions, others, kDecisionsMax,
               [](const DecisionMemory& memory) { return memory.as_of; });
  into.exposures = sum(into.exposures, from.exposures);
  into.clicks = sum(into.clicks, from.clicks);
  into.purchases = sum(into.purchases, from.purchases);
  into.reward_raw = static_cast<std::int64_t>(static_cast<std::uint64_t>(into.reward_raw) +
                                              static_cast<std::uint64_t>(from.reward_raw));
}

std::vector<std::string> enter_ids(Profile& profile, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    if (id == profile.key.user) continue;
    std::erase(profile.linked, id);
    profile.linked.push_back(id);
  }
  std::vector<std::string> gone;
  if (profile.linked.size() <= records::kLinkedMax) return gone;
  const auto kept = profile.linked.end() - records::kLinkedMax;
  gone.assign(profile.linked.begin(), kept);
  profile.linked.erase(profile.linked.begin(), kept);
  return gone;
}

} // namespace

records::MergeIn leave(const UserKey& user, const std::string& to, std::optional<Profile>& profile,
                       stats::FastDelta& changes) {
  records::MergeIn merge;
  merge.user_id = to;
  if (profile) {
    cut_traits(profile->personalization); // of a profile that is older than their bound
    merge.linked = profile->linked;
    merge.image = canonical(*profile);
    leave_segments(*profile, changes);
    clear_marks(profile->training, user.tenant, changes);
  }
  merge.linked.push_back(user.user);
  profile.reset(); // last: the key may be the profile's own
  return merge;
}

std::vector<std::string> enter(const records::MergeIn& merge, const Profile& image, bool known,
                               Duration cart_abandoned_after, Profile& profile, stats::FastDelta& changes) {
  const bool shown = profile.measurement.exposures > 0, shown_image = image.measurement.exposures > 0;
  profile.mixed_keys |=
      image.mixed_keys || (shown && shown_image && profile.assignment_key != image.assignment_key);
  if ((!known || (shown_image && !shown)) && !image.assignment_key.empty())
    profile.assignment_key = image.assignment_key;
  profile.now = std::max(profile.now, image.now);
  enter(profile.personalization, image.personalization, cart_abandoned_after);
  for (const Mark& mark : image.training.marks) add_mark(profile.training, mark, profile.key.tenant, changes);
  enter(profile.training.choices, image.training.choices);
  enter(profile.measurement, image.measurement);
  return enter_ids(profile, merge.linked);
}

} // namespace kindred::profiles
