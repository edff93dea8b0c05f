#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/model/contract.hpp"
#include "actors/model/effects.hpp"
#include "actors/ports/peer_link.hpp"
#include "actors/user_shard/contract.hpp"
#include "actors/user_shard/rounds.hpp"
#include "schemas/node_asks.hpp"

namespace kindred::actors::peering {

// What this node asks of others, and others of it: parts of requests for partitions and learners that are elsewhere, steps
// of rounds, and how far each node is. One per node of a cluster. Nothing here decides who has what: views say it (the map
// steers and never guards), and whoever is asked and does not have it says so.
// Include this file, never state.hpp. Messages are values that never leave the process.

// From this node:
struct AskPart {
  PartitionId partition;
  user_shard::Ask ask;
}; ///< answered by user_shard::PartDone to the gateway
struct AskLearner {
  std::string learner;
  model::Ask ask;
}; ///< the same, of kNoPartition
struct AskRound {
  model::ToShard to;
}; ///< answered by a Report to the learner's model actor
/// Before the partition's shard is made: a peer's checkpoint of it, where one is worth it. Answered by Fetched.
struct Fetch {
  PartitionId partition;
  std::uint64_t log_begin = 0; ///< of its events: what is stored and ends before it cannot be folded on
};
struct Fetched {
  PartitionId partition;
  std::string why; ///< nothing was copied; empty: a checkpoint is there
  std::size_t bytes = 0;
};
/// The verdict of what empties a space.
struct Emptied {
  PartitionId partition;
  bool ok = false;
};
/// The verdict of a batch of a checkpoint.
struct Stored {
  PartitionId partition;
  bool ok = false;
};
/// Of this node's shards and learners: either for the one who asked over the link, or for this node's own.
struct PartDone {
  user_shard::PartDone done;
}; ///< its ticket has kPeerTicket
struct RoundDone {
  user_shard::Rounds::Report report;
};

// From the link:
struct Asked {
  ports::PeerAsked asked;
};
struct Answered {
  std::uint64_t attempt = 0;
  Result<Bytes, ports::PeerFailure> answer = ports::PeerFailure{};
};

struct Pulse {
  std::int64_t steady_us = 0;
}; ///< every kPulse

/// Where a partition may be asked, as this node knows it now.
struct Ways {
  bool here = false;   ///< this node has it, caught up
  bool behind = false; ///< this node has it, and does not hear its log: it may answer where nobody else does
  std::vector<std::string> peers; ///< that are caught up and answer, the best one first
};
/// Where a learner's rounds are run.
struct LearnerAt {
  bool here = false;
  std::string peer; ///< empty: nobody known
};

/// What the other nodes say of themselves. Immutable once published.
struct Others {
  /// Of partitions that others have: of each the one that has folded most. By partition; null: nobody has it.
  std::vector<std::shared_ptr<const user_shard::Standing>> shards;
  /// By learner and tenant.
  std::map<std::pair<std::string, TenantId>, model::Rounds> rounds;
  /// By partition, node: below what offset of its log a node that is ready has stored all.
  std::vector<std::map<std::string, std::uint64_t>> stored;
};

/// Set in tickets of what is asked for a peer; tickets of gateways are below it.
inline constexpr std::uint64_t kPeerTicket = std::uint64_t{1} << 63;

// Named bounds.
inline constexpr Duration kPulse{50 * kMillisecond.us};
inline constexpr std::size_t kPartsMax = 10'000; ///< parts asked of others; past it kOverloaded
inline constexpr std::size_t kServedMax =
    10'000; ///< asks of others under way here; past it they are refused as busy
/// Without an answer for so long, the next replica is asked as well, and whoever answers first is taken.
inline constexpr Duration kAskNextAfter{200 * kMillisecond.us};
/// Where nobody can be asked: look again so much later.
inline constexpr Duration kLookAgainAfter{50 * kMillisecond.us};
/// What was stored of a partition that this node left is kept so long, in case it comes back; then nobody erases in it any more.
inline constexpr Duration kLeftStateKept{kHour};
inline constexpr std::size_t kClosingsMax =
    10'000; ///< ends of rounds that nobody can be told of now; past it the oldest goes
inline constexpr Duration kCheckpointPartMax{10 * kSecond.us}; ///< an answer to an ask for one
inline constexpr Duration kStandingEvery{kSecond};
inline constexpr Duration kCloseAgainAfter{250 * kMillisecond.us};
inline constexpr Duration kRoundStepMax{kMinute.us}; ///< a step in a partition of another node

} // namespace kindred::actors::peering
