#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decisions/decide.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Shop furnished() {
  Shop shop;
  records::Item lamp = catalog::item_of("lamp", (kNow - kDay).us);
  lamp.title = "A lamp";
  const ItemId a = shop.put(lamp), b = shop.item("chair", kDay * 3);
  shop.item("table", kDay * 5);
  shop.trend(a, kHour, 3);
  shop.follows(b, a, 4);
  shop.did(b, kMinute);
  shop.exclude = {b, item_id("unknown")};
  return shop;
}

TEST(Describe, TellsWhatADecisionDependsOn) {
  Shop shop = furnished();
  shop.user.personalization.last_context.device = records::DeviceClass::kTablet;
  shop.request_id = "request 7";
  const records::Decided decided = shop.record(shop.ask());
  EXPECT_EQ(decided.placement, "home");
  EXPECT_EQ(decided.request_id, "request 7");
  EXPECT_EQ(decided.as_of, kNow);
  EXPECT_EQ(decided.count, 10);
  EXPECT_EQ(decided.user_records, shop.user.records);
  EXPECT_EQ(decided.engine_version, kEngineVersion);
  EXPECT_EQ(decided.context.country, "BR");
  EXPECT_EQ(decided.context.device, records::DeviceClass::kTablet);
  EXPECT_THAT(decided.excluded, ElementsAre("chair"));
  EXPECT_EQ(decided.stages_done, stages::kAll);
  EXPECT_EQ(decided.fallback, "none");
}

TEST(Describe, TellsWhatWasShownAndFromWhat) {
  Shop shop = furnished();
  const Answer answer = shop.ask();
  const records::Decided decided = shop.record(answer);
  ASSERT_EQ(decided.shown.size(), 2u);
  EXPECT_EQ(decided.shown[0].item, item_id("lamp"));
  EXPECT_EQ(decided.sources[decided.shown[0].source], "successors");
  EXPECT_EQ(decided.candidates, answer.candidates);
  EXPECT_EQ(decided.sources, answer.sources);
}

TEST(Describe, OverwritesWhatStoodThere) {
  Shop shop = furnished();
  records::Decided decided = shop.record(shop.ask());
  const records::Decided once = decided;
  describe(shop.question(), shop.ask(), decided);
  EXPECT_EQ(decided, once);
}

TEST(Describe, UnknownUserHasNoRecords) {
  Shop shop = furnished();
  shop.known = false;
  EXPECT_EQ(shop.record(shop.ask()).user_records, 0u);
}

// What a replay does: ask again with what the record says.
TEST(Replay, OfTheRecordIsTheSameDecision) {
  Shop shop = furnished();
  shop.context = {};
  shop.user.personalization.last_context.country = "BR";
  shop.placement.exploration = Fixed::from(0.5).value();
  const records::Decided then = shop.record(shop.ask());
  shop.context = then.context;
  shop.count = then.count;
  shop.exclude.clear();
  for (const std::string& item : then.excluded) shop.exclude.push_back(item_id(item));
  EXPECT_TRUE(same_decision(then, shop.record(shop.ask())));
}

TEST(SameDecision, SeesEveryDifferenceOfTheAnswer) {
  Shop shop = furnished();
  const records::Decided then = shop.record(shop.ask());
  const auto differs = [&](auto change) {
    records::Decided now = then;
    change(now);
    return !same_decision(then, now);
  };
  EXPECT_TRUE(differs([](auto& now) { std::swap(now.shown[0], now.shown[1]); }));
  EXPECT_TRUE(differs([](auto& now) { now.shown.pop_back(); }));
  EXPECT_TRUE(differs([](auto& now) { --now.shown[0].propensity_q24; }));
  EXPECT_TRUE(differs([](auto& now) { ++now.candidates[0].score_q8; }));
  EXPECT_TRUE(differs([](auto& now) { ++now.source_scores_q8[12]; }));
  EXPECT_TRUE(differs([](auto& now) { now.candidates.pop_back(); }));
  EXPECT_TRUE(differs([](auto& now) { now.sources[0] = "another"; }));
  EXPECT_TRUE(differs([](auto& now) { now.fallback = "newest"; }));
  EXPECT_TRUE(differs([](auto& now) { now.stages_done = 0; }));
}

TEST(SameDecision, LooksAtNothingElse) {
  Shop shop = furnished();
  const records::Decided then = shop.record(shop.ask());
  records::Decided now = then;
  now.decision = {1, 2};
  now.models.offset = 77;
  now.user_records = 5;
  EXPECT_TRUE(same_decision(then, now));
}

// ---- explain

