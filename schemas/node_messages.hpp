#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.hpp"

namespace kindred::peers {

// What nodes say to each other (schemas/nodes.capnp): the envelope of a message. Its payload travels beside it and is not
// looked into. Plain values, no thread rule.

/// Of the node-to-node contract. Nodes of different versions do not talk: a rolling upgrade needs one that speaks both.
inline constexpr std::uint16_t kNodeSchemaVersion = 1;
/// A statistic block (records.md, "Sizes") and what is said around it.
inline constexpr std::size_t kPayloadBytesMax = (16 << 20) + (64 << 10);
inline constexpr std::size_t kEnvelopeBytesMax = 16 << 10;

/// Numbers fixed for ever; those of schemas/nodes.capnp.
enum class MessageKind : std::uint16_t {
  kNone = 0,
  kHello = 1,
  kHeartbeat = 2,
  kForward = 3,         ///< a part of a client's request for a partition or a learner of the other's: PartAsk
  kAnswer = 4,          ///< to it
  kStatisticAsk = 5,    ///< a step of a round in a partition of the other's: RoundAsk
  kStatisticBlock = 6,  ///< the answer
  kCheckpointAsk = 7,   ///< one part of a partition's checkpoint
  kCheckpointChunk = 8, ///< the answer
  kModelAsk = 9,        ///< one part of a model's bytes
  kModelChunk = 10,     ///< the answer
  kStandingAsk = 11,    ///< how far the other is
  kStanding = 12,       ///< the answer
};

/// Why a node does not talk to another, or does not answer an ask. Closed list, numbers fixed for ever.
enum class Refusal : std::uint16_t {
  kNone = 0,
  kWrongKey = 1,        ///< the key is not pinned, or not under this name
  kWrongCluster = 2,    ///< another cluster's id
  kOtherSchema = 3,     ///< speaks another version of this contract
  kClockOff = 4,        ///< its clock differs by more than kClockOffMax
  kDuplicateName = 5,   ///< another process has the name
  kOtherPartitions = 6, ///< another number of partitions
  kOtherLog = 7,        ///< its log is another life
  kHelloFirst = 8,      ///< nothing is answered before a hello
  kNotServed = 9,       ///< nobody answers asks of that kind here
  kBusy = 10,           ///< as many asks of this peer as may are under way
  kLate = 11,           ///< the deadline passed before there was an answer
};
inline constexpr std::size_t kRefusals = 12;
/// "wrongKey", "wrongCluster", ... as operators read it; "none".
std::string_view name_of(Refusal refusal);

/// Clocks of nodes that work together differ by at most this (records.md §3).
inline constexpr Duration kClockOffMax{kSecond};

/// Who a node is.
struct Hello {
  std::string cluster;
  std::string node;
  std::uint16_t schema_version = kNodeSchemaVersion;
  std::uint64_t life = 0; ///< chosen anew at each start of the process
  std::uint16_t partitions = 0;
  std::uint64_t incarnation = 0; ///< of the log; 0: not known yet
  friend bool operator==(const Hello&, const Hello&) = default;
};

struct Envelope {
  MessageKind kind = MessageKind::kNone;
  std::uint64_t id = 0;           ///< the asker's; the answer has it again
  std::uint64_t to_life = 0;      ///< of the node it is meant for; 0: any
  std::uint32_t remaining_ms = 0; ///< of an ask: so long its asker waits
  Instant clock;                  ///< of the sender: hello and heartbeat
  Refusal refusal = Refusal::kNone;
  std::string reason; ///< of a refusal, in words
  Hello hello;        ///< of kHello
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

} // namespace kindred::peers
