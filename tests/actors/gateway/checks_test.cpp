#include "actors/gateway/checks.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;
using records::EventType;

records::Event good_event() {
  records::Event event;
  event.user_id = "u";
  event.type = EventType::kPurchase;
  event.item = "i";
  event.value = {1299, 2, {'E', 'U', 'R'}};
  event.lines = {{"i", 2, {100, 2, {}}, {}, {}, "c"}};
  event.properties = {{"size", std::string("L")}};
  return event;
}

/// The code of what is wrong with the event after `spoil`; zero where nothing is. The message has to help.
ErrorCode code_after(void (*spoil)(records::Event&)) {
  records::Event event = good_event();
  spoil(event);
  const auto error = check(event);
  if (!error) return ErrorCode{};
  EXPECT_GT(error->message.size(), 20u);
  return error->code;
}

TEST(Checks, AGoodEventPasses) { EXPECT_FALSE(check(good_event())); }

TEST(Checks, EveryFaultOfAnEventHasItsCode) {
  using E = records::Event;
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(code_after([](E& e) { e.user_id.clear(); }), ErrorCode::kMissingUser);
  EXPECT_EQ(code_after([](E& e) { e.user_id.assign(257, 'x'); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) { e.user_id.assign(256, 'x'); }), ErrorCode{});
  EXPECT_EQ(code_after([](E& e) { e.item.assign(257, 'x'); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) { e.page.assign(4097, 'x'); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) { e.type = EventType::kCustom; }), ErrorCode::kMissingField);
  EXPECT_EQ(code_after([](E& e) { e.value.minor = -1; }), ErrorCode::kInvalidPrice);
  EXPECT_EQ(code_after([](E& e) { e.value.exponent = 10; }), ErrorCode::kInvalidPrice);
  EXPECT_EQ(code_after([](E& e) { e.value.currency = {'e', 'u', 'r'}; }), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.lines[0].unit_price.minor = -1; }), ErrorCode::kInvalidPrice);
  EXPECT_EQ(code_after([](E& e) { e.lines[0].quantity = -1; }), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.lines[0].item.clear(); }), ErrorCode::kMissingField);
  EXPECT_EQ(code_after([](E& e) { e.lines.resize(257, e.lines[0]); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) { e.event_time = {kMax}; }), ErrorCode::kInvalidTime);
  EXPECT_EQ(code_after([](E& e) { e.send_time = Instant{-kMax}; }), ErrorCode::kInvalidTime);
  EXPECT_EQ(code_after([](E& e) { e.dwell = Duration{-1}; }), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.rating = Fixed{kMax}; }), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.scroll_percent = 101; }), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.properties.resize(65, e.properties[0]); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) { e.properties[0].name.clear(); }), ErrorCode::kMissingField);
  EXPECT_EQ(code_after([](E& e) { e.properties[0].value = std::vector<std::string>(65); }),
            ErrorCode::kTooLarge);
  EXPECT_EQ(code_after([](E& e) {
              e.context.coordinates = records::Place{900'000'001, 0};
            }),
            ErrorCode::kInvalidValue);
  EXPECT_EQ(code_after([](E& e) { e.context.zone_offset_minutes = 2000; }), ErrorCode::kInvalidValue);
}

TEST(Checks, ARefundMayTellNegativeAmounts) {
  records::Event event = good_event();
  event.type = EventType::kRefund;
  event.value.minor = -1299;
  event.lines[0].quantity = -2;
  event.lines[0].unit_price.minor = -100;
  EXPECT_FALSE(check(event));
}

TEST(Checks, AnUnknownTypeWithANameIsFine) {
  records::Event event = good_event();
  event.type = EventType::kCustom;
  event.type_name = "Spun The Wheel";
  EXPECT_FALSE(check(event));
}

TEST(Checks, OtherWrites) {
  EXPECT_EQ(check(records::ProfileUpdate{})->code, ErrorCode::kMissingUser);
  EXPECT_EQ(check(records::Consent{"u", {}, {}, "", ""})->code, ErrorCode::kMissingField);
  EXPECT_FALSE(check(records::Consent{"u", records::kTraining, {}, "", ""}));
  EXPECT_EQ(check(records::Erase{})->code, ErrorCode::kMissingUser);
  records::Exposed exposed;
  exposed.user_id = "u";
  EXPECT_EQ(check(exposed)->code, ErrorCode::kMissingField);
  exposed.request_id = "r";
  EXPECT_FALSE(check(exposed));
  exposed.slots = {100};
  EXPECT_EQ(check(exposed)->code, ErrorCode::kInvalidValue);
  records::Reward reward{"u", {1, 1}, "", "click", {}, {}};
  EXPECT_FALSE(check(reward));
  reward.decision = {};
  EXPECT_EQ(check(reward)->code, ErrorCode::kMissingField);
}

TEST(Checks, LibraryWrites) {
  records::Item item;
  EXPECT_EQ(check(item)->code, ErrorCode::kMissingField);
  item.item = "i";
  EXPECT_FALSE(check(item));
  item.price.minor = -1;
  EXPECT_EQ(check(item)->code, ErrorCode::kInvalidPrice);
  records::Placement placement;
  placement.placement = "home";
  EXPECT_FALSE(check(placement));
  placement.exploration = Fixed{(1 << 20) + 1};
  EXPECT_EQ(check(placement)->code, ErrorCode::kInvalidValue);
  placement.exploration = {};
  placement.count_default = 101;
  EXPECT_EQ(check(placement)->code, ErrorCode::kInvalidValue);
  records::Tenant tenant;
  tenant.name = "shop";
  EXPECT_FALSE(check(tenant));
  tenant.base_currency = "euro";
  EXPECT_EQ(check(tenant)->code, ErrorCode::kInvalidValue);
}

TEST(Checks, Reads) {
  api::Decide decide;
  EXPECT_EQ(check(decide, false)->code, ErrorCode::kMissingUser);
  decide.user_id = "u";
  EXPECT_FALSE(check(decide, false));
  decide.time = Instant{1};
  EXPECT_EQ(check(decide, false)->code, ErrorCode::kInvalidTime);
  EXPECT_FALSE(check(decide, true));
  decide.count = 101;
  EXPECT_EQ(check(decide, true)->code, ErrorCode::kInvalidValue);
  decide.count = 0;
  decide.exclude.resize(1001, "x");
  EXPECT_EQ(check(decide, true)->code, ErrorCode::kTooLarge);
  EXPECT_EQ(check(api::GetProfile{})->code, ErrorCode::kMissingUser);
}

TEST(Checks, BrokenBytesHaveTheirCodes) {
  using schemas::CodecError;
  EXPECT_EQ(error_of({CodecError::kMalformed, "x"}).code, ErrorCode::kMalformed);
  EXPECT_EQ(error_of({CodecError::kTruncated, "x"}).code, ErrorCode::kMalformed);
  EXPECT_EQ(error_of({CodecError::kTooLarge, "x"}).code, ErrorCode::kTooLarge);
  EXPECT_EQ(error_of({CodecError::kInvalidText, "x"}).code, ErrorCode::kInvalidText);
  EXPECT_EQ(error_of({CodecError::kUnsupportedVersion, "x"}).code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(error_of({CodecError::kOutOfRange, "x"}).code, ErrorCode::kInvalidValue);
}

} // namespace
} // namespace kindred::actors::gateway
