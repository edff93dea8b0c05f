#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::adapters {

/// Why a data directory cannot be opened. Closed list; each needs another action of the operator.
enum class OpenError : std::uint8_t {
  kInUse = 1,           ///< another process has it open
  kNewerVersion = 2,    ///< written by a newer build
  kCorrupt = 3,         ///< bytes are not what was written: flipped, missing, or not ours
  kOtherPartitions = 4, ///< made with another number of partitions
  kWentBack = 5,        ///< the log ends before what it is known to have held
  kNoPermission = 6,
  kDiskFull = 7,
  kIo = 8,
};
std::string_view name_of(OpenError error);

struct OpenFailure {
  OpenError code = OpenError::kIo;
  std::string what; ///< what failed, why, what to do
};

} // namespace kindred::adapters
