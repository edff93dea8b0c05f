#include "engine/base/money.hpp"

#include <gtest/gtest.h>

namespace kindred {
namespace {

TEST(Money, IsMinorUnitsOfACurrency) {
  const Money price{1299, 2, {'E', 'U', 'R'}};
  EXPECT_DOUBLE_EQ(price.to_double(), 12.99);
  EXPECT_TRUE(price.has_currency());
  EXPECT_DOUBLE_EQ((Money{-5, 0, {'J', 'P', 'Y'}}).to_double(), -5);
  EXPECT_DOUBLE_EQ((Money{1, 9, {}}).to_double(), 1e-9);
}

TEST(Money, ByDefaultSaysNothing) {
  EXPECT_FALSE(Money{}.has_currency());
  EXPECT_EQ(Money{}.to_double(), 0);
}

/// Two ways to write an amount are two values: nothing is normalized behind the caller's back.
TEST(Money, ComparesAsWritten) {
  EXPECT_NE((Money{100, 2, {'E', 'U', 'R'}}), (Money{1, 0, {'E', 'U', 'R'}}));
  EXPECT_NE((Money{100, 2, {'E', 'U', 'R'}}), (Money{100, 2, {'U', 'S', 'D'}}));
  EXPECT_EQ((Money{100, 2, {'E', 'U', 'R'}}), (Money{100, 2, {'E', 'U', 'R'}}));
}

TEST(Money, EveryExponentMovesThePoint) {
  const double expected[] = {-1234567,  -123456.7, -12345.67, -1234.567,  -123.4567,
                             -12.34567, -1.234567, -.1234567, -.01234567, -.001234567};
  for (std::uint8_t exponent = 0; exponent <= 9; ++exponent)
    EXPECT_DOUBLE_EQ((Money{-1'234'567, exponent, {}}).to_double(), expected[exponent]) << int{exponent};
}

TEST(Money, EqualAmountsWrittenDifferentlyAreNotTheSameValue) {
  EXPECT_NE((Money{100, 2, {'E', 'U', 'R'}}), (Money{1, 0, {'E', 'U', 'R'}})) << "compared as written";
  EXPECT_NE((Money{100, 2, {'E', 'U', 'R'}}), (Money{100, 2, {'U', 'S', 'D'}}));
  EXPECT_FALSE((Money{5, 2, {}}).has_currency());
  EXPECT_TRUE((Money{0, 4, {'J', 'P', 'Y'}}).has_currency());
}

} // namespace
} // namespace kindred
