#include "nodes/kindredctl/catalog_rows.hpp"

#include "nodes/kindredctl/csv_reader.hpp"
#include "nodes/kindredctl/reject_text.hpp"

namespace kindred::ctl {

using json::FieldError;

namespace {

bool begins_with_object(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first != std::string_view::npos && text[first] == '{';
}

} // namespace

std::string_view name_of(CatalogFormat format) { return format == CatalogFormat::kCsv ? "csv" : "ndjson"; }

std::optional<CatalogFormat> format_of(std::string_view file) {
  for (const std::string_view packing : {".gz", ".zst"})
    if (file.ends_with(packing)) file.remove_suffix(packing.size());
  if (file.ends_with(".csv")) return CatalogFormat::kCsv;
  if (file.ends_with(".ndjson") || file.ends_with(".jsonl")) return CatalogFormat::kNdjson;
  return std::nullopt;
}

Result<CatalogRows, FieldError> CatalogRows::open(LinesAhead lines, std::optional<CatalogFormat> told,
                                                  const CsvTyping& typing) {
  CatalogRows rows(std::move(lines));
  LinesAhead::Line first;
  const bool any = rows.lines_.next_filled(first);
  const auto seen = !any || begins_with_object(first.text) ? CatalogFormat::kNdjson : CatalogFormat::kCsv;
  rows.format_ = told.value_or(seen);
  if (!any) return rows;
  rows.lines_.put_back({std::move(first)});
  if (rows.format_ == CatalogFormat::kNdjson) return rows;
  CsvRecord header;
  next_record(rows.lines_, header);
  if (header.error) return FieldError{"", *header.error};
  auto items = CsvItems::of(header.cells, typing);
  if (!items.ok()) return items.error();
  rows.items_ = items.take();
  rows.header_ =
      header.text.substr(0, rows.items_->error_is_last() ? header.before_last : header.text.size());
  return rows;
}

bool CatalogRows::next(CatalogRow& row) {
  if (format_ == CatalogFormat::kNdjson) return next_ndjson(row);
  return items_ && next_csv(row);
}

bool CatalogRows::next_csv(CatalogRow& row) {
  CsvRecord record;
  if (!next_record(lines_, record)) return false;
  row.line = record.line;
  row.item = record.error ? FieldError{"", *record.error} : items_->item_of(record.cells);
  const bool whole = record.cells.size() == items_->columns();
  row.text = std::move(record.text);
  if (items_->error_is_last()) row.text.resize(whole ? record.before_last : before_error_cell(row.text));
  return true;
}

bool CatalogRows::next_ndjson(CatalogRow& row) {
  LinesAhead::Line line;
  do
    if (!lines_.next_filled(line)) return false;
  while (is_error_line(line.text));
  row.line = line.number;
  row.item = json::parse_item(line.text);
  row.text = std::move(line.text);
  return true;
}

} // namespace kindred::ctl
