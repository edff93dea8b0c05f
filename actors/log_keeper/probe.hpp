#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::log_keeper {

/// What the keeper lets an operator see. Written by the actor, read by whoever exports metrics; both without locks.
/// Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;

  Counter trims{0};
  Counter failed{0};  ///< looks and trims that the log refused; tried again at the next pulse
  Counter not_all{0}; ///< partitions passed over, since not everybody has stored what is old

  static void count(Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
};

} // namespace kindred::actors::log_keeper
