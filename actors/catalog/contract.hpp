#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/ports/log.hpp"
#include "engine/base/ids.hpp"
#include "engine/catalog/library.hpp"
#include "engine/profiles/writer_table.hpp"

namespace kindred::actors::catalog {

// The catalog actor folds the library log and publishes immutable snapshots. Others read the snapshot cell; nobody asks
// it for an item. One per node. How it is done is nobody's business: include this file, never state.hpp.

/// The library as of a position: every entry below `end` is in it.
struct Snapshot {
  kindred::catalog::Library library;
  std::uint64_t end = 0;
  profiles::WriterTable
      writers{}; ///< whose entries are in it: one sent again must not undo what was set after it
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Messages in (all fire and forget):
struct Entries {
  std::vector<ports::LogEntry> entries;
}; ///< from the tail of `library`, in order
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

/// Sent to whoever subscribed (gateway and shards) after a new snapshot is in the cell.
struct LibraryAdvanced {
  std::uint64_t end = 0;
  struct Refused {
    std::uint64_t offset = 0;
    std::uint32_t index = 0;
    kindred::catalog::LibraryError error{};
  };
  std::vector<Refused> refused; ///< records folded since the last one that the library did not take
};

/// How far it is; for readiness and status.
struct Standing {
  bool ready = false;            ///< caught up with the end that the log had at start, nothing wrong
  std::string not_ready_because; ///< empty where ready
  std::uint64_t end = 0;
};

// Named bounds.
inline constexpr Duration kPulse{20 * kMillisecond.us};
inline constexpr std::size_t kBacklogMax = 4096; ///< records a held copy may lag; past it a fresh copy
inline constexpr Duration kCheckpointEvery{
    10 * kSecond.us}; ///< at least; longer as it grows: 1 s per kCheckpointBytesPerSecond
inline constexpr std::size_t kCheckpointBytesPerSecond = 1 << 20;
inline constexpr const char* kSpace = "library";

} // namespace kindred::actors::catalog
