#include "nodes/kindredctl/row_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace kindred::ctl {

std::string words_of(const RowError& error) {
  const auto& [field, why] = error.why;
  std::string words = fmt::format("line {}{}{}: {}: {}", error.line, field.empty() ? "" : ", ", field,
                                  api::name_of(why.code), why.message);
  for (char& c : words)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return words;
}

json::Json to_json(const RowError& error) {
  json::Json document{{"line", error.line}};
  if (!error.why.field.empty()) document["column"] = error.why.field;
  document.update(json::to_json(error.why.error));
  return document;
}

} // namespace kindred::ctl
