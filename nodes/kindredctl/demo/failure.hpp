#pragma once

#include <cstdint>
#include <string>

namespace kindred::demo {

/// Why the demo or the replay cannot go on. Closed list; kindredctl turns it into its exit code.
enum class FailureCode : std::uint8_t {
  kUnavailable = 1, ///< the server does not answer
  kRefused = 2,     ///< it answers, and refuses
  kBadInput = 3,    ///< the file cannot be read or says nothing usable
  kBadAnswer = 4,   ///< an answer that its contract forbids: a bug
};

struct Failure {
  FailureCode code = FailureCode::kUnavailable;
  std::string message; ///< what failed, why, what to do
};

} // namespace kindred::demo
