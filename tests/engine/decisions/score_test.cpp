#include "engine/decisions/score.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

/// Scores of one source, weight 1, of every item, by the scorer.
class Alone {
public:
  Alone(const Shop& shop, Source source) : shop_(shop) {
    Blend blend;
    blend.weights[index_of(source)] = 1;
    const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
    gather(shop.user, catalog, kNow, scorer_.evidence);
    scorer_.eligible.assign(catalog.entries().size(), 1);
    const ScoringInput input{catalog, shop.learnt ? &shop.fast : nullptr,         shop.context, kNow,
                             blend,   shop.item_item ? &*shop.item_item : nullptr};
    scorer_.rank(input, 1000, ranked_);
  }
  double of(ItemId item) const {
    const std::uint32_t ordinal = shop_.library.catalog(kDefaultTenant)->find(item)->ordinal;
    return std::find_if(ranked_.begin(), ranked_.end(),
                        [&](const Ranked& one) { return one.ordinal == ordinal; })
        ->score;
  }

private:
  const Shop& shop_;
  Scorer scorer_;
  std::vector<Ranked> ranked_;
};

// ---- each source by its formula

TEST(Score, TrendsAreLogarithmsOfDecayedMarks) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), never = shop.item("never");
  shop.trend(a, {0}, 4);
  shop.trend(b, kHour * 3, 8);
  EXPECT_NEAR(Alone(shop, Source::kTrending1h).of(a), std::log2(1 + 32 * 4), 1e-5);
  EXPECT_NEAR(Alone(shop, Source::kTrending1h).of(b), std::log2(1 + 32 * 8 / 8.0), 1e-4);
  EXPECT_NEAR(Alone(shop, Source::kTrending1d).of(b), std::log2(1 + 32 * 8 * std::exp2(-3 / 24.0)), 1e-5);
  EXPECT_NEAR(Alone(shop, Source::kTrending7d).of(b), std::log2(1 + 32 * 8 * std::exp2(-3 / 168.0)), 1e-5);
  EXPECT_EQ(Alone(shop, Source::kTrending1h).of(never), 0);
}

TEST(Score, TrendsOfContextReadTheirOwnScope) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.context.device = records::DeviceClass::kPhone;
  shop.trend(a, {0}, 3, stats::country_scope("BR"));
  shop.trend(b, {0}, 5, stats::device_scope(static_cast<std::uint8_t>(records::DeviceClass::kPhone)));
  EXPECT_NEAR(Alone(shop, Source::kTrendingCountry).of(a), std::log2(1 + 32 * 3), 1e-5);
  EXPECT_EQ(Alone(shop, Source::kTrendingCountry).of(b), 0);
  EXPECT_NEAR(Alone(shop, Source::kTrendingDevice).of(b), std::log2(1 + 32 * 5), 1e-5);
  shop.context = {};
  EXPECT_EQ(Alone(shop, Source::kTrendingCountry).of(a), 0);
  EXPECT_EQ(Alone(shop, Source::kTrendingDevice).of(b), 0);
}

TEST(Score, TrendsOfTheSegmentAreThoseOfTheUsersOwn) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.trend(a, {0}, 3, stats::segment_scope("clustered", 4));
  shop.trend(b, kDay, 8, stats::segment_scope("clustered", 5));
  EXPECT_EQ(Alone(shop, Source::kTrendingSegment).of(a), 0) << "he is in none";
  shop.in_segment(4);
  EXPECT_NEAR(Alone(shop, Source::kTrendingSegment).of(a), std::log2(1 + 32 * 3), 1e-5);
  EXPECT_EQ(Alone(shop, Source::kTrendingSegment).of(b), 0);
  shop.in_segment(5);
  EXPECT_NEAR(Alone(shop, Source::kTrendingSegment).of(b), std::log2(1 + 32 * 4), 1e-5);
  shop.did(b, kMinute);
  EXPECT_NEAR(Alone(shop, Source::kTrendingSegment).of(b), std::log2(1 + 32 * 4) / 2, 1e-5)
      << "it counts less the more the session tells, as every trend";
  shop.learnt = false;
  EXPECT_EQ(Alone(shop, Source::kTrendingSegment).of(b), 0);
}

