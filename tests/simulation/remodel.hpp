#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/memory_log.hpp"

namespace kindred::simulation {

/// What the models log made serve, held against rounds computed the slow and obvious way: for every manifest that was
/// taken, its partitions folded up to its cuts, gathered at once, solved with what served before.
struct Remodel {
  std::string failure;         ///< empty: every manifest is what its round gives
  std::uint64_t manifests = 0; ///< that were taken
};

Remodel remodel(const support::MemoryLogDisk& disk, std::uint16_t partitions);

} // namespace kindred::simulation
