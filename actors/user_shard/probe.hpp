#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "actors/gateway/durations.hpp"
#include "actors/user_shard/contract.hpp"
#include "engine/decisions/blend.hpp"

namespace kindred::actors::user_shard {

/// What the shards of a node let an operator see; one for all of them, or one each. Written by actors, read by whoever
/// exports metrics; both without locks. Counters only grow while the process lives; gauges are of one shard.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;
  static constexpr std::size_t kOutcomes = 7;  ///< profiles::Outcome
  static constexpr std::size_t kFallbacks = 6; ///< kFallbackNames
  static constexpr std::array<const char*, kFallbacks> kFallbackNames{"none",     "noConsent", "context",
                                                                      "trending", "newest",    "empty"};

  Counter entries{0};                        ///< folded
  Counter repeated_entries{0};               ///< dropped by (writer, epoch, sequence)
  Counter foreign_entries{0};                ///< without our magic: skipped
  Counter missing_entries{0};                ///< sequences that writers jumped over: an alarm
  Counter unmarked_records{0};               ///< imported without a watermark: an alarm
  std::array<Counter, kOutcomes> outcomes{}; ///< records by what became of them
  Counter notifications{0};

  Counter decisions{0};
  gateway::Durations decisions_took; ///< forwarded ones, from taking the request to its answer
  std::array<Counter, decisions::kSourceCount> decided_items{}; ///< by the strongest source
  std::array<Counter, kFallbacks> fallbacks{};                  ///< decisions by fallback
  Counter decisions_unlogged{0}; ///< answered, their record was lost to a log that refused
  Counter profiles{0};
  Counter forwarded{0}; ///< requests answered on the fast path
  Counter recalls{0};   ///< explain and replay
  Counter errors{0};    ///< queries answered with an error
  Counter waited{0};    ///< asks that had to wait for a position
  Counter not_reached{0};
  Counter overloaded{0};

  Counter ticks{0};
  Counter deltas{0};
  Counter deltas_foreign{0};
  Counter appends_refused{0};
  Counter flushes{0};
  Counter flushes_failed{0};

  Gauge applied_end{0};
  Gauge log_end{0}; ///< as known, a second old at most while there is a lag = log_end − applied_end
  Gauge users{0};
  Gauge users_bytes{0};    ///< that those in memory hold
  Gauge waiting{0};        ///< asks waiting for a position now
  Gauge outbox_records{0}; ///< sent on from linked ids, not known to be where they are to be
  Gauge outbox_bytes{0};
  Gauge flush_us{0}; ///< from handing over the last batch to its verdict
  Gauge delta_age_us{
      0}; ///< how long the oldest contribution not yet in the fast models waited, at the last pulse

  /// Past a bound: the gateway takes no writes for this partition until it is not.
  bool is_outbox_full() const {
    return outbox_records >= std::int64_t{kOutboxRecordsMax} || outbox_bytes >= std::int64_t{kOutboxBytesMax};
  }

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::user_shard