TEST(Score, SumsBelowZeroCountAsNone) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.trend(a, kMinute, -3);
  shop.follows(b, a, -2);
  shop.together(b, a, -2);
  shop.did(b, kMinute);
  for (const auto source : {Source::kTrending1h, Source::kSuccessors, Source::kCoOccurrence}) {
    EXPECT_EQ(Alone(shop, source).of(a), 0) << name_of(source);
  }
}

TEST(Score, NewnessHalvesWithAgeAndEndsAfterThirtyDays) {
  Shop shop;
  const ItemId now = shop.item("now", {0}), hour = shop.item("hour", kHour),
               two = shop.item("two", kHour * 2);
  const ItemId days = shop.item("days", kDay * 29), old = shop.item("old", kDay * 31);
  const Alone newest(shop, Source::kNewest);
  EXPECT_NEAR(newest.of(now), std::log2(30 * 24 * 60), 0.01);
  EXPECT_NEAR(newest.of(hour), std::log2(30 * 24 * 60 / 61.0), 0.001);
  EXPECT_NEAR(newest.of(hour) - newest.of(two), std::log2(121 / 61.0), 0.001);
  EXPECT_NEAR(newest.of(days), std::log2(30 / 29.0), 0.001);
  EXPECT_EQ(newest.of(old), 0);
}

TEST(Score, SuccessorsWeighTheSessionsNewestItemsMost) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), x = shop.item("x"), y = shop.item("y");
  shop.follows(a, x, 3);
  shop.follows(a, y, 1);
  shop.follows(b, x, 1);
  shop.did(a, kMinute * 9);
  shop.did(b, kMinute * 2);
  const Alone successors(shop, Source::kSuccessors);
  EXPECT_NEAR(successors.of(x), std::log2(1 + 100 * (1.0 / 2 + 0.6 * 3 / 5)), 1e-5);
  EXPECT_NEAR(successors.of(y), std::log2(1 + 100 * (0.6 * 1 / 5)), 1e-5);
  EXPECT_EQ(successors.of(a), 0);
}

TEST(Score, CoOccurrenceIsNormalizedByTheMarksOfBoth) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), x = shop.item("x");
  shop.trend(a, kDay, 4);
  shop.trend(x, kDay, 11);
  shop.together(a, x, 6);
  shop.together(b, x, 2); // b has no marks: its norm is 1
  shop.did(a, kDay * 2);
  shop.did(b, kDay);
  EXPECT_NEAR(Alone(shop, Source::kCoOccurrence).of(x), std::log2(1 + 32 * (2 + 0.85 * 6 / 2.0) / 4), 1e-5);
}

TEST(Score, ItemItemSumsUpWhatTheUsersItemsSayNewestFirst) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), x = shop.item("x"), y = shop.item("y");
  shop.goes_with(a, x, 0.5f);
  shop.goes_with(b, x, 0.25f);
  shop.goes_with(a, y, 0.5f);
  shop.goes_with(b, y, -0.75f);
  shop.did(a, kDay * 300);
  shop.did(b, kDay * 200);
  const Alone item_item(shop, Source::kItemItem);
  EXPECT_NEAR(item_item.of(x), std::log2(1 + 32 * (0.25 + 0.5 * 218 / 256)), 1e-5) << "however old";
  EXPECT_EQ(item_item.of(y), 0) << "what speaks against it counts as well";
  EXPECT_EQ(item_item.of(a), 0);
}

TEST(Score, ItemItemHearsTheNewestItemsAlone) {
  constexpr std::size_t kSeeds = learners::ItemNeighbours::kSeedsMax;
  Shop shop;
  const ItemId old = shop.item("old"), x = shop.item("x"), y = shop.item("y");
  shop.goes_with(old, x, 1);
  shop.did(old, kDay * 40);
  for (std::size_t k = 0; k < kSeeds; ++k) {
    const ItemId one = shop.item("i" + std::to_string(k));
    if (k == 0) shop.goes_with(one, y, 1);
    shop.did(one, kDay * static_cast<std::int64_t>(30 - k));
  }
  const Alone item_item(shop, Source::kItemItem);
  EXPECT_EQ(item_item.of(x), 0);
  EXPECT_NEAR(item_item.of(y), std::log2(1 + 32 * 6.0 / 256), 1e-5) << "the last that is heard";
}

