#include "schemas/codec/reading.hpp"

#include <cmath>
#include <string_view>

#include "schemas/codec/text.hpp"

namespace kindred::schemas {

void Reading::fail(CodecError code, const char* field, const char* why) {
  if (failure_) return;
  failure_ = CodecFailure{code, field};
  if (*why != '\0') failure_->what.append(": ").append(why);
}

void Reading::fail(const kj::Exception& exception) {
  if (failure_) return;
  const std::string_view what(exception.getDescription().cStr(), exception.getDescription().size());
  const auto says = [what](std::string_view words) { return what.find(words) != std::string_view::npos; };
  CodecError code = CodecError::kMalformed;
  if (says("limit") || says("too deeply") || says("nesting")) code = CodecError::kTooLarge;
  if (says("prematurely")) code = CodecError::kTruncated;
  failure_ = CodecFailure{code, std::string(what)};
}

void Reading::checked_text(std::string& to, capnp::Text::Reader from, std::size_t bytes_max,
                           const char* field) {
  const BytesView bytes(from.begin(), from.size());
  if (bytes.size() > bytes_max && strict_) return fail(CodecError::kTooLarge, field, "text too long");
  if (!is_utf8(bytes)) return fail(CodecError::kInvalidText, field, "not UTF-8");
  to.assign(bytes);
}

void Reading::texts(std::vector<std::string>& to, capnp::List<capnp::Text>::Reader from,
                    std::size_t count_max, std::size_t bytes_max, const char* field) {
  if (from.size() == 0 || !count(from.size(), count_max, field)) return;
  to.reserve(from.size());
  for (const auto one : from) text(to.emplace_back(), one, bytes_max, field);
}

void Reading::bytes(std::string& to, capnp::Data::Reader from, std::size_t bytes_max, const char* field) {
  if (from.size() > bytes_max && strict_) return fail(CodecError::kTooLarge, field, "too many bytes");
  to.assign(reinterpret_cast<const char*>(from.begin()), from.size());
}

Fixed Reading::fixed(std::int64_t raw, const char* field) {
  constexpr auto kRawMax = static_cast<std::int64_t>(Fixed::kMax) << Fixed::kFractionBits;
  if (raw > kRawMax || raw < -kRawMax) {
    fail(CodecError::kOutOfRange, field, "fixed-point number too large");
    raw = 0;
  }
  return {raw};
}

double Reading::finite(double value, const char* field) {
  if (std::isfinite(value)) return value;
  fail(CodecError::kOutOfRange, field, "not a finite number");
  return 0;
}

} // namespace kindred::schemas
