#pragma once

#include <chrono>
#include <cstdint>

namespace kindred::adapters {

/// Microseconds of a clock that nobody puts back, from a beginning of its own.
inline std::int64_t steady_us() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::steady_clock;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace kindred::adapters
