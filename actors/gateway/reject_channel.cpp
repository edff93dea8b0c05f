#include "actors/gateway/reject_channel.hpp"

namespace kindred::actors::gateway {

bool is_fault_of_input(api::ErrorCode code) {
  using api::ErrorCode;
  switch (code) {
  case ErrorCode::kMalformed:
  case ErrorCode::kTooLarge:
  case ErrorCode::kUnsupportedVersion:
  case ErrorCode::kUnknownTenant:
  case ErrorCode::kInvalidText:
  case ErrorCode::kMissingUser:
  case ErrorCode::kMissingField:
  case ErrorCode::kInvalidTime:
  case ErrorCode::kInvalidPrice:
  case ErrorCode::kInvalidValue:
  case ErrorCode::kTooOldInput:
  case ErrorCode::kForeignPosition:
  case ErrorCode::kConflict:
  case ErrorCode::kCollision:
  case ErrorCode::kFull: return true;
  default: return false;
  }
}

} // namespace kindred::actors::gateway
