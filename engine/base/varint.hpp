#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred {

// Numbers in as few bytes as they need: seven bits a byte, least first, the top bit says that more come (LEB128). One form
// only: what does not fit 32 bits is refused.

inline constexpr std::size_t kVarintMax = 5; ///< bytes of 32 bits

/// Small numbers of either sign become small ones: 0, -1, 1, -2 … are 0, 1, 2, 3 …
constexpr std::uint32_t folded(std::int32_t value) {
  return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::int32_t unfolded(std::uint32_t value) {
  return static_cast<std::int32_t>(value >> 1) ^ -static_cast<std::int32_t>(value & 1);
}

/// Behind the last byte written. Requires: room for kVarintMax.
inline char* put_varint(char* at, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

/// Moves `at` behind the number. False: the bytes end, or the number does not.
inline bool take_varint(const char*& at, const char* end, std::uint32_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 32 && at != end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return shift < 28 || byte < 0x10;
  }
  return false;
}

} // namespace kindred
