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

/// Four floats that are worked on at once; element by element the same bits as one at a time.
using FloatLanes = float __attribute__((vector_size(16)));
using IntLanes = std::int32_t __attribute__((vector_size(16)));
inline constexpr std::size_t kFloatLanes = 4;

/// log2 of each lane. Domain: normal x > 0. Powers of two are exact; absolute error ≤ 2^-21 up to 2^8, beyond that the
/// rounding of the result; cut behind s⁷. Cost: about 4 ns for four.
inline FloatLanes portable_log2(FloatLanes x) {
  const IntLanes bits = std::bit_cast<IntLanes>(x);
  const IntLanes mantissa = bits & 0x007fffff;
  const IntLanes upper = mantissa > 0x003504f3; // above √2: −1, take half of it and one more in the exponent
  const IntLanes exponent = ((bits >> 23) & 0xff) - 127 - upper;
  const FloatLanes m = std::bit_cast<FloatLanes>((mantissa | 0x3f800000) + (upper & -0x00800000));
  const FloatLanes s = (m - 1.0f) / (m + 1.0f);
  const FloatLanes z = s * s;
  constexpr float kScale = 2.88539008f; // 2 / ln 2
  const FloatLanes series = kScale + z * (kScale / 3 + z * (kScale / 5 + z * (kScale / 7)));
  return __builtin_convertvector(exponent, FloatLanes) + s * series;
}

/// The same for one number.
inline float portable_log2(float x) { return portable_log2(FloatLanes{x, 1, 1, 1})[0]; }

} // namespace kindred
