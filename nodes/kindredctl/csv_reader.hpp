#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/kindredctl/lines_ahead.hpp"
#include "schemas/api.hpp"

namespace kindred::ctl {

/// One row of RFC 4180, fed line by line. Value type.
///
/// Cells are parted by commas; one in quotes may hold commas, line breaks and quotes written twice. Blanks belong to the
/// cell. Strict where leniency would guess: a quote inside a cell that does not begin with one is an error, and so is
/// anything but a comma behind a closing quote.
class CsvRow {
public:
  enum class State : std::uint8_t {
    kComplete,
    kOpen, ///< a cell in quotes goes on in the next line: feed it; the break becomes '\n'
    kBroken,
  };
  /// `line` without its break. Requires: the first line, or the last state was kOpen.
  State feed(std::string_view line);

  /// Requires: complete.
  const std::vector<std::string>& cells() const { return cells_; }
  /// Bytes that the row has in front of its last cell, without the comma. Requires: complete.
  std::size_t before_last() const { return before_last_; }

private:
  std::vector<std::string> cells_;
  bool quoted_ = false;
  std::size_t bytes_ = 0; ///< of the lines before this one, with their breaks
  std::size_t before_last_ = 0;
};

inline constexpr std::size_t kCsvRecordBytesMax = 64 << 10;

/// A row of a file.
struct CsvRecord {
  std::uint32_t line = 0;          ///< where it begins
  std::string text;                ///< as it stands in the file, with '\n' for breaks
  std::vector<std::string> cells;  ///< none where it has an error
  std::size_t before_last = 0;     ///< see CsvRow
  std::optional<api::Error> error; ///< kMalformed or kTooLarge
};

/// The next row; false at the end. Lines that are blank are no rows.
///
/// A row whose quotes are broken is given with its first line and an error, and reading goes on with the line behind it:
/// one stray quote costs one row, not all up to the next quote. (Where such a row really had several lines, each of them
/// is judged as a row and all but surely refused.) A row of more than kCsvRecordBytesMax has an error, too.
bool next_record(LinesAhead& lines, CsvRecord& record);

/// A cell in quotes.
std::string csv_quoted(std::string_view cell);

} // namespace kindred::ctl
