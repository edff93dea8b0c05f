#include "engine/stats/decay.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

// Made with 60 decimal digits elsewhere. A change of any of these bits changes every stored sum: never edit, only add.
struct Fixture {
  std::int64_t time_us;
  std::array<std::int64_t, 6> weights;
  std::array<std::int32_t, 6> generations;
};
constexpr Fixture kFixtures[] = {
    {0, {65536, 65536, 65536, 65536, 65536, 65536}, {0, 0, 0, 0, 0, 0}},
    {1, {65536, 65536, 65536, 65536, 65536, 65536}, {0, 0, 0, 0, 0, 0}},
    {3600000000, {131072, 73562, 67456, 65807, 65599, 92682}, {0, 0, 0, 0, 0, 0}},
    {1800000000, {92682, 69433, 66489, 65671, 65568, 77936}, {0, 0, 0, 0, 0, 0}},
    {-1, {4294967295, 4294967296, 4294967296, 4294967296, 4294967296, 4294967296}, {-1, -1, -1, -1, -1, -1}},
    {1457000000123456,
     {305806, 874394702, 2885006363, 34999883, 283738, 36241222},
     {25295, 4215, 1053, 150, 35, 12647}},
    {1457086400123456,
     {78286300, 213475, 88043, 38643004, 290370, 2265076},
     {25296, 4216, 1054, 150, 35, 12648}},
    {1290000000000000,
     {676414963, 78284439, 385282, 2006859, 210752, 1704458901},
     {22395, 3732, 933, 133, 31, 11197}},
    {4102444800000000,
     {65536, 16777216, 67108864, 2371014177, 1785069790, 16777216},
     {71223, 11870, 2967, 423, 98, 35611}},
    {57599999999, {4294967295, 416128, 104032, 70008, 66553, 16777216}, {0, 0, 0, 0, 0, 0}},
};

TEST(Decay, WeightsAreTheSameBitsForEver) {
  for (const Fixture& fixture : kFixtures) {
    for (std::size_t i = 0; i < kHalfLives.size(); ++i) {
      EXPECT_EQ(weight_at({fixture.time_us}, kHalfLives[i]), fixture.weights[i])
          << fixture.time_us << " at " << i;
      EXPECT_EQ(generation_of({fixture.time_us}, kHalfLives[i]), fixture.generations[i]);
    }
  }
}

TEST(Decay, PowersOfTwoAreExactWhereTheTableBegins) {
  EXPECT_EQ(exp2_q62(0), 1ULL << 62);
  EXPECT_EQ(exp2_q62(1ULL << 39) >> 32, 0x5A827999u) << "the first digits of sqrt(2)";
}

TEST(Decay, HalfLivesKeepTheirPlaces) {
  EXPECT_EQ(kHalfLives[0], kHour);
  EXPECT_EQ(kHalfLives[1], kHour * 6);
  EXPECT_EQ(kHalfLives[2], kDay);
  EXPECT_EQ(kHalfLives[3], kDay * 7);
  EXPECT_EQ(kHalfLives[4], kDay * 30);
  EXPECT_EQ(kHalfLives[5], kHour * 2);
}

TEST(Decay, AGenerationIsSixteenHalfLivesFromTheEpoch) {
  EXPECT_EQ(generation_of({kHour.us * 16 - 1}, kHour), 0);
  EXPECT_EQ(generation_of({kHour.us * 16}, kHour), 1);
  EXPECT_EQ(generation_of({-1}, kHour), -1);
  EXPECT_EQ(generation_of({-kHour.us * 16}, kHour), -1);
  EXPECT_EQ(generation_start(3, kDay).us, 48 * kDay.us);
}

TEST(Decay, AnEventOfNowIsWorthOneAndHalvesEveryHalfLife) {
  const Instant then{1457000000000000};
  for (const Duration h : kHalfLives) {
    const auto weight = static_cast<double>(weight_at(then, h));
    const std::int32_t generation = generation_of(then, h);
    double expected = 1;
    for (int i = 0; i < 40; ++i, expected /= 2)
      EXPECT_NEAR(weight * read_factor(generation, then + h * i, h) / expected, 1.0, 1e-5);
  }
}

TEST(Decay, OnlyTheNewestFourGenerationsCount) {
  const Instant now = generation_start(10, kHour) + kHour;
  EXPECT_EQ(read_factor(6, now, kHour), 0);
  EXPECT_GT(read_factor(7, now, kHour), 0);
  EXPECT_GT(read_factor(10, now, kHour), read_factor(9, now, kHour));
  EXPECT_GT(read_factor(11, now, kHour), read_factor(10, now, kHour)) << "clocks may be a little ahead";
  EXPECT_EQ(read_factor(12, now, kHour), 0) << "the far future does not count yet";
  EXPECT_EQ(read_factor(1'000'000, now, kHour), 0);
}

TEST(Decay, ReadFactorIsExactAtTheStartOfAGeneration) {
  EXPECT_EQ(read_factor(0, {0}, kDay), 0x1p-16);
  EXPECT_EQ(read_factor(0, {kDay.us}, kDay), 0x1p-17);
  EXPECT_EQ(read_factor(1, {15 * kDay.us}, kDay), 0x1p-15);
}

