#pragma once

#include <string>

#include "nodes/kindred/data_directory.hpp"

namespace kindred::node {

/// How the server's process ends. The numbers are those of kindredctl (design §6), fixed for ever.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kRefused = 4,     ///< the directory is not one that this build may serve
  kUnavailable = 5, ///< a port or the directory is in use, no room, no permission: may go by itself
  kConflict = 7,    ///< the directory was made otherwise
};

/// Why a node did not start, and how its process is to end.
struct StartFailure {
  ExitCode code = kFailed;
  std::string what; ///< what failed, why, what to do
};

inline ExitCode exit_code_of(DirectoryError error) {
  switch (error) {
  case DirectoryError::kInUse:
  case DirectoryError::kUnusable: return kUnavailable;
  case DirectoryError::kNewerVersion:
  case DirectoryError::kCorrupt:
  case DirectoryError::kNotOurs: return kRefused;
  case DirectoryError::kOtherPartitions:
  case DirectoryError::kOtherClock:
  case DirectoryError::kOtherNode: return kConflict;
  }
  return kFailed;
}

} // namespace kindred::node
