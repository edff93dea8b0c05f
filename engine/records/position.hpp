#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "engine/base/ids.hpp"

namespace kindred::records {

/// The logs of a tenant-shared cluster.
enum class Topic : std::uint8_t { kEvents = 0, kControl = 1, kModels = 2, kLibrary = 3 };

/// One ordered record stream. Only `events` has more than one partition.
struct Stream {
  Topic topic = Topic::kEvents;
  PartitionId partition;
  friend auto operator<=>(const Stream&, const Stream&) = default;
};

/// Who appended an entry: repeats are dropped and gaps noticed by (writer, epoch, sequence).
struct Authorship {
  WriterId writer;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const Authorship&, const Authorship&) = default;
};

/// Where a record stands (records.md §4). A replica may answer for it when it has applied that writer's sequence;
/// `offset` is only a hint. `incarnation` names one life of the log: a foreign one is refused.
struct Position {
  std::uint64_t incarnation = 0;
  Stream stream;
  std::uint64_t offset = 0; ///< of the entry
  std::uint32_t index = 0;  ///< of the record in its entry
  Authorship author;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// What a client carries for read-your-writes: at most one position per stream and writer. Opaque to clients.
using Positions = std::vector<Position>;
inline constexpr std::size_t kPositionsMax = 1024;

} // namespace kindred::records
