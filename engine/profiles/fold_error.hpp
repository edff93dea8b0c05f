#pragma once

#include <cstdint>

namespace kindred::profiles {

/// Why a fold cannot go on; the partition stops with a named state. Closed list.
enum class FoldError : std::uint8_t {
  kTooOld = 1,      ///< a record type, schema version or version of the fold that this build does not have
  kWriterGap = 2,   ///< a writer's sequence jumped too far: records are missing (writer_table.hpp)
  kBadState = 3,    ///< a stored value cannot be decoded
  kStoreFailed = 4, ///< a stored value could not be loaded
};

} // namespace kindred::profiles
