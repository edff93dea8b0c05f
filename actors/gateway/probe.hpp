#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "actors/gateway/durations.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// What the gateway lets an operator see. Written by the actor, read by whoever exports metrics; both without locks.
class Probe {
public:
  using Count = std::atomic<std::uint64_t>;
  static constexpr std::size_t kCodes = 32; ///< by number of api::ErrorCode
  static constexpr std::size_t kKinds = std::variant_size_v<api::Query>;

  void saw_query(std::size_t kind) { add(queries[kind]); }
  void saw_error(api::ErrorCode code) { add(errors[static_cast<std::size_t>(code) % kCodes]); }
  void saw_reject(api::ErrorCode code) { add(rejects[static_cast<std::size_t>(code) % kCodes]); }
  static void add(Count& count, std::uint64_t n = 1) { count.fetch_add(n, std::memory_order_relaxed); }
  static void set(Count& count, std::uint64_t n) { count.store(n, std::memory_order_relaxed); }

  std::array<Count, kKinds> queries{}; ///< by index in api::Query
  std::array<Count, kCodes> errors{};  ///< answered errors
  std::array<Count, kCodes> rejects{}; ///< refused inputs, those in the reject channel
  Durations requests_took;             ///< from taking a request to its answer
  Durations decisions_took; ///< the same, of requests that decide; those forwarded are counted by their shard
  Count requests{0};        ///< taken, also those forwarded
  Count forwarded{0};       ///< to shards, whole
  Count under_way{0};       ///< now
  Count bytes_under_way{0}; ///< now
  Count waiting_records{0}; ///< now, in lanes
  Count appends{0};         ///< entries handed to the log
  Count appends_refused{0};
  Count appends_unknown{0};
  Count settles{0};
};

} // namespace kindred::actors::gateway
