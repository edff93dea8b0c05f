#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/stats/counts.hpp"

namespace kindred::stats {

/// How values are spread: counts in fixed logarithmic buckets, 64 to an octave, so that a quantile is off by at most 1 %
/// of its value (the idea of DDSketch, Masson, Rim, Lee 2019; here the bucket is read from the bits of the number).
///
/// A group (law `group`): empty is zero, `add` is exact, associative and commutative, `subtract` its inverse. There is no
/// minimum or maximum, which no subtraction could take back: the outermost filled buckets stand for them.
/// Domain: |value| from 2^-20 to 2^40, clamped to it; smaller ones are zero. Not a number: refused. 2^63 values fit.
/// Value type; counts are `Counts`. Memory: 16 bytes for a filled bucket, at most kBuckets of them.
class LogHistogram {
public:
  static constexpr std::int32_t kPerOctave = 64;
  static constexpr std::int32_t kOctaves = 61; ///< 2^-20 … 2^40, both included
  static constexpr std::int32_t kBuckets = 2 * kOctaves * kPerOctave + 1;
  static constexpr double kRelativeError = 0.01;

  /// False, and nothing is counted: not a number.
  bool add(double value);
  /// Requires: it was added.
  void subtract(double value);
  void add(const LogHistogram& other);
  void subtract(const LogHistogram& other);

  std::int64_t count() const { return buckets_.total(); }
  /// The value below which a share q of all lies, within kRelativeError; q is clamped to [0, 1]; 0 and 1 are the
  /// outermost filled buckets. None: nothing was counted.
  std::optional<double> quantile(double q) const;

  Bytes canonical() const;
  static std::optional<LogHistogram> from(BytesView bytes);

  friend bool operator==(const LogHistogram&, const LogHistogram&) = default;

private:
  Counts buckets_; ///< by place: values in order, zero in the middle
};

} // namespace kindred::stats
