#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/stats/fast_model.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::simulation {

/// What one pass over a log gives, without a crash: what the live node is held against.
struct Refold {
  std::string failure;                         ///< empty: the log could be folded
  std::vector<Id128> digests;                  ///< per partition
  std::map<std::string, std::uint64_t> events; ///< per user
  std::map<std::string, std::string> aliases;  ///< ids that were linked, and to which
  std::set<RecordId> remembered;               ///< ids of the events in all histories
  std::uint64_t late_adopts = 0;               ///< Adopts that stand behind a newer one of their kind
  stats::FastModel model; ///< Σ of the contributions of all profiles, of the default tenant
};

Refold refold(const support::MemoryLogDisk& disk, std::uint16_t partitions);

} // namespace kindred::simulation
