#include "nodes/kindredctl/demo/replay.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/kindredctl/demo/demo.hpp"
#include "tests/nodes/kindredctl/demo/fake_exchange.hpp"

namespace kindred::demo {
namespace {

std::string view(const std::string& user, const std::string& item, const std::string& order = "") {
  return R"({"event":"view","userId":")" + user + R"(","timestamp":1000,"properties":{"item":")" + item +
         R"(","orderId":")" + order + "\"}}\n";
}
std::string item(const std::string& id) {
  return R"({"type":"item","item":")" + id + R"(","published":"1970-01-01T00:00:01Z"})" + "\n";
}

struct ReplayTest : testing::Test {
  const std::string path =
      std::filesystem::temp_directory_path() / ("replay_test." + std::to_string(::getpid()));
  FakeExchange exchange;
  Conversation conversation{exchange};
  ReplayOptions options;

  void TearDown() override { std::filesystem::remove(path); }

  ReplayReport replayed(const std::string& lines) {
    std::ofstream(path, std::ios::binary) << lines;
    options.file = path;
    auto report = replay(options, conversation);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? report.value() : ReplayReport{};
  }
};

TEST_F(ReplayTest, AsksBeforeEveryTargetAndTracksEverything) {
  const auto report =
      replayed(item("x") + view("a", "x") + view("a", "x") + view("b", "x") + item("y") + view("b", "y"));
  EXPECT_EQ(report.tracks, 4u);
  EXPECT_EQ(report.decides, 3u);
  EXPECT_EQ(report.items_told, 2u);
  EXPECT_EQ(report.rejected, 0u);
  EXPECT_EQ(exchange.all<api::Track>().size(), 4u);
  EXPECT_EQ(exchange.all<api::Decide>().size(), 3u);
  EXPECT_EQ(exchange.all<api::SetPlacement>().at(0).placement.filter, records::Filter::kNeverSeen);
  // b's first target is hit in first place; an item's very first event cannot be
  EXPECT_EQ(report.kindred.all.targets, 3u);
  EXPECT_EQ(report.kindred.all.hits_1, 1u);
}

TEST_F(ReplayTest, AnItemIsToldAfterTheListBeforeItsEventAndNotSooner) {
  replayed(view("a", "x") + item("y") + view("a", "y"));
  std::vector<std::string> order;
  for (const api::Request& request : exchange.requests)
    for (const api::Query& query : request.queries) {
      if (std::holds_alternative<api::Decide>(query)) order.push_back("decide");
      if (std::holds_alternative<api::PutItem>(query)) order.push_back("item");
      if (std::holds_alternative<api::Track>(query)) order.push_back("track");
    }
  EXPECT_EQ(order, (std::vector<std::string>{"decide", "track", "decide", "item", "track"}));
}

TEST_F(ReplayTest, DecidesFollowTheTimesOfTheEvents) {
  replayed(view("a", "x"));
  ASSERT_TRUE(exchange.all<api::Decide>().at(0).time.has_value());
  EXPECT_EQ(exchange.all<api::Decide>().at(0).time->us, 1'000'000);
}

TEST_F(ReplayTest, WithTheWallClockItSaysSo) {
  exchange.clock = "wall";
  const auto report = replayed(view("a", "x"));
  EXPECT_FALSE(exchange.all<api::Decide>().at(0).time.has_value());
  EXPECT_NE(words(report).find("`wall`"), std::string::npos);
}

TEST_F(ReplayTest, BasketsAreAskedOnce) {
  options.task = ReplayTask::kNextBasket;
  options.filter = records::Filter::kNone;
  options.count = 20;
  const auto report = replayed(item("x") + view("a", "x", "1") + item("y") + view("a", "y", "1") +
                               view("a", "x", "2") + view("a", "z", "2"));
  EXPECT_EQ(report.decides, 1u);
  EXPECT_EQ(report.kindred.all.targets, 1u);
  // the fake decides what the user never used: nothing is left, so nothing is met
  EXPECT_EQ(report.kindred.all.hits_10, 0u);
}

TEST_F(ReplayTest, ManyTracksBetweenTwoTargetsAreCutIntoEnvelopes) {
  std::string lines;
  for (int n = 0; n < 600; ++n) lines += view("a", "x");
  const auto report = replayed(lines);
  EXPECT_EQ(report.decides, 1u);
  EXPECT_EQ(exchange.all<api::Track>().size(), 600u);
  for (const api::Request& request : exchange.requests) EXPECT_LE(request.queries.size(), kEnvelopeQueries);
}

TEST_F(ReplayTest, ARefusedEventIsCountedAndTheReplayGoesOn) {
  std::ofstream(path) << view("a", "x") << view("a", "y");
  options.file = path;
  exchange.refuse_tracks = 1;
  const auto report = replay(options, conversation);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report.value().rejected, 1u);
  EXPECT_EQ(report.value().decides, 2u);
  EXPECT_NE(words(report.value()).find("too old"), std::string::npos);
}

TEST_F(ReplayTest, AServerThatGoesAwayEndsIt) {
  std::ofstream(path) << view("a", "x");
  options.file = path;
  exchange.fails_next = Failure{FailureCode::kUnavailable, "nobody there"};
  const auto report = replay(options, conversation);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, FailureCode::kUnavailable);
}

TEST_F(ReplayTest, PopularityStandsBesideIt) {
  const auto report = replayed(view("a", "x") + view("b", "x"));
  ASSERT_EQ(report.popularity.size(), std::size(kReplayHalfLivesHours));
  EXPECT_EQ(report.popularity[0].all.hits_1, 1u);
  const std::string text = words(report);
  for (const char* part : {"HR@10", "HR@1", "MRR@10", "Kindred", "popularity, 1 h", "popularity, all time"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST_F(ReplayTest, RunDemoReplaysWhereAFileIsTold) {
  std::ofstream(path) << view("a", "x") << view("b", "x");
  DemoOptions demo;
  demo.replay.file = path;
  std::ostringstream words_out, json_out;
  ASSERT_FALSE(run_demo(demo, exchange, words_out));
  EXPECT_NE(words_out.str().find("test-then-train: 2 events of 2 users"), std::string::npos);
  EXPECT_NE(words_out.str().find("---- times"), std::string::npos);
  demo.json = true;
  FakeExchange fresh;
  ASSERT_FALSE(run_demo(demo, fresh, json_out));
  EXPECT_NE(json_out.str().find("\"decides\": 2"), std::string::npos);
}

} // namespace
} // namespace kindred::demo
