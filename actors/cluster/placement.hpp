#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/contract.hpp"
#include "engine/base/ids.hpp"

namespace kindred::actors::cluster {

// What follows from members and map for one node. Pure functions; the map steers and never guards, so a wrong answer costs
// time, not truth.

/// Who else may be asked for a partition: its replicas in the map's order, then whoever still has it, all of them caught up
/// and, by the control log, present.
std::vector<std::string> others_with(const Standing& standing, const std::string& self,
                                     PartitionId partition);

/// Which partitions `self` is to hold, by partition: those the map has it for, and those it holds, or has stored, until every
/// replica of theirs has caught up: what it stored may be all that is left of what the log has forgotten. Where this node does
/// not know the map (it did not join yet, or its fold stopped): what it holds.
std::vector<bool> to_hold(const Standing& standing, const std::string& self, const std::vector<bool>& held,
                          const std::function<bool(PartitionId)>& stored);

/// The node that runs a learner's rounds: highest random weight (Thaler and Ravishankar, 1998) of (learner, node) among those
/// that make the map. Empty: nobody.
std::string runner_of(const Standing& standing, std::string_view learner);

/// Whether the map has `peer` for the partition before `self`, or `self` not at all.
bool is_before(const Standing& standing, const std::string& peer, const std::string& self,
               PartitionId partition);

/// Below it nobody needs the log of a partition to fold on: the least that any of its replicas has stored, of which `stored`
/// tells by node. Nothing where `self` is not the first replica, or one of them has not caught up or did not tell.
std::optional<std::uint64_t> stored_by_all(const Standing& standing, const std::string& self,
                                           PartitionId partition,
                                           const std::map<std::string, std::uint64_t>& stored);

/// "first", "second", "third", ... in the map; "leaving" where it holds what the map does not have it for.
std::string role_of(const Standing& standing, const std::string& self, PartitionId partition);

} // namespace kindred::actors::cluster
