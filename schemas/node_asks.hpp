#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "schemas/api.hpp"

namespace kindred::peers {

// Payloads of asks between nodes (schemas/nodes.capnp): what a gateway asks of shards and learners that another node has,
// what a learner asks of them for its rounds, and how far another node is. Plain values, no thread rule.

/// A partition that is none: a learner is asked.
inline constexpr std::uint16_t kNoPartition = 0xffff;

/// How a query of a part goes, beside what it asks (actors::user_shard::Ask::Item).
struct PartWay {
  std::uint32_t query = 0;
  std::string via;
  std::vector<std::string> seen;
  friend bool operator==(const PartWay&, const PartWay&) = default;
};
/// kForward: a part of a client's request, for users of one partition or for one learner. Answered by PartAnswer.
struct PartAsk {
  std::uint16_t partition = kNoPartition;
  std::string learner; ///< of kNoPartition
  TenantId tenant;
  Instant now; ///< the asking gateway's when it took the request
  bool durable_decisions = false;
  bool behind = false;       ///< nobody who hears the log has it: from what was folded
  std::vector<PartWay> ways; ///< of each query
  std::vector<api::Query> queries;
  records::Positions positions; ///< to have been seen before answering
  friend bool operator==(const PartAsk&, const PartAsk&) = default;
};
struct PartAnswer {
  std::vector<std::uint32_t> queries; ///< that the bodies answer
  std::vector<api::AnswerBody> bodies;
  std::vector<PartWay> sent_on; ///< to be asked elsewhere, and what
  std::vector<api::Query> sent_on_queries;
  records::Positions positions;
  std::uint32_t staleness_ms = 0;
  friend bool operator==(const PartAnswer&, const PartAnswer&) = default;
};

/// kForward, too: a client's request as it came, that reads one user of the partition. Answered by the answer to the client.
struct WholeAsk {
  std::uint16_t partition = 0;
  TenantId tenant;
  Bytes request;
  friend bool operator==(const WholeAsk&, const WholeAsk&) = default;
};

enum class RoundStep : std::uint16_t { kOpen = 0, kPass = 1, kClose = 2 };
/// kStatisticAsk: one step of a learner's round in one partition. Answered by RoundAnswer of the same step.
struct RoundAsk {
  RoundStep step = RoundStep::kOpen;
  std::uint16_t partition = 0;
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  Instant as_of;                ///< kOpen; the stamp of kClose
  std::uint64_t base = 0;       ///< kOpen
  std::optional<Instant> since; ///< kOpen
  std::uint32_t pass = 0;       ///< kPass
  Bytes parameters;             ///< kPass
  bool accepted = false;        ///< kClose
  friend bool operator==(const RoundAsk&, const RoundAsk&) = default;
};
struct RoundAnswer {
  RoundStep step = RoundStep::kOpen;
  std::uint64_t cut = 0;   ///< kOpen
  bool by_changes = false; ///< kOpen
  Bytes statistic;         ///< kPass
  std::string lost;        ///< why there is nothing; empty: there is
  std::uint64_t erased =
      0; ///< kClose: behind the last erasure of the tenant that the partition has folded; 0: none
  friend bool operator==(const RoundAnswer&, const RoundAnswer&) = default;
};

/// kCheckpointAsk: a part of what a node has stored of a partition. Answered by CheckpointChunk.
struct CheckpointAsk {
  std::uint16_t partition = 0;
  std::uint64_t checkpoint = 0; ///< the asked node's number of it; 0: begin a new one
  Bytes from;                   ///< the first key of the part
  friend bool operator==(const CheckpointAsk&, const CheckpointAsk&) = default;
};
struct CheckpointChunk {
  std::uint64_t checkpoint = 0;
  Bytes entries;              ///< keys and values in key order: length (u32) and bytes of each
  std::uint64_t checksum = 0; ///< checksum_of; what a build that knows no seal looks at
  bool more = false;          ///< there are keys behind the last one
  std::uint32_t fold_version = 0;
  std::uint64_t seal = 0; ///< seal_of; 0 from a build before it
  friend bool operator==(const CheckpointChunk&, const CheckpointChunk&) = default;
};
std::uint64_t checksum_of(std::uint16_t partition, const CheckpointChunk& chunk);
/// Of all that the part says, and of where it was asked to begin: nodes.capnp. Never 0.
std::uint64_t seal_of(const CheckpointAsk& ask, const CheckpointChunk& chunk);
/// Whether the part arrived as it was sent, for the ask that it answers.
bool is_whole(const CheckpointAsk& ask, const CheckpointChunk& chunk);

/// kStandingAsk has no payload; answered by NodeStanding: what the others cannot see of a node in the log.
struct ShardStanding {
  std::uint16_t partition = 0;
  bool ready = false;
  std::uint64_t applied_end = 0;
  std::uint64_t users = 0;
  std::vector<std::pair<TenantId, std::uint64_t>> erased; ///< offset of the last erasure folded
  std::vector<std::pair<TenantId, api::SegmentMove>> moves;
  std::vector<std::pair<std::uint64_t, Id128>> digests; ///< of the state at agreed positions, the newest last
  std::uint32_t fold_version = 0;                       ///< that they are of
  std::uint64_t flushed_end = 0;                        ///< entries below it are stored
  friend bool operator==(const ShardStanding&, const ShardStanding&) = default;
};
struct LearnerStanding {
  std::string learner;
  TenantId tenant;
  std::uint64_t last = 0, running = 0;
  Instant as_of;
  std::string outcome;
  bool published = false, given_up = false, by_changes = false;
  friend bool operator==(const LearnerStanding&, const LearnerStanding&) = default;
};
struct NodeStanding {
  std::vector<ShardStanding> shards;
  std::vector<LearnerStanding> learners;
  /// By partition of the events log: behind the last append of this node's that was acknowledged; 0: none.
  std::vector<std::uint64_t> acked_ends;
  friend bool operator==(const NodeStanding&, const NodeStanding&) = default;
};

} // namespace kindred::peers
