#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/fast_models/solved.hpp"
#include "actors/ports/log.hpp"
#include "engine/base/ids.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::actors::fast_models {

// Folds the Delta records of the models log (records.md §6): a delta counts only if its `from` equals the last `to` of its
// learner and partition. A delta too large for one record comes in parts: all but the last have `to` == `from` and are
// held back until the last one is taken; they share their causation id and each has a record id of its own. Folds the
// Chunk and Manifest records of solved models, too (solved_fold.hpp): one log, one position, one snapshot. One per node.

inline constexpr const char* kLearner = "fast";

/// Sums and solved models of all tenants as of a position of the models log.
struct Snapshot {
  std::shared_ptr<const Lines> solved = std::make_shared<const Lines>(); ///< never null
  std::map<TenantId, stats::FastModel> models;
  std::vector<std::uint64_t> last_to; ///< per partition: events entries below are in the sums
  std::uint64_t end = 0;              ///< of the models log
  std::uint64_t deltas = 0;           ///< folded since the log began
  const stats::FastModel* model(TenantId tenant) const {
    const auto found = models.find(tenant);
    return found == models.end() ? nullptr : &found->second;
  }
  const Line* line(TenantId tenant, const std::string& name) const {
    const auto found = solved->find({tenant, name});
    return found == solved->end() ? nullptr : found->second.get();
  }
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Messages in:
struct Entries {
  std::vector<ports::LogEntry> entries;
};
struct CaughtUp {
  std::uint64_t end = 0;
};
struct TailFailed {
  ports::LogError error;
};
struct CheckpointWritten {
  bool ok = false;
};
struct Pulse {
  Instant now;
  std::int64_t steady_us = 0;
}; ///< every kPulse: checkpoints, and snapshots that waited for a reader

/// To the shard of `partition`, after a snapshot with this delta is in the cell. Shards subtract it from what they hold
/// back; a delta that was refused is reported with `applied` false and the `last_to` that holds.
struct DeltaSeen {
  PartitionId partition;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool applied = false;
  std::uint64_t last_to = 0;
  std::shared_ptr<const stats::FastDelta>
      changes;           ///< applied: what was added, so that anyone can subtract it
  std::uint64_t end = 0; ///< of the models log behind the entry that it stands in
};

/// How far it is; for readiness and status.
struct Standing {
  bool ready = false;            ///< caught up with the end that the log had at start, nothing wrong
  std::string not_ready_because; ///< empty where ready: "restoring", "folding to 17 of the models log", ...
  std::uint64_t end = 0;
};

// Named bounds.
inline constexpr Duration kPulse{20 * kMillisecond.us};
inline constexpr std::size_t kBacklogMax = 4096;  ///< deltas a held copy may lag; past it a fresh copy
inline constexpr std::size_t kHeldPartsMax = 256; ///< parts of one unfinished delta
inline constexpr Duration kCheckpointEvery{
    10 * kSecond.us}; ///< at least; longer as it grows: 1 s per kCheckpointBytesPerSecond
inline constexpr std::size_t kCheckpointBytesPerSecond = 1 << 20;
inline constexpr const char* kSpace = "models";

} // namespace kindred::actors::fast_models
