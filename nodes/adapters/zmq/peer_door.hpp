#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schemas/node_messages.hpp"

namespace kindred::adapters {

/// Why two nodes do not work together; kNone if they do.
struct Judgement {
  peers::Refusal refusal = peers::Refusal::kNone;
  std::string why; ///< what failed and what to do
  bool ok() const { return refusal == peers::Refusal::kNone; }
};

/// What is known of a peer beside what it says of itself.
struct PeerEvidence {
  std::string pinned_as;               ///< the name its key is pinned for
  Duration clock_ahead;                ///< its clock less ours
  Duration clock_unsure;               ///< by how much that may be wrong: half the round trip
  std::optional<std::uint64_t> living; ///< life of another process of this name that was heard lately
};

/// Judges who says hello. Pure; the same rules on both sides of a link, and the first that is broken is told.
Judgement judge(const peers::Hello& mine, const peers::Hello& theirs, const PeerEvidence& evidence);
/// Only the clock's rule, for heartbeats.
Judgement judge_clock(const std::string& node, const PeerEvidence& evidence);

} // namespace kindred::adapters
