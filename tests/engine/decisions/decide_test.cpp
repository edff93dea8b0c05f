#include "engine/decisions/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/decisions/explore.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using records::EventType;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

records::SourceWeight only(std::string source) { return {std::move(source), Fixed::from(1).value()}; }

/// A shop of `items` items with trends, pairs and a user with some history, all by chance.
Shop shop_by_chance(std::uint64_t seed, int items) {
  Random chance(seed);
  Shop shop;
  std::vector<ItemId> ids;
  for (int i = 0; i < items; ++i) {
    ids.push_back(shop.item("item" + std::to_string(i),
                            {static_cast<std::int64_t>(chance.below(60 * kDay.us))},
                            {{"brand", "b" + std::to_string(chance.below(5))}}));
  }
  const auto any = [&] { return ids[chance.below(ids.size())]; };
  for (int i = 0; i < 3 * items; ++i) {
    const ItemId a = any(), b = any();
    shop.trend(a, {static_cast<std::int64_t>(chance.below(9 * kDay.us))},
               1 + static_cast<int>(chance.below(3)));
    if (a != b) shop.follows(a, b, 1);
    if (a != b) shop.together(a, b, 1);
  }
  for (int i = 30; i > 0; --i) {
    shop.did(any(), kMinute * (7 * i), chance.below(4) == 0 ? EventType::kPurchase : EventType::kView);
  }
  return shop;
}

// ---- candidates and blend

TEST(Decide, EmptyCatalogGivesAnEmptyAnswer) {
  Shop shop;
  const Answer answer = shop.ask();
  EXPECT_THAT(answer.choices, IsEmpty());
  EXPECT_THAT(answer.candidates, IsEmpty());
  EXPECT_EQ(answer.fallback, "empty");
  EXPECT_EQ(answer.stages_done, stages::kAll);
}

TEST(Decide, WithoutAnyEvidenceTheNewestComeFirst) {
  Shop shop;
  shop.item("old", kDay * 50);
  shop.item("older", kDay * 60);
  shop.item("fresh", kHour);
  EXPECT_THAT(shop.shown(), ElementsAre("fresh", "old", "older"));
  EXPECT_EQ(shop.ask().fallback, "newest");
}

TEST(Decide, EqualScoresAndTimesFallToTheLaterRegistered) {
  Shop shop;
  shop.item("first", kDay * 50);
  shop.item("second", kDay * 50);
  EXPECT_THAT(shop.shown(), ElementsAre("second", "first"));
}

TEST(Decide, EachSourceAloneCanNameTheWinner) {
  const auto winner = [](std::string source) {
    Shop shop;
    const ItemId now = shop.item("now"), before = shop.item("before", kDay * 40, {{"brand", "acme"}});
    const ItemId hour = shop.item("hour"), day = shop.item("day"), week = shop.item("week");
    const ItemId country = shop.item("country"), device = shop.item("device");
    const ItemId next = shop.item("next"), also = shop.item("also"), again = shop.item("again");
    shop.item("kin", kDay * 40, {{"brand", "acme"}});
    shop.item("stranger", kDay * 40, {{"brand", "other"}});
    shop.item("new", kMinute * 5);
    shop.trend(hour, kMinute, 3);
    shop.trend(day, kHour * 20, 9);
    shop.trend(week, kDay * 6, 90);
    shop.trend(country, kDay * 9, 1, stats::country_scope("BR"));
    shop.trend(device, kDay * 9, 1, stats::device_scope(2));
    shop.follows(now, next, 2);
    shop.together(before, also, 4);
    shop.context.device = records::DeviceClass::kPhone;
    shop.did(again, kDay * 20, EventType::kPurchase);
    shop.did(before, kDay * 3);
    shop.did(now, kMinute);
    shop.goes_with(before, shop.item("friend"), 0.25f);
    shop.exclude = {now, before};
    shop.placement.sources = {only(std::move(source))};
    return shop.shown().front();
  };
  EXPECT_EQ(winner("trending1h"), "hour");
  EXPECT_EQ(winner("trending1d"), "day");
  EXPECT_EQ(winner("trending7d"), "week");
  EXPECT_EQ(winner("trendingCountry"), "country");
  EXPECT_EQ(winner("trendingDevice"), "device");
  EXPECT_EQ(winner("newest"), "new");
  EXPECT_EQ(winner("successors"), "next");
  EXPECT_EQ(winner("coOccurrence"), "also");
  EXPECT_EQ(winner("affinity"), "kin");
  EXPECT_EQ(winner("buyAgain"), "again");
  EXPECT_EQ(winner("itemItem"), "friend");
}

