#include "engine/profiles/measurement.hpp"

#include <gtest/gtest.h>

#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

records::Decided decided_of(std::uint64_t id, std::vector<std::string> items, bool assume_shown = false) {
  records::Decided decided;
  decided.decision = {1, id};
  decided.user_id = "ann";
  decided.request_id = "r" + std::to_string(id);
  decided.as_of = kNoon;
  for (const auto& item : items) decided.shown.push_back({item_id(item), 0, false, 1});
  decided.assume_shown = assume_shown;
  return decided;
}

records::Exposed exposed_of(std::uint64_t id, std::vector<std::uint16_t> slots) {
  return {"ann", {1, id}, "", std::move(slots), kNoon, {}};
}

void engage(MeasurementLane& lane, EventType type, const std::string& item, std::uint64_t id,
            const std::string& request_id = "") {
  records::Event event = event_of(type, item, kNoon);
  if (id != 0) event.decision = {1, id};
  event.request_id = request_id;
  std::vector<Use> uses;
  find_uses(event, uses);
  take_engagement(lane, {event, {kNoon, 0, {1, 1}}, 0, uses});
}

TEST(Measurement, ExposureClickPurchaseOfASlotCountOnce) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a", "b", "c"}));
  EXPECT_EQ(lane.exposures, 0u);
  take_exposed(lane, exposed_of(1, {0, 2}));
  take_exposed(lane, exposed_of(1, {2, 1}));
  EXPECT_EQ(lane.exposures, 3u);
  engage(lane, EventType::kClick, "b", 1);
  engage(lane, EventType::kView, "b", 1);
  engage(lane, EventType::kPurchase, "b", 1);
  engage(lane, EventType::kPurchase, "b", 1);
  EXPECT_EQ(lane.clicks, 1u);
  EXPECT_EQ(lane.purchases, 1u);
  EXPECT_EQ(lane.decisions[0].shown[1].happened,
            ShownItem::kExposed | ShownItem::kClicked | ShownItem::kPurchased);
}

TEST(Measurement, WithoutSlotsAllWereSeen) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a", "b"}));
  take_exposed(lane, exposed_of(1, {}));
  EXPECT_EQ(lane.exposures, 2u);
  take_decided(lane, decided_of(2, {"a", "b", "c"}, true));
  EXPECT_EQ(lane.exposures, 5u) << "assumed shown";
}

TEST(Measurement, AnExposureMayOvertakeItsDecision) {
  MeasurementLane lane;
  take_exposed(lane, exposed_of(1, {1, 9}));
  take_exposed(lane, exposed_of(2, {}));
  EXPECT_EQ(lane.exposures, 0u);
  EXPECT_FALSE(lane.decisions[0].recorded);
  take_decided(lane, decided_of(1, {"a", "b"}));
  EXPECT_EQ(lane.exposures, 1u) << "slot 9 was never filled";
  take_decided(lane, decided_of(2, {"a", "b"}));
  EXPECT_EQ(lane.exposures, 3u);
  EXPECT_EQ(lane.decisions.size(), 2u);
}

TEST(Measurement, ADecisionIsTakenOnce) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a"}, true));
  const MeasurementLane before = lane;
  take_decided(lane, decided_of(1, {"x", "y"}, true));
  EXPECT_EQ(lane, before);
}

TEST(Measurement, TheRequestIdStandsInForTheDecision) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a"}));
  take_exposed(lane, {"ann", {}, "r1", {}, kNoon, {}});
  engage(lane, EventType::kClick, "a", 0, "r1");
  EXPECT_EQ(lane.exposures, 1u);
  EXPECT_EQ(lane.clicks, 1u);
  take_exposed(lane, {"ann", {}, "unknown", {}, kNoon, {}});
  take_exposed(lane, {"ann", {}, "", {}, kNoon, {}});
  EXPECT_EQ(lane.decisions.size(), 1u);
}

TEST(Measurement, WhatNamesNoSlotCountsNothing) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a"}));
  engage(lane, EventType::kClick, "other", 1);
  engage(lane, EventType::kClick, "a", 0);
  engage(lane, EventType::kClick, "a", 99);
  engage(lane, EventType::kHide, "a", 1);
  take_exposed(lane, exposed_of(1, {5}));
  take_exposed(lane, exposed_of(1, {60'000}));
  EXPECT_EQ(lane.clicks + lane.exposures, 0u);
}

TEST(Measurement, RewardsAddUpAndCountAsEngagement) {
  MeasurementLane lane;
  take_decided(lane, decided_of(1, {"a", "b"}));
  take_reward(lane, {"ann", {1, 1}, "a", "click", Fixed{10}, kNoon});
  take_reward(lane, {"ann", {1, 1}, "a", "purchase", Fixed{-3}, kNoon});
  take_reward(lane, {"ann", {1, 1}, "a", "stars", Fixed{5}, kNoon});
  take_reward(lane, {"ann", {}, "b", "click", Fixed{}, kNoon});
  EXPECT_EQ(lane.reward_raw, 12);
  EXPECT_EQ(lane.clicks, 1u);
  EXPECT_EQ(lane.purchases, 1u);
  engage(lane, EventType::kClick, "a", 1);
  EXPECT_EQ(lane.clicks, 1u) << "told by reward and by event: once";
}

TEST(Measurement, OnlyTheNewestDecisionsAreRemembered) {
  MeasurementLane lane;
  for (std::uint64_t i = 1; i <= kDecisionsMax + 3; ++i) take_decided(lane, decided_of(i, {"a"}));
  EXPECT_EQ(lane.decisions.size(), kDecisionsMax);
  EXPECT_EQ(lane.decisions.front().decision, (DecisionId{1, 4}));
  engage(lane, EventType::kClick, "a", 1);
  EXPECT_EQ(lane.clicks, 0u);
}

} // namespace
} // namespace kindred::profiles
