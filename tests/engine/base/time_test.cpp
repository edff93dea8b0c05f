#include "engine/base/time.hpp"

#include <limits>

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

TEST(DayOf, TheFarthestTimesHaveADay) {
  EXPECT_EQ(day_of({std::numeric_limits<std::int64_t>::max()}), 106'751'991);
  EXPECT_EQ(day_of({std::numeric_limits<std::int64_t>::min()}), -106'751'992);
  EXPECT_EQ(day_of({-kDay.us}), -1);
  EXPECT_EQ(day_of({-kDay.us - 1}), -2);
}

TEST(Time, DurationsMultiplyAndCompare) {
  EXPECT_EQ(kMinute * 60, kHour);
  EXPECT_EQ(kDay * -1, Duration{} - kDay);
  EXPECT_LT(kHour * 23, kDay);
  EXPECT_EQ(kHour + kHour, kHour * 2);
  EXPECT_EQ(Instant{} + kDay - kDay, Instant{});
}

} // namespace
} // namespace kindred
