#include "engine/profiles/uses.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/session.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

std::vector<ItemId> items_of(const records::Event& event) {
  std::vector<Use> uses(3); // must be emptied
  find_uses(event, uses);
  std::vector<ItemId> items;
  for (const Use& use : uses) items.push_back(use.item);
  return items;
}

records::Event with_lines(const std::string& item, std::vector<std::string> lines) {
  auto event = event_of(records::EventType::kPurchase, item, kNoon);
  for (auto& line : lines) event.lines.push_back({std::move(line), 1, {5, 2, {}}, {}, {}, ""});
  return event;
}

TEST(Uses, ItemLinesAndNeither) {
  EXPECT_TRUE(items_of(with_lines("", {})).empty());
  EXPECT_EQ(items_of(with_lines("a", {})), std::vector{item_id("a")});
  EXPECT_EQ(items_of(with_lines("", {"a", "b"})), (std::vector{item_id("a"), item_id("b")}));
}

TEST(Uses, EachItemOnceInTheOrderOfTheLines) {
  EXPECT_EQ(items_of(with_lines("c", {"b", "a", "b", ""})),
            (std::vector{item_id("c"), item_id("b"), item_id("a")}));
  EXPECT_EQ(items_of(with_lines("a", {"b", "a"})), (std::vector{item_id("b"), item_id("a")}))
      << "the event's own item is one of the lines";
}

TEST(Uses, ALineBringsItsPrice) {
  std::vector<Use> uses;
  auto event = with_lines("a", {"b"});
  event.value = {900, 2, {}};
  find_uses(event, uses);
  EXPECT_EQ(uses[0].value.minor, 900);
  EXPECT_EQ(uses[1].value.minor, 5);
}

TEST(Session, OrderBeforeSessionBeforeNone) {
  auto event = event_of(records::EventType::kView, "a", kNoon);
  EXPECT_EQ(session_hash_of(event), 0u);
  event.session_id = "x";
  const auto by_session = session_hash_of(event);
  EXPECT_NE(by_session, 0u);
  event.order_id = "x";
  EXPECT_NE(session_hash_of(event), by_session) << "an order is no session of the same name";
}

TEST(Session, NamesDecideElseTheGap) {
  EXPECT_TRUE(same_session(1, kNoon, 1, kNoon + kDay));
  EXPECT_FALSE(same_session(1, kNoon, 2, kNoon));
  EXPECT_TRUE(same_session(0, kNoon, 2, kNoon + kSessionGap));
  EXPECT_FALSE(same_session(0, kNoon, 0, kNoon + kSessionGap + Duration{1}));
}

} // namespace
} // namespace kindred::profiles
