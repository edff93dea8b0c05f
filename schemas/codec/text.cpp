#include "schemas/codec/text.hpp"

#include <cstdint>
#include <cstring>

namespace kindred::schemas {
namespace {

const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if (word & 0x8080808080808080ULL) break;
    at += 8;
  }
  while (at != end && *at < 0x80) ++at;
  return at;
}

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// Length of the well-formed sequence of several bytes at `at`, 0 where there is none. The second byte's range excludes
/// overlong forms (E0, F0), surrogates (ED) and what lies above U+10FFFF (F4).
std::size_t sequence_length(const unsigned char* at, std::size_t left) {
  const unsigned char first = at[0];
  if (first >= 0xc2 && first <= 0xdf) return left >= 2 && continues(at[1]) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (left < 3 || !continues(at[1]) || !continues(at[2])) return 0;
    if (first == 0xe0 && at[1] < 0xa0) return 0;
    if (first == 0xed && at[1] > 0x9f) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3])) return 0;
    if (first == 0xf0 && at[1] < 0x90) return 0;
    if (first == 0xf4 && at[1] > 0x8f) return 0;
    return 4;
  }
  return 0;
}

} // namespace

bool is_utf8(BytesView bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  for (;;) {
    at = skip_ascii(at, end);
    if (at == end) return true;
    const std::size_t length = sequence_length(at, static_cast<std::size_t>(end - at));
    if (length == 0) return false;
    at += length;
  }
}

} // namespace kindred::schemas
