#include "actors/user_shard/profile_answer.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/counters.hpp"
#include "tests/engine/catalog/library_records.hpp"

namespace kindred::actors::user_shard {
namespace {

constexpr Instant kNow{1'700'000'000'000'000};

profiles::Profile ann() {
  profiles::Profile profile;
  profile.key = {kDefaultTenant, "ann"};
  auto& lane = profile.personalization;
  lane.events = 3;
  lane.sessions = 2;
  for (int i = 0; i < 3; ++i) {
    profiles::HistoryEvent event;
    event.order = {kNow - kMinute * (3 - i), 0, {0, static_cast<std::uint64_t>(i)}};
    event.type = i == 2 ? records::EventType::kSearch : records::EventType::kView;
    if (i < 2) event.item = item_id(i == 0 ? "lamp" : "unknown");
    lane.history.push_back(event);
    profiles::count(lane.counters, event.type, event.order.time);
  }
  lane.traits = {{"size", std::string("M")}};
  lane.cart = {{item_id("lamp"), kNow, 1}};
  return profile;
}

kindred::catalog::Library shop() {
  kindred::catalog::Library library;
  EXPECT_TRUE(library.apply(kindred::catalog::record_of(kindred::catalog::item_of("lamp", 1))).ok());
  return library;
}

TEST(CounterNames, AreEventTypeAndHalfLife) {
  const auto counter = counter_of("addToCart.30d");
  ASSERT_TRUE(counter.has_value());
  EXPECT_EQ(counter->type, records::EventType::kAddToCart);
  EXPECT_EQ(counter->half_life, 4);
  EXPECT_EQ(counter_of("view.1h")->half_life, 0);
  for (const auto* name : {"", "view", "view.", ".1d", "view.2d", "Product Viewed.1d", "nonsense.1d"})
    EXPECT_FALSE(counter_of(name).has_value()) << name;
}

profiles::TenantInputs consenting(records::Purposes purposes) {
  profiles::TenantInputs tenant;
  tenant.consent_default = purposes;
  return tenant;
}

TEST(ProfileAnswer, TellsEverything) {
  const auto library = shop();
  const auto answer =
      profile_answer(ann(), consenting(records::kPersonalization), library.catalog(kDefaultTenant), {}, kNow);
  EXPECT_EQ(answer.user_id, "ann");
  EXPECT_EQ(answer.events, 3u);
  EXPECT_EQ(answer.consent, records::kPersonalization);
  EXPECT_EQ(answer.sessions, 2u);
  EXPECT_EQ(answer.cart, std::vector<std::string>{"lamp"});
  EXPECT_TRUE(answer.segments.empty());
  ASSERT_EQ(answer.traits.size(), 1u);
  ASSERT_EQ(answer.history.size(), 3u);
  EXPECT_EQ(answer.history[0].event, "search") << "newest first";
  EXPECT_EQ(answer.history[0].item, "");
  EXPECT_EQ(answer.history[1].item.size(), 16u) << "an item that the catalog does not know has only its hash";
  EXPECT_EQ(answer.history[2].item, "lamp");
  EXPECT_EQ(answer.counters.size(), 2u * profiles::kCounterHalfLives.size());
}

TEST(ProfileAnswer, CountersAreAsOfNow) {
  api::GetProfile query;
  query.counters = {"view.1h", "purchase.1h", "bogus"};
  const auto fresh = profile_answer(ann(), profiles::TenantInputs{}, nullptr, query, kNow);
  ASSERT_EQ(fresh.counters.size(), 2u) << "unknown names are left out";
  EXPECT_NEAR(fresh.counters[0].value, 1.96, 0.02);
  EXPECT_EQ(fresh.counters[1].value, 0) << "nothing counted is zero";
  const auto later = profile_answer(ann(), profiles::TenantInputs{}, nullptr, query, kNow + kHour);
  EXPECT_NEAR(later.counters[0].value * 2, fresh.counters[0].value, 1e-6);
}

TEST(ProfileAnswer, BriefTellsOnlyTheCounters) {
  api::GetProfile query;
  query.brief = true;
  query.counters = {"view.1d"};
  const auto answer = profile_answer(ann(), profiles::TenantInputs{}, nullptr, query, kNow);
  EXPECT_EQ(answer.counters.size(), 1u);
  EXPECT_TRUE(answer.history.empty());
  EXPECT_TRUE(answer.cart.empty());
  EXPECT_EQ(answer.events, 3u);
}

TEST(ProfileAnswer, HistoryIsBounded) {
  api::GetProfile query;
  query.history_max = 1;
  EXPECT_EQ(profile_answer(ann(), profiles::TenantInputs{}, nullptr, query, kNow).history.size(), 1u);
}

TEST(ProfileAnswer, DecisionsAreToldWhenAskedForNewestFirst) {
  profiles::Profile profile = ann();
  const auto remember = [&](std::uint64_t number, bool recorded) {
    profiles::DecisionMemory& memory = profile.measurement.decisions.emplace_back();
    memory.decision = {1, number};
    memory.recorded = recorded;
    memory.as_of = kNow - kMinute * static_cast<std::int64_t>(10 - number);
    memory.placement = "home";
    memory.shown = {{item_id("lamp"), profiles::ShownItem::kExposed | profiles::ShownItem::kClicked},
                    {item_id("unknown"), 0}};
  };
  for (const std::uint64_t number : {1, 2}) remember(number, true);
  remember(3, false);
  const auto library = shop();
  const auto told = [&](std::uint16_t most, bool brief = false) {
    api::GetProfile query;
    query.decisions_max = most;
    query.brief = brief;
    return profile_answer(profile, profiles::TenantInputs{}, library.catalog(kDefaultTenant), query, kNow)
        .decisions;
  };
  EXPECT_TRUE(told(0).empty()) << "nobody asked";
  EXPECT_TRUE(told(9, true).empty()) << "brief";
  EXPECT_EQ(told(1).size(), 1u);
  const auto all = told(9);
  ASSERT_EQ(all.size(), 2u) << "an exposure without its record is no decision yet";
  EXPECT_EQ(all[0].decision, (DecisionId{1, 2}));
  EXPECT_EQ(all[0].time, kNow - kMinute * 8);
  EXPECT_EQ(all[0].placement, "home");
  ASSERT_EQ(all[0].slots.size(), 2u);
  EXPECT_EQ(all[0].slots[0], (api::DecidedSlot{"lamp", true, true, false}));
  EXPECT_EQ(all[0].slots[1].item.size(), 16u) << "an item that the catalog does not know has only its hash";
  EXPECT_FALSE(all[0].slots[1].exposed);
}

} // namespace
} // namespace kindred::actors::user_shard
