#include "engine/decisions/crowd.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

constexpr Crowd::Part kHourly{stats::kEverybody, 0, 0.5f};
constexpr Crowd::Part kDaily{stats::kEverybody, 2, 0.25f};
constexpr Crowd::Part kNot{};

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

/// What a crowd says of a shop at a time, whatever it said before.
struct Said {
  std::vector<float> newest, hourly, sum;
  friend bool operator==(const Said&, const Said&) = default;
};

struct Listener {
  SlotMap map;
  Crowd crowd;
  Said listen(const Shop& shop, Instant as_of, bool learnt = true) {
    const auto& catalog = *shop.library.catalog(kDefaultTenant);
    const auto* fast = learnt ? &shop.fast : nullptr;
    map.follow(catalog, fast);
    crowd.follow(catalog, fast, map, as_of);
    const auto trends = crowd.trends({kHourly, kDaily, kNot, kNot, kNot});
    return {copy(crowd.newest()), copy(trends.each[0]), copy(trends.sum)};
  }
};

TEST(Crowd, SaysNothingOfAnEmptyCatalog) {
  const Shop shop;
  EXPECT_EQ(Listener().listen(shop, kNow), Said{});
}

TEST(Crowd, WithoutAModelKnowsNewnessAlone) {
  Shop shop;
  shop.item("a", kHour);
  const Said said = Listener().listen(shop, kNow, false);
  ASSERT_EQ(said.newest.size(), 1u);
  EXPECT_NEAR(said.newest[0], std::log2(30 * 24 * 60 / 61.0), 0.001);
  EXPECT_TRUE(said.sum.empty());
}

TEST(Crowd, SumIsTheWeightedTrends) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.item("unknown to the model");
  shop.trend(a, kHour, 4);
  const Said said = Listener().listen(shop, kNow);
  const double hourly = std::log2(1 + 32 * 2.0), daily = std::log2(1 + 32 * 4 * std::exp2(-1 / 24.0));
  EXPECT_NEAR(said.hourly[0], hourly, 1e-5);
  EXPECT_NEAR(said.sum[0], 0.5 * hourly + 0.25 * daily, 1e-5);
  EXPECT_EQ(said.sum[1], 0);
}

TEST(Crowd, SeesEveryChangeOfCatalogModelAndMoment) {
  Shop shop;
  Listener listener;
  const ItemId a = shop.item("a", kDay);
  shop.trend(a, kHour);
  const auto expect_true = [&](Instant as_of, bool learnt = true) {
    EXPECT_EQ(listener.listen(shop, as_of, learnt), Listener().listen(shop, as_of, learnt));
  };
  expect_true(kNow);
  shop.trend(a, kHour);
  expect_true(kNow);
  shop.item("b", kMinute);
  expect_true(kNow);
  shop.item("a", kMinute); // published anew
  expect_true(kNow);
  expect_true(kNow + kDay);
  expect_true(kNow, false);
  expect_true(kNow);
}

TEST(Crowd, IsTheSameWithinOneMoment) {
  Shop shop;
  shop.trend(shop.item("a", kDay), kHour, 3);
  const Duration rest{(1 << 20) - 1};
  EXPECT_EQ(Listener().listen(shop, kNow), Listener().listen(shop, kNow + rest));
  EXPECT_NE(Listener().listen(shop, kNow), Listener().listen(shop, kNow + rest + Duration{1}));
}

// More scopes and blends than it keeps, in any order, and the one asked for is always right.
RC_GTEST_PROP(Crowd, KeepsNoMoreThanItMayAndNeverTheWrongOne, (std::uint64_t seed)) {
  Random chance(seed);
  Shop shop;
  std::vector<ItemId> items;
  for (int i = 0; i < 5; ++i) items.push_back(shop.item("item" + std::to_string(i)));
  std::vector<stats::ScopeId> scopes;
  for (int i = 0; i < 50; ++i) {
    scopes.push_back(stats::country_scope("C" + std::to_string(i)));
    shop.trend(items[chance.below(items.size())], kHour, 1 + static_cast<int>(chance.below(9)),
               scopes.back());
  }
  const auto& catalog = *shop.library.catalog(kDefaultTenant);
  Listener kept;
  for (int ask = 0; ask < 200; ++ask) {
    std::array<Crowd::Part, kTrendCount> parts;
    for (auto& part : parts)
      part = {scopes[chance.below(scopes.size())], 2, static_cast<float>(chance.below(3))};
    Listener fresh;
    for (Listener* one : {&kept, &fresh}) {
      one->map.follow(catalog, &shop.fast);
      one->crowd.follow(catalog, &shop.fast, one->map, kNow);
    }
    const auto is = kept.crowd.trends(parts), should = fresh.crowd.trends(parts);
    RC_ASSERT(copy(is.sum) == copy(should.sum));
    for (std::size_t q = 0; q < kTrendCount; ++q) RC_ASSERT(copy(is.each[q]) == copy(should.each[q]));
  }
}

