#include "engine/profiles/personalization.hpp"

#include <map>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

TEST(Personalization, RemembersWhatHappenedInOrderOfTime) {
  Story story;
  story.tell(EventType::kView, "a", kNoon);
  story.tell(EventType::kClick, "b", kNoon + kMinute * 2);
  story.tell(EventType::kPurchase, "c", kNoon + kMinute); // late
  ASSERT_EQ(story.lane().history.size(), 3u);
  EXPECT_EQ(story.lane().history[1].item, item_id("c"));
  EXPECT_EQ(story.lane().history[2].item, item_id("b"));
  EXPECT_EQ(story.lane().events, 3u);
}

TEST(Personalization, ClientSequenceOrdersEventsOfOneTime) {
  Story story;
  for (const std::uint64_t sequence : {3u, 1u, 2u}) {
    auto event = event_of(EventType::kView, "i" + std::to_string(sequence), kNoon);
    event.client_sequence = sequence;
    story.tell(event);
  }
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(story.lane().history[i].item, item_id("i" + std::to_string(i + 1)));
}

TEST(Personalization, HistoryKeepsTheNewest) {
  Story story;
  for (std::size_t i = 0; i < kHistoryMax + 10; ++i)
    story.tell(EventType::kView, "i" + std::to_string(i), kNoon + kSecond * static_cast<std::int64_t>(i));
  EXPECT_EQ(story.lane().history.size(), kHistoryMax);
  EXPECT_EQ(story.lane().history.front().item, item_id("i10"));
  story.tell(EventType::kView, "ancient", kNoon - kDay);
  EXPECT_EQ(story.lane().history.front().item, item_id("i10")) << "older than all that are kept";
  EXPECT_EQ(story.lane().history.size(), kHistoryMax);
  EXPECT_EQ(story.lane().events, kHistoryMax + 11) << "counted all the same";
}

TEST(Personalization, ItemsGatherWhatWasDoneWithThem) {
  Story story;
  story.tell(EventType::kView, "a", kNoon);
  story.tell(EventType::kPurchase, "a", kNoon + kHour);
  auto dwell = event_of(EventType::kDwell, "a", kNoon - kHour);
  dwell.dwell = kSecond * 30;
  story.tell(dwell);
  ASSERT_EQ(story.lane().items.size(), 1u);
  const ItemUse& use = story.lane().items[0];
  EXPECT_TRUE(use.has(EventType::kView) && use.has(EventType::kPurchase) && use.has(EventType::kDwell));
  EXPECT_FALSE(use.has(EventType::kClick));
  EXPECT_EQ(use.first, kNoon - kHour);
  EXPECT_EQ(use.last, kNoon + kHour);
  EXPECT_EQ(use.count, 3u);
  EXPECT_EQ(use.purchases, 1u);
  EXPECT_EQ(use.dwell, kSecond * 30);
  EXPECT_EQ(story.lane().dwell_total, kSecond * 30);
}

TEST(Personalization, TheItemUnusedForLongestGoes) {
  Story story;
  for (std::size_t i = 0; i < kItemsMax + 1; ++i)
    story.tell(EventType::kView, "i" + std::to_string(i), kNoon + kSecond * static_cast<std::int64_t>(i));
  EXPECT_EQ(story.lane().items.size(), kItemsMax);
  for (const ItemUse& use : story.lane().items) EXPECT_NE(use.item, item_id("i0"));
}

TEST(Personalization, DwellIsCutToWhatCanBe) {
  Story story;
  auto event = event_of(EventType::kDwell, "a", kNoon);
  event.dwell = kDay * 400;
  story.tell(event);
  event = event_of(EventType::kDwell, "a", kNoon + kSecond);
  event.dwell = Duration{-5};
  story.tell(event);
  EXPECT_EQ(story.lane().dwell_total, kDwellMax);
}

TEST(Personalization, SessionsBeginAfterAGapOrWithAnotherName) {
  Story story;
  story.tell(EventType::kView, "a", kNoon);
  story.tell(EventType::kView, "b", kNoon + kSessionGap);
  EXPECT_EQ(story.lane().sessions, 1u);
  story.tell(EventType::kView, "c", kNoon + kSessionGap * 2 + Duration{1});
  EXPECT_EQ(story.lane().sessions, 2u);
  auto named = event_of(EventType::kView, "d", kNoon + kSessionGap * 2 + kSecond);
  named.session_id = "one";
  story.tell(named);
  EXPECT_EQ(story.lane().sessions, 2u) << "a name after none continues";
  named = event_of(EventType::kView, "e", kNoon + kSessionGap * 2 + kSecond * 2);
  named.session_id = "two";
  story.tell(named);
  EXPECT_EQ(story.lane().sessions, 3u);
  story.tell(EventType::kView, "late", kNoon - kDay);
  EXPECT_EQ(story.lane().sessions, 3u) << "late events start none";
}

