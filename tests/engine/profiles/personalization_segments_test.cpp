// What segments read of the personalization lane: tastes and orders.

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/profiles/features.hpp"
#include "engine/profiles/personalization.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

// ---- tastes

records::Event in_category(const std::string& category, Instant t = kNoon) {
  auto event = event_of(EventType::kView, "a", t);
  event.item_facts.category = category;
  return event;
}

TEST(Tastes, CountEventsByCategory) {
  Story story;
  for (const char* category : {"lamps", "books", "lamps", "", "lamps"}) story.tell(in_category(category));
  EXPECT_EQ(story.lane().tastes, (std::vector<Taste>{{"books", 1}, {"lamps", 3}}));
  EXPECT_EQ(story.lane().tastes_total, 4u) << "events that had one";
  EXPECT_EQ(story.lane().events, 5u);
}

TEST(Tastes, BeyondTheBoundTheLeastUsedGoesThenTheFirstByName) {
  Story story;
  for (std::size_t i = 0; i < kTastesMax; ++i)
    for (int n = 0; n < (i < 2 ? 1 : 3); ++n) story.tell(in_category("c" + std::to_string(10 + i)));
  const std::uint64_t total = story.lane().tastes_total;
  story.tell(in_category("z"));
  ASSERT_EQ(story.lane().tastes.size(), kTastesMax);
  EXPECT_EQ(story.lane().tastes.front().category, "c11") << "c10 and c11 were used once";
  EXPECT_EQ(story.lane().tastes.back(), (Taste{"z", 1}));
  EXPECT_EQ(story.lane().tastes_total, total + 1) << "of all, kept or not";
  story.tell(in_category("a"));
  EXPECT_EQ(story.lane().tastes.front(), (Taste{"a", 1})) << "c11 went";
  story.tell(in_category("b"));
  EXPECT_EQ(story.lane().tastes.front(), (Taste{"b", 1})) << "a went, which was there but once";
}

RC_GTEST_PROP(Tastes, AreByNameBoundedAndNeverMoreThanWasTold, (std::uint64_t seed)) {
  Random random(seed);
  Story story;
  std::map<std::string, std::uint32_t> told;
  for (int i = 0; i < 300; ++i) {
    const std::string category = "c" + std::to_string(random.below(1 + random.below(60)));
    ++told[category];
    story.tell(in_category(category, kNoon + kSecond * i));
  }
  const auto& tastes = story.lane().tastes;
  RC_ASSERT(tastes.size() == std::min(told.size(), kTastesMax));
  for (std::size_t i = 0; i < tastes.size(); ++i) {
    if (i > 0) RC_ASSERT(tastes[i - 1].category < tastes[i].category);
    RC_ASSERT(tastes[i].count >= 1u && tastes[i].count <= told.at(tastes[i].category));
    if (told.size() <= kTastesMax) RC_ASSERT(tastes[i].count == told.at(tastes[i].category));
  }
  RC_ASSERT(story.lane().tastes_total == 300u);
}

// ---- orders

records::Event order(const std::string& id, std::int64_t cents, Instant t = kNoon) {
  auto event = event_of(EventType::kPurchase, "a", t);
  event.order_id = id;
  event.value = {cents, 2, {'E', 'U', 'R'}};
  return event;
}
records::Event refund(std::int64_t cents) {
  auto event = order("", cents, kNoon + kDay);
  event.type = EventType::kRefund;
  return event;
}

