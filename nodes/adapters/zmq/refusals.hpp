#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"

namespace kindred::adapters {

/// Why a request is turned away before it is decoded.
enum class Refusal : std::uint8_t {
  kTooLarge = 0,     ///< over api::kRequestBytesMax
  kTooMany = 1,      ///< as many requests as allowed are under way
  kTooManyBytes = 2, ///< they hold as many bytes as allowed
  kDraining = 3,     ///< the node stops
};
inline constexpr std::size_t kRefusals = 4;

/// An encoded api::Answer with one typed error that says why and when to try again. Carries the request's id if its
/// envelope can be read (nothing else of it is looked at). Any thread.
Bytes encode_refusal(Refusal refusal, BytesView request);

} // namespace kindred::adapters
