#include "engine/decisions/blend.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::decisions {
namespace {

TEST(Blend, NamesOfSourcesAreKeptForEver) {
  constexpr std::array<std::string_view, kSourceCount> kNames{
      "trending1h", "trending1d", "trending7d",   "trendingCountry", "trendingDevice",
      "newest",     "successors", "coOccurrence", "affinity",        "buyAgain"};
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    EXPECT_EQ(name_of(static_cast<Source>(i)), kNames[i]);
    EXPECT_EQ(source_of(kNames[i]), static_cast<Source>(i));
  }
}

TEST(Blend, UnknownNamesAreNoSource) {
  EXPECT_FALSE(source_of("").has_value());
  EXPECT_FALSE(source_of("Newest").has_value());
  EXPECT_FALSE(source_of("collaborative").has_value());
}

TEST(Blend, PlacementWithoutSourcesGetsTheWrittenPrior) {
  EXPECT_EQ(blend_of(records::Placement{}), default_blend());
  for (const float weight : default_blend().weights) EXPECT_GT(weight, 0);
}

TEST(Blend, PlacementThatNamesSourcesGetsThoseAlone) {
  records::Placement placement;
  placement.sources = {{"newest", Fixed::from(0.5).value()}, {"buyAgain", Fixed::from(-2).value()}};
  const Blend blend = blend_of(placement);
  EXPECT_EQ(blend.weight(Source::kNewest), 0.5f);
  EXPECT_EQ(blend.weight(Source::kBuyAgain), -2.0f);
  std::set<float> others;
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    const auto source = static_cast<Source>(i);
    if (source != Source::kNewest && source != Source::kBuyAgain) others.insert(blend.weight(source));
  }
  EXPECT_EQ(others, std::set<float>{0.0f});
}

TEST(Blend, OfTwoWeightsForOneSourceTheLaterHolds) {
  records::Placement placement;
  placement.sources = {{"newest", Fixed::from(1).value()}, {"newest", Fixed::from(3).value()}};
  EXPECT_EQ(blend_of(placement).weight(Source::kNewest), 3.0f);
}

TEST(Blend, TrendsCountLessTheMoreTheSessionTells) {
  const Blend all = default_blend();
  EXPECT_EQ(beside_session(all, 0), all);
  for (const std::size_t items : {1u, 3u, 5u}) {
    const Blend less = beside_session(all, items);
    for (std::size_t i = 0; i < kSourceCount; ++i) {
      const float share = i < kTrendCount ? 1.0f / static_cast<float>(1 + items) : 1.0f;
      EXPECT_EQ(less.weights[i], all.weights[i] * share) << items << ' ' << name_of(static_cast<Source>(i));
    }
  }
}

TEST(Blend, ImpersonalLeavesTrendsAndNewness) {
  const Blend blend = impersonal(default_blend());
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    const auto source = static_cast<Source>(i);
    EXPECT_EQ(blend.weight(source), is_personal(source) ? 0.0f : default_blend().weight(source))
        << name_of(source);
  }
  EXPECT_FALSE(is_personal(Source::kNewest));
  EXPECT_FALSE(is_personal(Source::kTrendingDevice));
  EXPECT_TRUE(is_personal(Source::kSuccessors));
  EXPECT_TRUE(is_personal(Source::kBuyAgain));
}

} // namespace
} // namespace kindred::decisions
