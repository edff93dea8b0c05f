#include "nodes/kindredctl/lines_ahead.hpp"

#include <iterator>

namespace kindred::ctl {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
} // namespace

bool LinesAhead::next(Line& line) {
  if (!again_.empty()) {
    line = std::move(again_.front());
    again_.pop_front();
    return true;
  }
  LineSource::Line read;
  if (!lines_.next(read)) return false;
  if (read.number == 1 && read.text.starts_with(kByteOrderMark))
    read.text.remove_prefix(kByteOrderMark.size());
  line = {std::string(read.text), static_cast<std::uint32_t>(read.number), read.too_long};
  return true;
}

bool LinesAhead::next_filled(Line& line) {
  while (next(line))
    if (line.text.find_first_not_of(" \t\r") != std::string::npos) return true;
  return false;
}

void LinesAhead::put_back(std::vector<Line> lines) {
  again_.insert(again_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
}

} // namespace kindred::ctl
