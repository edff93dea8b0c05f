// The demo's report as JSON, from a report made by hand: what scripts read keeps its name and place.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nodes/kindredctl/demo/report.hpp"

namespace kindred::demo {
namespace {

using nlohmann::json;

Report report() {
  Report report;
  report.seed = 42;
  report.users = 30;
  report.users_asking = 25;
  report.items = 100;
  report.days = 3;
  report.lists = 500;
  report.events = 900;
  report.outside = 1;
  report.short_lists = 2;
  report.kindred = {"Kindred", {0.4, 0.35, 0.45}, {0.2, 0.1, 0.3}, {0.75, 0.7, 0.8}, {0.2, 0.3, 0.4}};
  report.popularity = {"popularity 6 h", {0.3, 0.25, 0.34}, {}, {}, {}};
  report.chance = {"chance", {0.1, 0.1, 0.1}, {}, {}, {}};
  report.oracle = {"oracle", {0.5, 0.5, 0.5}, {}, {1, 1, 1}, {}};
  report.groups = {14, 3'000, 0.5, {}};
  report.decision = {"because it is new", "and near"};
  return report;
}

TEST(ReportJson, HasEveryFigureUnderItsName) {
  const auto parsed = json::parse(json_of(report(), Times{}));
  EXPECT_EQ(parsed["seed"], 42);
  EXPECT_EQ(parsed["control"], false);
  EXPECT_EQ(parsed["eventsClock"], true);
  EXPECT_EQ(parsed["users"], 30);
  EXPECT_EQ(parsed["usersAsking"], 25);
  EXPECT_EQ(parsed["items"], 100);
  EXPECT_EQ(parsed["days"], 3);
  EXPECT_EQ(parsed["lists"], 500);
  EXPECT_EQ(parsed["events"], 900);
  EXPECT_EQ(parsed["outside"], 1);
  EXPECT_EQ(parsed["shortLists"], 2);
  EXPECT_EQ(parsed["groups"], (json{{"segments", 14}, {"users", 3'000}, {"agreement", 0.5}}));
  EXPECT_EQ(parsed["decision"], (json::array({"because it is new", "and near"})));
}

TEST(ReportJson, ArmsStandInTheirOrderWithIntervals) {
  const auto arms = json::parse(json_of(report(), Times{}))["arms"];
  ASSERT_EQ(arms.size(), 4u);
  EXPECT_EQ(arms[0]["name"], "Kindred");
  EXPECT_EQ(arms[1]["name"], "popularity 6 h");
  EXPECT_EQ(arms[2]["name"], "chance");
  EXPECT_EQ(arms[3]["name"], "oracle");
  EXPECT_EQ(arms[0]["clicked"], (json{{"value", 0.4}, {"low", 0.35}, {"high", 0.45}}));
  EXPECT_EQ(arms[0]["bought"], (json{{"value", 0.2}, {"low", 0.1}, {"high", 0.3}}));
  EXPECT_EQ(arms[0]["share"]["high"], 0.8);
  EXPECT_EQ(arms[0]["daily"], (json::array({0.2, 0.3, 0.4})));
  EXPECT_EQ(arms[1]["daily"], json::array());
}

TEST(ReportJson, WinsIsWhatTheWordsClaim) {
  Report r = report();
  EXPECT_EQ(json::parse(json_of(r, Times{}))["wins"], true) << "0.35 is above 0.34";
  r.popularity.clicked.high = 0.36;
  EXPECT_EQ(json::parse(json_of(r, Times{}))["wins"], false) << "the intervals meet";
  r = report();
  r.control = true;
  const auto control = json::parse(json_of(r, Times{}));
  EXPECT_EQ(control["control"], true);
  EXPECT_EQ(control["wins"], wins(r));
}

TEST(ReportJson, TimesAreApartFromWhatIsTheSameEveryTime) {
  Times times;
  times.single_ms = {1, 2, 3};
  times.decide_ms = {4, 8};
  times.decides = 5;
  times.decide_total_ms = 12;
  times.tracks = 50;
  times.track_total_ms = 100;
  times.total_s = 1.5;
  auto timed = json::parse(json_of(report(), times)), untimed = json::parse(json_of(report(), Times{}));
  EXPECT_EQ(timed["times"], (json{{"decisionMsP50", 2.0},
                                  {"decisionMsP99", 3.0},
                                  {"envelopeMsP50", 4.0},
                                  {"envelopeMsP99", 8.0},
                                  {"decides", 5},
                                  {"decidesMs", 12.0},
                                  {"tracks", 50},
                                  {"tracksMs", 100.0},
                                  {"seconds", 1.5}}));
  timed.erase("times");
  untimed.erase("times");
  EXPECT_EQ(timed, untimed);
}

TEST(ReportJson, IsOneDocumentWithItsKeysInTheWrittenOrder) {
  Report r = report();
  r.decision = {"\xff is no text"};
  const std::string text = json_of(r, Times{});
  EXPECT_TRUE(text.starts_with("{\n  \"seed\": 42,\n  \"control\": false,")) << text;
  EXPECT_TRUE(text.ends_with("}\n"));
  EXPECT_TRUE(json::accept(text)) << "what is no UTF-8 is replaced, not a failure";
  EXPECT_EQ(json_of(r, Times{}), text) << "the same, byte for byte";
}

} // namespace
} // namespace kindred::demo
