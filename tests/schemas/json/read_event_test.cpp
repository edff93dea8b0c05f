#include "schemas/json/read_event.hpp"

#include <gtest/gtest.h>

#include "schemas/json/time_text.hpp"

namespace kindred::json {
namespace {

using api::ErrorCode;
using records::EventType;

api::Track track_of(std::string_view line) {
  auto parsed = parse_event(line);
  if (!parsed.ok()) {
    ADD_FAILURE() << line << ": " << parsed.error().message;
    return {};
  }
  return parsed.take();
}

ErrorCode code_of(std::string_view line) {
  const auto parsed = parse_event(line);
  if (parsed.ok()) {
    ADD_FAILURE() << line << " was taken";
    return {};
  }
  EXPECT_FALSE(parsed.error().message.empty());
  return parsed.error().code;
}

const records::PropertyValue* find(const std::vector<records::Property>& properties, std::string_view name) {
  for (const auto& property : properties)
    if (property.name == name) return &property.value;
  return nullptr;
}

TEST(ReadEvent, TheSmallestEvent) {
  const auto track = track_of(R"({"userId":"u1","event":"view","properties":{"item":"i1"}})");
  EXPECT_EQ(track.event.user_id, "u1");
  EXPECT_EQ(track.event.type, EventType::kView);
  EXPECT_EQ(track.event.item, "i1");
  EXPECT_EQ(track.event.event_time, Instant{});
  EXPECT_EQ(track.stated, records::kAllPurposes);
}

TEST(ReadEvent, SegmentsNamesAndPlaces) {
  const auto track =
      track_of(R"({"type":"track","event":"Product Added","userId":"u","anonymousId":"a","messageId":"m-1",
    "timestamp":"2017-07-14T02:40:00.5Z","sentAt":1500000001000,"channel":"browser","sequence":7,
    "properties":{"product_id":"p","price":12.99,"currency":"eur","sku":"s-9","position":3,"decision_id":"000102030405060708090a0b0c0d0e0f"},
    "context":{"device":{"type":"mobile"},"os":{"name":"iOS"},"locale":"de-DE","timezone":"Europe/Berlin",
      "location":{"country":"DE","latitude":52.5,"longitude":13.25},"campaign":{"name":"spring"},
      "page":{"path":"/shoes","referrer":"https://example.org"}}})");
  const auto& event = track.event;
  EXPECT_EQ(event.type, EventType::kAddToCart);
  EXPECT_EQ(event.anonymous_id, "a");
  EXPECT_EQ(event.message_id, "m-1");
  EXPECT_EQ(event.event_time, Instant{1'500'000'000'500'000});
  EXPECT_EQ(event.send_time, Instant{1'500'000'001'000'000});
  EXPECT_EQ(event.client_sequence, 7u);
  EXPECT_EQ(event.item, "p");
  EXPECT_EQ(event.value, (Money{129'900, 4, {'E', 'U', 'R'}}));
  EXPECT_EQ(to_hex(event.decision), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(event.source, records::Source::kWeb);
  EXPECT_EQ(event.context.device, records::DeviceClass::kPhone);
  EXPECT_EQ(event.context.operating_system, "iOS");
  EXPECT_EQ(event.context.country, "DE");
  EXPECT_EQ(event.context.coordinates, (records::Place{525'000'000, 132'500'000}));
  EXPECT_EQ(event.campaign, "spring");
  EXPECT_EQ(event.page, "/shoes");
  EXPECT_EQ(event.referrer, "https://example.org");
  ASSERT_TRUE(find(event.properties, "sku"));
  EXPECT_EQ(*find(event.properties, "position"), records::PropertyValue(std::int64_t{3}));
  ASSERT_TRUE(find(event.context.extra, "timezone"));
}

TEST(ReadEvent, UnknownNamesAreKeptAsCustom) {
  const auto track = track_of(R"({"userId":"u","event":"Spun The Wheel"})");
  EXPECT_EQ(track.event.type, EventType::kCustom);
  EXPECT_EQ(track.event.type_name, "Spun The Wheel");
}

TEST(ReadEvent, AnAnonymousIdStandsForTheUser) {
  EXPECT_EQ(track_of(R"({"anonymousId":"a1","event":"view"})").event.user_id, "a1");
  EXPECT_EQ(track_of(R"({"event":"view"})").event.user_id, "")
      << "the server says what is missing, with the reject";
}

TEST(ReadEvent, PagesAreViews) {
  const auto track =
      track_of(R"({"type":"page","userId":"u","name":"Home","properties":{"url":"https://x/y"}})");
  EXPECT_EQ(track.event.type, EventType::kView);
  EXPECT_EQ(track.event.page, "Home");
}

TEST(ReadEvent, PropertiesKeepTheirTypes) {
  const auto track =
      track_of(R"({"userId":"u","event":"view","properties":{"flag":true,"whole":-3,"part":0.5,"text":"t",
    "list":["a",1,true],"huge":1e300,"nothing":null,"outer":{"inner":{"deep":2}}}})");
  const auto& properties = track.event.properties;
  EXPECT_EQ(*find(properties, "flag"), records::PropertyValue(true));
  EXPECT_EQ(*find(properties, "whole"), records::PropertyValue(std::int64_t{-3}));
  EXPECT_EQ(*find(properties, "part"), records::PropertyValue(Fixed{1 << 19}));
  EXPECT_EQ(*find(properties, "text"), records::PropertyValue(std::string("t")));
  EXPECT_EQ(*find(properties, "list"), records::PropertyValue(std::vector<std::string>{"a", "1", "true"}));
  EXPECT_EQ(*find(properties, "huge"), records::PropertyValue(std::string("1e+300")));
  EXPECT_EQ(*find(properties, "outer.inner.deep"), records::PropertyValue(std::int64_t{2}));
  EXPECT_FALSE(find(properties, "nothing"));
}

TEST(ReadEvent, OrdersHaveLines) {
  const auto track = track_of(
      R"({"userId":"u","event":"Order Completed","properties":{"order_id":"o1","total":30,"currency":"USD",
    "products":[{"product_id":"a","quantity":2,"price":10},{"sku":"b","price":"10.5","coupon":"c"}]}})");
  EXPECT_EQ(track.event.type, EventType::kPurchase);
  EXPECT_EQ(track.event.order_id, "o1");
  ASSERT_EQ(track.event.lines.size(), 2u);
  EXPECT_EQ(track.event.lines[0].item, "a");
  EXPECT_EQ(track.event.lines[0].quantity, 2);
  EXPECT_EQ(track.event.lines[1].unit_price, (Money{105'000, 4, {'U', 'S', 'D'}}));
  EXPECT_EQ(track.event.lines[1].coupon, "c");
}

TEST(ReadEvent, PurposesByArrayOrBySegmentsConsent) {
  EXPECT_EQ(track_of(R"({"userId":"u","event":"view","purposes":["measurement"]})").stated,
            records::kMeasurement);
  EXPECT_EQ(track_of(R"({"userId":"u","event":"view","purposes":[]})").stated, records::kNoPurpose);
  EXPECT_EQ(track_of(R"({"userId":"u","event":"view","context":{"consent":{"categoryPreferences":
    {"personalization":true,"training":false}}}})")
                .stated,
            records::kPersonalization);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","purposes":["fun"]})"), ErrorCode::kInvalidValue);
}

TEST(ReadEvent, NumericIdsAreText) {
  EXPECT_EQ(track_of(R"({"userId":42,"event":"view"})").event.user_id, "42");
}

TEST(ReadEvent, WhatIsWrongHasItsOwnCode) {
  EXPECT_EQ(code_of("{"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of("[]"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":{"price":NaN}})"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of("{\"userId\":\"\xff\",\"event\":\"view\"}"), ErrorCode::kInvalidText);
  EXPECT_EQ(code_of(R"({"userId":"u"})"), ErrorCode::kMissingField);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","timestamp":"yesterday"})"), ErrorCode::kInvalidTime);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":{"price":"cheap"}})"),
            ErrorCode::kInvalidPrice);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":{"price":1e30}})"),
            ErrorCode::kInvalidPrice);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":{"currency":"euro"}})"),
            ErrorCode::kInvalidValue);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":7})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_of(R"({"userId":"u","event":"view","properties":{"decisionId":"12"}})"),
            ErrorCode::kInvalidValue);
  EXPECT_EQ(code_of(R"({"type":"identify","userId":"u"})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code_of("{\"userId\":\"" + std::string(70'000, 'x') + "\",\"event\":\"view\"}"),
            ErrorCode::kTooLarge);
}

TEST(ReadEvent, NestingAndNumbersOfThingsAreBounded) {
  std::string deep = R"({"userId":"u","event":"view","properties":)";
  for (int i = 0; i < 100; ++i) deep += "{\"a\":";
  deep += "1" + std::string(101, '}');
  EXPECT_EQ(code_of(deep), ErrorCode::kTooLarge);
  std::string wide = R"({"userId":"u","event":"view","properties":{)";
  for (int i = 0; i < 65; ++i) wide += (i ? ",\"p" : "\"p") + std::to_string(i) + "\":1";
  EXPECT_EQ(code_of(wide + "}}"), ErrorCode::kTooLarge);
}

TEST(ReadEvents, AnArrayNumbersItsElements) {
  const auto events = parse_events(R"([{"userId":"a","event":"view"}, 3, {"userId":"b","event":"click"}])");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(events[0].track.ok());
  EXPECT_FALSE(events[1].track.ok());
  EXPECT_EQ(events[2].line, 3u);
  EXPECT_EQ(events[2].track.value().event.user_id, "b");
}

TEST(ReadEvents, LinesAreNumberedAndBlankOnesSkipped) {
  const auto events =
      parse_events("{\"userId\":\"a\",\"event\":\"view\"}\n\n{oops\r\n{\"userId\":\"b\",\"event\":\"view\"}");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].line, 3u);
  EXPECT_FALSE(events[1].track.ok());
  EXPECT_EQ(events[2].line, 4u);
  EXPECT_TRUE(events[2].track.ok());
}

TEST(ReadEvents, OneObjectOverSeveralLines) {
  const auto events = parse_events("{\n \"userId\": \"a\",\n \"event\": \"view\"\n}\n");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].track.ok());
}

TEST(ReadEvents, NothingIsOneFailedEvent) {
  ASSERT_EQ(parse_events("").size(), 1u);
  EXPECT_FALSE(parse_events(" \n")[0].track.ok());
  EXPECT_FALSE(parse_events("[{")[0].track.ok());
}

} // namespace
} // namespace kindred::json
