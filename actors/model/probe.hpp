#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::model {

/// What a model actor lets an operator see. Written by the actor, read by whoever exports metrics; both without locks.
/// Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;

  Counter rounds{0};            ///< opened
  Counter rounds_done{0};       ///< solved, whether something was published or not
  Counter rounds_by_changes{0}; ///< of those: from who changed since the one before, and its sums
  Counter rounds_abandoned{0};  ///< a cut was lost, a shard did not answer, the log refused
  Counter passes{0};
  Counter published{0}; ///< manifests that the models log took
  Counter refused{0};   ///< manifests that another one came before
  Gauge round_us{0};    ///< of the last one, from its first cut to its end
  Gauge sums_bytes{0};  ///< kept for rounds by changes

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::model
