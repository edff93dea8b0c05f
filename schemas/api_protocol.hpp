#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::api {

// What requests and answers of the client API share: version, bounds, errors. Plain values, no thread rule.

inline constexpr std::uint16_t kProtocolVersion = 1;
inline constexpr std::size_t kRequestBytesMax = 1 << 20;
inline constexpr std::size_t kQueriesMax = 4096; ///< per envelope

/// Why a request, or one query of it, was not done. Closed list; numbers fixed for ever.
enum class ErrorCode : std::uint16_t {
  kMalformed = 1,          ///< not a message of ours, truncated, or hostile
  kTooLarge = 2,           ///< over a named bound; the message says which
  kUnsupportedVersion = 3, ///< protocol version this server does not speak
  kUnknownTenant = 4,
  kInvalidText = 5, ///< not UTF-8
  kMissingUser = 6,
  kMissingField = 7, ///< the message names it
  kInvalidTime = 8,
  kInvalidPrice = 9,  ///< negative, NaN or out of range; a refund is not one
  kInvalidValue = 10, ///< any other field out of its range
  kTooOldInput = 11,  ///< first sent before the window of once
  kDeadlineExceeded = 12,
  kOverloaded = 13,         ///< a bound of outstanding work is reached: try again after retry_after_ms
  kUnknownOutcome = 14,     ///< the log gave no verdict in time: send again with the same ids
  kLogUnavailable = 15,     ///< the log refuses appends (full disk, I/O error): nothing was taken
  kForeignPosition = 16,    ///< a position of another life of the log
  kPositionNotReached = 17, ///< the asked position was not folded before the deadline
  kNotFound = 18,
  kNotLogged = 19,     ///< replay: the decision's record was lost with a crash or never written
  kExpired = 20,       ///< replay: older than the replay window
  kErased = 21,        ///< replay or explain: the user was erased
  kEngineChanged = 22, ///< replay: decided by another engine or fold version
  kModelGone = 23,     ///< replay: a model generation is no longer stored
  kConflict = 24,
  kCollision = 25, ///< two item ids with one hash
  kFull = 26,      ///< a named capacity is used up (catalog, placements)
  kNotReady = 27,  ///< starting; the message says what is missing
  kDraining = 28,  ///< stopping: use another node
  kInternal = 29,  ///< our fault; logged with the request id
};
/// "malformed", "tooLarge", ... as JSON and messages write it.
std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message; ///< what failed, why, what to do next
  std::uint32_t retry_after_ms = 0;
  friend bool operator==(const Error&, const Error&) = default;
};

} // namespace kindred::api