TEST(Orders, CountAndSpentAndLast) {
  Story story;
  story.tell(order("A", 1'050));
  story.tell(order("B", 250, kNoon + kDay));
  story.tell(order("C", 25, kNoon - kDay)); // late
  const Orders& orders = story.lane().orders;
  EXPECT_EQ(orders.count, 3u);
  EXPECT_EQ(orders.spent.to_double(), 13.25);
  EXPECT_EQ(orders.last, kNoon + kDay);
  EXPECT_EQ(story.lane().orders.last_hash, hash64("C"));
}

TEST(Orders, LinesOfOneOrderCountOnce) {
  Story story;
  for (int line = 0; line < 3; ++line) story.tell(order("A", 500, kNoon + kSecond * line));
  EXPECT_EQ(story.lane().orders.count, 1u);
  EXPECT_EQ(story.lane().orders.spent.to_double(), 15) << "each line says what it comes to";
  EXPECT_EQ(story.lane().orders.last, kNoon + kSecond * 2);
  story.tell(order("B", 500));
  story.tell(order("A", 500));
  EXPECT_EQ(story.lane().orders.count, 3u) << "only the last id is known";
}

TEST(Orders, WithoutAnIdEachIsOne) {
  Story story;
  for (int i = 0; i < 3; ++i) story.tell(order("", 100));
  EXPECT_EQ(story.lane().orders.count, 3u);
}

TEST(Orders, ALateLineOfTheFirstOrderDoesNotMakeItOlder) {
  Story story;
  story.tell(order("A", 100, kNoon + kDay));
  story.tell(order("A", 100, kNoon));
  EXPECT_EQ(story.lane().orders.count, 1u);
  EXPECT_EQ(story.lane().orders.last, kNoon + kDay);
}

TEST(Orders, BeforeTheEpochThereWereOrdersToo) {
  Story story;
  story.tell(order("A", 100, {-kDay.us}));
  EXPECT_EQ(story.lane().orders.last, Instant{-kDay.us});
}

TEST(Orders, RefundsTakeBackWhatWasSpentAndNoOrder) {
  Story story;
  story.tell(order("A", 1'000));
  story.tell(refund(300));
  EXPECT_EQ(story.lane().orders.count, 1u);
  EXPECT_EQ(story.lane().orders.spent.to_double(), 7);
  EXPECT_EQ(story.lane().orders.last, kNoon) << "a refund is no order";
  story.tell(refund(1'000));
  EXPECT_EQ(story.lane().orders.spent.to_double(), -3);
  story.tell(order("A", 100));
  EXPECT_EQ(story.lane().orders.count, 1u) << "another line of it, a refund between";
}

TEST(Orders, AValueThatIsNotToldIsThatOfItsLines) {
  Story story;
  auto event = order("A", 0);
  event.lines = {{"a", 2, {150, 2, {'E', 'U', 'R'}}, {50, 2, {'E', 'U', 'R'}}, {}, ""},
                 {"b", 1, {400, 2, {'E', 'U', 'R'}}, {}, {}, ""}};
  story.tell(event);
  EXPECT_EQ(story.lane().orders.spent.to_double(), 2 * 1.5 - 0.5 + 4);
  event.value = {100, 2, {'E', 'U', 'R'}};
  event.message_id = "told";
  story.tell(event);
  EXPECT_EQ(story.lane().orders.spent.to_double(), 6.5 + 1);
}

TEST(Orders, SpentIsClamped) {
  Story story;
  story.tell(order("A", INT64_MAX));
  EXPECT_EQ(story.lane().orders.spent.to_double(), Fixed::kMax);
  story.tell(order("B", INT64_MAX));
  EXPECT_EQ(story.lane().orders.spent.to_double(), Fixed::kMax);
  auto event = refund(0);
  event.lines = {{"a", INT64_MAX, {INT64_MAX, 0, {'E', 'U', 'R'}}, {INT64_MIN, 0, {'E', 'U', 'R'}}, {}, ""}};
  story.tell(event);
  EXPECT_EQ(story.lane().orders.spent.to_double(), -Fixed::kMax);
  event.type = EventType::kPurchase;
  event.message_id = "again";
  event.lines[0].unit_price.exponent = 255;
  story.tell(event);
  EXPECT_LE(std::abs(story.lane().orders.spent.to_double()), Fixed::kMax);
}

TEST(Orders, OtherEventsAreNone) {
  Story story;
  for (const EventType type : {EventType::kView, EventType::kAddToCart, EventType::kRemoveFromCart}) {
    auto event = order("A", 500);
    event.type = type;
    event.message_id += std::to_string(static_cast<int>(type));
    story.tell(event);
  }
  EXPECT_EQ(story.lane().orders, Orders{});
}

TEST(Tastes, ACategoryTooLongForAFeatureIsNotCounted) {
  PersonalizationLane lane;
  std::vector<Use> uses;
  const auto view = [&](std::string category) {
    records::Event event;
    event.type = records::EventType::kView;
    event.item_facts.category = std::move(category);
    take_event(lane, {event, {}, 0, uses}, kHour);
  };
  view(std::string(kCategoryBytesMax, 'x'));
  view(std::string(kCategoryBytesMax + 1, 'x'));
  ASSERT_EQ(lane.tastes.size(), 1u);
  EXPECT_EQ(lane.tastes_total, 1u);
}

} // namespace
} // namespace kindred::profiles
