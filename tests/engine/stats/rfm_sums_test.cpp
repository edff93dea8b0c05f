#include "engine/stats/rfm_sums.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

std::vector<RfmSums::Buyer> buyers(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<RfmSums::Buyer> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({static_cast<std::int32_t>(random.below(2'000)) - 500,
                   1 + static_cast<std::uint32_t>(random.below(9)), random.uniform() * 1'000 - 50});
  return all;
}

RfmSums of(const std::vector<RfmSums::Buyer>& buyers) {
  RfmSums sums;
  for (const auto& buyer : buyers) EXPECT_TRUE(sums.add(buyer));
  return sums;
}

TEST(RfmSums, CountsBuyersByDayOrdersAndValue) {
  const RfmSums sums = of({{19'000, 1, 20}, {19'000, 3, 500}, {-2, 1, -5}});
  EXPECT_EQ(sums.buyers(), 3);
  EXPECT_EQ(sums.last_days.of(RfmSums::key_of(19'000)), 2);
  EXPECT_EQ(sums.last_days.of(RfmSums::key_of(-2)), 1) << "before the epoch";
  EXPECT_NEAR(*sums.orders.quantile(1), 3, 0.03);
  EXPECT_NEAR(*sums.spent.quantile(0), -5, 0.05);
  for (const std::int32_t day : {INT32_MIN + 1, -1, 0, 1, INT32_MAX})
    EXPECT_EQ(RfmSums::day_of(RfmSums::key_of(day)), day);
  EXPECT_LT(RfmSums::key_of(-1), RfmSums::key_of(0)) << "days in order";
}

TEST(RfmSums, WhoNeverBoughtIsNotInIt) {
  RfmSums sums;
  EXPECT_FALSE(sums.add(RfmSums::Buyer{19'000, 0, 5}));
  EXPECT_FALSE(sums.add(RfmSums::Buyer{19'000, 1, NAN}));
  EXPECT_EQ(sums, RfmSums());
}

RC_GTEST_PROP(RfmSums, AreAGroupAndTakeBuyersBack, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto some = buyers(seed, 20);
  const RfmSums a = of(some), b = of(buyers(seed + 1, 10));
  RfmSums ab = a, ba = b;
  ab.add(b);
  ba.add(a);
  RC_ASSERT(ab == ba);
  ab.subtract(b);
  RC_ASSERT(ab == a);
  for (const auto& buyer : some) ab.subtract(buyer);
  RC_ASSERT(ab == RfmSums());
}

TEST(RfmSums, ComeBackFromTheirBytesAndFromNoOthers) {
  const RfmSums sums = of(buyers(4, 30));
  const Bytes good = sums.canonical();
  EXPECT_EQ(RfmSums::from(good), sums);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(RfmSums::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(RfmSums::from(good + "x").has_value());
  EXPECT_FALSE(RfmSums::from("\2" + good.substr(1)).has_value());
  RfmSums odd = sums;
  EXPECT_TRUE(odd.orders.add(2));
  EXPECT_FALSE(RfmSums::from(odd.canonical()).has_value()) << "more orders than buyers' days";
}

} // namespace
} // namespace kindred::stats
