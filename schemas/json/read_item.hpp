#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/records/library.hpp"
#include "schemas/api.hpp"

namespace kindred::json {

// Items as JSON in the field names that answers have (write_answers.hpp) -> records::Item. The one place that reads them.
// Any thread (each keeps a parser of its own); no other state.
//
// item        its id; needed
// title       text
// price       {"amount": 19.9, "currency": "EUR"}, or a number beside `currency`
// available   true unless told
// published   ISO 8601 text, or milliseconds since 1970 as a number; left out: the time known, or the time of arrival
// removed     true takes the item out
// attributes  {name: value}: whole numbers, other numbers, true or false, text, lists of text; nested ones as "outer.inner"
// `type`, `automatic` and `error` are passed over, so that lines of a replay, what `kindredctl --json items list` prints and
// what an import gave back are taken as they are. A field of another name is refused, so that a misspelt one is noticed.

/// What is wrong, and in which field; "" where it is the item as a whole.
struct FieldError {
  std::string field;
  api::Error error;
};

/// One item of one JSON object. What passes is within the bounds of a request.
Result<records::Item, FieldError> parse_item(std::string_view line);

inline constexpr std::size_t kItemLineBytesMax = 64 << 10;

} // namespace kindred::json
