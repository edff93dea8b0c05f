#include "engine/records/types.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::records {
namespace {

TEST(EventTypes, EveryNameLeadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i < kEventTypeCount; ++i) {
    const auto type = static_cast<EventType>(i);
    names.insert(name_of(type));
    EXPECT_EQ(event_type_of(name_of(type)), type) << name_of(type);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kEventTypeCount));
}

TEST(EventTypes, NumbersAreForEver) {
  EXPECT_EQ(name_of(EventType{0}), "custom");
  EXPECT_EQ(name_of(EventType{1}), "view");
  EXPECT_EQ(name_of(EventType{3}), "addToCart");
  EXPECT_EQ(name_of(EventType{5}), "purchase");
  EXPECT_EQ(name_of(EventType{10}), "refund");
  EXPECT_EQ(name_of(EventType{19}), "unsubscribed");
  EXPECT_EQ(name_of(EventType{24}), "storeVisit");
  EXPECT_EQ(name_of(EventType{28}), "error");
  EXPECT_EQ(name_of(EventType{29}), "unknown");
}

TEST(EventTypes, KnowTheSegmentSpecification) {
  EXPECT_EQ(event_type_of("Product Viewed"), EventType::kView);
  EXPECT_EQ(event_type_of("Product Clicked"), EventType::kClick);
  EXPECT_EQ(event_type_of("Product Added"), EventType::kAddToCart);
  EXPECT_EQ(event_type_of("Product Removed"), EventType::kRemoveFromCart);
  EXPECT_EQ(event_type_of("Checkout Started"), EventType::kCheckout);
  EXPECT_EQ(event_type_of("Order Completed"), EventType::kPurchase);
  EXPECT_EQ(event_type_of("Order Refunded"), EventType::kRefund);
  EXPECT_EQ(event_type_of("Order Cancelled"), EventType::kRefund);
  EXPECT_EQ(event_type_of("Products Searched"), EventType::kSearch);
  EXPECT_EQ(event_type_of("Product Added to Wishlist"), EventType::kSave);
  EXPECT_EQ(event_type_of("Product Shared"), EventType::kShare);
  EXPECT_EQ(event_type_of("Product Reviewed"), EventType::kRating);
  EXPECT_EQ(event_type_of("Email Opened"), EventType::kMessageOpened);
  EXPECT_EQ(event_type_of("Signed In"), EventType::kLogin);
}

/// These name one of several steps, or a list of items: taking them for a view of one item would teach nonsense.
TEST(EventTypes, KeepTheRestAsCustom) {
  for (const auto* name : {"", "Product List Viewed", "Cart Viewed", "Checkout Step Viewed", "Coupon Applied",
                           "product viewed", "View", "anything"})
    EXPECT_EQ(event_type_of(name), EventType::kCustom) << name;
}

TEST(RecordTypes, NumbersAreForEver) {
  EXPECT_EQ(name_of(RecordType::kEvent), "event");
  EXPECT_EQ(name_of(RecordType{1}), "event");
  EXPECT_EQ(name_of(RecordType{6}), "erase");
  EXPECT_EQ(name_of(RecordType{7}), "decided");
  EXPECT_EQ(name_of(RecordType{14}), "adopt");
  EXPECT_EQ(name_of(RecordType{19}), "delta");
  EXPECT_EQ(name_of(RecordType{21}), "manifest");
  EXPECT_EQ(name_of(RecordType{22}), "item");
  EXPECT_EQ(name_of(RecordType{34}), "deadLetter");
  EXPECT_EQ(name_of(RecordType{40}), "audit");
  EXPECT_EQ(name_of(RecordType{41}), "unknown");
}

TEST(RecordTypes, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (std::uint16_t i = 1; i <= 40; ++i) names.insert(name_of(RecordType{i}));
  EXPECT_EQ(names.size(), 40u);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(PurposeSets, AreBits) {
  EXPECT_TRUE((kPersonalization | kTraining).has(kTraining));
  EXPECT_FALSE((kPersonalization | kTraining).has(kMeasurement));
  EXPECT_EQ(kAllPurposes & ~kMessaging & kMessaging, kNoPurpose);
  EXPECT_TRUE(kNoPurpose.empty());
  EXPECT_FALSE(kAllPurposes.has(kNoPurpose));
}

} // namespace
} // namespace kindred::records
