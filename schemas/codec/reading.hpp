#pragma once

#include <capnp/blob.h>
#include <capnp/list.h>
#include <kj/exception.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/fixed.hpp"
#include "engine/base/time.hpp"
#include "schemas/codec/codec_error.hpp"

namespace kindred::schemas {

/// "Not told" of optional numbers; see values.capnp.
inline constexpr std::int64_t kNotTold = INT64_MIN;
inline constexpr std::int16_t kNotTold16 = INT16_MIN;

/// Who wrote what is being read.
enum class Writer : std::uint8_t {
  kStranger, ///< a caller: every text and list ends at its bound
  kOurs, ///< a log or a server of ours: bounded when it was taken. A bound that is lowered later, or that another way
  ///< in does not know, must not make a log unreadable; the message's own bound and Cap'n Proto's limits hold.
};
inline constexpr std::size_t kUnbounded = SIZE_MAX;

/// One decoding: takes texts, numbers and lists out of a Cap'n Proto message with their bounds checked, and keeps the first
/// failure. After a failure it may go on (what it reads is then worthless, but bounded); callers ask once, at the end.
/// Lives on the stack of one decode call. `field` arguments are literals.
class Reading {
public:
  explicit Reading(Writer writer) : strict_(writer == Writer::kStranger) {}

  bool ok() const { return !failure_; }
  /// Requires: !ok().
  CodecFailure take_failure() {
    CodecFailure taken = std::move(*failure_);
    failure_.reset();
    return taken;
  }
  void fail(CodecError code, const char* field, const char* why = "");
  /// What Cap'n Proto itself found wrong.
  void fail(const kj::Exception& exception);

  /// `to` must be empty.
  void text(std::string& to, capnp::Text::Reader from, std::size_t bytes_max, const char* field) {
    if (from.size() != 0) checked_text(to, from, bytes_max, field);
  }
  /// `to` must be empty.
  void texts(std::vector<std::string>& to, capnp::List<capnp::Text>::Reader from, std::size_t count_max,
             std::size_t bytes_max, const char* field);
  void bytes(std::string& to, capnp::Data::Reader from, std::size_t bytes_max, const char* field);

  /// Whether a list of that size may be read; else the failure is noted.
  bool count(std::size_t size, std::size_t count_max, const char* field) {
    const bool fits = size <= count_max || !strict_;
    if (!fits) fail(CodecError::kTooLarge, field, "too many");
    return fits;
  }
  /// An enum's number, at most `last`; 0 and a failure where it is more.
  template <class Enum>
  Enum number(std::uint16_t raw, Enum last, const char* field) {
    if (raw > static_cast<std::uint16_t>(last)) {
      fail(CodecError::kOutOfRange, field, "unknown value");
      raw = 0;
    }
    return static_cast<Enum>(raw);
  }
  Fixed fixed(std::int64_t raw, const char* field);
  double finite(double value, const char* field);

private:
  void checked_text(std::string& to, capnp::Text::Reader from, std::size_t bytes_max, const char* field);
  std::optional<CodecFailure> failure_;
  bool strict_;
};

} // namespace kindred::schemas
