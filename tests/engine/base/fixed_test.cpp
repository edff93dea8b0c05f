#include "engine/base/fixed.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

TEST(Fixed, KeepsTwentyBinaryDigits) {
  EXPECT_EQ(Fixed::from(1).value().raw, 1 << 20);
  EXPECT_EQ(Fixed::from(-0.5).value().raw, -(1 << 19));
  EXPECT_EQ(Fixed::from(0).value(), Fixed{});
  EXPECT_DOUBLE_EQ((Fixed{3 << 19}).to_double(), 1.5);
}

TEST(Fixed, RoundsHalfAwayFromZero) {
  const double half = 0.5 / Fixed::kOne;
  EXPECT_EQ(Fixed::from(half).value().raw, 1);
  EXPECT_EQ(Fixed::from(-half).value().raw, -1);
  EXPECT_EQ(Fixed::from(half * 0.99).value().raw, 0);
}

TEST(Fixed, RefusesWhatIsNoNumberOrTooLarge) {
  EXPECT_EQ(Fixed::from(std::nan("")).error(), FixedError::kNotFinite);
  EXPECT_EQ(Fixed::from(HUGE_VAL).error(), FixedError::kNotFinite);
  EXPECT_EQ(Fixed::from(-HUGE_VAL).error(), FixedError::kNotFinite);
  EXPECT_EQ(Fixed::from(std::numeric_limits<double>::max()).error(), FixedError::kTooLarge);
  EXPECT_EQ(Fixed::from(std::nextafter(Fixed::kMax, HUGE_VAL)).error(), FixedError::kTooLarge);
  EXPECT_TRUE(Fixed::from(Fixed::kMax).ok());
  EXPECT_TRUE(Fixed::from(-Fixed::kMax).ok());
}

RC_GTEST_PROP(Fixed, ComesBack, ()) {
  const Fixed fixed{*rc::gen::inRange<std::int64_t>(-(1LL << 44), 1LL << 44)};
  const auto back = Fixed::from(fixed.to_double());
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value() == fixed);
}

TEST(Fixed, TheBoundItselfIsTakenAndTheNextIsNot) {
  EXPECT_EQ(Fixed::from(Fixed::kMax).value().raw, std::int64_t{1} << 44);
  EXPECT_EQ(Fixed::from(-Fixed::kMax).value().raw, -(std::int64_t{1} << 44));
  const double beyond = std::nextafter(Fixed::kMax, 1e9);
  EXPECT_EQ(Fixed::from(beyond).error(), FixedError::kTooLarge);
  EXPECT_EQ(Fixed::from(-beyond).error(), FixedError::kTooLarge);
}

RC_GTEST_PROP(Fixed, RoundingIsMonotoneAndWithinHalfAStep, (std::int32_t a, std::int32_t b)) {
  const double x = a / 300.0, y = b / 300.0; // up to 7.2 million, between the steps
  const Fixed fixed = Fixed::from(x).value();
  RC_ASSERT(std::abs(fixed.to_double() - x) <= 0.5 / Fixed::kOne);
  if (x <= y) RC_ASSERT(fixed.raw <= Fixed::from(y).value().raw);
  RC_ASSERT(Fixed::from(-x).value().raw == -fixed.raw);
}

TEST(Fixed, TheSmallestStepsAreKeptOrRounded) {
  EXPECT_EQ(Fixed::from(0x1p-20).value().raw, 1);
  EXPECT_EQ(Fixed::from(0x1p-21).value().raw, 1) << "half a step goes away from zero";
  EXPECT_EQ(Fixed::from(-0x1p-21).value().raw, -1);
  EXPECT_EQ(Fixed::from(0x1p-22).value().raw, 0);
  EXPECT_EQ(Fixed::from(-0.0).value(), Fixed{});
}

} // namespace
} // namespace kindred
