#pragma once

#include <array>
#include <vector>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

// A user's decayed counts of event types: cells of exact sums per (type, half-life, generation), as stats/decay.hpp has
// them for everybody. Of each (type, half-life) the newest four generations are kept: older ones are worth nothing.

/// Indices into stats::kHalfLives: an hour to a month.
inline constexpr std::array<std::uint8_t, 5> kCounterHalfLives{0, 1, 2, 3, 4};

/// Counts one event. A generation older than those kept is left out. Cost: O(cells) at worst.
void count(std::vector<CounterCell>& cells, records::EventType type, Instant time);

/// Adds what another id of the same user counted. A generation older than those kept is left out.
void add(std::vector<CounterCell>& cells, const std::vector<CounterCell>& more);

/// What the user's events of a type are worth at `as_of`: 1 for one right now, ½ after a half-life. The half-life is an
/// index into stats::kHalfLives; one that is not counted gives 0.
double counter_at(const std::vector<CounterCell>& cells, records::EventType type, std::uint8_t half_life,
                  Instant as_of);

} // namespace kindred::profiles
