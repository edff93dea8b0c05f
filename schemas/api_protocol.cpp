#include "schemas/api_protocol.hpp"

#include <array>

namespace kindred::api {

std::string_view name_of(ErrorCode code) {
  static constexpr std::array<std::string_view, 30> kNames{"none",
                                                           "malformed",
                                                           "tooLarge",
                                                           "unsupportedVersion",
                                                           "unknownTenant",
                                                           "invalidText",
                                                           "missingUser",
                                                           "missingField",
                                                           "invalidTime",
                                                           "invalidPrice",
                                                           "invalidValue",
                                                           "tooOldInput",
                                                           "deadlineExceeded",
                                                           "overloaded",
                                                           "unknownOutcome",
                                                           "logUnavailable",
                                                           "foreignPosition",
                                                           "positionNotReached",
                                                           "notFound",
                                                           "notLogged",
                                                           "expired",
                                                           "erased",
                                                           "engineChanged",
                                                           "modelGone",
                                                           "conflict",
                                                           "collision",
                                                           "full",
                                                           "notReady",
                                                           "draining",
                                                           "internal"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? kNames[number] : "unknown";
}

} // namespace kindred::api
