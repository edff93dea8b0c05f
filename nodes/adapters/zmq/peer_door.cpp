#include "nodes/adapters/zmq/peer_door.hpp"

#include <cstdlib>

namespace kindred::adapters {

using peers::Refusal;

Judgement judge_clock(const std::string& node, const PeerEvidence& evidence) {
  const std::int64_t off_us = std::abs(evidence.clock_ahead.us) - evidence.clock_unsure.us;
  if (off_us <= peers::kClockOffMax.us) return {};
  return {Refusal::kClockOff, "the clocks of " + node + " and this node differ by " +
                                  std::to_string(std::abs(evidence.clock_ahead.us) / 1000) + " ms (" + node +
                                  (evidence.clock_ahead.us > 0 ? " is ahead" : " is behind") +
                                  "): synchronize both with NTP"};
}

Judgement judge(const peers::Hello& mine, const peers::Hello& theirs, const PeerEvidence& evidence) {
  const std::string& node = theirs.node;
  if (theirs.schema_version != mine.schema_version)
    return {Refusal::kOtherSchema, node + " speaks version " + std::to_string(theirs.schema_version) +
                                       " of the contract between nodes, this node version " +
                                       std::to_string(mine.schema_version) + ": run the same build on both"};
  if (theirs.cluster != mine.cluster)
    return {Refusal::kWrongCluster, node + " is of cluster '" + theirs.cluster + "', this node of '" +
                                        mine.cluster + "': correct [cluster] id, or the peer's endpoint"};
  if (node == mine.node)
    return {Refusal::kDuplicateName, "another process is called '" + node +
                                         "' too: give every node a name of its own in [cluster] name"};
  if (node != evidence.pinned_as)
    return {Refusal::kWrongKey, "the key is pinned for '" + evidence.pinned_as +
                                    "', but its node says it is '" + node +
                                    "': correct the name or the public_key of [cluster] peers"};
  if (evidence.living && *evidence.living != theirs.life)
    return {Refusal::kDuplicateName, "another process called '" + node +
                                         "' was heard just now: stop one of them, or give it another name"};
  if (theirs.partitions != mine.partitions)
    return {Refusal::kOtherPartitions, node + " has " + std::to_string(theirs.partitions) +
                                           " partitions, this node " + std::to_string(mine.partitions) +
                                           ": they cannot share a log"};
  if (theirs.incarnation != 0 && mine.incarnation != 0 && theirs.incarnation != mine.incarnation)
    return {Refusal::kOtherLog, "the log of " + node +
                                    " is another life than this node's: name the same topics "
                                    "in [kafka]"};
  return judge_clock(node, evidence);
}

} // namespace kindred::adapters
