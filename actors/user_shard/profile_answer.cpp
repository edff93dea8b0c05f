#include "actors/user_shard/profile_answer.hpp"

#include <array>
#include <cstdio>

#include "engine/profiles/counters.hpp"
#include "engine/profiles/membership.hpp"
#include "engine/profiles/user_fold.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::actors::user_shard {

namespace {

constexpr std::array<std::string_view, stats::kHalfLives.size()> kHalfLifeNames{"1h", "6h",  "1d",
                                                                                "7d", "30d", "2h"};

std::string name_of_item(ItemId item, const kindred::catalog::Catalog* catalog) {
  if (const auto* entry = catalog == nullptr ? nullptr : catalog->find(item)) return entry->item.item;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(item.value));
  return digits.data();
}

void add_asked_counters(const profiles::PersonalizationLane& lane, const api::GetProfile& query, Instant now,
                        api::Profile& answer) {
  answer.counters.reserve(query.counters.size());
  for (const auto& name : query.counters) {
    const auto counter = counter_of(name);
    if (!counter) continue;
    answer.counters.push_back(
        {name, profiles::counter_at(lane.counters, counter->type, counter->half_life, now)});
  }
}

void add_all_counters(const profiles::PersonalizationLane& lane, Instant now, api::Profile& answer) {
  const profiles::CounterCell* before = nullptr;
  for (const auto& cell : lane.counters) {
    const bool again = before != nullptr && before->type == cell.type && before->half_life == cell.half_life;
    before = &cell;
    if (again) continue; // further generations of the same counter
    const double value = profiles::counter_at(lane.counters, cell.type, cell.half_life, now);
    if (value == 0) continue;
    answer.counters.push_back(
        {std::string(records::name_of(cell.type)) + "." + std::string(kHalfLifeNames[cell.half_life]),
         value});
  }
}

void add_segments(const profiles::PersonalizationLane& lane, const profiles::TenantInputs& tenant,
                  Instant now, api::Profile& answer) {
  const auto add = [&](std::string_view kind, const profiles::Membership& told, std::uint32_t standing) {
    if (standing == 0) return;
    const bool same = told.segment == standing;
    const std::uint32_t before = same ? told.before : told.segment;
    answer.segments.push_back({profiles::segment_name(kind, standing), same ? told.since : now,
                               before == 0 ? std::string() : profiles::segment_name(kind, before)});
  };
  const profiles::Standing standing = profiles::standing_of(lane, tenant);
  add(profiles::kClusteredKind, lane.clustered, standing.clustered);
  add(profiles::kRfmKind, lane.rfm, standing.rfm);
}

void add_decisions(const profiles::MeasurementLane& lane, const kindred::catalog::Catalog* catalog,
                   std::size_t most, api::Profile& answer) {
  for (auto memory = lane.decisions.rbegin(); memory != lane.decisions.rend(); ++memory) {
    if (answer.decisions.size() == most) break;
    if (!memory->recorded) continue;
    api::PastDecision& past = answer.decisions.emplace_back();
    past.decision = memory->decision;
    past.time = memory->as_of;
    past.placement = memory->placement;
    for (const profiles::ShownItem& shown : memory->shown) {
      const auto did = [&](std::uint8_t bit) { return (shown.happened & bit) != 0; };
      past.slots.push_back({name_of_item(shown.item, catalog), did(profiles::ShownItem::kExposed),
                            did(profiles::ShownItem::kClicked), did(profiles::ShownItem::kPurchased)});
    }
  }
}

} // namespace

std::optional<CounterName> counter_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto type = records::event_type_of(name.substr(0, dot));
  if (records::name_of(type) != name.substr(0, dot)) return std::nullopt;
  for (std::uint8_t half_life = 0; half_life < kHalfLifeNames.size(); ++half_life) {
    if (kHalfLifeNames[half_life] == name.substr(dot + 1)) return CounterName{type, half_life};
  }
  return std::nullopt;
}

api::Profile profile_answer(const profiles::Profile& profile, const profiles::TenantInputs& tenant,
                            const kindred::catalog::Catalog* catalog, const api::GetProfile& query,
                            Instant now) {
  const auto& lane = profile.personalization;
  api::Profile answer;
  answer.user_id = profile.key.user;
  answer.events = lane.events;
  answer.consent = profiles::consent_of(&profile, tenant);
  if (!query.counters.empty()) {
    add_asked_counters(lane, query, now, answer);
  } else if (!query.brief) {
    add_all_counters(lane, now, answer);
  }
  if (query.brief) return answer;
  for (auto event = lane.history.rbegin(); event != lane.history.rend(); ++event) {
    if (answer.history.size() == query.history_max) break;
    const bool about_item = event->item.value != 0;
    answer.history.push_back({about_item ? name_of_item(event->item, catalog) : std::string(),
                              std::string(records::name_of(event->type)), event->order.time});
  }
  add_segments(lane, tenant, now, answer);
  answer.traits = lane.traits;
  for (const auto& line : lane.cart) answer.cart.push_back(name_of_item(line.item, catalog));
  answer.sessions = lane.sessions;
  answer.linked_ids = profile.linked;
  add_decisions(profile.measurement, catalog, query.decisions_max, answer);
  return answer;
}

} // namespace kindred::actors::user_shard
