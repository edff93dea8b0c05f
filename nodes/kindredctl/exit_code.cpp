#include "nodes/kindredctl/exit_code.hpp"

namespace kindred::ctl {

ExitCode exit_code_of(api::ErrorCode code) {
  switch (code) {
  case api::ErrorCode::kNotFound:
  case api::ErrorCode::kNotLogged:
  case api::ErrorCode::kExpired:
  case api::ErrorCode::kErased:
  case api::ErrorCode::kModelGone: return kNotFound;
  case api::ErrorCode::kOverloaded:
  case api::ErrorCode::kUnknownOutcome:
  case api::ErrorCode::kLogUnavailable:
  case api::ErrorCode::kPositionNotReached:
  case api::ErrorCode::kDeadlineExceeded:
  case api::ErrorCode::kNotReady:
  case api::ErrorCode::kDraining: return kUnavailable;
  case api::ErrorCode::kConflict:
  case api::ErrorCode::kCollision:
  case api::ErrorCode::kForeignPosition:
  case api::ErrorCode::kEngineChanged: return kConflict;
  case api::ErrorCode::kMalformed:
  case api::ErrorCode::kTooLarge:
  case api::ErrorCode::kUnsupportedVersion:
  case api::ErrorCode::kUnknownTenant:
  case api::ErrorCode::kInvalidText:
  case api::ErrorCode::kMissingUser:
  case api::ErrorCode::kMissingField:
  case api::ErrorCode::kInvalidTime:
  case api::ErrorCode::kInvalidPrice:
  case api::ErrorCode::kInvalidValue:
  case api::ErrorCode::kTooOldInput:
  case api::ErrorCode::kFull: return kRefused;
  case api::ErrorCode::kInternal: return kFailed;
  }
  return kFailed;
}

ExitCode exit_code_of(client::Failure failure) {
  switch (failure) {
  case client::Failure::kNoAnswer:
  case client::Failure::kTooManyWaiting:
  case client::Failure::kClosed: return kUnavailable;
  case client::Failure::kBadEndpoint: return kUsage;
  case client::Failure::kTooLarge: return kRefused;
  case client::Failure::kBadAnswer: return kFailed;
  }
  return kFailed;
}

} // namespace kindred::ctl
