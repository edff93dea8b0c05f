#include "engine/decisions/blend.hpp"

namespace kindred::decisions {
namespace {

constexpr std::array<std::string_view, kSourceCount> kNames{
    "trending1h", "trending1d", "trending7d",   "trendingCountry", "trendingDevice",
    "newest",     "successors", "coOccurrence", "affinity",        "buyAgain"};

} // namespace

std::string_view name_of(Source source) { return kNames[index_of(source)]; }

std::optional<Source> source_of(std::string_view name) {
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    if (kNames[i] == name) return static_cast<Source>(i);
  }
  return std::nullopt;
}

Blend default_blend() { return {{0.5f, 0.06f, 0.16f, 0.06f, 0.02f, 0.5f, 0.7f, 0.8f, 0.3f, 5.0f}}; }

Blend blend_of(const records::Placement& placement) {
  if (placement.sources.empty()) return default_blend();
  Blend blend;
  for (const auto& told : placement.sources) {
    const auto source = source_of(told.source);
    if (source) blend.weights[index_of(*source)] = static_cast<float>(told.weight.to_double());
  }
  return blend;
}

float trend_share(std::size_t session_items) { return 1.0f / static_cast<float>(1 + session_items); }

Blend beside_session(Blend blend, std::size_t session_items) {
  const float share = trend_share(session_items);
  for (std::size_t i = 0; i < kTrendCount; ++i) blend.weights[i] *= share;
  return blend;
}

Blend impersonal(Blend blend) {
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    if (is_personal(static_cast<Source>(i))) blend.weights[i] = 0;
  }
  return blend;
}

} // namespace kindred::decisions
