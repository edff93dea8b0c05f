#pragma once

#include <cstdint>
#include <string>

namespace kindred::schemas {

/// Why bytes are no value of ours. Closed list.
enum class CodecError : std::uint8_t {
  kNotOurs = 1,            ///< the magic is missing: skip it, count it
  kChecksum = 2,           ///< our magic, but the bytes changed: stop
  kTruncated = 3,          ///< shorter than it says
  kMalformed = 4,          ///< lengths, pointers or unions that cannot be
  kTooLarge = 5,           ///< over a named bound
  kUnsupportedVersion = 6, ///< header or schema version of a newer build
  kInvalidText = 7,        ///< not UTF-8
  kOutOfRange = 8,         ///< a number or enum outside what its field allows
};

/// The error and where it was met.
struct CodecFailure {
  CodecError code = CodecError::kMalformed;
  std::string what;
};

} // namespace kindred::schemas
