#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace kindred::adapters {

/// What an operator sees of the HTTP link. Written by the server's thread, read by whoever exports metrics; no locks.
struct HttpProbe {
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n = 1) { count.fetch_add(n, std::memory_order_relaxed); }

  Count accepted{0};              ///< connections
  Count turned_away{0};           ///< connections past the bound
  Count open{0};                  ///< connections now
  Count requests{0};              ///< handed to handlers
  Count timed_out{0};             ///< requests nobody answered in time
  std::array<Count, 6> replies{}; ///< by first digit of the status
};

} // namespace kindred::adapters
