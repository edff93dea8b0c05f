#include "actors/ports/log.hpp"
#include "actors/ports/state_store.hpp"

namespace kindred::ports {

bool may_pass(LogError error) {
  return error == LogError::kDiskFull || error == LogError::kIo || error == LogError::kFull;
}

std::string_view name_of(LogError error) {
  switch (error) {
  case LogError::kFull: return "full";
  case LogError::kDiskFull: return "diskFull";
  case LogError::kIo: return "io";
  case LogError::kTooLarge: return "tooLarge";
  case LogError::kClosed: return "closed";
  case LogError::kNoStream: return "noStream";
  case LogError::kOutOfRange: return "outOfRange";
  case LogError::kWentBack: return "wentBack";
  case LogError::kCorrupt: return "corrupt";
  }
  return "unknown";
}

std::string_view name_of(StoreError error) {
  switch (error) {
  case StoreError::kDiskFull: return "diskFull";
  case StoreError::kIo: return "io";
  case StoreError::kCorrupt: return "corrupt";
  case StoreError::kNewerVersion: return "newerVersion";
  case StoreError::kClosed: return "closed";
  case StoreError::kBusy: return "busy";
  }
  return "unknown";
}

} // namespace kindred::ports
