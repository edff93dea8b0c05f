#pragma once

#include <ostream>
#include <string>
#include <variant>

#include "nodes/kindred/config.hpp"
#include "nodes/kindred/exit_code.hpp"

namespace kindred::node {

/// What the command line asks for: to serve so, or to end at once with a code (help, version, a mistake), the words of
/// which were written to `out` or `err`.
std::variant<Config, ExitCode> read_command_line(int argc, const char* const* argv, std::ostream& out,
                                                 std::ostream& err);

} // namespace kindred::node
