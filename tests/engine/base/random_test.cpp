#include "engine/base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

/// The first numbers of SplitMix64 for seed 1234567, from its authors' reference code.
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
  EXPECT_EQ(random.next(), 4593380528125082431u);
  EXPECT_EQ(random.next(), 16408922859458223821u);
}

RC_GTEST_PROP(Random, SameSeedSameNumbers, (std::uint64_t seed)) {
  Random a(seed);
  Random b(seed);
  for (int i = 0; i < 10; ++i) RC_ASSERT(a.next() == b.next());
}

RC_GTEST_PROP(Random, BelowIsBelow, (std::uint64_t seed)) {
  const auto bound = *rc::gen::nonZero<std::uint64_t>();
  Random random(seed);
  for (int i = 0; i < 10; ++i) RC_ASSERT(random.below(bound) < bound);
}

TEST(Random, BelowReachesEveryNumberAboutEquallyOften) {
  Random random(1);
  int seen[10] = {};
  for (int i = 0; i < 10'000; ++i) ++seen[random.below(10)];
  for (const int often : seen) {
    EXPECT_GT(often, 850);
    EXPECT_LT(often, 1150);
  }
}

TEST(Random, UniformIsInTheHalfOpenUnitIntervalAroundOneHalf) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

} // namespace
} // namespace kindred
