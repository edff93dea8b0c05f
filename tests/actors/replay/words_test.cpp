#include "actors/replay/words.hpp"

#include <gtest/gtest.h>

#include "tests/engine/catalog/library_records.hpp"

namespace kindred::actors::replay {
namespace {

/// A record as the log holds it: two items shown, one of them explored, one that left the catalog.
records::Decided record() {
  records::Decided decided;
  decided.decision = {7, 9};
  decided.user_id = "ann";
  decided.placement = "home";
  decided.fallback = "none";
  decided.sources = {"newest", "affinity"};
  decided.candidates = {{item_id("lamp"), 384}, {ItemId{77}, 64}};
  decided.source_scores_q8 = {256, 128, 64, 0};
  decided.shown = {{item_id("lamp"), 1, false, (1u << 24) - (1u << 22)}, {ItemId{77}, 0, true, 1u << 22}};
  return decided;
}

kindred::catalog::Library library() {
  kindred::catalog::Library library;
  EXPECT_TRUE(library.apply(kindred::catalog::record_of(kindred::catalog::item_of("lamp", 1))).ok());
  return library;
}

api::Decision words_of(const records::Decided& decided) {
  const auto known = library();
  return decision_in_words(decided, *known.catalog(kDefaultTenant));
}

TEST(DecisionInWords, TellsTheRecordAsTheApiTellsADecision) {
  const api::Decision decision = words_of(record());
  EXPECT_EQ(decision.decision, (DecisionId{7, 9}));
  EXPECT_EQ(decision.user_id, "ann");
  EXPECT_EQ(decision.placement, "home");
  EXPECT_EQ(decision.fallback, "none");
  ASSERT_EQ(decision.items.size(), 2u);
  EXPECT_EQ(decision.items[0].item, "lamp");
  EXPECT_EQ(decision.items[0].score, 1.5); // 384 / 256
  EXPECT_EQ(decision.items[0].source, "affinity");
  EXPECT_EQ(decision.items[0].propensity, 0.75);
  EXPECT_FALSE(decision.items[0].explored);
  EXPECT_EQ(decision.items[1].score, 0.25);
  EXPECT_EQ(decision.items[1].source, "newest");
  EXPECT_EQ(decision.items[1].propensity, 0.25);
  EXPECT_TRUE(decision.items[1].explored);
}

TEST(DecisionInWords, AnItemThatNobodyKnowsIsCalledByItsNumber) {
  EXPECT_EQ(words_of(record()).items[1].item, "77");
}

TEST(DecisionInWords, WhatTheRecordDoesNotSayIsLeftOut) {
  records::Decided decided = record();
  decided.source_scores_q8.clear();
  decided.candidates.clear();  // shown beyond those recorded
  decided.shown[0].source = 9; // written by a build with more sources
  const api::Decision decision = words_of(decided);
  EXPECT_EQ(decision.items[0].score, 0.0);
  EXPECT_EQ(decision.items[0].source, "");
  EXPECT_EQ(decision.items[0].item, "lamp");
}

TEST(DecisionInWords, OfNothingShownThereIsNoItem) {
  records::Decided decided;
  decided.fallback = "empty";
  EXPECT_TRUE(words_of(decided).items.empty());
  EXPECT_EQ(words_of(decided).fallback, "empty");
}

TEST(GenerationsOf, NamesTheFastModelsAndTheRankerOrThatThereWasNone) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  records::Decided decided = record();
  decided.models.offset = 12;
  decided.ranker.clear();
  EXPECT_EQ(generations_of(decided), (Pairs{{"fast", "12"}, {"ranker", "prior"}}));
  decided.ranker = "ranker/home";
  decided.ranker_generation = 3;
  EXPECT_EQ(generations_of(decided), (Pairs{{"fast", "12"}, {"ranker/home", "3"}}));
  decided.item_item_generation = 4;
  EXPECT_EQ(generations_of(decided), (Pairs{{"fast", "12"}, {"ranker/home", "3"}, {"itemItem", "4"}}));
}

TEST(ModelGone, NamesWhatIsMissingAndWhatStillCanBeAsked) {
  records::Decided decided = record();
  decided.models.offset = 12;
  decided.ranker = "ranker/home";
  decided.ranker_generation = 3;
  const api::Error error = model_gone(decided);
  EXPECT_EQ(error.code, api::ErrorCode::kModelGone);
  EXPECT_NE(error.message.find("(fast 12, ranker/home 3)"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("explained"), std::string::npos) << error.message;
  EXPECT_EQ(error.retry_after_ms, 0u);
}

} // namespace
} // namespace kindred::actors::replay
