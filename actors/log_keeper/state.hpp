#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "actors/log_keeper/contract.hpp"
#include "actors/log_keeper/probe.hpp"

namespace kindred::actors::log_keeper {

// What the shell must do, in this order.
/// Find the entries older than `than`, and below `below`; answered by Looked.
struct Look {
  PartitionId partition;
  Instant than;
  std::uint64_t below = 0;
};
/// Answered by Trimmed.
struct Trim {
  PartitionId partition;
  std::uint64_t before = 0;
};
using Effect = std::variant<Look, Trim>;
using Effects = std::vector<Effect>;

/// At each pulse goes through the partitions that this node is to trim, one after another.
///
///   idle ── Pulse ──> looking ── Looked ──> trimming ── Trimmed ──> looking at the next ... ──> idle
///
/// Where the log refuses, the rest is left for the next pulse. Nothing is trimmed that some replica has not stored, whatever its age.
/// Pure. Owner: one shell, test or simulator; not thread-safe.
class State {
public:
  State(Settings settings, StoredByAll stored_by_all, Probe& probe)
      : settings_(settings), stored_by_all_(std::move(stored_by_all)), probe_(probe) {}

  Effects handle(const Pulse& pulse);
  Effects handle(const Looked& looked);
  Effects handle(const Trimmed& trimmed);

private:
  Effects go_on();
  Effects give_up();

  const Settings settings_;
  const StoredByAll stored_by_all_;
  Probe& probe_;
  Instant now_;
  std::optional<std::uint16_t> at_; ///< the partition being looked at; none: idle
};

} // namespace kindred::actors::log_keeper
