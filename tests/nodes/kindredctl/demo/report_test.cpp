#include "nodes/kindredctl/demo/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kindred::demo {
namespace {

WorldParameters tiny() {
  WorldParameters p;
  p.days = 2;
  p.users_at_start = 2;
  p.users_arriving = 1;
  p.items_at_start = 10;
  p.items_per_day = 0;
  return p;
}

/// Three users with 10, 20 and 0 lists.
ArmResult arm(const char* name, double first, double second) {
  ArmResult a;
  a.name = name;
  a.lists = {10, 20, 0};
  a.clicks = {first, second, 0};
  a.purchases = {first / 2, second / 2, 0};
  a.day_lists = {20, 10};
  a.day_clicks = {first, second};
  return a;
}

Report report() {
  const World world(1, tiny());
  return make_report(world, arm("Kindred", 4, 8), {arm("popularity a", 2, 4), arm("popularity b", 3, 6)},
                     arm("chance", 1, 2), arm("oracle", 5, 10));
}

TEST(Report, CountsUsersWithListsAndTakesTheBestHalfLife) {
  const Report r = report();
  EXPECT_EQ(r.users, 3u);
  EXPECT_EQ(r.users_asking, 2u);
  EXPECT_EQ(r.lists, 30u);
  EXPECT_EQ(r.popularity.name, "popularity b");
  EXPECT_EQ(r.half_lives, 2u);
}

TEST(Report, FiguresByHand) {
  const Report r = report();
  EXPECT_DOUBLE_EQ(r.kindred.clicked.value, 0.4);
  EXPECT_DOUBLE_EQ(r.kindred.bought.value, 0.2);
  EXPECT_DOUBLE_EQ(r.kindred.share.value, 0.75); // (12 - 3) / (15 - 3)
  EXPECT_DOUBLE_EQ(r.chance.share.value, 0.0);
  EXPECT_DOUBLE_EQ(r.oracle.share.value, 1.0);
  EXPECT_EQ(r.kindred.daily, (std::vector<double>{0.2, 0.8}));
}

TEST(Report, GroupsAreComparedOverWhoIsInASegment) {
  WorldParameters p = tiny();
  p.users_at_start = 40;
  const World world(1, p);
  std::vector<std::string> by_favourite, nowhere(world.users().size());
  for (const User& user : world.users()) by_favourite.push_back("s" + std::to_string(user.favourite));
  by_favourite[3].clear();
  const GroupsFound found = groups_found(world, by_favourite);
  EXPECT_DOUBLE_EQ(found.agreement, 1);
  EXPECT_EQ(found.users, world.users().size() - 1);
  EXPECT_GT(found.segments, 1u);
  Report r = report();
  r.groups = found;
  EXPECT_NE(words(r).find("favourite category: 1.000"), std::string::npos);
  EXPECT_EQ(groups_found(world, nowhere).segments, 0u);
  r.groups = {};
  r.groups.unknown = "the server is overloaded";
  EXPECT_NE(words(r).find("Segments: not compared: the server is overloaded"), std::string::npos);
  EXPECT_NE(words(report()).find("no round has parted the shoppers"), std::string::npos);
}

TEST(Report, AWinIsClaimedOnlyWhereIntervalsAreApart) {
  Report r = report();
  EXPECT_TRUE(wins(r)); // these users are all alike: no doubt is left
  EXPECT_NE(words(r).find("Clicks: Kindred beats decayed popularity: 40.00 %"), std::string::npos);
  r.kindred.clicked = {0.4, 0.25, 0.55};
  EXPECT_FALSE(wins(r));
  EXPECT_NE(words(r).find("Clicks: no win is claimed"), std::string::npos);
  r.kindred.clicked = {0.1, 0.1, 0.1};
  EXPECT_NE(words(r).find("Clicks: decayed popularity beats Kindred"), std::string::npos);
}

TEST(Report, SaysWhatIsSpecialAboutTheRun) {
  Report r = report();
  EXPECT_EQ(words(r).find("Control world"), std::string::npos);
  EXPECT_EQ(words(r).find("`wall`"), std::string::npos);
  r.control = true;
  r.events_clock = false;
  EXPECT_NE(words(r).find("Control world"), std::string::npos);
  EXPECT_NE(words(r).find("`wall`"), std::string::npos);
  EXPECT_FALSE(wins(r)); // and nothing is claimed
  EXPECT_EQ(words(r).find("beats"), std::string::npos);
}

TEST(Report, HasALineForEveryDayAndTheDecision) {
  Report r = report();
  r.decision = {"because it is new"};
  const std::string text = words(r);
  EXPECT_NE(text.find("    1     20.00       15.00     5.00    25.00\n"), std::string::npos) << text;
  EXPECT_NE(text.find("    2     80.00       60.00    20.00   100.00\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  because it is new\n"), std::string::npos);
}

TEST(Report, AsJsonHasTheSameFigures) {
  const Report r = report();
  const auto json = nlohmann::json::parse(json_of(r, Times{}));
  EXPECT_EQ(json["arms"][0]["name"], "Kindred");
  EXPECT_DOUBLE_EQ(json["arms"][0]["clicked"]["value"], 0.4);
  EXPECT_DOUBLE_EQ(json["arms"][0]["share"]["value"], 0.75);
  EXPECT_EQ(json["wins"], true);
  EXPECT_EQ(json["usersAsking"], 2);
}

TEST(Times, StandInABlockOfTheirOwn) {
  Times times;
  times.single_ms = {1.0, 2.0, 3.0};
  times.decide_ms = {4.0};
  times.decides = 100;
  times.decide_total_ms = 10.0;
  times.tracks = 500;
  times.track_total_ms = 250.0;
  times.total_s = 12.34;
  EXPECT_EQ(words(times), "---- times (they differ from run to run) ----\n"
                          "decision, one to an envelope: p50 2.00 ms, p99 3.00 ms (3 asked)\n"
                          "envelope of decisions: p50 4.00 ms, p99 4.00 ms; 100 us a decision\n"
                          "durable events: 2000 per second (500 tracked)\n"
                          "whole run: 12.3 s\n");
}

} // namespace
} // namespace kindred::demo
