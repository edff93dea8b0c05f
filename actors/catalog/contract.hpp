#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/ports/log.hpp"
#include "engine/base/ids.hpp"
#include "engine/catalog/library.hpp"

namespace kindred::actors::catalog {

// The catalog actor folds the library log and publishes immutable snapshots. Others read the snapshot cell; nobody asks
// it for an item. One per node. How it is done is nobody's business: include this file, never state.hpp.

/// The library as of a position: every entry below `end` is in it.
struct Snapshot {
  kindred::catalog::Library library;
  std::uint64_t end = 0;
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

/// Sent to whoever subscribed (gateway and shards) after a new snapshot is in the cell.
struct LibraryAdvanced {
  std::uint64_t end = 0;
};

} // namespace kindred::actors::catalog
