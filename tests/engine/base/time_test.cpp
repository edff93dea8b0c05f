#include "engine/base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

TEST(Time, UnitsAreMicroseconds) {
  EXPECT_EQ(kSecond.us, 1'000'000);
  EXPECT_EQ(kSecond, kMillisecond * 1000);
  EXPECT_EQ(kDay, kHour * 24);
  EXPECT_EQ(kHour, kMinute * 60);
}

TEST(Time, AddsAndSubtracts) {
  const Instant noon{12 * kHour.us};
  EXPECT_EQ(noon + kHour - kHour, noon);
  EXPECT_EQ((noon + kHour) - noon, kHour);
  EXPECT_EQ(kHour - kMinute, kMinute * 59);
  EXPECT_LT(noon, noon + Duration{1});
}

TEST(DayOf, RoundsTowardsThePast) {
  EXPECT_EQ(day_of({0}), 0);
  EXPECT_EQ(day_of({kDay.us - 1}), 0);
  EXPECT_EQ(day_of({kDay.us}), 1);
  EXPECT_EQ(day_of({-1}), -1);
  EXPECT_EQ(day_of({-kDay.us}), -1);
  EXPECT_EQ(day_of({-kDay.us - 1}), -2);
  EXPECT_EQ(day_of({1'700'000'000'000'000}), 19675); // 2023-11-14
}

RC_GTEST_PROP(DayOf, HoldsItsInstant, ()) {
  const Instant t{*rc::gen::inRange<std::int64_t>(-4'000'000'000'000'000, 4'000'000'000'000'000)};
  const std::int64_t start = std::int64_t{day_of(t)} * kDay.us;
  RC_ASSERT(start <= t.us);
  RC_ASSERT(t.us < start + kDay.us);
}

} // namespace
} // namespace kindred
