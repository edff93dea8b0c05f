#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nodes/kindredctl/csv_items.hpp"
#include "nodes/kindredctl/lines_ahead.hpp"

namespace kindred::ctl {

enum class CatalogFormat : std::uint8_t { kCsv, kNdjson };
std::string_view name_of(CatalogFormat format);

/// What the name says, .gz and .zst aside: .csv, .ndjson or .jsonl. None: the content says it.
std::optional<CatalogFormat> format_of(std::string_view file);

/// A row of a catalog file, and the item that it says.
struct CatalogRow {
  std::uint32_t line = 0;
  std::string text; ///< as it stands in the file, without what an earlier import wrote about it
  Result<records::Item, json::FieldError> item{std::in_place};
};

/// The rows of a catalog, CSV (csv_items.hpp) or NDJSON (read_item.hpp), one by one. Of NDJSON, lines that hold nothing but
/// an `error` are no rows: that is how a reject file says what is wrong with the line behind them.
/// Owned by one thread. Memory: a row.
class CatalogRows {
public:
  /// The error is of a CSV's header: without it no row means anything. `told` none: an object in the first line is NDJSON.
  static Result<CatalogRows, json::FieldError> open(LinesAhead lines, std::optional<CatalogFormat> told,
                                                    const CsvTyping& typing);

  /// False at the end.
  bool next(CatalogRow& row);

  CatalogFormat format() const { return format_; }
  /// CSV: the header as it stands in the file, without a last column `error`. NDJSON: nothing.
  const std::string& header() const { return header_; }
  bool failed() const { return lines_.failed(); }
  double progress() const { return lines_.progress(); }

private:
  explicit CatalogRows(LinesAhead lines) : lines_(std::move(lines)) {}
  bool next_csv(CatalogRow& row);
  bool next_ndjson(CatalogRow& row);

  LinesAhead lines_;
  CatalogFormat format_ = CatalogFormat::kNdjson;
  std::string header_;
  std::optional<CsvItems> items_; ///< none: NDJSON, or a file without a header
};

} // namespace kindred::ctl
