#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "nodes/adapters/zmq/refusals.hpp"

namespace kindred::adapters {

/// What an operator sees of the ZeroMQ link. Written by the socket's thread (dropped notifications: by whoever
/// publishes), read by whoever exports metrics; both without locks.
struct ZmqProbe {
  using Count = std::atomic<std::uint64_t>;
  /// By the one thread that writes this count: cheaper than an atomic addition.
  static void add(Count& count, std::uint64_t n = 1) {
    count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static void add_shared(Count& count, std::uint64_t n = 1) { count.fetch_add(n, std::memory_order_relaxed); }
  static void set(Count& count, std::uint64_t n) { count.store(n, std::memory_order_relaxed); }

  Count received{0};       ///< requests
  Count received_bytes{0}; ///< of these
  Count batches{0};        ///< handed on
  Count answered{0};       ///< answers given to ZeroMQ
  Count answers_lost{0};   ///< the peer was gone, or its queue full
  Count answers_late{0};   ///< nobody waited any more
  Count expired{0};        ///< requests nobody answered
  Count misframed{0};      ///< messages that are no request: dropped
  Count published{0};
  Count notifications_dropped{0};         ///< past the bound of waiting ones
  std::array<Count, kRefusals> refused{}; ///< by Refusal
  Count outstanding{0};                   ///< now
  Count outstanding_bytes{0};             ///< now
};

} // namespace kindred::adapters