// So large a catalog that no more columns have room than one decision needs.
TEST(Crowd, OfALargeCatalogKeepsWhatOneDecisionNeeds) {
  Shop shop;
  const ItemId last = shop.item("item");
  for (std::size_t i = 1; i < Crowd::kBytesMax / sizeof(float) / kTrendCount; ++i)
    shop.item("item" + std::to_string(i));
  const auto& catalog = *shop.library.catalog(kDefaultTenant);
  std::vector<stats::ScopeId> scopes;
  for (int i = 0; i < 8; ++i) {
    scopes.push_back(stats::country_scope("C" + std::to_string(i)));
    shop.trend(last, kHour, 1 + i, scopes.back());
  }
  SlotMap map;
  Crowd crowd;
  map.follow(catalog, &shop.fast);
  crowd.follow(catalog, &shop.fast, map, kNow);
  for (std::size_t first = 0; first + kTrendCount <= scopes.size(); ++first) {
    std::array<Crowd::Part, kTrendCount> parts;
    for (std::size_t q = 0; q < kTrendCount; ++q) parts[q] = {scopes[first + q], 2, 1.0f};
    const auto trends = crowd.trends(parts);
    float sum = 0;
    for (std::size_t q = 0; q < kTrendCount; ++q) {
      EXPECT_NEAR(trends.each[q][0], std::log2(1 + 32 * (1.0 + first + q) * std::exp2(-1 / 24.0)), 1e-4);
      sum += trends.each[q][0];
    }
    EXPECT_FLOAT_EQ(trends.sum[0], sum);
  }
}

TEST(Crowd, ATrendMoreIsInNoSum) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.item("unknown to the model");
  const auto scope = stats::segment_scope("clustered", 3);
  shop.trend(a, kHour, 4);
  shop.trend(a, kHour * 24, 6, scope);
  Listener listener;
  const Said before = listener.listen(shop, kNow);
  const auto trend = copy(listener.crowd.trend(scope, 2));
  ASSERT_EQ(trend.size(), 2u);
  EXPECT_NEAR(trend[0], std::log2(1 + 32 * 3.0), 1e-5);
  EXPECT_EQ(trend[1], 0);
  EXPECT_EQ(listener.listen(shop, kNow), before);
  EXPECT_EQ(copy(listener.crowd.trend(stats::segment_scope("clustered", 4), 2)), (std::vector<float>{0, 0}));
  listener.listen(shop, kNow, false);
  EXPECT_TRUE(listener.crowd.trend(scope, 2).empty()) << "without a model";
}

// So large a catalog that columns have room for one decision alone: the segment's does not push out what is in use.
TEST(Crowd, ATrendMoreLeavesTheSpansOfTheOthersGood) {
  Shop shop;
  const ItemId last = shop.item("item");
  for (std::size_t i = 1; i < Crowd::kBytesMax / sizeof(float) / kTrendCount; ++i)
    shop.item("item" + std::to_string(i));
  const auto& catalog = *shop.library.catalog(kDefaultTenant);
  std::vector<stats::ScopeId> scopes;
  for (int i = 0; i < 12; ++i) {
    scopes.push_back(stats::country_scope("C" + std::to_string(i)));
    shop.trend(last, kHour, 1 + i, scopes.back());
  }
  SlotMap map;
  Crowd crowd;
  map.follow(catalog, &shop.fast);
  crowd.follow(catalog, &shop.fast, map, kNow);
  const auto expected = [](std::size_t i) {
    return std::log2(1 + 32 * (1.0 + double(i)) * std::exp2(-1 / 24.0));
  };
  for (std::size_t first = 0; first + kTrendCount < scopes.size(); ++first) {
    std::array<Crowd::Part, kTrendCount> parts;
    for (std::size_t q = 0; q < kTrendCount; ++q) parts[q] = {scopes[first + q], 2, 1.0f};
    const auto trends = crowd.trends(parts);
    const auto more = crowd.trend(scopes[first + kTrendCount], 2);
    EXPECT_NEAR(more[0], expected(first + kTrendCount), 1e-4);
    for (std::size_t q = 0; q < kTrendCount; ++q) EXPECT_NEAR(trends.each[q][0], expected(first + q), 1e-4);
  }
}

} // namespace
} // namespace kindred::decisions