TEST(Decide, PlacementNamesItsSourcesAndTheAnswerNamesThemInOrder) {
  Shop shop;
  shop.item("a");
  shop.placement.sources = {only("newest"), only("trending1h"), only("no such source")};
  const Answer answer = shop.ask();
  EXPECT_THAT(answer.sources, ElementsAre("trending1h", "newest"));
  EXPECT_EQ(answer.source_scores_q8.size(), 2u);
}

TEST(Decide, PlacementWhoseWeightsAreAllZeroShowsTheNewest) {
  Shop shop;
  shop.item("old", kDay * 3);
  shop.item("new", kDay);
  shop.placement.sources = {{"trending1h", Fixed{}}};
  const Answer answer = shop.ask();
  EXPECT_THAT(Shop::ids(answer), ElementsAre("new", "old"));
  EXPECT_THAT(answer.sources, ElementsAre("newest"));
}

TEST(Decide, CountComesFromTheQuestionThenThePlacementAndIsBounded) {
  Shop shop;
  for (int i = 0; i < 150; ++i) shop.item("item" + std::to_string(i));
  shop.count = 3;
  EXPECT_EQ(shop.ask().choices.size(), 3u);
  shop.count = 0;
  EXPECT_EQ(shop.ask().choices.size(), shop.placement.count_default);
  shop.count = 1000;
  EXPECT_EQ(shop.ask().choices.size(), 100u);
  EXPECT_EQ(shop.ask().candidates.size(), records::kCandidatesMax);
  shop.placement.count_max = 20;
  EXPECT_EQ(shop.ask().choices.size(), 20u);
}

TEST(Decide, RunningSessionQuietensTheCrowd) {
  Shop shop;
  const ItemId popular = shop.item("popular"), seen = shop.item("seen");
  shop.trend(popular, kMinute, 7);
  shop.placement.sources = {only("trending1h"), only("successors")};
  const std::int32_t alone = shop.ask().candidates[0].score_q8;
  shop.did(seen, kMinute);
  EXPECT_NEAR(shop.ask().candidates[0].score_q8, alone / 2, 1);
  shop.did(popular, kMinute);
  EXPECT_NEAR(shop.ask().candidates[0].score_q8, alone / 3, 1);
}

// ---- filters

TEST(Decide, RemovedUnavailableAndUnpublishedItemsAreNeverShown) {
  Shop shop;
  shop.item("sold here");
  shop.item("tomorrow", kDay * -1);
  records::Item gone = catalog::item_of("gone", 1);
  shop.put(gone);
  gone.removed = true;
  shop.put(gone);
  records::Item sold_out = catalog::item_of("sold out", 1);
  sold_out.available = false;
  shop.put(sold_out);
  EXPECT_THAT(shop.shown(), ElementsAre("sold here"));
}

TEST(Decide, AnItemIsShownFromTheMomentOfItsPublication) {
  Shop shop;
  shop.item("now", {0});
  shop.item("later", {-1});
  EXPECT_THAT(shop.shown(), ElementsAre("now"));
}

TEST(Decide, ExcludedAndHiddenItemsAreLeftOutByEveryFilter) {
  Shop shop;
  const ItemId hidden = shop.item("hidden"), excluded = shop.item("excluded");
  shop.item("left");
  shop.did(hidden, kDay, EventType::kHide);
  shop.exclude = {excluded, item_id("unknown to the catalog")};
  for (const auto filter :
       {records::Filter::kNone, records::Filter::kNeverSeen, records::Filter::kNeverBought}) {
    shop.placement.filter = filter;
    EXPECT_THAT(shop.shown(), ElementsAre("left"));
  }
}

TEST(Decide, FiltersByWhatTheUserDid) {
  Shop shop;
  const ItemId seen = shop.item("seen", kDay * 41), bought = shop.item("bought", kDay * 42);
  shop.item("unknown", kDay * 43);
  shop.placement.sources = {only("newest")};
  shop.did(bought, kDay * 3, EventType::kPurchase);
  shop.did(seen, kDay * 2);
  shop.placement.filter = records::Filter::kNone;
  EXPECT_THAT(shop.shown(), ElementsAre("seen", "bought", "unknown"));
  shop.placement.filter = records::Filter::kNeverBought;
  EXPECT_THAT(shop.shown(), ElementsAre("seen", "unknown"));
  shop.placement.filter = records::Filter::kNeverSeen;
  EXPECT_THAT(shop.shown(), ElementsAre("unknown"));
}

