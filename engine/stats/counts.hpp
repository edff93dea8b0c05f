#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/stats/sorted_sums.hpp"

namespace kindred::stats {

/// How many of what: exact counts by a 64-bit key (a bucket, an attribute, an event type).
///
/// A group (law `group`): `Counts{}` is zero, `add` exact, associative and commutative, `subtract` its inverse; counts
/// may be negative on the way. Bound: |contribution of one user| ≤ 2^22 per key, so that 2^40 users fit.
/// Value type; see SortedSums for its thread rule.
class Counts {
public:
  void count(std::uint64_t key, std::int64_t times = 1) { sums_.add(key, times); }
  Counts& add(const Counts& other);
  Counts& subtract(const Counts& other);

  std::int64_t of(std::uint64_t key) const { return sums_.at(key); }
  std::int64_t total() const;
  bool is_zero() const { return sums_.empty(); }
  const std::vector<SortedSums<std::uint64_t>::Entry>& entries() const { return sums_.entries(); }

  /// Version, number, then key and count by key; equal counts have equal bytes.
  Bytes canonical() const;
  enum class DecodeError : std::uint8_t { kMalformed = 1, kNewerVersion = 2 };
  static Result<Counts, DecodeError> from_canonical(BytesView bytes);

  friend bool operator==(const Counts&, const Counts&) = default;

private:
  SortedSums<std::uint64_t> sums_;
};

} // namespace kindred::stats
