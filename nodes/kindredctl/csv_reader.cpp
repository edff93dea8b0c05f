#include "nodes/kindredctl/csv_reader.hpp"

#include <algorithm>

namespace kindred::ctl {

namespace {

api::Error too_long() {
  return {api::ErrorCode::kTooLarge,
          "the row has more than " + std::to_string(kCsvRecordBytesMax) +
              " bytes: leave out what is not needed",
          0};
}

api::Error broken(CsvRow::State state) {
  const std::string mend = "put the cell in quotes and write each quote in it twice";
  if (state == CsvRow::State::kBroken)
    return {api::ErrorCode::kMalformed, "a quote stands where none may: " + mend, 0};
  return {api::ErrorCode::kMalformed,
          "a cell begins with a quote that is not closed within " + std::to_string(kCsvRecordBytesMax) +
              " bytes: " + mend,
          0};
}

} // namespace

CsvRow::State CsvRow::feed(std::string_view line) {
  std::size_t at = 0;
  if (quoted_)
    cells_.back() += '\n';
  else
    cells_.emplace_back();
  while (true) {
    std::string& cell = cells_.back();
    if (!quoted_ && at < line.size() && line[at] == '"') {
      quoted_ = true;
      ++at;
    }
    while (quoted_) {
      const std::size_t quote = line.find('"', at);
      cell += line.substr(at, quote - at);
      if (quote == std::string_view::npos) {
        bytes_ += line.size() + 1;
        return State::kOpen;
      }
      quoted_ = quote + 1 < line.size() && line[quote + 1] == '"';
      if (quoted_) cell += '"';
      at = quote + (quoted_ ? 2 : 1);
    }
    const std::size_t comma = std::min(line.find(',', at), line.size());
    const std::string_view rest = line.substr(at, comma - at);
    const bool was_quoted = at > 0 && line[at - 1] == '"';
    if (rest.find('"') != std::string_view::npos || (was_quoted && !rest.empty())) return State::kBroken;
    cell += rest;
    if (comma == line.size()) return State::kComplete;
    before_last_ = bytes_ + comma;
    cells_.emplace_back();
    at = comma + 1;
  }
}

bool next_record(LinesAhead& lines, CsvRecord& record) {
  LinesAhead::Line first;
  if (!lines.next_filled(first)) return false;
  record = {};
  record.line = first.number;
  record.text = first.text;
  if (first.too_long || first.text.size() > kCsvRecordBytesMax) {
    record.error = too_long();
    return true;
  }
  CsvRow row;
  std::vector<LinesAhead::Line> more;
  auto state = row.feed(first.text);
  while (state == CsvRow::State::kOpen && record.text.size() <= kCsvRecordBytesMax) {
    LinesAhead::Line line;
    if (!lines.next(line)) break;
    record.text += '\n' + line.text;
    state = row.feed(line.text);
    more.push_back(std::move(line));
  }
  if (state == CsvRow::State::kComplete && record.text.size() <= kCsvRecordBytesMax) {
    record.cells = row.cells();
    record.before_last = row.before_last();
    return true;
  }
  record.error = state == CsvRow::State::kComplete ? too_long() : broken(state);
  record.text = std::move(first.text);
  lines.put_back(std::move(more));
  return true;
}

std::string csv_quoted(std::string_view cell) {
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

} // namespace kindred::ctl
