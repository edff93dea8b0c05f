#pragma once

#include <compare>
#include <cstdint>

namespace kindred {

/// A span of time in microseconds. Value type.
struct Duration {
  std::int64_t us = 0;
  friend auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator*(Duration d, std::int64_t n) { return {d.us * n}; }
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
};

/// A point in time: µs since 1970-01-01 UTC. Nothing in engine/ reads a clock; instants arrive as arguments.
struct Instant {
  std::int64_t us = 0;
  friend auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Duration d) { return {t.us + d.us}; }
  friend constexpr Instant operator-(Instant t, Duration d) { return {t.us - d.us}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.us - b.us}; }
};

inline constexpr Duration kMillisecond{1'000};
inline constexpr Duration kSecond{1'000'000};
inline constexpr Duration kMinute{60 * kSecond.us};
inline constexpr Duration kHour{60 * kMinute.us};
inline constexpr Duration kDay{24 * kHour.us};

/// Number of whole days since the epoch, rounded towards the past (also before 1970).
constexpr std::int32_t day_of(Instant t) {
  const std::int64_t q = t.us / kDay.us;
  return static_cast<std::int32_t>(t.us % kDay.us < 0 ? q - 1 : q);
}

} // namespace kindred
