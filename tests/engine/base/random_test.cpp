#include "engine/base/random.hpp"

#include <array>
#include <bit>

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

TEST(Random, BelowAgreesWithTheTopOfAWideProduct) {
  Random random(11), same(11);
  for (const std::uint64_t bound : {1ULL, 2ULL, 3ULL, 1'000ULL, 1ULL << 32, (1ULL << 63) + 1, ~0ULL}) {
    // ⌊next · bound / 2^64⌋ by halves: (high · bound + (low · bound >> 32)) >> 32, which loses nothing of the top.
    const std::uint64_t drawn = same.next();
    const unsigned __int128 high = static_cast<unsigned __int128>(drawn >> 32) * bound;
    const unsigned __int128 low = static_cast<unsigned __int128>(drawn & 0xffffffff) * bound >> 32;
    EXPECT_EQ(random.below(bound), static_cast<std::uint64_t>((high + low) >> 32)) << bound;
  }
}

TEST(Random, FacesOfADieComeAsOftenAsTheyShould) {
  // χ² with 5 degrees of freedom: above 20.5 once in a thousand; the seed is fixed, so it holds or it does not.
  Random random(5);
  std::array<int, 6> faces{};
  constexpr int kThrows = 60'000;
  for (int i = 0; i < kThrows; ++i) ++faces[random.below(6)];
  double chi = 0;
  for (const int face : faces) chi += (face - kThrows / 6.0) * (face - kThrows / 6.0) / (kThrows / 6.0);
  EXPECT_LT(chi, 20.5);
}

TEST(Random, NeighbouringSeedsAreStrangers) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::uint64_t differing = Random(seed).next() ^ Random(seed + 1).next();
    EXPECT_GT(std::popcount(differing), 10) << seed;
    EXPECT_LT(std::popcount(differing), 54) << seed;
  }
}

} // namespace
} // namespace kindred
