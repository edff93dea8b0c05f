#include "nodes/kindredctl/demo/dice.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kindred::demo {
namespace {

TEST(Dice, SameKeySameNumber) {
  const Dice one{7}, other{7};
  EXPECT_EQ(one.bits(1, 2, Purpose::kTrait, 3), other.bits(1, 2, Purpose::kTrait, 3));
}

TEST(Dice, EveryPartOfTheKeyMatters) {
  const Dice dice{7};
  std::set<std::uint64_t> seen{dice.bits(1, 2, Purpose::kTrait, 3), dice.bits(2, 2, Purpose::kTrait, 3),
                               dice.bits(1, 3, Purpose::kTrait, 3), dice.bits(1, 2, Purpose::kPrice, 3),
                               dice.bits(1, 2, Purpose::kTrait, 4), Dice{8}.bits(1, 2, Purpose::kTrait, 3)};
  EXPECT_EQ(seen.size(), 6u);
}

TEST(Dice, SwappingUserAndStepIsAnotherNumber) {
  const Dice dice{1};
  EXPECT_NE(dice.bits(1, 2, Purpose::kOnce), dice.bits(2, 1, Purpose::kOnce));
}

TEST(Dice, UniformHasMeanOneHalfAndStaysInside) {
  const Dice dice{3};
  double sum = 0.0;
  for (int i = 0; i < 20000; ++i) {
    const double u = dice.uniform(i, 5, Purpose::kConsider);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
  }
  EXPECT_NEAR(sum / 20000, 0.5, 0.01); // 5 standard errors
}

TEST(Dice, NormalHasMeanZeroAndVarianceOne) {
  const Dice dice{3};
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < 20000; ++i) {
    const double x = dice.normal(0, i, Purpose::kTrait);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 20000, 0.0, 0.035);
  EXPECT_NEAR(squares / 20000, 1.0, 0.05);
}

TEST(Dice, GumbelHasEulersMean) {
  const Dice dice{3};
  double sum = 0.0;
  for (int i = 0; i < 20000; ++i) sum += dice.gumbel(9, i, Purpose::kListChoice, i);
  EXPECT_NEAR(sum / 20000, 0.5772, 0.05);
}

} // namespace
} // namespace kindred::demo
