#include "engine/base/math.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

/// A positive normal double whose exponent is spread over the whole range.
double any_positive(std::uint64_t chance) {
  const std::uint64_t exponent = 1 + (chance >> 52) % 2046;
  return std::bit_cast<double>(exponent << 52 | (chance & 0x000fffffffffffffULL));
}
float any_positive_float(std::uint32_t chance) {
  const std::uint32_t exponent = 1 + (chance >> 23) % 254;
  return std::bit_cast<float>(exponent << 23 | (chance & 0x007fffff));
}

// ---- log2, double

TEST(PortableLog2, PowersOfTwoAreExact) {
  for (int e = -1022; e <= 1023; ++e) EXPECT_EQ(portable_log2(std::ldexp(1.0, e)), e) << e;
}

TEST(PortableLog2, BitsAreThoseOfEveryOtherMachine) {
  constexpr std::array<std::pair<double, std::uint64_t>, 7> kFixtures{{
      {3.0, 0x3ff95c01a39fbd69ULL},
      {10.0, 0x400a934f0979a371ULL},
      {0.1, 0xc00a934f0979a371ULL},
      {1.0000001, 0x3e835d0fea5fccb6ULL},
      {1.4142135623730951, 0x3fe0000000000001ULL},
      {2592000.0, 0x40354e3e0c758ca5ULL},
      {6.02214076e23, 0x4053bfa7e599a930ULL},
  }};
  for (const auto& [x, bits] : kFixtures) EXPECT_EQ(bits_of(portable_log2(x)), bits) << x;
}

TEST(PortableLog2, IsCloseToTheTruthWhereItChangesItsBranch) {
  const double root = std::sqrt(2.0);
  for (const double x : {std::nextafter(root, 0.0), root, std::nextafter(root, 2.0), std::nextafter(1.0, 0.0),
                         std::nextafter(1.0, 2.0), std::nextafter(2.0, 0.0)}) {
    EXPECT_NEAR(portable_log2(x), std::log2(x), 0x1p-51) << x;
  }
}

RC_GTEST_PROP(PortableLog2, IsCloseToTheTruth, (std::uint64_t chance)) {
  const double x = any_positive(chance);
  const long double truth = std::log2(static_cast<long double>(x));
  const double error = static_cast<double>(std::fabs(portable_log2(x) - truth));
  RC_ASSERT(error <= std::max(0x1p-51, 0x1p-50 * std::fabs(static_cast<double>(truth))));
}

RC_GTEST_PROP(PortableLog2, GrowsWithItsArgument, (std::uint64_t chance)) {
  const double x = any_positive(chance);
  RC_PRE(x < 1e300);
  RC_ASSERT(portable_log2(x * 1.001) > portable_log2(x));
}

// ---- exp2, double

TEST(PortableExp2, WholeNumbersAreExact) {
  for (int e = -1022; e <= 1023; ++e) EXPECT_EQ(portable_exp2(e), std::ldexp(1.0, e)) << e;
}

TEST(PortableExp2, BitsAreThoseOfEveryOtherMachine) {
  constexpr std::array<std::pair<double, std::uint64_t>, 6> kFixtures{{
      {0.5, 0x3ff6a09e667f3bccULL},
      {-0.5, 0x3fe6a09e667f3bccULL},
      {0.1, 0x3ff125fbee250664ULL},
      {-7.3, 0x3f79fdf8bcce533eULL},
      {31.999, 0x41effa52de61c118ULL},
      {1e-9, 0x3ff00000002fa1f9ULL},
  }};
  for (const auto& [x, bits] : kFixtures) EXPECT_EQ(bits_of(portable_exp2(x)), bits) << x;
}

TEST(PortableExp2, IsClampedToWhatADoubleHolds) {
  EXPECT_EQ(portable_exp2(5000), std::ldexp(1.0, 1023));
  EXPECT_EQ(portable_exp2(-5000), std::ldexp(1.0, -1022));
  EXPECT_EQ(portable_exp2(std::numeric_limits<double>::infinity()), std::ldexp(1.0, 1023));
  EXPECT_TRUE(std::isnan(portable_exp2(std::nan(""))));
}

RC_GTEST_PROP(PortableExp2, IsCloseToTheTruth, (std::int32_t chance)) {
  const double x = chance / 2147483648.0 * 1021;
  const long double truth = std::exp2(static_cast<long double>(x));
  RC_ASSERT(std::fabs(static_cast<double>(portable_exp2(x) / truth - 1)) <= 0x1p-50);
}

RC_GTEST_PROP(PortableExp2, UndoesLog2, (std::uint64_t chance)) {
  const double x = 1 + (chance >> 11) * 0x1p-53 * 1e6;
  RC_ASSERT(std::fabs(portable_exp2(portable_log2(x)) / x - 1) <= 1e-13);
}

// ---- log2, four floats

TEST(PortableLog2OfLanes, PowersOfTwoAreExact) {
  for (int e = -126; e <= 127; ++e) EXPECT_EQ(portable_log2(std::ldexp(1.0f, e)), static_cast<float>(e)) << e;
}

TEST(PortableLog2OfLanes, BitsAreThoseOfEveryOtherMachine) {
  constexpr std::array<std::pair<float, std::uint32_t>, 6> kFixtures{{
      {3.0f, 0x3fcae00du},
      {10.0f, 0x40549a78u},
      {33.0f, 0x40a16badu},
      {1.00001f, 0x37725f1eu},
      {43200.0f, 0x41766141u},
      {16777216.0f, 0x41c00000u},
  }};
  for (const auto& [x, bits] : kFixtures) EXPECT_EQ(bits_of(portable_log2(x)), bits) << x;
}

RC_GTEST_PROP(PortableLog2OfLanes, IsCloseToTheTruth, (std::uint32_t chance)) {
  const float x = any_positive_float(chance);
  const double truth = std::log2(static_cast<double>(x));
  RC_ASSERT(std::fabs(portable_log2(x) - truth) <= 0x1p-21 + std::fabs(truth) * 0x1p-23);
}

RC_GTEST_PROP(PortableLog2OfLanes, FourOrEightAtOnceAreEachAsIfAlone,
              (std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d)) {
  const std::array<float, 4> x{any_positive_float(a), any_positive_float(b), any_positive_float(c),
                               any_positive_float(d)};
  FourLanes::Floats together{x[0], x[1], x[2], x[3]};
  take_log2<FourLanes>(together);
  EightLanes::Floats wide{x[3], x[2], x[1], x[0], x[0], x[1], x[2], x[3]};
  take_log2<EightLanes>(wide);
  for (std::size_t i = 0; i < 4; ++i) {
    RC_ASSERT(bits_of(together[i]) == bits_of(portable_log2(x[i])));
    RC_ASSERT(bits_of(wide[i + 4]) == bits_of(portable_log2(x[i])));
    RC_ASSERT(bits_of(wide[3 - i]) == bits_of(portable_log2(x[i])));
  }
}

TEST(PortableLog2OfLanes, NeverFallsOverAllFloatsBetweenOneAndFour) {
  float last = 0;
  for (std::uint32_t bits = bits_of(1.0f); bits <= bits_of(4.0f); ++bits) {
    const float now = portable_log2(std::bit_cast<float>(bits));
    ASSERT_GE(now, last - 0x1p-22f) << std::bit_cast<float>(bits);
    last = std::max(last, now);
  }
  EXPECT_EQ(last, 2.0f);
}

} // namespace
} // namespace kindred