TEST(Decide, NothingLeftIsNamedEmpty) {
  Shop shop;
  shop.did(shop.item("seen"), kDay);
  shop.placement.filter = records::Filter::kNeverSeen;
  EXPECT_EQ(shop.ask().fallback, "empty");
}

// ---- cold start and consent

TEST(Decide, FallbacksNameHowColdTheStartWas) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b");
  shop.known = false;
  EXPECT_EQ(shop.ask().fallback, "newest");
  shop.trend(a, kHour);
  EXPECT_EQ(shop.ask().fallback, "trending");
  shop.trend(a, kHour, 1, stats::country_scope("BR"));
  EXPECT_EQ(shop.ask().fallback, "context");
  shop.known = true;
  EXPECT_EQ(shop.ask().fallback, "context");
  shop.trend(a, kHour, 1, shop.in_segment(2));
  EXPECT_EQ(shop.ask().fallback, "segment");
  shop.known = false;
  EXPECT_EQ(shop.ask().fallback, "context") << "which segment he is in is not known";
  shop.known = true;
  shop.together(a, b, 2);
  shop.did(b, kDay);
  EXPECT_EQ(shop.ask().fallback, "none");
  shop.consent = records::kMeasurement | records::kTraining;
  EXPECT_EQ(shop.ask().fallback, "noConsent");
  shop.learnt = false;
  EXPECT_EQ(shop.ask().fallback, "noConsent");
}

TEST(Decide, WithoutConsentNoSegmentSaysAnything) {
  Shop shop;
  const ItemId a = shop.item("a", kDay * 45);
  shop.item("b", kDay * 44);
  shop.consent = ~records::kPersonalization;
  const auto nowhere = shop.record(shop.ask());
  const auto scope = shop.in_segment(2);
  EXPECT_TRUE(same_decision(shop.record(shop.ask()), nowhere));
  shop.trend(a, kHour, 9, scope);
  EXPECT_EQ(shop.shown().front(), "b");
  shop.placement.sources = {only("trendingSegment")};
  EXPECT_EQ(shop.shown().front(), "b") << "not even where nothing else is asked";
  EXPECT_EQ(shop.ask().fallback, "noConsent");
  shop.consent = records::kPersonalization;
  EXPECT_EQ(shop.shown().front(), "a");
  EXPECT_EQ(shop.ask().fallback, "segment");
  EXPECT_EQ(shop.ask().choices[0].reasons[0], "much used by users like this one");
}

TEST(Decide, UnknownUserAndEmptyProfileAreAnsweredAlike) {
  Shop shop = shop_by_chance(3, 40);
  shop.user = {};
  const auto empty = shop.record(shop.ask());
  shop.known = false;
  EXPECT_TRUE(same_decision(empty, shop.record(shop.ask())));
}

// Law: consent, seen from the decision: without it, two users who differ in everything are answered alike.
RC_GTEST_PROP(DecideWithoutConsent, DoesNotReadTheProfile, (std::uint64_t seed)) {
  Shop shop = shop_by_chance(seed, 30);
  shop.placement.filter = records::Filter::kNeverSeen;
  shop.user.personalization.last_context.country = "DE";
  shop.consent = ~records::kPersonalization;
  const auto with = shop.record(shop.ask());
  const auto records = shop.user.records;
  shop.user = {};
  shop.user.records = records;
  const auto without = shop.record(shop.ask());
  RC_ASSERT(with == without);
}

TEST(Decide, ContextIsTheRequestsThenTheUsersDefaultThenHisLast) {
  Shop shop;
  shop.context = {};
  shop.user.personalization.last_context.country = "DE";
  shop.user.personalization.last_context.device = records::DeviceClass::kTv;
  EXPECT_EQ(context_used(shop.question()).country, "DE");
  shop.user.personalization.default_context.emplace().country = "FR";
  EXPECT_EQ(context_used(shop.question()).country, "FR");
  EXPECT_EQ(context_used(shop.question()).device, records::DeviceClass::kTv);
  shop.context.country = "BR";
  EXPECT_EQ(context_used(shop.question()).country, "BR");
  shop.consent = records::kNoPurpose;
  EXPECT_EQ(context_used(shop.question()).device, records::DeviceClass::kUnknown);
}

// ---- exploration

