#include "nodes/kindredctl/demo/kindred_arm.hpp"

#include <gtest/gtest.h>

#include <set>

#include "nodes/kindredctl/demo/run.hpp"
#include "tests/nodes/kindredctl/demo/fake_exchange.hpp"

namespace kindred::demo {
namespace {

WorldParameters small() {
  WorldParameters p;
  p.days = 2;
  p.users_at_start = 300;
  p.users_arriving = 50;
  p.items_at_start = 40;
  p.items_per_day = 5;
  return p;
}

struct KindredArmTest : testing::Test {
  const World world{3, small()};
  FakeExchange exchange;
  Conversation conversation{exchange};
  ArmResult result;

  void live(bool events_clock = true) {
    KindredArm arm(world, conversation, {3, events_clock});
    ASSERT_FALSE(arm.prepare());
    ASSERT_FALSE(run_arm(world, arm, result));
  }
};

TEST_F(KindredArmTest, FindsInWhichClusteredSegmentEachShopperIs) {
  KindredArm arm(world, conversation, {3, true});
  ASSERT_FALSE(arm.prepare());
  ASSERT_FALSE(run_arm(world, arm, result));
  const auto found = arm.segments();
  ASSERT_TRUE(found.ok());
  const std::set<std::string> kinds(found.value().begin(), found.value().end());
  EXPECT_EQ(kinds, (std::set<std::string>{"", "clustered-1", "clustered-2"})) << "none who never came";
  exchange.refuses_next = api::Error{api::ErrorCode::kNotReady, "still reading its log", 100};
  EXPECT_FALSE(arm.segments().ok());
  exchange.parts_users = false;
  const auto nobody = arm.segments();
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(std::set<std::string>(nobody.value().begin(), nobody.value().end()), std::set<std::string>{""});
}

TEST_F(KindredArmTest, WhatTheServerAnswersIsWhatIsShown) {
  live();
  EXPECT_EQ(result.outside, 0u);
  EXPECT_EQ(result.short_lists, 0u);
}

TEST_F(KindredArmTest, APlacementIsSetFirst) {
  live();
  const auto placements = exchange.all<api::SetPlacement>();
  ASSERT_EQ(placements.size(), 1u);
  EXPECT_EQ(placements[0].placement.filter, records::Filter::kNeverSeen);
  EXPECT_EQ(placements[0].placement.exploration, Fixed{});
}

TEST_F(KindredArmTest, TheCatalogIsToldAsItemsComeAndGo) {
  live();
  std::size_t told = 0, gone = 0, retired = 0;
  for (const api::PutItem& put : exchange.all<api::PutItem>()) (put.item.removed ? gone : told) += 1;
  for (const Item& item : world.items()) retired += item.retired < world.steps();
  EXPECT_EQ(told, world.items().size());
  EXPECT_GT(gone, 0u);
  EXPECT_LE(gone, retired); // the last ones may go after the last view
}

TEST_F(KindredArmTest, EveryEventIsTrackedOnceWithAnIdOfItsOwn) {
  live();
  const auto tracks = exchange.all<api::Track>();
  EXPECT_EQ(tracks.size(), result.events);
  std::set<std::string> ids;
  for (const api::Track& track : tracks) EXPECT_TRUE(ids.insert(track.event.message_id).second);
}

TEST_F(KindredArmTest, ListsAreExposedAndClicksNameTheirDecision) {
  live();
  EXPECT_EQ(exchange.all<api::Expose>().size(), exchange.all<api::Decide>().size());
  std::size_t clicks = 0;
  for (const api::Track& track : exchange.all<api::Track>()) {
    if (track.event.type == records::EventType::kClick) {
      ++clicks;
      EXPECT_FALSE(track.event.decision.is_zero());
    }
    if (track.event.type == records::EventType::kView) {
      EXPECT_TRUE(track.event.decision.is_zero());
    }
  }
  EXPECT_GT(clicks, 0u);
}

TEST_F(KindredArmTest, WithTheClockOfEventsTimesNeverRunBack) {
  live();
  Instant last{};
  for (const api::Decide& decide : exchange.all<api::Decide>()) {
    ASSERT_TRUE(decide.time.has_value());
    EXPECT_GE(*decide.time, last);
    last = *decide.time;
  }
}

TEST_F(KindredArmTest, WithTheWallClockNoTimesAreSent) {
  live(false);
  for (const api::Decide& decide : exchange.all<api::Decide>()) EXPECT_FALSE(decide.time.has_value());
  for (const api::Track& track : exchange.all<api::Track>()) EXPECT_EQ(track.event.event_time, Instant{});
}

TEST_F(KindredArmTest, AServerThatGoesAwayIsAFailure) {
  KindredArm arm(world, conversation, {3, true});
  ASSERT_FALSE(arm.prepare());
  exchange.fails_next = Failure{FailureCode::kUnavailable, "nobody there"};
  const auto failure = run_arm(world, arm, result);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "nobody there");
}

TEST_F(KindredArmTest, TheLastClickedDecisionIsExplained) {
  KindredArm arm(world, conversation, {3, true});
  ASSERT_TRUE(arm.explain_last_clicked().ok());
  EXPECT_TRUE(arm.explain_last_clicked().value().empty()); // nothing was clicked yet
  ASSERT_FALSE(run_arm(world, arm, result));
  ASSERT_TRUE(arm.last_clicked());
  EXPECT_EQ(arm.explain_last_clicked().value(), std::vector<std::string>{"because it is new"});
  EXPECT_EQ(exchange.all<api::Explain>().back().decision, arm.last_clicked()->decision.decision);
}

TEST_F(KindredArmTest, SingleDecidesAreTimedOneByOne) {
  KindredArm arm(world, conversation, {3, true});
  ASSERT_FALSE(arm.time_single_decides(7));
  EXPECT_EQ(conversation.times().single_ms.size(), 7u);
}

} // namespace
} // namespace kindred::demo
