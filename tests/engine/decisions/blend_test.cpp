#include "engine/decisions/blend.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::decisions {
namespace {

TEST(Blend, PlacementWithoutSourcesGetsTheWrittenPrior) {
  EXPECT_EQ(blend_of(records::Placement{}, nullptr, 256), default_blend());
  for (const float weight : default_blend().weights) EXPECT_GT(weight, 0);
}

TEST(Blend, PlacementThatNamesSourcesGetsThoseAlone) {
  records::Placement placement;
  placement.sources = {{"newest", Fixed::from(0.5).value()}, {"buyAgain", Fixed::from(-2).value()}};
  const Blend blend = blend_of(placement, nullptr, 256);
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
  EXPECT_EQ(blend_of(placement, nullptr, 256).weight(Source::kNewest), 3.0f);
}

TEST(Blend, TrendsCountLessTheMoreTheSessionTells) {
  EXPECT_EQ(trend_share(0), 1.0f);
  for (const std::size_t items : {1u, 3u, 5u})
    EXPECT_EQ(trend_share(items), 1.0f / static_cast<float>(1 + items)) << items;
}

TEST(Blend, ARankerRanksWhereThePlacementNamesNoSources) {
  std::vector<double> weights(learners::Ranker::kFeatures, 0.25);
  weights[learners::Ranker::kSources] = 1; // successors, for who is new
  const learners::Ranker ranker = learners::Ranker::of(weights);
  records::Placement placement;
  EXPECT_TRUE(is_ranked(placement));
  const Blend fresh = blend_of(placement, &ranker, 256), known = blend_of(placement, &ranker, 64);
  EXPECT_EQ(fresh.weight(Source::kNewest), 0.25f);
  EXPECT_EQ(fresh.weight(Source::kSuccessors), 1.25f);
  EXPECT_EQ(known.weight(Source::kSuccessors), 0.5f);
  placement.sources = {{"newest", Fixed::from(2).value()}};
  EXPECT_FALSE(is_ranked(placement));
  EXPECT_EQ(blend_of(placement, &ranker, 256).weight(Source::kNewest), 2.0f);
}

TEST(Blend, WeightsAreExactInARecord) {
  records::Placement placement;
  placement.sources = {{"newest", Fixed::from(0.1).value()}, {"buyAgain", Fixed::from(1e6).value()}};
  const Blend blend = blend_of(placement, nullptr, 256);
  EXPECT_EQ(blend.weight_q16(Source::kNewest), 6554);
  EXPECT_EQ(static_cast<float>(blend.weight_q16(Source::kNewest)) / 65'536, blend.weight(Source::kNewest));
  EXPECT_EQ(blend.weight(Source::kBuyAgain), kWeightMax); // larger ones are cut
}

TEST(Blend, ImpersonalLeavesTrendsAndNewness) {
  const Blend blend = impersonal(default_blend());
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    const auto source = static_cast<Source>(i);
    EXPECT_EQ(blend.weight(source), is_personal(source) ? 0.0f : default_blend().weight(source))
        << name_of(source);
  }
  EXPECT_TRUE(is_personal(Source::kTrendingSegment)) << "which segment he is in is known of him";
  EXPECT_TRUE(is_trend(Source::kTrendingSegment));
  EXPECT_TRUE(is_trend(Source::kTrendingDevice));
  EXPECT_FALSE(is_trend(Source::kNewest));
  EXPECT_FALSE(is_trend(Source::kBuyAgain));
  EXPECT_FALSE(is_personal(Source::kNewest));
  EXPECT_FALSE(is_personal(Source::kTrendingDevice));
  EXPECT_TRUE(is_personal(Source::kSuccessors));
  EXPECT_TRUE(is_personal(Source::kBuyAgain));
}

} // namespace
} // namespace kindred::decisions
