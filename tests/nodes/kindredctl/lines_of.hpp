#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "nodes/kindredctl/lines_ahead.hpp"

namespace kindred::ctl {

/// The lines of a text, from a file that is gone once it is open.
inline LinesAhead lines_of(std::string_view text) {
  char path[] = "/tmp/kindred-lines-XXXXXX";
  const int file = mkstemp(path);
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = write(file, rest.data(), rest.size());
    if (written <= 0) std::abort();
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  close(file);
  auto lines = LineSource::open(path);
  unlink(path);
  return LinesAhead(lines.take());
}

} // namespace kindred::ctl
