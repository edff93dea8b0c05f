#include "nodes/kindredctl/reject_text.hpp"

#include <nlohmann/json.hpp>

#include "nodes/kindredctl/csv_reader.hpp"

namespace kindred::ctl {

namespace {
constexpr std::string_view kErrorCell = ",\"line "; // words_of begins so
constexpr std::string_view kErrorLine = "{\"error\":";
} // namespace

std::string csv_reject_header(std::string_view header) { return std::string(header) + ",error"; }

std::string csv_reject(std::string_view row, const RowError& error) {
  return std::string(row) + ',' + csv_quoted(words_of(error));
}

std::string ndjson_reject(std::string_view row, const RowError& error) {
  json::Json line;
  line["error"] = to_json(error);
  return json::dump(line) + '\n' + std::string(row);
}

std::size_t before_error_cell(std::string_view row) {
  const auto cell = row.rfind(kErrorCell);
  return row.ends_with('"') && cell != std::string_view::npos ? cell : row.size();
}

bool is_error_line(std::string_view line) {
  if (!line.starts_with(kErrorLine)) return false;
  const auto document = nlohmann::json::parse(line, nullptr, false);
  return document.is_object() && document.size() == 1 && document.contains("error");
}

} // namespace kindred::ctl
