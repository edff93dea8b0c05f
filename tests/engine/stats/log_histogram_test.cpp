#include "engine/stats/log_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

double any_value(Random& random) {
  const double size = std::exp2(random.uniform() * 50 - 15);
  const std::uint64_t draw = random.below(10);
  return draw == 0 ? 0 : draw < 4 ? -size : size;
}

std::vector<double> values(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<double> all(count);
  for (double& value : all) value = any_value(random);
  return all;
}

LogHistogram of(const std::vector<double>& values) {
  LogHistogram histogram;
  for (const double value : values) EXPECT_TRUE(histogram.add(value));
  return histogram;
}

RC_GTEST_PROP(LogHistogram, QuantilesAreOffByAtMostOnePercent, ()) {
  auto all = values(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(1, 400));
  const LogHistogram histogram = of(all);
  std::sort(all.begin(), all.end());
  for (const double q : {0.0, 0.01, 0.2, 0.5, 0.8, 0.99, 1.0}) {
    const auto rank =
        std::max<std::ptrdiff_t>(0, std::llround(std::ceil(q * static_cast<double>(all.size()))) - 1);
    const double truth = all[static_cast<std::size_t>(rank)];
    RC_ASSERT(std::fabs(*histogram.quantile(q) - truth) <=
              std::max(LogHistogram::kRelativeError * std::fabs(truth), 0x1p-20));
  }
}

TEST(LogHistogram, TheOutermostBucketsStandForLeastAndGreatest) {
  const LogHistogram histogram = of({-3, 1, 250});
  EXPECT_NEAR(*histogram.quantile(0), -3, 0.03);
  EXPECT_NEAR(*histogram.quantile(1), 250, 2.5);
  EXPECT_EQ(histogram.quantile(-5), histogram.quantile(0));
  EXPECT_EQ(histogram.quantile(7), histogram.quantile(1));
  EXPECT_FALSE(LogHistogram().quantile(0.5).has_value());
}

TEST(LogHistogram, EdgesOfItsDomain) {
  LogHistogram histogram;
  EXPECT_FALSE(histogram.add(NAN));
  EXPECT_EQ(histogram.count(), 0);
  for (const double tiny : {0.0, -0.0, 1e-9, -1e-300}) EXPECT_TRUE(histogram.add(tiny));
  EXPECT_EQ(*histogram.quantile(0), 0);
  EXPECT_EQ(*histogram.quantile(1), 0);
  for (const double huge : {static_cast<double>(INFINITY), 1e300}) EXPECT_TRUE(histogram.add(huge));
  EXPECT_NEAR(*histogram.quantile(1), 0x1p41, 0x1p41 * 0.01);
  EXPECT_TRUE(histogram.add(-INFINITY));
  EXPECT_NEAR(*histogram.quantile(0), -0x1p41, 0x1p41 * 0.01);
  EXPECT_TRUE(LogHistogram::from(histogram.canonical()).has_value())
      << "the outermost buckets are within the bounds";
}

RC_GTEST_PROP(LogHistogram, IsAGroup, ()) {
  const auto any = [] {
    return of(values(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::size_t>(0, 50)));
  };
  const LogHistogram a = any(), b = any(), c = any();
  const auto plus = [](LogHistogram x, const LogHistogram& y) {
    x.add(y);
    return x;
  };
  RC_ASSERT(plus(a, b) == plus(b, a));
  RC_ASSERT(plus(plus(a, b), c) == plus(a, plus(b, c)));
  RC_ASSERT(plus(a, LogHistogram()) == a);
  LogHistogram back = plus(a, b);
  back.subtract(b);
  RC_ASSERT(back == a);
}

RC_GTEST_PROP(LogHistogram, TakesValuesBack, ()) {
  const auto all = values(*rc::gen::arbitrary<std::uint64_t>(), 60);
  LogHistogram histogram = of(all);
  for (const double value : all) histogram.subtract(value);
  RC_ASSERT(histogram == LogHistogram());
}

TEST(LogHistogram, ComesBackFromItsBytesAndFromNoOthers) {
  const LogHistogram histogram = of({-2, 0, 0, 5, 5.001, 1e6});
  const Bytes good = histogram.canonical();
  EXPECT_EQ(LogHistogram::from(good), histogram);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(LogHistogram::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(LogHistogram::from(good + "x").has_value());
  EXPECT_FALSE(LogHistogram::from("\2" + good.substr(1)).has_value());
  Counts beyond;
  beyond.count(LogHistogram::kBuckets);
  EXPECT_FALSE(LogHistogram::from("\1" + beyond.canonical()).has_value()) << "no such bucket";
}

} // namespace
} // namespace kindred::stats
