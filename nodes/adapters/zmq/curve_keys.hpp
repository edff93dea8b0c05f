#pragma once

#include <string>
#include <string_view>

namespace kindred::adapters {

/// A pair of CURVE keys as Z85 text, 40 characters each. The secret one never leaves the node it was made on.
struct CurveKeys {
  std::string public_key;
  std::string secret_key;
};

/// New keys, by the machine's source of chance.
CurveKeys make_curve_keys();
/// Whether the text has the form of a key.
bool is_curve_key(std::string_view text);
/// The public key that belongs to a secret one. Requires: is_curve_key(secret_key).
std::string public_key_of(const std::string& secret_key);
/// The 32 bytes of a key as Z85. Requires: 32 bytes.
std::string curve_text(std::string_view bytes);

inline constexpr std::size_t kCurveTextBytes = 40;
inline constexpr std::size_t kCurveKeyBytes = 32;

} // namespace kindred::adapters
