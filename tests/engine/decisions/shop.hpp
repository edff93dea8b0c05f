#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/hash.hpp"
#include "engine/decisions/decide.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"
#include "tests/engine/catalog/library_records.hpp"
#include "tests/engine/learners/factorization/neighbours.hpp"

namespace kindred::decisions {

/// A moment that decisions share, so that nothing is cut from what the tests compute.
inline constexpr Instant kNow = crowd_moment({20'000 * kDay.us + 10 * kHour.us});

/// A little shop that tests furnish line by line and then ask for decisions: a catalog, a fast model, one user.
/// Time is kNow. The placement shows without exploration and filters nothing, unless a test says otherwise.
class Shop {
public:
  Shop() {
    placement.placement = "home";
    context.country = "BR";
    user.key = {kDefaultTenant, "ann"};
  }

  /// Registers an item that was published `age` before kNow.
  ItemId item(const std::string& id, Duration age = {40 * kDay.us},
              std::vector<std::pair<std::string, std::string>> attributes = {}) {
    records::Item item = catalog::item_of(id, (kNow - age).us);
    for (auto& [name, value] : attributes) item.attributes.push_back({name, std::move(value)});
    return put(std::move(item));
  }
  ItemId put(records::Item item) {
    const ItemId id = item_id(item.item);
    EXPECT_TRUE(library.apply(catalog::record_of(std::move(item))).ok());
    return id;
  }

  /// `count` marks of an item at `time`, in a scope.
  void trend(ItemId item, Duration ago, int count = 1, stats::ScopeId scope = stats::kEverybody) {
    stats::FastDelta delta;
    for (const std::uint8_t half_life : {0, 2, 3}) {
      const Duration span = stats::kHalfLives[half_life];
      delta.add_trend({kDefaultTenant, scope, half_life, stats::generation_of(kNow - ago, span), item},
                      count * stats::weight_at(kNow - ago, span));
    }
    if (scope == stats::kEverybody) delta.add_count({kDefaultTenant, stats::FastDelta::kMarks, item}, count);
    fast.add(delta, kDefaultTenant);
  }
  /// What the item-item model says of having `from`.
  void goes_with(ItemId from, ItemId to, float weight) {
    goes_[{from, to}] = weight;
    item_item = learners::neighbours_of(goes_);
  }
  void follows(ItemId from, ItemId to, int count) { pair(stats::FastDelta::kSuccessor, from, to, count); }
  void together(ItemId a, ItemId b, int count) {
    pair(stats::FastDelta::kCoOccurrence, std::min(a, b), std::max(a, b), count);
  }

  /// The user did something with an item; call in order of time, oldest first.
  void did(ItemId item, Duration ago, records::EventType type = records::EventType::kView,
           std::uint64_t session = 0) {
    profiles::PersonalizationLane& lane = user.personalization;
    profiles::HistoryEvent event;
    event.order = {kNow - ago, 0, {0, ++user.records}};
    event.type = type;
    event.item = item;
    event.session_hash = session;
    lane.history.push_back(event);
    ++lane.events;
    auto at = std::lower_bound(lane.items.begin(), lane.items.end(), item,
                               [](const profiles::ItemUse& use, ItemId id) { return use.item < id; });
    if (at == lane.items.end() || at->item != item) {
      at = lane.items.insert(at, profiles::ItemUse{});
      at->item = item;
      at->first = kNow - ago;
    }
    at->kinds |= 1u << static_cast<int>(type);
    at->last = kNow - ago;
    ++at->count;
    at->purchases += type == records::EventType::kPurchase ? 1 : 0;
  }

  /// The user is in this clustered segment.
  stats::ScopeId in_segment(std::uint32_t segment) {
    user.personalization.clustered = {segment, 0, kNow - kDay, true};
    return stats::segment_scope("clustered", segment);
  }

  Question question() const {
    return {.tenant = kDefaultTenant,
            .profile = known ? &user : nullptr,
            .consent = consent,
            .catalog = *library.catalog(kDefaultTenant),
            .fast = learnt ? &fast : nullptr,
            .item_item = item_item ? &*item_item : nullptr,
            .item_item_generation = item_item ? 3u : 0u,
            .placement = placement,
            .placement_name = "home",
            .context = context,
            .as_of = kNow,
            .count = count,
            .exclude = exclude,
            .request_id = request_id};
  }
  Answer ask() {
    Workspace fresh;
    return decide(question(), fresh);
  }
  /// External ids of what is shown, in order.
  std::vector<std::string> shown() { return ids(ask()); }
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> ids;
    for (const Choice& choice : answer.choices) ids.push_back(choice.item->item.item);
    return ids;
  }
  records::Decided record(const Answer& answer) const {
    records::Decided decided;
    describe(question(), answer, decided);
    return decided;
  }

  catalog::Library library;
  stats::FastModel fast;
  std::optional<learners::ItemNeighbours> item_item;
  profiles::Profile user;
  bool known = true;  ///< the user has a profile
  bool learnt = true; ///< there is a fast model
  records::Purposes consent = records::kAllPurposes;
  records::Placement placement;
  records::Context context;
  std::uint16_t count = 10;
  std::vector<ItemId> exclude;
  std::string request_id = "r1";

private:
  learners::Pairs goes_;

  void pair(std::uint8_t kind, ItemId from, ItemId to, int count) {
    stats::FastDelta delta;
    delta.add_pair({kDefaultTenant, kind, from, to, 0}, count);
    fast.add(delta, kDefaultTenant);
  }
};

} // namespace kindred::decisions
