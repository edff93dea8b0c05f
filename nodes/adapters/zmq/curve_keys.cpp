#include "nodes/adapters/zmq/curve_keys.hpp"

#include <zmq.h>

#include <cassert>
#include <cstdint>

namespace kindred::adapters {

CurveKeys make_curve_keys() {
  char public_key[kCurveTextBytes + 1], secret_key[kCurveTextBytes + 1];
  [[maybe_unused]] const int made = zmq_curve_keypair(public_key, secret_key);
  assert(made == 0); // libzmq is built with CURVE
  return {public_key, secret_key};
}

bool is_curve_key(std::string_view text) {
  if (text.size() != kCurveTextBytes) return false;
  std::uint8_t bytes[kCurveKeyBytes];
  return zmq_z85_decode(bytes, std::string(text).c_str()) != nullptr;
}

std::string public_key_of(const std::string& secret_key) {
  assert(is_curve_key(secret_key));
  char public_key[kCurveTextBytes + 1];
  [[maybe_unused]] const int made = zmq_curve_public(public_key, secret_key.c_str());
  assert(made == 0);
  return public_key;
}

std::string curve_text(std::string_view bytes) {
  assert(bytes.size() == kCurveKeyBytes);
  char text[kCurveTextBytes + 1];
  zmq_z85_encode(text, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return text;
}

} // namespace kindred::adapters