records::Event on_page(const std::string& page, Instant t) {
  auto event = event_of(EventType::kView, "", t);
  event.page = page;
  return event;
}

TEST(Personalization, PathsCountStepsWithinASession) {
  Story story;
  Instant t = kNoon;
  for (const char* page : {"/a", "/b", "/a", "/b", "/b"}) story.tell(on_page(page, t = t + kSecond));
  ASSERT_EQ(story.lane().paths.size(), 2u);
  EXPECT_EQ(story.lane().paths[0].step, "/a>/b");
  EXPECT_EQ(story.lane().paths[0].count, 2u);
  EXPECT_EQ(story.lane().paths[1].step, "/b>/a");
  story.tell(on_page("/c", t + kDay));
  EXPECT_EQ(story.lane().paths.size(), 2u) << "no step over the end of a session";
  EXPECT_EQ(story.lane().last_page, "/c");
}

TEST(Personalization, PathsAreBounded) {
  Story story;
  Instant t = kNoon;
  for (const char* page : {"/often", "/used", "/often", "/used"}) story.tell(on_page(page, t = t + kSecond));
  for (int i = 0; i < 200; ++i) story.tell(on_page("/p" + std::to_string(i), t = t + kSecond));
  EXPECT_EQ(story.lane().paths.size(), kPathsMax);
  EXPECT_EQ(story.lane().paths[0].step, "/often>/used") << "what is used more stays";
  story.tell(on_page(std::string(kPageBytesMax - 1, 'x') + "ä", t + kSecond));
  EXPECT_EQ(story.lane().last_page, std::string(kPageBytesMax - 1, 'x')) << "never cut within a character";
}

TEST(Personalization, ContextIsThatOfTheNewestEventThatTellsOne) {
  Story story;
  auto event = event_of(EventType::kView, "a", kNoon);
  event.context.country = "BR";
  story.tell(event);
  story.tell(EventType::kView, "b", kNoon + kSecond);
  EXPECT_EQ(story.lane().last_context.country, "BR") << "silence changes nothing";
  event = event_of(EventType::kView, "c", kNoon - kDay);
  event.context.country = "DE";
  story.tell(event);
  EXPECT_EQ(story.lane().last_context.country, "BR") << "late";
}

TEST(Personalization, TheCartFollowsItsEvents) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  story.tell(EventType::kAddToCart, "b", kNoon + kMinute);
  story.tell(EventType::kAddToCart, "a", kNoon + kMinute * 2);
  story.tell(EventType::kRemoveFromCart, "b", kNoon + kMinute * 3);
  ASSERT_EQ(story.lane().cart.size(), 1u);
  EXPECT_EQ(story.lane().cart[0].item, item_id("a"));
  EXPECT_EQ(story.lane().cart[0].quantity, 2);
  EXPECT_EQ(story.lane().cart_due, kNoon + kMinute * 3 + kHour);
  story.tell(EventType::kPurchase, "a", kNoon + kMinute * 4);
  EXPECT_TRUE(story.lane().cart.empty());
  EXPECT_EQ(story.lane().cart_due, std::nullopt);
}

TEST(Personalization, ALateCartEventTakesItsPlace) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  story.tell(EventType::kRemoveFromCart, "a", kNoon + kMinute * 2);
  story.tell(EventType::kAddToCart, "a", kNoon + kMinute); // before the removal
  EXPECT_TRUE(story.lane().cart.empty());
  story.tell(EventType::kAddToCart, "b", kNoon + kMinute * 3);
  story.tell(EventType::kPurchase, "b", kNoon + kMinute); // before it was put in
  EXPECT_EQ(story.lane().cart.size(), 1u);
}

/// The cart kept step by step equals the cart made again from the history.
TEST(Personalization, TheCartIsAFunctionOfTheHistory) {
  Story story;
  Random random(4);
  Instant t = kNoon;
  constexpr EventType kTypes[] = {EventType::kView, EventType::kAddToCart, EventType::kAddToCart,
                                  EventType::kRemoveFromCart, EventType::kPurchase};
  for (int i = 0; i < 3'000; ++i) {
    t = t + kSecond;
    const bool late = random.below(10) == 0;
    const Instant when = late ? t - Duration{static_cast<std::int64_t>(random.below(kHour.us / 2))} : t;
    story.tell(kTypes[random.below(5)], "i" + std::to_string(random.below(30)), when);
    std::map<ItemId, std::int64_t> expected;
    for (const HistoryEvent& event : story.lane().history) {
      if (event.type == EventType::kAddToCart) ++expected[event.item];
      if (event.type == EventType::kRemoveFromCart || event.type == EventType::kPurchase)
        expected.erase(event.item);
    }
    ASSERT_EQ(story.lane().cart.size(), expected.size()) << "after " << i;
    for (const CartLine& line : story.lane().cart) ASSERT_EQ(line.quantity, expected.at(line.item));
  }
}

