#include "engine/stats/logit_sums.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::stats {
namespace {

LogitSums of_users(std::size_t count) {
  LogitSums sums(2, 7);
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = [] { return *rc::gen::inRange(-1'000'000, 1'000'000) / 977.0; };
    const double gradient[] = {part(), part()}, curvature[] = {part(), part(), part()};
    EXPECT_TRUE(sums.add(*rc::gen::inRange(0, 64), part(), gradient, curvature));
  }
  return sums;
}

TEST(LogitSums, AddsPartsRoundedOnce) {
  LogitSums sums(2);
  const double gradient[] = {1.5, -0.25}, curvature[] = {1, 2, 3};
  ASSERT_TRUE(sums.add(3, -2.5, gradient, curvature));
  ASSERT_TRUE(sums.add(1, 0x1p-25, gradient, curvature)); // half of a unit goes up
  EXPECT_EQ(sums.examples(), 4);
  EXPECT_EQ(sums.log_likelihood(), -2.5 + 0x1p-24);
  EXPECT_EQ(sums.gradient(0), 3);
  EXPECT_EQ(sums.gradient(1), -0.5);
  EXPECT_EQ(sums.curvature(0, 0), 2);
  EXPECT_EQ(sums.curvature(0, 1), 4);
  EXPECT_EQ(sums.curvature(1, 0), 4);
  EXPECT_EQ(sums.curvature(1, 1), 6);
}

TEST(LogitSums, NoUserMovesItAlone) {
  LogitSums sums(1);
  const double huge[] = {INFINITY}, low[] = {-1e300};
  ASSERT_TRUE(sums.add(1, 0, huge, low));
  EXPECT_EQ(sums.gradient(0), LogitSums::kPartMax);
  EXPECT_EQ(sums.curvature(0, 0), -LogitSums::kPartMax);
}

TEST(LogitSums, WhatIsNoNumberIsLeftOutWhole) {
  LogitSums sums(1);
  const double good[] = {1}, bad[] = {NAN};
  EXPECT_FALSE(sums.add(1, 0, bad, good));
  EXPECT_FALSE(sums.add(1, 0, good, bad));
  EXPECT_FALSE(sums.add(1, NAN, good, good));
  EXPECT_EQ(sums, LogitSums(1));
}

RC_GTEST_PROP(LogitSums, AreAGroup, ()) {
  const LogitSums a = of_users(3), b = of_users(2), c = of_users(1);
  const auto plus = [](LogitSums x, const LogitSums& y) {
    x.add(y);
    return x;
  };
  RC_ASSERT(plus(a, b) == plus(b, a));
  RC_ASSERT(plus(plus(a, b), c) == plus(a, plus(b, c)));
  RC_ASSERT(plus(a, LogitSums(2, 7)) == a);
  LogitSums back = plus(a, b);
  back.subtract(b);
  RC_ASSERT(back == a);
}

RC_GTEST_PROP(LogitSums, ComeBackFromTheirBytes, ()) {
  const LogitSums sums = of_users(*rc::gen::inRange<std::size_t>(0, 4));
  const auto back = LogitSums::from(sums.canonical());
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == sums);
  RC_ASSERT(back->generation() == 7u);
}

TEST(LogitSums, BytesThatAreNoneAreRefused) {
  const Bytes good = LogitSums(3, 1).canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(LogitSums::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(LogitSums::from(good + "x").has_value());
  EXPECT_FALSE(LogitSums::from("\2" + good.substr(1)).has_value());
  Bytes none = good, many = good;
  none[1] = 0;
  many[1] = 65;
  EXPECT_FALSE(LogitSums::from(none).has_value());
  EXPECT_FALSE(LogitSums::from(many).has_value());
}

} // namespace
} // namespace kindred::stats
