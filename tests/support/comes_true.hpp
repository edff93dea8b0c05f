#pragma once

#include <chrono>
#include <thread>

namespace kindred::support {

/// For what must come: a loaded machine is slow, a deadlock is for ever.
inline constexpr std::chrono::seconds kMustCome{120};

/// Waits for a condition that no condition variable tells.
template <class Condition>
bool comes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kMustCome;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace kindred::support