TEST(Personalization, ACartIsAbandonedAsOfItsDueTimeAndOnce) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  PersonalizationLane lane = story.lane();
  EXPECT_EQ(abandon_cart(lane, kNoon + kHour - Duration{1}), std::nullopt);
  EXPECT_EQ(abandon_cart(lane, kNoon + kDay), kNoon + kHour);
  EXPECT_EQ(abandon_cart(lane, kNoon + kDay), std::nullopt);
  EXPECT_EQ(lane.carts_abandoned, 1u);
  EXPECT_EQ(lane.cart.size(), 1u) << "what is in it stays in it";
}

TEST(Personalization, ATickAndALaterEventAbandonAlike) {
  Story ticked, silent;
  for (Story* story : {&ticked, &silent}) {
    auto event = event_of(EventType::kAddToCart, "a", kNoon);
    event.message_id = "same";
    story->tell(event);
  }
  EXPECT_TRUE(fold_time(*ticked.profile, kNoon + kHour, ticked.effects));
  const auto purchase = event_of(EventType::kPurchase, "a", kNoon + kHour * 3);
  ticked.tell(purchase);
  silent.tell(purchase);
  EXPECT_EQ(ticked.profile, silent.profile);
  EXPECT_EQ(silent.lane().carts_abandoned, 1u);
  const auto effects = silent.effects.take();
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects[0].kind, kCartAbandoned);
  EXPECT_EQ(effects[0].time, kNoon + kHour);
}

TEST(Personalization, ACartTouchedAgainCanBeAbandonedAgain) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  story.tell(EventType::kView, "x", kNoon + kHour * 2);
  EXPECT_EQ(story.lane().carts_abandoned, 1u);
  EXPECT_EQ(story.lane().cart_due, std::nullopt);
  story.tell(EventType::kAddToCart, "b", kNoon + kHour * 3);
  EXPECT_EQ(story.lane().cart_due, kNoon + kHour * 4);
  story.tell(EventType::kView, "x", kNoon + kHour * 5);
  EXPECT_EQ(story.lane().carts_abandoned, 2u);
}

TEST(Personalization, APurchaseWithoutItemsEmptiesTheCartAndTheCartIsBounded) {
  Story story;
  for (std::size_t i = 0; i < kCartMax + 5; ++i)
    story.tell(EventType::kAddToCart, "i" + std::to_string(i),
               kNoon + kSecond * static_cast<std::int64_t>(i));
  EXPECT_EQ(story.lane().cart.size(), kCartMax);
  story.tell(EventType::kPurchase, "", kNoon + kMinute * 30);
  EXPECT_TRUE(story.lane().cart.empty());
}

TEST(Personalization, UpdatesSetReplaceAndRemoveTraits) {
  PersonalizationLane lane;
  take_update(lane, {"ann", {{"b", std::int64_t{1}}, {"a", true}}, {}, std::nullopt, ""});
  take_update(lane, {"ann", {{"b", std::int64_t{2}}}, {"a", "unknown"}, records::Context{}, ""});
  ASSERT_EQ(lane.traits.size(), 1u);
  EXPECT_EQ(lane.traits[0], (records::Property{"b", std::int64_t{2}}));
  EXPECT_TRUE(lane.default_context.has_value());
  records::ProfileUpdate many{"ann", {}, {}, std::nullopt, ""};
  for (int i = 0; i < 300; ++i) many.traits.push_back({"t" + std::to_string(i), true});
  take_update(lane, many);
  EXPECT_EQ(lane.traits.size(), records::kTraitsMax);
  for (std::size_t i = 1; i < lane.traits.size(); ++i)
    EXPECT_LT(lane.traits[i - 1].name, lane.traits[i].name);
}

TEST(Personalization, TraitsAreBoundedInBytesToo) {
  PersonalizationLane lane;
  const auto told = [&](const std::string& name, std::size_t bytes) {
    take_update(lane, {"ann", {{name, Bytes(bytes, 'x')}}, {}, std::nullopt, ""});
  };
  told("a", kTraitsBytesMax / 2);
  told("b", kTraitsBytesMax / 2); // with its name there is no room
  EXPECT_EQ(lane.traits.size(), 1u);
  told("c", kTraitsBytesMax / 4);
  EXPECT_EQ(lane.traits.size(), 2u) << "what is smaller has room";
  told("c", kTraitsBytesMax / 2);
  EXPECT_EQ(std::get<std::string>(lane.traits[1].value).size(), kTraitsBytesMax / 4)
      << "what was there stays";
  told("a", 10);
  told("b", kTraitsBytesMax / 2);
  EXPECT_EQ(lane.traits.size(), 3u);
}

} // namespace
} // namespace kindred::profiles
