// The words and the JSON of a replay's report, from a report made by hand.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nodes/kindredctl/demo/replay.hpp"

namespace kindred::demo {
namespace {

/// 8 targets: 4 in the first ten, 2 of them in first place.
Tally tally() {
  Tally tally;
  for (const std::size_t rank : {1u, 1u, 2u, 5u, 11u, 0u, 0u, 0u}) tally.add(rank);
  return tally;
}

ReplayReport report() {
  ReplayReport report;
  report.file = "shop.ndjson";
  report.tracks = 100;
  report.decides = 8;
  report.items_told = 3;
  report.users = 7;
  report.items = 20;
  report.baskets = 9;
  report.kindred = {"Kindred", tally(), {}};
  report.popularity = {{"popularity 1 h", {}, tally()}};
  return report;
}

TEST(ReplayWords, BeginWithWhatWasReplayed) {
  const std::string text = words(report());
  EXPECT_TRUE(text.starts_with("Replay of shop.ndjson, test-then-train: 100 events of 7 users, 20 items, 8 "
                               "decisions asked\n"))
      << text;
  EXPECT_TRUE(text.ends_with("\n"));
}

TEST(ReplayWords, ALineForEachMethodWithTheFiguresOfItsTallies) {
  // HR@10 = 4/8, HR@1 = 2/8, MRR@10 = (1 + 1 + 1/2 + 1/5) / 8 = 0.3375.
  const std::string text = words(report());
  EXPECT_NE(
      text.find("\nKindred                    0.5000   0.2500    0.3375   |   0.0000   0.0000    0.0000\n"),
      std::string::npos)
      << text;
  EXPECT_NE(
      text.find("\npopularity 1 h             0.0000   0.0000    0.0000   |   0.5000   0.2500    0.3375\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("MRR@10   | last fifth: HR@10, HR@1, MRR@10\n"), std::string::npos) << text;
}

TEST(ReplayWords, OfBasketsTellRecall) {
  ReplayReport baskets = report();
  baskets.task = ReplayTask::kNextBasket;
  const std::uint32_t list[] = {1, 2, 3}, basket[] = {2, 9};
  baskets.kindred.all = {};
  baskets.kindred.all.add(list, basket); // one of two: recall 0.5, best rank 2
  const std::string text = words(baskets);
  EXPECT_NE(text.find("Target: the user's next basket"), std::string::npos);
  EXPECT_NE(text.find("recall@20   | last fifth: HR@10, HR@1, recall@20\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nKindred                    1.0000   0.0000    0.5000"), std::string::npos) << text;
  EXPECT_EQ(text.find("MRR"), std::string::npos);
}

TEST(ReplayWords, WhatIsSpecialIsSaidAndNothingElse) {
  EXPECT_EQ(words(report()).find("`wall`"), std::string::npos);
  EXPECT_EQ(words(report()).find("not taken"), std::string::npos);
  ReplayReport special = report();
  special.events_clock = false;
  special.rejected = 12;
  special.first_rejected = {"line 4: not JSON", "line 9: no user"};
  const std::string text = words(special);
  EXPECT_NE(text.find("The server's clock is `wall`"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("\n12 lines were not taken; the first:\n  line 4: not JSON\n  line 9: no user\n"))
      << text;
}

TEST(ReplayWords, TimesStandInABlockOfTheirOwn) {
  Times times;
  times.decide_ms = {4, 2};
  times.single_ms = {1, 3};
  times.total_s = 4;
  EXPECT_EQ(replay_times(report(), times),
            "---- times (they differ from run to run) ----\n"
            "a decision with the events before it, one envelope: p50 2.00 ms, p99 4.00 ms\n"
            "whole run: 4.0 s, 25 events and 2 decisions per second\n");
}

TEST(ReplayWords, AsJsonHaveTheSameFigures) {
  ReplayReport odd = report();
  odd.rejected = 1;
  odd.first_rejected = {"line 1: \xff is no text"};
  const std::string text = json_of(odd);
  EXPECT_TRUE(text.ends_with("}\n"));
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["file"], "shop.ndjson");
  EXPECT_EQ(json["tracks"], 100);
  EXPECT_EQ(json["decides"], 8);
  EXPECT_EQ(json["users"], 7);
  EXPECT_EQ(json["items"], 20);
  EXPECT_EQ(json["baskets"], 9);
  EXPECT_EQ(json["itemsTold"], 3);
  EXPECT_EQ(json["rejected"], 1);
  EXPECT_EQ(json["firstRejected"].size(), 1u) << "what is no UTF-8 is replaced, not a failure";
  ASSERT_EQ(json["rows"].size(), 2u);
  EXPECT_EQ(json["rows"][0]["name"], "Kindred");
  EXPECT_EQ(json["rows"][0]["all"]["targets"], 8);
  EXPECT_EQ(json["rows"][0]["all"]["hits10"], 4);
  EXPECT_DOUBLE_EQ(json["rows"][0]["all"]["hr10"], 0.5);
  EXPECT_DOUBLE_EQ(json["rows"][0]["all"]["hr1"], 0.25);
  EXPECT_DOUBLE_EQ(json["rows"][0]["all"]["mrr10"], 0.3375);
  EXPECT_DOUBLE_EQ(json["rows"][1]["last"]["hr10"], 0.5);
  EXPECT_DOUBLE_EQ(json["rows"][1]["all"]["hr10"], 0.0);
}

} // namespace
} // namespace kindred::demo