TEST(Explain, SaysWhatWasAskedThenEachSlotThenTheRest) {
  Shop shop = furnished();
  records::Decided decided = shop.record(shop.ask());
  decided.models.offset = 12;
  decided.library.offset = 34;
  const auto lines = explain(decided, *shop.library.catalog(kDefaultTenant));
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_THAT(lines[6], HasSubstr("weights of sources: written ones; trending1h 0.500"));
  EXPECT_EQ(lines[0], "2 of 10 asked, for placement home: what is known of the user was used");
  EXPECT_THAT(lines[1], HasSubstr("1. A lamp (lamp): score "));
  EXPECT_THAT(lines[1], HasSubstr(" successors"));
  EXPECT_THAT(lines[1], HasSubstr("; rank 1; chance of this slot 1.0000"));
  EXPECT_THAT(lines[2], HasSubstr("2. table: score "));
  EXPECT_EQ(lines[3], "chosen from 2 recorded candidates; 1 items excluded by the caller");
  EXPECT_EQ(lines[4], "context: country BR, device class 0");
  EXPECT_EQ(lines[5], "after 1 records of the user; models log at 12, library log at 34, engine 6");
}

TEST(Explain, SourcesStandLargestFirstAndAddUp) {
  records::Decided decided;
  decided.sources = {"trending1h", "newest", "successors"};
  decided.candidates = {{ItemId{5}, 576}};
  decided.source_scores_q8 = {64, 0, 512};
  decided.shown = {{ItemId{5}, 2, true, (1u << 24) / 4}};
  const auto lines = explain(decided, catalog::Catalog{});
  EXPECT_EQ(lines[1],
            "1. an item that is not in the catalog: score 2.25 = 2.00 successors + 0.25 trending1h; rank 1; "
            "chance of this slot 0.2500; put there by chance, to learn");
  EXPECT_EQ(contributions(decided, 0), (std::vector<std::string>{"2.00 successors", "0.25 trending1h"}));
}

TEST(Explain, ARankersWeightsAreInTheSumAndNamed) {
  records::Decided decided;
  decided.sources = {"newest", "successors"};
  decided.source_weights_q16 = {1 << 15, 1 << 17};
  decided.source_scores_q8 = {256, 384};
  decided.candidates = {{ItemId{5}, 896}};
  decided.shown = {{ItemId{5}, 1, false, 1u << 24}};
  decided.ranker = "ranker/home";
  decided.ranker_generation = 3;
  const auto lines = explain(decided, catalog::Catalog{});
  EXPECT_EQ(lines[1],
            "1. an item that is not in the catalog: score 3.50 = 3.00 successors + 0.50 newest; rank 1; "
            "chance of this slot 1.0000");
  EXPECT_EQ(lines.back(),
            "weights of sources: learnt by ranker/home, generation 3; newest 0.500, successors 2.000");
}

TEST(Explain, TheItemItemModelIsNamedWhereItWasAsked) {
  records::Decided decided;
  decided.item_item_generation = 3;
  const auto lines = explain(decided, catalog::Catalog{});
  EXPECT_THAT(lines, Contains("item-item model: generation 3"));
  decided.item_item_generation = 0;
  EXPECT_THAT(explain(decided, catalog::Catalog{}), Not(Contains(HasSubstr("item-item"))));
}

TEST(Describe, TellsWhichItemItemModelWasAsked) {
  Shop shop;
  shop.goes_with(shop.item("a"), shop.item("b"), 0.5f);
  EXPECT_EQ(shop.record(shop.ask()).item_item_generation, 3u);
  shop.placement.sources = {{"newest", Fixed::from(1).value()}};
  EXPECT_EQ(shop.record(shop.ask()).item_item_generation, 0u) << "the source has no say here";
  shop.placement.sources.clear();
  shop.consent = {};
  EXPECT_EQ(shop.record(shop.ask()).item_item_generation, 0u) << "no consent for what is personal";
  shop.consent = records::kAllPurposes;
  shop.item_item.reset();
  EXPECT_EQ(shop.record(shop.ask()).item_item_generation, 0u);
}

TEST(Explain, EveryFallbackHasItsSentence) {
  std::set<std::string> sentences;
  for (const auto fallback :
       {fallbacks::kNone, fallbacks::kNoConsent, fallbacks::kSegment, fallbacks::kContext,
        fallbacks::kTrending, fallbacks::kNewest, fallbacks::kEmpty}) {
    records::Decided decided;
    decided.fallback = fallback;
    sentences.insert(explain(decided, catalog::Catalog{})[0]);
  }
  EXPECT_EQ(sentences.size(), 7u);
}

TEST(Explain, RecordFromElsewhereDoesNotBreakIt) {
  records::Decided decided;
  decided.sources = {"newest"};
  decided.candidates = {{ItemId{5}, 9}, {ItemId{7}, 8}};
  decided.source_scores_q8 = {1}; // fewer scores than candidates
  decided.shown = {{ItemId{7}, 200, false, 0}, {ItemId{6}, 0, false, 0}};
  EXPECT_EQ(explain(decided, catalog::Catalog{}).size(), 7u);
  EXPECT_TRUE(contributions(decided, 0).empty()) << "no scores for that candidate";
  EXPECT_TRUE(contributions(decided, 1).empty()) << "no such candidate";
}

} // namespace
} // namespace kindred::decisions
