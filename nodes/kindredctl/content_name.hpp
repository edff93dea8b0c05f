#pragma once

#include <string>

#include "nodes/kindredctl/line_source.hpp"

namespace kindred::ctl {

/// A name for what a file says: "content:" and 32 hex digits, a hash of its lines. The same for the file under another name
/// or packed another way, another one as soon as a line differs. Reads to the end, and says how much there was.
/// Error where the input breaks off: what is read of it later may not be the same.
struct ContentName {
  std::string name;
  std::uint64_t lines = 0;
};
Result<ContentName, LineError> content_name(LineSource& lines);

} // namespace kindred::ctl
