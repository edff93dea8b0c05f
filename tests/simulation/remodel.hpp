#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::simulation {

/// What the models log made serve, held against rounds computed the slow and obvious way: for every manifest that was
/// taken, its partitions folded up to its cuts, gathered at once, solved with what served before. And what a node serves
/// against it: the same models, from the same manifests, in the same roles; and what partitions adopted.
struct Remodel {
  std::string failure;         ///< empty: every manifest is what its round gives, and they are what serves
  std::uint64_t manifests = 0; ///< that were taken
  std::uint64_t refused = 0;   ///< that were not, as another came first
};

/// `served`: by each node, as of some end of that log. None is null.
Remodel remodel(const support::MemoryLogDisk& disk, std::uint16_t partitions,
                std::vector<actors::fast_models::SnapshotPtr> served);

} // namespace kindred::simulation
