#include "engine/decisions/evidence.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using records::EventType;
using testing::ElementsAre;
using testing::IsEmpty;

Evidence gathered(const Shop& shop) {
  Evidence evidence;
  gather(shop.user, *shop.library.catalog(kDefaultTenant), kNow, evidence);
  return evidence;
}

profiles::HistoryEvent event_at(Duration ago, std::uint64_t session = 0) {
  profiles::HistoryEvent event;
  event.order.time = kNow - ago;
  event.session_hash = session;
  return event;
}

TEST(SameSession, GapOfHalfAnHourDecidesWhereNoIdIsTold) {
  EXPECT_TRUE(same_session(event_at(kMinute * 30), event_at({0})));
  EXPECT_FALSE(same_session(event_at(kMinute * 30 + Duration{1}), event_at({0})));
  EXPECT_TRUE(same_session(event_at(kMinute, 5), event_at({0})));
  EXPECT_FALSE(same_session(event_at(kHour, 5), event_at({0})));
}

TEST(SameSession, ToldIdsDecideWhateverTheGap) {
  EXPECT_TRUE(same_session(event_at(kDay, 5), event_at({0}, 5)));
  EXPECT_FALSE(same_session(event_at({0}, 5), event_at({0}, 6)));
}

TEST(Evidence, OfAnEmptyProfileIsEmpty) {
  const Shop shop;
  const Evidence evidence = gathered(shop);
  EXPECT_THAT(evidence.session, IsEmpty());
  EXPECT_THAT(evidence.recent, IsEmpty());
  EXPECT_THAT(evidence.bought, IsEmpty());
  EXPECT_TRUE(evidence.attributes.empty());
  EXPECT_EQ(evidence.segment.value, 0u);
}

TEST(Evidence, TheSegmentIsTheOneThatTheFoldPutHimIn) {
  Shop shop;
  const auto scope = shop.in_segment(12);
  Evidence evidence = gathered(shop);
  EXPECT_EQ(evidence.segment, scope);
  evidence.clear();
  EXPECT_EQ(evidence.segment.value, 0u);
  shop.in_segment(0);
  shop.user.personalization.rfm.segment = 3;
  EXPECT_EQ(gathered(shop).segment.value, 0u) << "trends of quintiles are not kept";
}

TEST(Evidence, SessionIsTheNewestRunOfEventsNewestFirst) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), c = shop.item("c"), d = shop.item("d");
  shop.did(a, kHour * 2);
  shop.did(b, kMinute * 50);
  shop.did(c, kMinute * 25);
  shop.did(d, kMinute * 2);
  EXPECT_THAT(gathered(shop).session, ElementsAre(d, c, b));
  EXPECT_THAT(gathered(shop).recent, ElementsAre(d, c, b, a));
}

TEST(Evidence, SessionThatIsOverIsNoSession) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.did(a, kMinute * 31);
  EXPECT_THAT(gathered(shop).session, IsEmpty());
  EXPECT_THAT(gathered(shop).recent, ElementsAre(a));
}

TEST(Evidence, EventsAheadOfTheQuestionStillBelongToTheSession) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.did(a, kMinute * -3);
  EXPECT_THAT(gathered(shop).session, ElementsAre(a));
}

TEST(Evidence, AnotherOrderEndsTheSession) {
  Shop shop;
  const ItemId a = shop.item("a"), b = shop.item("b"), c = shop.item("c");
  shop.did(a, kMinute, EventType::kPurchase, 1);
  shop.did(b, kMinute, EventType::kPurchase, 2);
  shop.did(c, kMinute, EventType::kPurchase, 2);
  EXPECT_THAT(gathered(shop).session, ElementsAre(c, b));
}

TEST(Evidence, ItemsAreDistinctAndBounded) {
  Shop shop;
  std::vector<ItemId> items;
  for (int i = 0; i < 14; ++i) items.push_back(shop.item("item" + std::to_string(i)));
  for (const ItemId item : items) shop.did(item, kMinute * 5);
  for (int i = 0; i < 3; ++i) shop.did(items[0], kMinute);
  const Evidence evidence = gathered(shop);
  EXPECT_EQ(evidence.session.size(), kSessionItems);
  EXPECT_EQ(evidence.recent.size(), kRecentItems);
  EXPECT_EQ(evidence.seeds.size(), 14u);
  EXPECT_TRUE(std::equal(evidence.recent.begin(), evidence.recent.end(), evidence.seeds.begin()));
  EXPECT_EQ(evidence.session[0], items[0]);
  EXPECT_EQ(evidence.session[1], items[13]);
}

