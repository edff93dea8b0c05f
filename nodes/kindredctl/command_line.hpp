#pragma once

namespace kindred::ctl {

/// Parses the command line, runs one verb, answers the exit code.
int run(int argc, const char* const* argv);

} // namespace kindred::ctl
