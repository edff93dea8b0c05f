#include "schemas/json/value.hpp"

#include <charconv>
#include <cmath>

#include "schemas/json/time_text.hpp"

namespace kindred::json {

using api::ErrorCode;

namespace {

constexpr double kMoneyMax = 9e14; // × 10^4 still fits 64 bits

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

api::Error parse_failure(std::string_view text, simdjson::error_code code) {
  if (code == simdjson::UTF8_ERROR)
    return {ErrorCode::kInvalidText, "the JSON text is not valid UTF-8: encode it as UTF-8 and send it again",
            0};
  if (code == simdjson::DEPTH_ERROR)
    return {ErrorCode::kTooLarge, "the JSON is nested deeper than 32 levels: flatten it", 0};
  std::string why = "this is not JSON (" + std::string(simdjson::error_message(code)) + ")";
  const bool not_a_number =
      text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos;
  why += not_a_number
             ? ": NaN and Infinity are not numbers in JSON; leave the field out or send a finite number"
             : ": send one JSON object a line";
  return {ErrorCode::kMalformed, std::move(why), 0};
}

} // namespace

Result<Element, api::Error> parse_document(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != kDepthMax) {
    if (const auto failed = parser.allocate(api::kRequestBytesMax, kDepthMax); failed)
      return api::Error{ErrorCode::kInternal, "no memory to parse JSON", 0};
  }
  Element document;
  const auto failed = parser.parse(text.data(), text.size(), true).get(document); // true: copies, to pad
  if (failed) return parse_failure(text, failed);
  return document;
}

std::optional<Element> field(Object object, std::string_view name) {
  Element value;
  if (object[name].get(value) || value.is_null()) return std::nullopt;
  return value;
}

std::optional<Element> first_of(Object object, std::span<const std::string_view> names,
                                std::string_view* found) {
  for (const auto name : names)
    if (const auto value = field(object, name)) {
      if (found) *found = name;
      return value;
    }
  return std::nullopt;
}

std::string text_of(Element value, std::string_view name, Complaint& complaint) {
  std::string_view text;
  if (!value.get(text)) return std::string(text);
  if (std::int64_t number; !value.get(number)) return std::to_string(number);
  if (std::uint64_t number; !value.get(number)) return std::to_string(number);
  if (bool flag; !value.get(flag)) return flag ? "true" : "false";
  if (value.is_double()) return simdjson::minify(value);
  complaint.say(ErrorCode::kInvalidValue, quoted(name) + " must be text, but is " +
                                              std::string(kind_of(value)) + ": send a JSON string");
  return {};
}

std::string text_field(Object object, std::string_view name, Complaint& complaint) {
  const auto value = field(object, name);
  return value ? text_of(*value, name, complaint) : std::string();
}

bool bool_field(Object object, std::string_view name, bool otherwise, Complaint& complaint) {
  const auto value = field(object, name);
  if (!value) return otherwise;
  bool flag = otherwise;
  if (value->get(flag))
    complaint.say(ErrorCode::kInvalidValue,
                  quoted(name) + " must be true or false, but is " + std::string(kind_of(*value)));
  return flag;
}

std::int64_t int_of(Element value, std::string_view name, std::int64_t least, std::int64_t most,
                    Complaint& complaint) {
  const auto number = number_of(value);
  if (!number || *number != std::floor(*number) || *number < static_cast<double>(least) ||
      *number > static_cast<double>(most)) {
    complaint.say(ErrorCode::kInvalidValue, quoted(name) + " must be a whole number from " +
                                                std::to_string(least) + " to " + std::to_string(most));
    return least;
  }
  if (std::int64_t exact; !value.get(exact)) return exact;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> number_of(Element value) {
  if (double number; !value.get(number)) return number;
  std::string_view text;
  if (value.get(text) || text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Instant> time_field(Object object, std::string_view name, Complaint& complaint) {
  const auto value = field(object, name);
  if (!value) return std::nullopt;
  if (std::string_view text; !value->get(text)) {
    if (const auto time = parse_time(text)) return time;
  } else if (const auto ms = number_of(*value); ms && std::fabs(*ms) < 1e14) {
    return Instant{static_cast<std::int64_t>(std::llround(*ms * 1000))};
  }
  complaint.say(ErrorCode::kInvalidTime,
                quoted(name) + " is no time: send ISO 8601 like \"2026-11-23T02:53:16.123Z\", or "
                               "milliseconds since 1970 as a number");
  return std::nullopt;
}

Money money_of(Element value, std::string_view name, Complaint& complaint) {
  const auto number = number_of(value);
  if (!number || !std::isfinite(*number) || std::fabs(*number) > kMoneyMax) {
    complaint.say(ErrorCode::kInvalidPrice,
                  quoted(name) + " is no amount: send a finite number like 12.99, below 9e14");
    return {};
  }
  return Money{std::llround(*number * 1e4), 4, {}};
}

void read_currency(std::string_view text, std::string_view name, Money& money, Complaint& complaint) {
  if (text.empty()) return;
  bool letters = text.size() == 3;
  for (const char c : text) letters = letters && ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
  if (!letters) {
    complaint.say(ErrorCode::kInvalidValue,
                  quoted(name) + " must be three letters of ISO 4217, like \"EUR\"");
    return;
  }
  for (std::size_t i = 0; i < 3; ++i) money.currency[i] = static_cast<char>(text[i] & ~0x20);
}

std::string_view kind_of(Element value) {
  switch (value.type()) {
  case simdjson::dom::element_type::ARRAY: return "an array";
  case simdjson::dom::element_type::OBJECT: return "an object";
  case simdjson::dom::element_type::STRING: return "text";
  case simdjson::dom::element_type::BOOL: return "true or false";
  case simdjson::dom::element_type::NULL_VALUE: return "null";
  default: return "a number";
  }
}

} // namespace kindred::json
