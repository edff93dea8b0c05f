#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::peering {

/// What an operator sees of what nodes ask of each other. Written by the actor, read by whoever exports metrics; both
/// without locks. Counters only grow while the process lives.
class Probe {
public:
  using Counter = std::atomic<std::uint64_t>;
  using Gauge = std::atomic<std::int64_t>;

  Counter parts{0};         ///< of requests, asked of others
  Counter parts_failed{0};  ///< attempts at one peer that brought no answer
  Counter parts_hedged{0};  ///< attempts at a further peer while one was still asked
  Counter parts_late{0};    ///< parts that nobody answered in time
  Gauge parts_open{0};      ///< without an answer
  Counter relayed{0};       ///< whole requests, handed to another node by the links' threads
  Counter relays_failed{0}; ///< of them, those the gateway got since no answer came
  Counter served{0};        ///< asks of others that were taken
  Counter not_here{0};      ///< asks of others for what this node does not have, or not caught up
  Counter busy{0};          ///< asks of others past kServedMax
  Counter malformed{0};     ///< payloads that cannot be read
  Counter fetched{0};       ///< partitions of which a checkpoint was taken from a peer
  Counter not_fetched{0};   ///< those that begin from what is here, or from the log
  Counter fetched_bytes{0}; ///< of those checkpoints
  Counter handed_out{0};    ///< parts of checkpoints, to others
  Counter emptied{0};       ///< spaces of partitions that this node left
  Counter digests_compared{0};
  Counter digests_differ{0}; ///< broken law: alarm
  Counter round_steps{0};    ///< of rounds, asked of others
  Counter round_steps_lost{0};

  static void count(Counter& counter, std::uint64_t n = 1) {
    counter.fetch_add(n, std::memory_order_relaxed);
  }
  static void set(Gauge& gauge, std::int64_t value) { gauge.store(value, std::memory_order_relaxed); }
};

} // namespace kindred::actors::peering
