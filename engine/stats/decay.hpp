#pragma once

#include <array>
#include <cstdint>

#include "engine/base/time.hpp"

namespace kindred::stats {

// Exponential decay as a group (records.md §5): an event's weight is round(2^16 · 2^((t − s)/h)), s the start of its
// generation; a generation is 16 half-lives, aligned to the epoch; sums are kept per generation, the newest four count;
// a read multiplies by 2^−((as-of − s)/h). The weight depends on event time alone: free of order, late-safe, subtractable.

inline constexpr int kGenerationHalfLives = 16;
inline constexpr int kGenerationsRead = 4;

/// The half-lives that counters and trends are kept at. Index = position; only appended to, never renumbered.
inline constexpr std::array<Duration, 6> kHalfLives{kHour, kHour * 6, kDay, kDay * 7, kDay * 30, kHour * 2};

/// Generation of time `t` at half-life `h` (floor; also before 1970).
std::int32_t generation_of(Instant t, Duration half_life);
Instant generation_start(std::int32_t generation, Duration half_life);
/// round(2^16 · 2^((t − s)/h)) in [2^16, 2^32), from a fixed table: no libm, same bits everywhere.
std::int64_t weight_at(Instant t, Duration half_life);
/// 2^−((as-of − s)/h) / 2^16: what a sum of generation `generation` is worth at `as_of`. 0 where the generation is not
/// among the newest four; a sum of a generation ahead of as-of counts with its own (larger) factor.
double read_factor(std::int32_t generation, Instant as_of, Duration half_life);

}  // namespace kindred::stats
