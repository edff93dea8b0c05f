#include "nodes/kindredctl/csv_items.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "schemas/codec/text.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::ctl {

using api::ErrorCode;
using json::FieldError;
using json::Json;

namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kAttributes = "attributes.";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return low;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether all of it is one or more digits, behind a minus or not.
bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Whether JSON would read it as a number: 007, +1, .5 and 1. are none.
bool is_json_number(std::string_view text) {
  const auto digits = [&text] {
    const std::size_t count = std::min(text.size(), text.find_first_not_of("0123456789"));
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.') && (text.remove_prefix(1), digits() == 0)) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Json typed(const std::string& cell) {
  if (cell == "true" || cell == "false") return cell == "true";
  if (!is_json_number(cell)) return cell;
  if (const auto number = number_of<std::int64_t>(cell); number && is_whole(cell)) return *number;
  if (const auto number = number_of<double>(cell); number && std::isfinite(*number) && !is_whole(cell))
    return *number;
  return cell; // more digits than a whole number has here, such as long codes
}

Json flag(const std::string& cell) {
  const std::string word = lower(trimmed(cell));
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return cell; // the reader says what is wrong with it
}

Json time(const std::string& cell) {
  const auto ms = number_of<std::int64_t>(cell);
  return ms ? Json(*ms) : Json(cell);
}

Json list(std::string_view cell, std::string_view parted_by) {
  Json elements = Json::array();
  while (true) {
    const std::size_t end = std::min(cell.find(parted_by), cell.size());
    if (const auto element = trimmed(cell.substr(0, end)); !element.empty()) elements.push_back(element);
    if (end == cell.size()) return elements;
    cell.remove_prefix(end + parted_by.size());
  }
}

FieldError bad_count(std::size_t cells, std::size_t columns) {
  return {"",
          {ErrorCode::kMalformed,
           "the row has " + std::to_string(cells) + " cells, the header " + std::to_string(columns) +
               (cells < columns ? ": write a comma for each cell, also for an empty one"
                                : ": put cells that hold commas in quotes"),
           0}};
}

FieldError bad_header(std::string field, ErrorCode code, std::string message) {
  return {std::move(field), {code, std::move(message), 0}};
}

} // namespace

CsvItems::Column CsvItems::column_of(std::string_view name, const CsvTyping& typing) {
  const std::string low = lower(name);
  if (low == "item" || low == "title" || low == "price" || low == "currency") return {low, Kind::kText, {}};
  if (low == "available" || low == "removed") return {low, Kind::kFlag, {}};
  if (low == "published") return {low, Kind::kTime, {}};
  if (low == "error") return {low, Kind::kIgnored, {}};
  std::string own(name);
  if (const auto parted = typing.list.find(own); parted != typing.list.end())
    return {std::move(own), Kind::kList, parted->second};
  const bool text = own == "category" || own == "brand" || own == "publisher" ||
                    std::find(typing.text.begin(), typing.text.end(), own) != typing.text.end();
  return {std::move(own), text ? Kind::kTextAttribute : Kind::kTypedAttribute, {}};
}

Result<CsvItems, FieldError> CsvItems::of(const std::vector<std::string>& header, const CsvTyping& typing) {
  CsvItems items;
  std::set<std::string, std::less<>> names;
  for (const std::string& cell : header) {
    const auto name = trimmed(cell);
    const std::string place = "column " + std::to_string(items.columns_.size() + 1);
    if (!schemas::is_utf8(name))
      return bad_header(place, ErrorCode::kInvalidText,
                        "the header is not UTF-8: write the file as UTF-8, then import it again");
    if (name.empty())
      return bad_header(place, ErrorCode::kMissingField, place + " has no name: name it, or leave it out");
    items.columns_.push_back(column_of(name, typing));
    const Column& column = items.columns_.back();
    if (!names.insert(column.name).second && column.kind != Kind::kIgnored)
      return bad_header(column.name, ErrorCode::kInvalidValue,
                        "two columns are named '" + column.name + "': name one otherwise");
  }
  if (!names.contains("item"))
    return bad_header("item", ErrorCode::kMissingField,
                      "no column is named 'item': the first row names the columns, parted by commas, and "
                      "'item' holds the ids");
  std::vector<std::string> asked = typing.text;
  for (const auto& [name, parted_by] : typing.list) asked.push_back(name);
  for (const std::string& name : asked)
    if (!names.contains(name))
      return bad_header(name, ErrorCode::kMissingField,
                        "--text or --list names the column '" + name + "', which is not there");
  return items;
}

Result<records::Item, FieldError> CsvItems::item_of(const std::vector<std::string>& cells) const {
  if (cells.size() != columns_.size()) return bad_count(cells.size(), columns_.size());
  Json row = Json::object(), attributes = Json::object();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& [name, kind, parted_by] = columns_[i];
    if (cells[i].empty() || kind == Kind::kIgnored) continue;
    if (!schemas::is_utf8(cells[i]))
      return FieldError{name, {ErrorCode::kInvalidText, "'" + name + "' is not UTF-8: write it as UTF-8", 0}};
    switch (kind) {
    case Kind::kText: row[name] = cells[i]; break;
    case Kind::kFlag: row[name] = flag(cells[i]); break;
    case Kind::kTime: row[name] = time(cells[i]); break;
    case Kind::kTypedAttribute: attributes[name] = typed(cells[i]); break;
    case Kind::kTextAttribute: attributes[name] = cells[i]; break;
    case Kind::kList: attributes[name] = list(cells[i], parted_by); break;
    case Kind::kIgnored: break;
    }
  }
  if (!attributes.empty()) row["attributes"] = std::move(attributes);
  auto item = json::parse_item(json::dump(row));
  if (item.ok() || !item.error().field.starts_with(kAttributes)) return item;
  FieldError error = item.error();
  error.field.erase(0, kAttributes.size());
  return error;
}

} // namespace kindred::ctl
