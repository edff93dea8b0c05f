#include "nodes/kindredctl/demo/replay_plan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kindred::demo {
namespace {

using records::EventType;
using records::Filter;

api::Track event(const std::string& user, const std::string& item, EventType type = EventType::kView,
                 const std::string& order = "") {
  api::Track track;
  track.event.user_id = user;
  track.event.item = item;
  track.event.type = type;
  track.event.order_id = order;
  return track;
}

ReplayPlan plan(ReplayTask task, Filter filter, const std::vector<api::Track>& tracks) {
  ReplayPlanner planner(task, filter);
  for (const api::Track& track : tracks) planner.add(track);
  return planner.take();
}

std::vector<bool> targets(const ReplayPlan& plan) {
  std::vector<bool> found;
  for (const PlannedEvent& event : plan.events) found.push_back(event.target);
  return found;
}

TEST(ReplayPlan, NewItemAsksBeforeTheFirstEventOfAUserWithAnItem) {
  const auto got = plan(ReplayTask::kNewItem, Filter::kNeverSeen,
                        {event("a", "x"), event("a", "x"), event("b", "x"), event("a", "y"), event("a", "")});
  EXPECT_EQ(targets(got), (std::vector<bool>{true, false, true, true, false}));
  EXPECT_EQ(got.targets, 3u);
  EXPECT_TRUE(got.events[0].first);
  EXPECT_FALSE(got.events[2].first);
  EXPECT_TRUE(got.events[3].first);
  EXPECT_EQ(got.users, 2u);
  EXPECT_EQ(got.items, 2u);
}

TEST(ReplayPlan, NeverBoughtLeavesWhatWasOnlySeen) {
  const auto got = plan(ReplayTask::kNewItem, Filter::kNeverBought,
                        {event("a", "x"), event("a", "x", EventType::kPurchase), event("a", "x")});
  EXPECT_EQ(targets(got), (std::vector<bool>{true, true, false}));
}

TEST(ReplayPlan, WithoutAFilterEveryItemIsATarget) {
  const auto got =
      plan(ReplayTask::kNewItem, Filter::kNone, {event("a", "x"), event("a", "x"), event("a", "")});
  EXPECT_EQ(targets(got), (std::vector<bool>{true, true, false}));
}

TEST(ReplayPlan, EventsWithoutAnOrderAreBasketsOfTheirOwn) {
  const auto got =
      plan(ReplayTask::kNewItem, Filter::kNone, {event("a", "x"), event("a", "y"), event("a", "z")});
  EXPECT_EQ(got.baskets, 3u);
}

TEST(ReplayPlan, NextBasketAsksOnceBeforeEachBasketButTheFirst) {
  const auto buy = [](const char* user, const char* item, const char* order) {
    return event(user, item, EventType::kPurchase, order);
  };
  const auto got = plan(ReplayTask::kNextBasket, Filter::kNone,
                        {buy("a", "x", "1"), buy("a", "y", "1"), buy("b", "x", "1"), buy("a", "x", "2"),
                         buy("a", "z", "2"), buy("a", "x", "3")});
  EXPECT_EQ(got.baskets, 4u); // the same order id of another user is another basket
  EXPECT_EQ(targets(got), (std::vector<bool>{false, false, false, true, false, true}));
}

TEST(ReplayPlan, TheLastFifthBeginsAtAPlaceRoundedDown) {
  ReplayPlan some;
  some.baskets = 72'312;
  EXPECT_EQ(some.late_from(), 57'849u);
  some.baskets = 18'536;
  EXPECT_EQ(some.late_from(), 14'828u);
}

TEST(ReplayLineTest, ReadsEventsAndItems) {
  const auto track =
      parse_replay_line(R"({"type":"track","event":"view","userId":"a","properties":{"item":"x"}})");
  ASSERT_TRUE(track.ok());
  EXPECT_EQ(std::get<api::Track>(track.value()).event.item, "x");
  const auto item = parse_replay_line(
      R"({"type":"item","item":"x","published":"1970-01-01T00:00:01Z","title":"X","attributes":{"brand":"b"}})");
  ASSERT_TRUE(item.ok());
  const auto& record = std::get<records::Item>(item.value());
  EXPECT_EQ(record.item, "x");
  EXPECT_EQ(record.published.us, 1'000'000);
  EXPECT_EQ(record.title, "X");
  ASSERT_EQ(record.attributes.size(), 1u);
  EXPECT_EQ(std::get<std::string>(record.attributes[0].value), "b");
}

TEST(ReplayLineTest, AnItemThatIsNoneSaysWhatIsMissing) {
  for (const char* line : {R"({"type":"item"})", R"({"type":"item","item":"x"})",
                           R"({"type":"item","item":"x","published":"soon"})",
                           R"({"type":"item","item":"x","published":"1970-01-02","attributes":7})"}) {
    const auto parsed = parse_replay_line(line);
    ASSERT_FALSE(parsed.ok()) << line;
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

struct ReplayFileTest : testing::Test {
  const std::string path =
      std::filesystem::temp_directory_path() / ("replay_plan_test." + std::to_string(::getpid()));
  void TearDown() override { std::filesystem::remove(path); }
  void write(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
};

TEST_F(ReplayFileTest, BadLinesAreCountedAndTheOthersKept) {
  write("{\"event\":\"view\",\"userId\":\"a\",\"properties\":{\"item\":\"x\"}}\n\nnonsense\n"
        "{\"event\":\"view\",\"userId\":\"a\",\"properties\":{\"item\":\"y\"}}");
  const auto got = plan_of(path, ReplayTask::kNewItem, Filter::kNeverSeen);
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got.value().events.size(), 2u);
  EXPECT_EQ(got.value().rejected, 1u);
  ASSERT_EQ(got.value().first_rejected.size(), 1u);
  EXPECT_TRUE(got.value().first_rejected[0].starts_with("line 3: "));
}

TEST_F(ReplayFileTest, AFileWithoutEventsIsBadInput) {
  write("nonsense\n");
  const auto got = plan_of(path, ReplayTask::kNewItem, Filter::kNeverSeen);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, FailureCode::kBadInput);
}

TEST_F(ReplayFileTest, AFileThatIsNotThereIsBadInput) {
  const auto got = plan_of(path + ".nowhere", ReplayTask::kNewItem, Filter::kNeverSeen);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, FailureCode::kBadInput);
  EXPECT_NE(got.error().message.find("nowhere"), std::string::npos);
}

} // namespace
} // namespace kindred::demo
