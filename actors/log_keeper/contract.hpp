#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "actors/ports/log.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

namespace kindred::actors::log_keeper {

// Bounds the events log: entries that are older than the configured time, and that everybody who folds them has stored, are
// trimmed (records.md §10). One per node that is configured to forget; of each partition one node does it. The control log
// is the cluster actor's; models and library are kept whole. Include this file, never state.hpp.

struct Settings {
  std::uint16_t partitions = 0;
  Duration kept; ///< positive; by the stamps of gateways
};

struct Pulse {
  Instant now; ///< wall
};             ///< every pulse_of(kept)

/// What came of looking into a partition's log (age.hpp).
struct Looked {
  PartitionId partition;
  Result<std::uint64_t, ports::LogError> before = ports::LogError::kClosed; ///< entries below are old enough
};
struct Trimmed {
  PartitionId partition;
  Result<Done, ports::LogError> done = ports::LogError::kClosed;
};

/// Below it nobody needs a partition's log to fold on; nothing where this node is not the one to trim it, or does not know.
using StoredByAll = std::function<std::optional<std::uint64_t>(PartitionId)>;

// Named bounds.
inline constexpr Duration kPulseMin{kSecond};
inline constexpr Duration kPulseMax{10 * kMinute.us};
/// A tenth of what is kept, so that no more than a tenth too much is.
constexpr Duration pulse_of(Duration kept) {
  const Duration tenth{kept.us / 10};
  return tenth < kPulseMin ? kPulseMin : tenth < kPulseMax ? tenth : kPulseMax;
}

} // namespace kindred::actors::log_keeper
