#include "engine/profiles/features.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/math.hpp"

namespace kindred::profiles {

namespace {

constexpr std::array<std::string_view, 7> kBehaviours{"events", "sessions", "items",         "purchases",
                                                      "spent",  "dwell",    "cartsAbandoned"};

double how_much(double amount) { return portable_log2(1 + std::clamp(amount, 0.0, Fixed::kMax)); }

double behaviour(const PersonalizationLane& lane, std::size_t which) {
  switch (which) {
  case 0: return how_much(static_cast<double>(lane.events));
  case 1: return how_much(lane.sessions);
  case 2: return how_much(static_cast<double>(lane.items.size()));
  case 3: return how_much(lane.orders.count);
  case 4: return how_much(lane.orders.spent.to_double());
  case 5: return how_much(static_cast<double>(lane.dwell_total.us) / kSecond.us);
  default: return how_much(lane.carts_abandoned);
  }
}

std::optional<double> number(const records::PropertyValue& value) {
  double told = 0;
  if (const auto* yes = std::get_if<bool>(&value))
    told = *yes ? 1 : 0;
  else if (const auto* whole = std::get_if<std::int64_t>(&value))
    told = static_cast<double>(*whole);
  else if (const auto* fixed = std::get_if<Fixed>(&value))
    told = fixed->to_double();
  else
    return std::nullopt;
  return std::clamp(told, -Fixed::kMax, Fixed::kMax);
}

double share(const Taste& taste, const PersonalizationLane& lane) {
  return lane.tastes_total == 0 ? 0
                                : static_cast<double>(taste.count) / static_cast<double>(lane.tastes_total);
}

} // namespace

std::span<const std::string_view> behaviours() { return kBehaviours; }

bool is_feature(std::string_view name) {
  for (const std::string_view beginning : {kCategoryFeature, kTraitFeature})
    if (name.starts_with(beginning)) return name.size() > beginning.size();
  return std::find(kBehaviours.begin(), kBehaviours.end(), name) != kBehaviours.end();
}

std::vector<Feature> features_of(const PersonalizationLane& lane) {
  std::vector<Feature> features;
  for (std::size_t i = 0; i < kBehaviours.size(); ++i)
    features.push_back({std::string(kBehaviours[i]), behaviour(lane, i)});
  for (const Taste& taste : lane.tastes)
    features.push_back({std::string(kCategoryFeature) + taste.category, share(taste, lane)});
  for (const records::Property& trait : lane.traits)
    if (const auto value = number(trait.value))
      features.push_back({std::string(kTraitFeature) + trait.name, *value});
  return features;
}

std::optional<double> feature_of(const PersonalizationLane& lane, std::string_view name) {
  if (name.starts_with(kTraitFeature)) {
    const std::string_view trait = name.substr(kTraitFeature.size());
    const auto at =
        std::partition_point(lane.traits.begin(), lane.traits.end(), [&](const records::Property& one) {
          return std::string_view(one.name) < trait;
        });
    return at != lane.traits.end() && at->name == trait ? number(at->value) : std::nullopt;
  }
  if (name.starts_with(kCategoryFeature)) {
    const std::string_view category = name.substr(kCategoryFeature.size());
    const auto at = std::partition_point(lane.tastes.begin(), lane.tastes.end(), [&](const Taste& one) {
      return std::string_view(one.category) < category;
    });
    // Who was never in it has none of it; who was nowhere yet has no share of anything.
    if (at == lane.tastes.end() || at->category != category)
      return lane.tastes_total == 0 ? std::nullopt : std::optional(0.0);
    return share(*at, lane);
  }
  const auto at = std::find(kBehaviours.begin(), kBehaviours.end(), name);
  if (at == kBehaviours.end()) return std::nullopt;
  return behaviour(lane, static_cast<std::size_t>(at - kBehaviours.begin()));
}

} // namespace kindred::profiles
