#include "engine/base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

#include "engine/base/bytes.hpp"

namespace kindred {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Id128 hash128(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.high64, hash.low64};
}

Slot slot_of(TenantId tenant, std::string_view user) {
  ByteWriter key;
  key.u32(tenant.value);
  key.raw(user);
  return {static_cast<std::uint16_t>(hash64(key.view()) >> 48)};
}

ItemId item_id(std::string_view external_id) { return {hash64(external_id)}; }

AttributeId attribute_id(std::string_view name, std::string_view value) {
  ByteWriter key;
  key.raw(name);
  key.u8(0x1f);
  key.raw(value);
  return {hash64(key.view())};
}

RecordId event_record_id(TenantId tenant, std::string_view user, std::string_view message_id) {
  ByteWriter key;
  key.u32(tenant.value);
  key.u32(static_cast<std::uint32_t>(user.size()));
  key.raw(user);
  key.raw(message_id);
  return hash128(key.view());
}

namespace {
constexpr char kHexDigits[] = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
} // namespace

std::string to_hex(const Id128& id) {
  std::string text(32, '0');
  for (int i = 0; i < 16; ++i) {
    text[15 - i] = kHexDigits[(id.high >> (4 * i)) & 15];
    text[31 - i] = kHexDigits[(id.low >> (4 * i)) & 15];
  }
  return text;
}

bool from_hex(std::string_view text, Id128& id) {
  if (text.size() != 32) return false;
  Id128 parsed;
  for (std::size_t i = 0; i < 32; ++i) {
    const int digit = nibble(text[i]);
    if (digit < 0) return false;
    std::uint64_t& half = i < 16 ? parsed.high : parsed.low;
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  id = parsed;
  return true;
}

} // namespace kindred