TEST(Score, ItemsThatTheItemItemModelDoesNotKnowHaveNoScoreOfIt) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), unknown = shop.item("unknown");
  shop.goes_with(a, item_id("not in the catalog"), 1);
  shop.goes_with(a, b, 0.5f);
  shop.did(unknown, kHour);
  shop.did(a, kMinute);
  const Alone item_item(shop, Source::kItemItem);
  EXPECT_NEAR(item_item.of(b), std::log2(1 + 32 * 0.5), 1e-5);
  EXPECT_EQ(item_item.of(unknown), 0);
}

// A sum may come back to nothing on its way, and is met once all the same.
TEST(NeighbourSums, AreMetOnceWhateverTheyPassThrough) {
  NeighbourSums sums;
  sums.reset(4);
  for (const std::int32_t amount : {5, -5, 3, -7, 4}) sums.add(2, amount);
  sums.add(1, -1);
  EXPECT_EQ(sums.of(2), 0);
  EXPECT_EQ(sums.of(1), -1);
  EXPECT_EQ(sums.of(0), 0);
  EXPECT_EQ(sums.of(learners::ItemNeighbours::kNoSlot), 0);
  EXPECT_EQ(std::vector<std::uint32_t>(sums.touched().begin(), sums.touched().end()),
            (std::vector<std::uint32_t>{2, 1}));
  sums.reset(3);
  EXPECT_TRUE(sums.touched().empty());
  EXPECT_EQ(sums.of(1), 0);
  sums.add(0, NeighbourSums::kMost);
  sums.add(1, -NeighbourSums::kMost);
  EXPECT_EQ(sums.of(0), NeighbourSums::kMost);
  EXPECT_EQ(sums.of(1), -NeighbourSums::kMost);
}

TEST(Score, AffinityAddsTheAttributesOfTheItem) {
  Shop shop;
  const ItemId seen = shop.item("seen", kDay, {{"brand", "acme"}, {"category", "lamps"}});
  const ItemId both = shop.item("both", kDay, {{"brand", "acme"}, {"category", "lamps"}});
  const ItemId one = shop.item("one", kDay, {{"brand", "other"}, {"category", "lamps"}});
  const ItemId neither = shop.item("neither", kDay, {{"brand", "other"}, {"category", "chairs"}});
  const ItemId none = shop.item("none");
  shop.did(seen, kDay);
  const Alone affinity(shop, Source::kAffinity);
  // One of each kind, the prior telling of .1: n / (p · 10) + .9, where .1 · 1 + .9 is one.
  const double acme = std::log2(0.1 / (2.0 / 4) + 0.9), lamps = std::log2(0.1 / (3.0 / 4) + 0.9);
  const double passed_by = std::log2(0.9);
  EXPECT_NEAR(affinity.of(both), acme + lamps, 1e-5);
  EXPECT_NEAR(affinity.of(one), passed_by + lamps, 1e-5);
  EXPECT_NEAR(affinity.of(neither), 2 * passed_by, 1e-5);
  EXPECT_EQ(affinity.of(none), 0);
}

TEST(Score, BuyAgainIsTheLogarithmOfPurchases) {
  Shop shop;
  const ItemId thrice = shop.item("thrice"), viewed = shop.item("viewed");
  for (int i = 3; i > 0; --i) shop.did(thrice, kDay * i, records::EventType::kPurchase);
  shop.did(viewed, kHour);
  EXPECT_EQ(Alone(shop, Source::kBuyAgain).of(thrice), 2);
  EXPECT_EQ(Alone(shop, Source::kBuyAgain).of(viewed), 0);
}

TEST(Score, WithoutAModelOnlyTheCatalogAndTheProfileSpeak) {
  Shop shop;
  const ItemId a = shop.item("a", kHour), b = shop.item("b", kHour);
  shop.trend(a, kMinute, 5);
  shop.follows(b, a, 5);
  shop.did(b, kMinute);
  shop.learnt = false;
  EXPECT_EQ(Alone(shop, Source::kTrending1h).of(a), 0);
  EXPECT_EQ(Alone(shop, Source::kSuccessors).of(a), 0);
  EXPECT_GT(Alone(shop, Source::kNewest).of(a), 5);
}

// ---- the ranking

TEST(Better, ScoreThenPublicationThenRegistration) {
  EXPECT_TRUE(better({2, 0, {0}}, {1, 9, {9}}));
  EXPECT_TRUE(better({1, 0, {2}}, {1, 9, {1}}));
  EXPECT_TRUE(better({1, 1, {1}}, {1, 0, {1}}));
  EXPECT_FALSE(better({1, 1, {1}}, {1, 1, {1}}));
}

