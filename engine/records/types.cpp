#include "engine/records/types.hpp"

#include <array>

namespace kindred::records {
namespace {

constexpr std::array<std::string_view, kEventTypeCount> kEventNames{"custom",
                                                                    "view",
                                                                    "click",
                                                                    "addToCart",
                                                                    "removeFromCart",
                                                                    "purchase",
                                                                    "search",
                                                                    "rating",
                                                                    "dwell",
                                                                    "checkout",
                                                                    "refund",
                                                                    "save",
                                                                    "share",
                                                                    "follow",
                                                                    "hide",
                                                                    "messageSent",
                                                                    "messageDelivered",
                                                                    "messageOpened",
                                                                    "messageClicked",
                                                                    "unsubscribed",
                                                                    "surveyAnswer",
                                                                    "subscriptionStarted",
                                                                    "subscriptionRenewed",
                                                                    "subscriptionEnded",
                                                                    "storeVisit",
                                                                    "login",
                                                                    "logout",
                                                                    "pageLeave",
                                                                    "error"};

constexpr std::array<std::string_view, 41> kRecordNames{
    "none",     "event",    "profileUpdate", "consent", "preference", "survey",     "erase",
    "decided",  "exposed",  "reward",        "link",    "unlink",     "mergeOut",   "mergeIn",
    "adopt",    "activate", "tick",          "cut",     "cutDone",    "delta",      "chunk",
    "manifest", "item",     "block",         "rule",    "placement",  "experiment", "campaign",
    "rate",     "setting",  "trait",         "segment", "approve",    "export",     "deadLetter",
    "tenant",   "alive",    "join",          "drain",   "caughtUp",   "audit"};

struct Alias {
  std::string_view name;
  EventType type;
};

/// The Segment specification's names that mean one of our types: e-commerce, email, mobile lifecycle and B2B events.
/// Its other names stay custom, with the name kept.
constexpr Alias kAliases[] = {
    {"Product Viewed", EventType::kView},
    {"Product Clicked", EventType::kClick},
    {"Promotion Clicked", EventType::kClick},
    {"Product Added", EventType::kAddToCart},
    {"Product Removed", EventType::kRemoveFromCart},
    {"Order Completed", EventType::kPurchase},
    {"Products Searched", EventType::kSearch},
    {"Product Reviewed", EventType::kRating},
    {"Checkout Started", EventType::kCheckout},
    {"Order Refunded", EventType::kRefund},
    {"Order Cancelled", EventType::kRefund},
    {"Product Added to Wishlist", EventType::kSave},
    {"Product Shared", EventType::kShare},
    {"Cart Shared", EventType::kShare},
    {"Email Delivered", EventType::kMessageDelivered},
    {"Email Opened", EventType::kMessageOpened},
    {"Email Link Clicked", EventType::kMessageClicked},
    {"Push Notification Received", EventType::kMessageDelivered},
    {"Push Notification Tapped", EventType::kMessageClicked},
    {"Unsubscribed", EventType::kUnsubscribed},
    {"Signed In", EventType::kLogin},
    {"Signed Out", EventType::kLogout},
};

} // namespace

std::string_view name_of(EventType type) {
  const auto number = static_cast<std::size_t>(type);
  return number < kEventNames.size() ? kEventNames[number] : "unknown";
}

EventType event_type_of(std::string_view name) {
  for (std::size_t i = 0; i < kEventNames.size(); ++i)
    if (kEventNames[i] == name) return static_cast<EventType>(i);
  for (const Alias& alias : kAliases)
    if (alias.name == name) return alias.type;
  return EventType::kCustom;
}

std::string_view name_of(RecordType type) {
  const auto number = static_cast<std::size_t>(type);
  return number < kRecordNames.size() ? kRecordNames[number] : "unknown";
}

} // namespace kindred::records
