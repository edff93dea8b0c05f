#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "schemas/json/read_item.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::ctl {

/// Why a row of a catalog was not taken. Value type.
struct RowError {
  std::uint32_t line = 0; ///< where the row begins
  json::FieldError why;   ///< its field is the column of a CSV
};

/// "line 7, price: invalidPrice: ...", always in one line.
std::string words_of(const RowError& error);
/// {line, column?, code, message}
json::Json to_json(const RowError& error);

} // namespace kindred::ctl
