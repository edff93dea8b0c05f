#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::catalog {

/// What the catalog lets an operator see. Written by the actor, read by whoever exports metrics; both without locks.
/// Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;

  Counter entries{0};          ///< of the library log, folded
  Counter records{0};          ///< taken by the library
  Counter records_refused{0};  ///< full, collision, unknown tenant, not of the library
  Counter foreign_entries{0};  ///< without our magic: skipped
  Counter repeated_entries{0}; ///< sent again by who did not hear the verdict: skipped
  Counter snapshots{0};        ///< published
  Counter snapshots_waited{0}; ///< times a reader held the copy whose turn it was
  Counter copies{0};           ///< times a held copy was left to its readers
  Counter checkpoints{0};
  Counter checkpoints_failed{0};
  Gauge checkpoint_bytes{0};
  Gauge end{0};     ///< entries below are folded
  Gauge log_end{0}; ///< as the tail told last; lag = log_end − end
  Gauge items{0};   ///< of all tenants
  Gauge items_live{0};
  Gauge tenants{0};

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::catalog
