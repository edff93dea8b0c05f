#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::fast_models {

/// What the fast models' folding lets an operator see. Written by the actor, read by whoever exports metrics; both
/// without locks. Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;

  Counter entries{0};          ///< of the models log, folded
  Counter foreign_entries{0};  ///< without our magic: skipped
  Counter repeated_entries{0}; ///< (writer, epoch, sequence) seen before
  Counter deltas_applied{0};
  Counter deltas_refused{0};  ///< `from` was not the last `to`
  Counter manifests_taken{0}; ///< of solved models
  Counter manifests_refused{
      0}; ///< another came first, or its model is missing, damaged or of no learner of ours
  Counter chunks_refused{0};
  Counter parts_held{0};       ///< of deltas too large for one record
  Counter records_ignored{0};  ///< of other learners, or ignorable
  Counter snapshots{0};        ///< published
  Counter snapshots_waited{0}; ///< times a reader held the copy whose turn it was
  Counter copies{0};           ///< times a held copy was left to its readers
  Counter checkpoints{0};
  Counter checkpoints_failed{0};
  Gauge checkpoint_bytes{0};
  Gauge end{0};             ///< entries below are folded
  Gauge log_end{0};         ///< as the tail told last; lag = log_end − end
  Gauge newest_delta_us{0}; ///< stamp of the newest delta folded: freshness = now − this
  Gauge keys{0};            ///< of the newest delta: its size

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::fast_models
