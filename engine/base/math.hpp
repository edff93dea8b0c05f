#pragma once

#include <bit>
#include <cstdint>

namespace kindred {

// Logarithm and power of two that give the same bits on every machine and with every C library: additions,
// multiplications and divisions in a written order, each rounded as IEEE 754 says, never contracted (the tree is built
// with -ffp-contract=off). Scores that a replay recomputes use these and no function of libm (records.md §12).
// Fixtures of bits: tests/engine/base/math_test.cpp.

/// log2 x. Domain: normal x > 0; else the result means nothing (no trap, no loop). Powers of two are exact.
/// Within 4 units in the last place of the true value, or 2^-51 where |log2 x| < 1/2.
/// x = m·2^e, m in (√½, √2], s = (m − 1)/(m + 1); log2 m = 2/ln 2 · (s + s³/3 + s⁵/5 + …), cut behind s²³.
double portable_log2(double x);

/// 2^x. Domain: −1022 ≤ x ≤ 1023, clamped to it; NaN gives NaN. Whole numbers are exact. Relative error ≤ 2^-50.
/// 2^f for |f| ≤ ½ by Taylor's series, cut behind (f ln 2)¹³/13!.
double portable_exp2(double x);

/// Floats that are worked on at once; element by element the same bits as one at a time, whatever the width.
struct FourLanes {
  using Floats = float __attribute__((vector_size(16)));
  using Ints = std::int32_t __attribute__((vector_size(16)));
};
struct EightLanes { ///< for functions compiled for AVX2
  using Floats = float __attribute__((vector_size(32)));
  using Ints = std::int32_t __attribute__((vector_size(32)));
};

/// x = log2 of each lane of x. Domain: normal x > 0. Powers of two are exact; absolute error ≤ 2^-21 up to 2^8, beyond
/// that the rounding of the result; cut behind s⁷. Cost: about 4 ns for a vector of either width.
template <class Lanes>
[[gnu::always_inline]] inline void take_log2(typename Lanes::Floats& x) {
  using Floats = typename Lanes::Floats;
  using Ints = typename Lanes::Ints;
  Ints bits, upper;
  __builtin_memcpy(&bits, &x, sizeof x);
  const Ints mantissa = bits & 0x007fffff;
  upper = mantissa > 0x003504f3; // above √2: −1, take half of it and one more in the exponent
  const Ints exponent = ((bits >> 23) & 0xff) - 127 - upper;
  bits = (mantissa | 0x3f800000) + (upper & -0x00800000);
  __builtin_memcpy(&x, &bits, sizeof x);
  const Floats s = (x - 1.0f) / (x + 1.0f);
  const Floats z = s * s;
  constexpr float kScale = 2.88539008f; // 2 / ln 2
  const Floats series = kScale + z * (kScale / 3 + z * (kScale / 5 + z * (kScale / 7)));
  x = __builtin_convertvector(exponent, Floats) + s * series;
}

/// The same for one number.
inline float portable_log2(float x) {
  FourLanes::Floats lanes{x, 1, 1, 1};
  take_log2<FourLanes>(lanes);
  return lanes[0];
}

} // namespace kindred
