#pragma once

#include <cstdint>
#include <vector>

#include "actors/cluster/contract.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::cluster {

/// The cluster as operators read it: every member that the log tells of and every peer that is pinned, by name.
/// `standing` may be null: nothing was folded yet. Pure.
api::Cluster tell(const Settings& self, const Standing* standing,
                  const std::vector<ports::PeerStanding>& peers, std::int64_t steady_us);

} // namespace kindred::actors::cluster
