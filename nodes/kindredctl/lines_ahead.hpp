#pragma once

#include <deque>
#include <string>
#include <vector>

#include "nodes/kindredctl/line_source.hpp"

namespace kindred::ctl {

/// A LineSource whose lines are owned and can be put back; a byte order mark in front of the first is left out.
/// Owned by one thread. Memory: what was put back, one line and one block.
class LinesAhead {
public:
  explicit LinesAhead(LineSource lines) : lines_(std::move(lines)) {}

  struct Line {
    std::string text;
    std::uint32_t number = 0;
    bool too_long = false; ///< cut at kLineBytesMax
  };
  /// False at the end or after an error.
  bool next(Line& line);
  /// The next one that holds more than blanks.
  bool next_filled(Line& line);
  /// What was taken last and comes again, in its order.
  void put_back(std::vector<Line> lines);

  bool failed() const { return lines_.failed(); }
  double progress() const { return lines_.progress(); }

private:
  LineSource lines_;
  std::deque<Line> again_;
};

} // namespace kindred::ctl
