#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/cluster/members.hpp"
#include "actors/ports/log.hpp"
#include "actors/ports/peer_link.hpp"

namespace kindred::actors::cluster {

// The cluster actor folds the control log into members and map, says there that its own node lives, and trims the log
// behind what everybody needs. One per node that is configured to be in a cluster. The map steers and never guards
// (records.md §10). Include this file, never state.hpp.

/// How this node joins.
struct Settings {
  std::string cluster;    ///< id
  std::string node;       ///< name
  std::uint64_t life = 0; ///< chosen anew at each start of the process
  std::string endpoint;   ///< where its peers reach it
  std::string zone;       ///< may be empty
  std::uint16_t weight = records::Join::kWeightDefault;
  std::uint8_t replicas = 2;
  std::uint16_t partitions = 0;
  WriterId writer;
  std::string clients; ///< where client services reach it; empty: they are not told
  std::uint32_t fold_oldest = records::kFoldFirst, fold_newest = records::kFoldFirst; ///< that its build has
};

// Messages in (all fire and forget):
struct Entries {
  std::vector<ports::LogEntry> entries;
}; ///< from the tail of `control`, in order
struct TailCaughtUp {
  std::uint64_t end = 0;
};
struct TailFailed {
  ports::LogError error;
};
struct Appended {
  ports::Verdict verdict;
}; ///< of the entry in flight
/// An operator's wish; done once the fold shows it. Past kDrainsWaitingMax it is dropped and counted.
struct DrainMember {
  records::Drain drain;
};
struct Pulse {}; ///< every kPulse

/// What the node around it is like, looked up at each pulse.
struct Surroundings {
  Instant now;
  std::int64_t steady_us = 0;
  std::vector<ports::PeerStanding> peers;
  std::vector<std::uint16_t> caught_up; ///< partitions that this node may be asked for, sorted
  std::uint64_t folded = 0; ///< grows with every record that its shards fold: whether there is anything to do
  std::uint32_t fold_active = records::kFoldFirst; ///< the greatest version that a partition of its is at
};

/// What others read. Immutable once published.
struct Standing {
  bool ready = false;
  std::vector<std::string> not_ready_because; ///< empty where ready
  Members members{""};
  PartitionMap map;
  std::uint64_t end = 0; ///< of the control log, folded
};

// Named bounds.
inline constexpr Duration kPulse{100 * kMillisecond.us};
inline constexpr Duration kBeatEvery{kSecond};            ///< an Alive
inline constexpr Duration kIdleBeatEvery{5 * kSecond.us}; ///< where nothing was folded for kIdleAfter
inline constexpr Duration kIdleAfter{30 * kSecond.us};
inline constexpr Duration kLease{5 * kSecond.us};
inline constexpr Duration kIdleLease{15 * kSecond.us};
/// A node that no peer answered, nor refused, joins by itself after this: it may be the first.
inline constexpr Duration kAloneAfter{3 * kSecond.us};
inline constexpr Duration kTrimEvery{kMinute};
/// The control log keeps at least this: a member is forgotten, and has said all of itself again, well before.
inline constexpr Duration kControlKept{30 * kMinute.us};
inline constexpr std::size_t kMarksMax = 64; ///< places in the log whose time is remembered
inline constexpr std::size_t kDrainsWaitingMax = 16;

} // namespace kindred::actors::cluster