TEST(Evidence, SeedsAreTheNewestItemsOfAnyAge) {
  constexpr std::size_t kMost = learners::ItemNeighbours::kSeedsMax;
  Shop shop;
  std::vector<ItemId> items;
  for (std::size_t i = 0; i < kMost + 3; ++i) items.push_back(shop.item("item" + std::to_string(i)));
  for (std::size_t i = 0; i < items.size(); ++i)
    shop.did(items[i], kDay * static_cast<std::int64_t>(400 - i));
  const Evidence evidence = gathered(shop);
  ASSERT_EQ(evidence.seeds.size(), kMost);
  EXPECT_EQ(evidence.seeds.front(), items.back());
  EXPECT_EQ(evidence.seeds.back(), items[3]);
}

TEST(Evidence, EventsThatSpeakAgainstTheirItemCountNothing) {
  for (const auto type : {EventType::kHide, EventType::kRemoveFromCart, EventType::kRefund, EventType::kError,
                          EventType::kMessageSent, EventType::kMessageDelivered, EventType::kUnsubscribed,
                          EventType::kSubscriptionEnded, EventType::kPageLeave}) {
    Shop shop;
    shop.did(shop.item("a", kDay, {{"brand", "acme"}}), kMinute, type);
    const Evidence evidence = gathered(shop);
    EXPECT_THAT(evidence.session, IsEmpty()) << static_cast<int>(type);
    EXPECT_THAT(evidence.recent, IsEmpty()) << static_cast<int>(type);
    EXPECT_TRUE(evidence.attributes.empty()) << static_cast<int>(type);
  }
}

TEST(Evidence, EventsWithoutAnItemKeepTheSessionTogether) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.did(a, kMinute * 50);
  shop.did({}, kMinute * 25, EventType::kSearch);
  EXPECT_THAT(gathered(shop).session, ElementsAre(a));
}

TEST(Evidence, BoughtItemsAreNamedWithTheirCount) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.did(a, kDay * 3, EventType::kPurchase);
  shop.did(a, kDay * 2, EventType::kPurchase);
  shop.did(shop.item("viewed only"), kDay);
  shop.did(item_id("not in the catalog"), kDay, EventType::kPurchase);
  const Evidence evidence = gathered(shop);
  ASSERT_EQ(evidence.bought.size(), 1u);
  EXPECT_EQ(evidence.bought[0].ordinal, 0u);
  EXPECT_EQ(evidence.bought[0].purchases, 2u);
}

TEST(Evidence, AttributesCountDistinctItemsOfTheNewestEvents) {
  Shop shop;
  const ItemId old = shop.item("old", kDay, {{"brand", "old"}});
  const ItemId a = shop.item("a", kDay, {{"brand", "acme"}, {"category", "lamps"}});
  const ItemId b = shop.item("b", kDay, {{"brand", "acme"}});
  shop.did(old, kDay);
  for (std::size_t i = 0; i < kAffinityEvents - 1; ++i) shop.did(a, kHour);
  shop.did(b, kMinute);
  const Evidence evidence = gathered(shop);
  const auto& numbers = shop.library.catalog(kDefaultTenant)->columns().numbers; // of old, a, b
  EXPECT_EQ(evidence.attributes.count(numbers[2][0]), 2u) << "acme";
  EXPECT_EQ(evidence.attributes.count(numbers[1][0]), 1u) << "lamps: the category stands first";
  EXPECT_EQ(evidence.attributes.count(numbers[0][0]), 0u) << "too long ago";
}

TEST(Evidence, ClearForgetsEverything) {
  Shop shop;
  shop.did(shop.item("a", kDay, {{"brand", "acme"}}), kMinute, EventType::kPurchase);
  Evidence evidence = gathered(shop);
  evidence.clear();
  EXPECT_THAT(evidence.session, IsEmpty());
  EXPECT_THAT(evidence.recent, IsEmpty());
  EXPECT_THAT(evidence.recent, IsEmpty());
  EXPECT_THAT(evidence.seeds, IsEmpty());
  EXPECT_THAT(evidence.bought, IsEmpty());
  EXPECT_TRUE(evidence.attributes.empty());
}

} // namespace
} // namespace kindred::decisions
