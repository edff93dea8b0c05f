#pragma once

#include "clients/cpp/client.hpp"
#include "schemas/api.hpp"

namespace kindred::ctl {

/// What the process answers to a script (docs: design, "Interfaces kept stable"). Numbers fixed for ever.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kRefused = 4,
  kUnavailable = 5,
  kDegraded = 6,
  kConflict = 7,
};

/// The exit code for a refusal of the server.
ExitCode exit_code_of(api::ErrorCode code);
/// The exit code where there was no answer.
ExitCode exit_code_of(client::Failure failure);

} // namespace kindred::ctl