RC_GTEST_PROP(Decay, WeightAgreesWithTheFormula, (std::uint64_t seed)) {
  const Instant t{static_cast<std::int64_t>(seed % 4'000'000'000'000'000ULL)};
  for (const Duration h : kHalfLives) {
    const long double x = static_cast<long double>((t - generation_start(generation_of(t, h), h)).us) / h.us;
    const long double exact = std::exp2(16.0L + x);
    RC_ASSERT(std::fabs(static_cast<long double>(weight_at(t, h)) - exact) <= 0.5L + 1e-9L * exact);
  }
}

RC_GTEST_PROP(Decay, WeightNeverFallsWithinAGeneration, (std::uint64_t seed, std::uint32_t step)) {
  const Instant a{static_cast<std::int64_t>(seed % 2'000'000'000'000'000ULL)};
  const Instant b = a + Duration{step};
  for (const Duration h : kHalfLives)
    if (generation_of(a, h) == generation_of(b, h)) RC_ASSERT(weight_at(a, h) <= weight_at(b, h));
}

RC_GTEST_PROP(Decay, ReadFactorAgreesWithTheFormula, (std::uint64_t seed)) {
  const Instant as_of{static_cast<std::int64_t>(seed % 4'000'000'000'000'000ULL)};
  for (const Duration h : kHalfLives) {
    for (int back = -1; back < kGenerationsRead; ++back) {
      const std::int32_t generation = generation_of(as_of, h) - back;
      const long double x = static_cast<long double>((generation_start(generation, h) - as_of).us) / h.us;
      RC_ASSERT(std::fabs(read_factor(generation, as_of, h) / std::exp2(x - 16) - 1) < 1e-11L);
    }
  }
}

// ---- what callers rely on across the border of two generations

TEST(Decay, ThreeHalfLivesByHand) {
  // t is 5 half-lives into its generation: weight 2^16 · 2^5. Read 3 half-lives later, s is 8 half-lives ago:
  // 2^21 · 2^-8 / 2^16 = 2^-3.
  for (const Duration h : kHalfLives) {
    const Instant t = generation_start(1'000, h) + h * 5;
    EXPECT_EQ(weight_at(t, h), std::int64_t{1} << 21);
    EXPECT_EQ(static_cast<double>(weight_at(t, h)) * read_factor(1'000, t + h * 3, h), 0.125);
  }
}

RC_GTEST_PROP(Decay, AnEventIsWorthTheSameFromEitherSideOfABorder, (std::uint64_t seed)) {
  Random random(seed);
  const Duration h = kHalfLives[random.below(kHalfLives.size())];
  const Instant border = generation_start(20'000 + static_cast<std::int32_t>(random.below(1'000)), h);
  const Instant as_of = border + Duration{static_cast<std::int64_t>(random.below(h.us * 8))};
  const auto worth = [&](Instant t) {
    return static_cast<double>(weight_at(t, h)) * read_factor(generation_of(t, h), as_of, h);
  };
  const double before = worth(border - Duration{1}), after = worth(border);
  RC_ASSERT(generation_of(border - Duration{1}, h) + 1 == generation_of(border, h));
  RC_ASSERT(std::abs(before - after) <= after * 2e-5); // weights are rounded to 2^-16 of their start
}

RC_GTEST_PROP(Decay, ASumHalvesWithEveryHalfLifeThatPasses, (std::uint64_t seed)) {
  Random random(seed);
  const Duration h = kHalfLives[random.below(kHalfLives.size())];
  const Instant t{static_cast<std::int64_t>(random.below(2'000'000'000'000'000ULL))};
  const std::int32_t generation = generation_of(t, h);
  double last = read_factor(generation, t, h);
  RC_ASSERT(last > 0);
  for (int passed = 1; passed <= 40; ++passed) {
    const double now = read_factor(generation, t + h * passed, h);
    RC_ASSERT(now == last / 2); // exactly: whole half-lives move the exponent alone
    last = now;
  }
}

TEST(Decay, WhatIsTooOldOrTooFarAheadIsWorthNothing) {
  const Duration h = kHour;
  const Instant as_of = generation_start(100, h) + h * 3;
  EXPECT_EQ(read_factor(96, as_of, h), 0.0) << "the fifth newest";
  EXPECT_GT(read_factor(97, as_of, h), 0.0);
  EXPECT_GT(read_factor(100, as_of, h), read_factor(99, as_of, h));
  EXPECT_GT(read_factor(101, as_of, h), read_factor(100, as_of, h)) << "a clock a little ahead";
  EXPECT_EQ(read_factor(102, as_of, h), 0.0);
  EXPECT_EQ(read_factor(std::numeric_limits<std::int32_t>::max(), as_of, h), 0.0);
  EXPECT_EQ(read_factor(std::numeric_limits<std::int32_t>::min(), as_of, h), 0.0);
}

TEST(Decay, GenerationsBeforeTheEpochAreWholeToo) {
  for (const Duration h : kHalfLives) {
    EXPECT_EQ(generation_of({-1}, h), -1);
    EXPECT_EQ(generation_of(generation_start(-1, h), h), -1);
    EXPECT_EQ(generation_of(generation_start(-1, h) - Duration{1}, h), -2);
    EXPECT_EQ(weight_at(generation_start(-7, h), h), 1 << 16) << "the start of a generation weighs one";
    EXPECT_EQ(weight_at(generation_start(-7, h) + h * 15, h), std::int64_t{1} << 31);
  }
}

} // namespace
} // namespace kindred::stats
