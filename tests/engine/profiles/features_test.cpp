#include "engine/profiles/features.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

/// One of everything.
PersonalizationLane furnished() {
  PersonalizationLane lane;
  lane.events = 7;
  lane.sessions = 3;
  lane.items.resize(15);
  lane.orders.count = 1;
  lane.orders.spent = Fixed::from(31).value();
  lane.dwell_total = kSecond * 63;
  lane.carts_abandoned = 127;
  lane.tastes = {{"books", 1}, {"sport", 3}};
  lane.tastes_total = 8;
  lane.traits = {{"age", std::int64_t{44}},
                 {"height", Fixed::from(1.75).value()},
                 {"name", std::string("Ann")},
                 {"nice", true},
                 {"rude", false},
                 {"since", kNoon}};
  return lane;
}

std::map<std::string, double> by_name(const PersonalizationLane& lane) {
  std::map<std::string, double> values;
  for (const Feature& feature : features_of(lane)) values[feature.name] = feature.value;
  return values;
}

TEST(Features, AreByHand) {
  const std::map<std::string, double> expected{{"events", 3},
                                               {"sessions", 2},
                                               {"items", 4},
                                               {"purchases", 1},
                                               {"spent", 5},
                                               {"dwell", 6},
                                               {"cartsAbandoned", 7},
                                               {"category:books", 0.125},
                                               {"category:sport", 3.0 / 8},
                                               {"trait:age", 44},
                                               {"trait:height", 1.75},
                                               {"trait:nice", 1},
                                               {"trait:rude", 0}};
  const auto values = by_name(furnished());
  ASSERT_EQ(values.size(), expected.size()) << "a text and a time are no numbers";
  for (const auto& [name, value] : expected) EXPECT_NEAR(values.at(name), value, 1e-6) << name;
}

TEST(Features, BehavioursThenCategoriesAndTraitsByName) {
  const auto features = features_of(furnished());
  for (std::size_t i = 0; i < behaviours().size(); ++i) EXPECT_EQ(features[i].name, behaviours()[i]);
  EXPECT_EQ(features[behaviours().size()].name, "category:books");
  EXPECT_EQ(features.back().name, "trait:rude");
}

TEST(Features, OneByNameIsTheSameAsAmongAll) {
  const PersonalizationLane lane = furnished();
  for (const Feature& feature : features_of(lane)) {
    EXPECT_EQ(feature_of(lane, feature.name), feature.value) << feature.name;
    EXPECT_TRUE(is_feature(feature.name)) << feature.name;
    EXPECT_TRUE(std::isfinite(feature.value));
  }
}

TEST(Features, WhatHasNoNumberIsNone) {
  const PersonalizationLane lane = furnished();
  for (const char* none : {"trait:name", "trait:since", "trait:", "trait:ag", "trait:agee", "", "event",
                           "Events", "spent ", "segment:3"})
    EXPECT_EQ(feature_of(lane, none), std::nullopt) << none;
}

TEST(Features, WhoWasInOtherCategoriesHasNoneOfThisOne) {
  EXPECT_EQ(feature_of(furnished(), "category:lamps"), 0.0);
  EXPECT_EQ(feature_of(PersonalizationLane{}, "category:lamps"), std::nullopt) << "who was nowhere";
}

TEST(Features, NamesThatCanBe) {
  for (const auto name : behaviours()) EXPECT_TRUE(is_feature(name)) << name;
  EXPECT_TRUE(is_feature("category:x"));
  EXPECT_TRUE(is_feature("trait:a:b"));
  for (const char* none : {"", "category:", "trait:", "category", "x:y", "Trait:age"})
    EXPECT_FALSE(is_feature(none)) << none;
}

TEST(Features, OfNobodyAreZeros) {
  const auto features = features_of({});
  ASSERT_EQ(features.size(), behaviours().size());
  for (const Feature& feature : features) EXPECT_EQ(feature.value, 0) << feature.name;
}

TEST(Features, HugeAndNegativeValuesAreClamped) {
  PersonalizationLane lane;
  lane.events = ~std::uint64_t{0};
  lane.dwell_total.us = -5;
  lane.orders.spent = Fixed::from(-100).value();
  lane.traits = {{"least", std::int64_t{INT64_MIN}}, {"most", std::int64_t{INT64_MAX}}};
  const auto values = by_name(lane);
  EXPECT_NEAR(values.at("events"), 24, 1e-6);
  EXPECT_EQ(values.at("dwell"), 0);
  EXPECT_EQ(values.at("spent"), 0);
  EXPECT_EQ(values.at("trait:least"), -Fixed::kMax);
  EXPECT_EQ(values.at("trait:most"), Fixed::kMax);
  for (const auto& [name, value] : values) EXPECT_TRUE(Fixed::from(value).ok()) << name;
}

TEST(Features, FollowTheFold) {
  Story story;
  auto event = event_of(EventType::kPurchase, "a", kNoon);
  event.item_facts.category = "lamps";
  event.value = {700, 2, {'E', 'U', 'R'}};
  event.dwell = kSecond * 15;
  story.tell(event);
  story.tell(EventType::kView, "b", kNoon + kDay);
  const auto values = by_name(story.lane());
  EXPECT_NEAR(values.at("events"), std::log2(3), 1e-6);
  EXPECT_NEAR(values.at("sessions"), std::log2(3), 1e-6);
  EXPECT_NEAR(values.at("purchases"), 1, 1e-6);
  EXPECT_NEAR(values.at("spent"), 3, 1e-6);
  EXPECT_NEAR(values.at("dwell"), 4, 1e-6);
  EXPECT_EQ(values.at("category:lamps"), 1) << "of the events that had a category";
}

} // namespace
} // namespace kindred::profiles
