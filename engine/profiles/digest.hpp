#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/ids.hpp"

namespace kindred::profiles {

/// Additive digest of a set of (key, value) pairs: the sum, mod 2^128, of a keyed hash of each (records.md §2).
/// A group: replacing a value is subtracting its old part and adding the new one, in any order. Equal sets have equal
/// digests; different ones differ but for chance (the hash is no defence against somebody who seeks collisions).
/// Value type.
class Digest {
public:
  /// Never zero, so that zero can say "not counted".
  static Id128 part_of(BytesView key, BytesView value) {
    const Id128 part = hash128(value, hash64(key, kSeed));
    return part.is_zero() ? Id128{0, 1} : part;
  }

  void add(const Id128& part) { sum_ += wide(part); }
  void subtract(const Id128& part) { sum_ -= wide(part); }
  /// Takes the old part out and the new one in; `part` becomes the new one.
  void replace(Id128& part, const Id128& with) {
    subtract(part);
    add(with);
    part = with;
  }

  Id128 value() const { return {static_cast<std::uint64_t>(sum_ >> 64), static_cast<std::uint64_t>(sum_)}; }
  static Digest of(const Id128& value) {
    Digest digest;
    digest.sum_ = wide(value);
    return digest;
  }

private:
  static constexpr std::uint64_t kSeed = 0x64696765737431; // "digest1"
  static unsigned __int128 wide(const Id128& id) {
    return static_cast<unsigned __int128>(id.high) << 64 | id.low;
  }
  unsigned __int128 sum_ = 0;
};

} // namespace kindred::profiles
