#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::cluster {

/// What the cluster actor lets an operator see. Written by the actor, read by whoever exports metrics; both without locks.
/// Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;

  Counter records{0}; ///< of the control log, folded
  Counter records_ignored{
      0}; ///< of another cluster, of an unknown node or a life that is over, or past a bound
  Counter foreign_entries{0}; ///< without our magic: skipped
  Counter beats{0};           ///< entries said by this node and acknowledged
  Counter beats_failed{0};    ///< refused, or without a verdict
  Counter drains_dropped{0};  ///< past kDrainsWaitingMax
  Counter trims{0};
  Counter trims_failed{0};
  Counter maps{0}; ///< times the map changed
  Gauge members_present{0};
  Gauge members_draining{0}; ///< of these
  Gauge members_silent{0};
  Gauge members_too_old{0}; ///< present, and without the active version of the fold
  Gauge first_of{0};        ///< partitions this node is the first replica of
  Gauge replica_of{0};      ///< partitions this node is any replica of
  Gauge kept_entries{0};    ///< of the control log: its end less its begin

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::cluster
