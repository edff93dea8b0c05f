#pragma once

#include <array>
#include <cstdint>

#include "engine/base/time.hpp"

namespace kindred::stats {

// Exponential decay as a group (records.md §5): an event's weight is round(2^16 · 2^((t − s)/h)), s the start of its
// generation; a generation is 16 half-lives, aligned to the epoch; sums are kept per generation, the newest four count;
// a read multiplies by 2^−((as-of − s)/h). The weight depends on event time alone: free of order, late-safe,
// subtractable. Everything here is integer arithmetic on tables made at compile time: no libm, same bits everywhere.

inline constexpr int kGenerationHalfLives = 16;
inline constexpr int kGenerationsRead = 4;

/// The half-lives that counters and trends are kept at. Index = position; only appended to, never renumbered.
inline constexpr std::array<Duration, 6> kHalfLives{kHour, kHour * 6, kDay, kDay * 7, kDay * 30, kHour * 2};

/// Generation of time `t` at half-life `h` (floor; also before 1970). Requires: h > 0.
std::int32_t generation_of(Instant t, Duration half_life);
Instant generation_start(std::int32_t generation, Duration half_life);

/// 2^x in 62 binary digits, x = fraction / 2^40 in [0, 1): within 2^-48 of the truth, monotone up to that.
/// Requires: fraction < 2^40.
std::uint64_t exp2_q62(std::uint64_t fraction_q40);

/// round(2^16 · 2^((t − s)/h)) in [2^16, 2^32]. (t − s)/h is cut to 40 binary digits.
std::int64_t weight_at(Instant t, Duration half_life);

/// 2^−((as-of − s)/h) / 2^16: what a sum of generation `generation` is worth at `as_of`. 0 where the generation is not
/// among the newest four of as-of, or more than one ahead of it (its time has not come). A sum of the next generation
/// counts with its own (larger) factor: late clocks may be a little ahead.
double read_factor(std::int32_t generation, Instant as_of, Duration half_life);

} // namespace kindred::stats
