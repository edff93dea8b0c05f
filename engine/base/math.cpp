#include "engine/base/math.hpp"

#include <array>

namespace kindred {
namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;
constexpr double kTwoOverLn2 = 0x1.71547652b82fep+1;
constexpr std::uint64_t kMantissa = 0x000fffffffffffffULL;
constexpr std::uint64_t kSqrt2Mantissa = 0x6a09e667f3bcdULL;

// 1/3, 1/5, … 1/23, highest first, for Horner's scheme in s².
constexpr std::array<double, 11> kOddReciprocals{1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                                 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};

} // namespace

double portable_log2(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t mantissa = bits & kMantissa;
  const bool upper = mantissa > kSqrt2Mantissa;
  const auto exponent = static_cast<std::int64_t>(bits >> 52 & 0x7ff) - 1023 + (upper ? 1 : 0);
  const double m = std::bit_cast<double>(mantissa | (upper ? 0x3fe0000000000000ULL : 0x3ff0000000000000ULL));
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double series = 0;
  for (const double c : kOddReciprocals) series = (series + c) * z;
  return static_cast<double>(exponent) + kTwoOverLn2 * (s + s * series);
}

double portable_exp2(double x) {
  if (x != x) return x;
  if (x < -1022) x = -1022;
  if (x > 1023) x = 1023;
  const auto whole = static_cast<std::int64_t>(x < 0 ? x - 0.5 : x + 0.5); // nearest, so that |f| ≤ ½
  const double t = (x - static_cast<double>(whole)) * kLn2;
  double series = 1;
  for (int k = 13; k >= 1; --k) series = 1 + series * t / k;
  return series * std::bit_cast<double>(static_cast<std::uint64_t>(whole + 1023) << 52);
}

} // namespace kindred