// Compare with the slow, obvious model: sort everything.
RC_GTEST_PROP(ScoreRank, IsTheHeadOfAFullSort, (std::uint64_t seed, std::uint8_t most)) {
  Random chance(seed);
  Shop shop;
  std::vector<ItemId> items;
  for (int i = 0; i < 60; ++i) {
    items.push_back(shop.item("item" + std::to_string(i), kDay * static_cast<std::int64_t>(chance.below(4))));
    shop.trend(items.back(), kHour, static_cast<int>(chance.below(3)));
  }
  Scorer scorer;
  const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
  for (std::size_t i = 0; i < items.size(); ++i) scorer.eligible.push_back(chance.below(4) != 0);
  const ScoringInput input{catalog, &shop.fast, shop.context, kNow, default_blend()};
  std::vector<Ranked> all, head;
  scorer.rank(input, 1000, all);
  scorer.rank(input, most, head);
  RC_ASSERT(
      std::is_sorted(all.begin(), all.end(), [](const Ranked& a, const Ranked& b) { return better(a, b); }));
  RC_ASSERT(all.size() ==
            static_cast<std::size_t>(std::count(scorer.eligible.begin(), scorer.eligible.end(), 1)));
  RC_ASSERT(head.size() == std::min<std::size_t>(most, all.size()));
  for (std::size_t i = 0; i < head.size(); ++i) RC_ASSERT(head[i].ordinal == all[i].ordinal);
}

RC_GTEST_PROP(ScoreRank, ContributionsAddUpToTheScore, (std::uint64_t seed)) {
  Random chance(seed);
  Shop shop;
  std::vector<ItemId> items;
  for (int i = 0; i < 25; ++i) {
    items.push_back(shop.item("item" + std::to_string(i), kHour * static_cast<std::int64_t>(chance.below(99)),
                              {{"brand", std::to_string(chance.below(3))}}));
  }
  for (int i = 0; i < 60; ++i) {
    const ItemId a = items[chance.below(25)], b = items[chance.below(25)];
    shop.trend(a, kMinute * static_cast<std::int64_t>(chance.below(9999)));
    shop.trend(a, kMinute, 1, stats::country_scope("BR"));
    shop.trend(b, kMinute, 1, shop.in_segment(3));
    if (a != b) shop.follows(a, b, 1);
    if (a != b) shop.together(a, b, 1);
    shop.did(a, kMinute * (60 - i), i % 5 == 0 ? records::EventType::kPurchase : records::EventType::kView);
  }
  Scorer scorer;
  const catalog::Catalog& catalog = *shop.library.catalog(kDefaultTenant);
  scorer.eligible.assign(items.size(), 1);
  gather(shop.user, catalog, kNow, scorer.evidence);
  const ScoringInput input{catalog, &shop.fast, shop.context, kNow, default_blend()};
  std::vector<Ranked> ranked;
  scorer.rank(input, 100, ranked);
  for (const Ranked& one : ranked) {
    double sum = 0;
    const auto scores = scorer.source_scores(input, one.ordinal);
    for (std::size_t q = 0; q < kSourceCount; ++q) sum += double{input.blend.weights[q]} * double{scores[q]};
    RC_ASSERT(std::fabs(sum - one.score) <= 1e-4);
  }
}

TEST(ScoreRank, ScoreIsAFixtureOfBits) {
  Shop shop;
  const ItemId a = shop.item("a", kHour * 5, {{"brand", "acme"}}),
               b = shop.item("b", kDay * 2, {{"brand", "acme"}});
  shop.item("c", kDay * 39, {{"brand", "other"}});
  shop.trend(a, kHour * 3, 7);
  shop.trend(a, kHour * 2, 2, stats::country_scope("BR"));
  shop.follows(b, a, 3);
  shop.together(a, b, 5);
  shop.did(b, kMinute * 4, records::EventType::kPurchase);
  const Answer answer = shop.ask();
  ASSERT_EQ(answer.choices.size(), 3u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(answer.choices[0].score), 0x416a8e58u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(answer.choices[1].score), 0x40dec4c7u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(answer.choices[2].score), 0xbda304f8u);
}

} // namespace
} // namespace kindred::decisions
