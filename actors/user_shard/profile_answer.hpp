#pragma once

#include <optional>
#include <string_view>

#include "engine/catalog/library.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::user_shard {

// What a GetProfile query is told of a profile. Pure; any thread.

/// A counter's name: event type and half-life, "view.1d", "addToCart.7d".
struct CounterName {
  records::EventType type{};
  std::uint8_t half_life = 0; ///< index into stats::kHalfLives
};
/// None: no counter has this name.
std::optional<CounterName> counter_of(std::string_view name);

/// Counters as of `now`: those asked for (unknown names are left out, nothing counted is 0), or all that are not zero.
/// History newest first, at most `history_max`; items by the names of the catalog, where it does not know them by the hex
/// digits of their hash. Decisions newest first, at most `decisions_max`; one whose exposure came before its record is left
/// out. Segments: where the adopted models put the user now, also where no record of his came since they were adopted.
/// Brief: counters only.
api::Profile profile_answer(const profiles::Profile& profile, const profiles::TenantInputs& tenant,
                            const kindred::catalog::Catalog* catalog, const api::GetProfile& query,
                            Instant now);

} // namespace kindred::actors::user_shard
