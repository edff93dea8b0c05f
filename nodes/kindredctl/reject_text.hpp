#pragma once

#include <string>
#include <string_view>

#include "nodes/kindredctl/row_error.hpp"

namespace kindred::ctl {

// How a reject file says what is wrong with a row, so that the file, mended, is imported as it is. Pure.
//   CSV     the file's header with `error` as its last column; each row as it stood, with one more cell
//   NDJSON  in front of each line, which stands as it stood byte for byte, a line {"error": {line, column?, code, message}}

/// Without the line break: the header of a CSV of rejects.
std::string csv_reject_header(std::string_view header);
/// Without the last line break: the row with its error.
std::string csv_reject(std::string_view row, const RowError& error);
std::string ndjson_reject(std::string_view row, const RowError& error);

/// Bytes of a row in front of the cell that csv_reject wrote; all of them where it wrote none. For rows of which it cannot be
/// told where the last cell begins.
std::size_t before_error_cell(std::string_view row);
/// A line that ndjson_reject wrote in front of another.
bool is_error_line(std::string_view line);

} // namespace kindred::ctl
