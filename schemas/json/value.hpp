#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "engine/base/result.hpp"
#include "schemas/api.hpp"

namespace kindred::json {

// How the readers of this folder take values out of a parsed document. Included by them alone.
//
// Whole documents are parsed before the first field is read (simdjson's DOM, not its on-demand reader): a line that is
// broken behind its last interesting field must be refused as a whole. The DOM has also checked that all text is UTF-8.

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

/// Collects the first thing that is wrong; readers go on with defaults and the caller looks once, at the end.
class Complaint {
public:
  bool any() const { return error_.has_value(); }
  void say(api::ErrorCode code, std::string message) {
    if (!error_) error_ = api::Error{code, std::move(message), 0};
  }
  /// Requires: any().
  api::Error take() { return std::move(*error_); }

private:
  std::optional<api::Error> error_;
};

/// The document; valid until the next call on this thread. Nesting is bounded by kDepthMax.
Result<Element, api::Error> parse_document(std::string_view text);
inline constexpr std::size_t kDepthMax = 32;

/// The field, if it is there and not null.
std::optional<Element> field(Object object, std::string_view name);
/// The first of the names that is there; `found` (may be null) gets its name.
std::optional<Element> first_of(Object object, std::span<const std::string_view> names,
                                std::string_view* found = nullptr);

/// The text, or "" where absent; a number or bool is written as text (ids often come as numbers).
std::string text_field(Object object, std::string_view name, Complaint& complaint);
std::string text_of(Element value, std::string_view name, Complaint& complaint);
bool bool_field(Object object, std::string_view name, bool otherwise, Complaint& complaint);
std::int64_t int_of(Element value, std::string_view name, std::int64_t least, std::int64_t most,
                    Complaint& complaint);
/// A number, or text that is one.
std::optional<double> number_of(Element value);
/// ISO 8601 text or milliseconds since 1970.
std::optional<Instant> time_field(Object object, std::string_view name, Complaint& complaint);
/// Four digits behind the point. NaN, infinities and what does not fit are kInvalidPrice.
Money money_of(Element value, std::string_view name, Complaint& complaint);
void read_currency(std::string_view text, std::string_view name, Money& money, Complaint& complaint);

/// "Object", "number", ... for messages.
std::string_view kind_of(Element value);

} // namespace kindred::json