TEST(Decide, WithoutExplorationEverySlotIsCertain) {
  Shop shop = shop_by_chance(5, 50);
  for (const Choice& choice : shop.ask().choices) {
    EXPECT_EQ(choice.propensity_q24, kCertain_q24);
    EXPECT_FALSE(choice.explored);
  }
}

TEST(Decide, ExplorationDependsOnTenantPlacementAndRequestAlone) {
  Shop shop = shop_by_chance(7, 80);
  shop.placement.exploration = Fixed::from(1).value();
  const auto first = shop.shown();
  EXPECT_EQ(shop.shown(), first);
  shop.request_id = "r2";
  EXPECT_NE(shop.shown(), first);
}

TEST(Decide, ExplorationShowsOnlyRecordedCandidates) {
  Shop shop = shop_by_chance(11, 200);
  shop.placement.exploration = Fixed::from(1).value();
  for (int request = 0; request < 50; ++request) {
    shop.request_id = std::to_string(request);
    const Answer answer = shop.ask();
    for (const Choice& choice : answer.choices) {
      EXPECT_TRUE(std::any_of(answer.candidates.begin(), answer.candidates.end(),
                              [&](const records::Candidate& one) { return one.item == choice.item->id; }));
    }
  }
}

// ---- the record

RC_GTEST_PROP(DecideRecord, ScoresOfSourcesAddUpToTheScore, (std::uint64_t seed)) {
  Shop shop = shop_by_chance(seed, 60);
  const Answer answer = shop.ask();
  const std::size_t sources = answer.sources.size();
  RC_ASSERT(answer.source_scores_q8.size() == answer.candidates.size() * sources);
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    double sum = 0, rounding = 1;
    for (std::size_t q = 0; q < sources; ++q) {
      const double weight = answer.source_weights_q16[q] / 65'536.0;
      sum += weight * answer.source_scores_q8[i * sources + q];
      rounding += weight;
    }
    RC_ASSERT(std::abs(sum - answer.candidates[i].score_q8) <= rounding);
  }
}

RC_GTEST_PROP(DecideRecord, CandidatesAreInOrderOfScore, (std::uint64_t seed)) {
  Shop shop = shop_by_chance(seed, 90);
  const Answer answer = shop.ask();
  RC_ASSERT(std::is_sorted(answer.candidates.begin(), answer.candidates.end(),
                           [](const auto& a, const auto& b) { return a.score_q8 > b.score_q8; }));
  for (std::size_t slot = 0; slot < answer.choices.size(); ++slot) {
    RC_ASSERT(answer.choices[slot].item->id == answer.candidates[slot].item);
    RC_ASSERT(answer.choices[slot].source < answer.sources.size());
    RC_ASSERT(!answer.choices[slot].reasons.empty());
  }
}

// ---- pure: what was done before, and how the model was built, change nothing

RC_GTEST_PROP(DecideIsPure, AUsedWorkspaceGivesTheSameAnswerAsAFreshOne, (std::uint64_t seed)) {
  Workspace used;
  for (std::uint64_t i = 0; i < 4; ++i) {
    Shop shop = shop_by_chance(seed + i % 2, 20 + static_cast<int>(i) * 7);
    const Answer again = decide(shop.question(), used);
    RC_ASSERT(shop.record(again) == shop.record(shop.ask()));
  }
}

TEST(DecideIsPure, OrderInWhichTheModelLearntChangesNothing) {
  const auto build = [](bool backwards) {
    Shop shop;
    std::vector<ItemId> ids;
    for (int i = 0; i < 12; ++i) ids.push_back(shop.item("item" + std::to_string(i)));
    for (int k = 0; k < 12; ++k) {
      const int i = backwards ? 11 - k : k;
      shop.trend(ids[i], kHour * (i + 1), i + 1);
      shop.follows(ids[i], ids[(i + 5) % 12], i + 1);
      shop.together(ids[i], ids[(i + 3) % 12], 2);
    }
    shop.did(ids[2], kDay);
    shop.did(ids[7], kMinute * 2);
    return shop.record(shop.ask());
  };
  EXPECT_EQ(build(false), build(true));
}

TEST(DecideIsPure, ItemsThatTheModelMetButTheCatalogDoesNotKnowAreIgnored) {
  Shop shop;
  const ItemId known = shop.item("known"), stranger = item_id("stranger");
  shop.trend(stranger, kMinute, 50);
  shop.follows(known, stranger, 50);
  shop.did(known, kMinute);
  EXPECT_THAT(shop.shown(), ElementsAre("known"));
}

} // namespace
} // namespace kindred::decisions
