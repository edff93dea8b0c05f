#include "schemas/json/read_item.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/bounds.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::json {
namespace {

using api::ErrorCode;

records::Item item_of(std::string_view line) {
  auto item = parse_item(line);
  EXPECT_TRUE(item.ok()) << line << ": " << (item.ok() ? "" : item.error().error.message);
  return item.ok() ? item.take() : records::Item{};
}

TEST(ReadItem, EveryField) {
  const auto item = item_of(
      R"({"type":"item","item":"a1","title":"A lamp","price":{"amount":19.9,"currency":"eur"},"available":false,
          "published":"1970-01-01T00:00:01Z","removed":false,"automatic":true,"error":"x",
          "attributes":{"category":"lamps","watts":7,"height":1.5,"new":true,"tags":["a","b"],"box":{"wide":3}}})");
  EXPECT_EQ(item.item, "a1");
  EXPECT_EQ(item.title, "A lamp");
  EXPECT_EQ(item.price, (Money{199'000, 4, {'E', 'U', 'R'}}));
  EXPECT_FALSE(item.available);
  EXPECT_FALSE(item.removed);
  EXPECT_FALSE(item.automatic) << "what is told is not what was only met";
  EXPECT_EQ(item.published, Instant{kSecond.us});
  const std::vector<records::Property> attributes{{"category", "lamps"},
                                                  {"watts", std::int64_t{7}},
                                                  {"height", Fixed::from(1.5).value()},
                                                  {"new", true},
                                                  {"tags", std::vector<std::string>{"a", "b"}},
                                                  {"box.wide", std::int64_t{3}}};
  EXPECT_EQ(item.attributes, attributes);
}

TEST(ReadItem, WhatIsNotToldHasItsDefault) {
  records::Item item;
  item.item = "7";
  EXPECT_EQ(item_of(R"({"item":7,"title":null})"), item);
}

TEST(ReadItem, APriceMayStandAloneAndACurrencyAloneIsNone) {
  const Money price{125'000, 4, {'U', 'S', 'D'}};
  EXPECT_EQ(item_of(R"({"item":"a","price":12.5,"currency":"USD"})").price, price);
  EXPECT_EQ(item_of(R"({"item":"a","currency":"usd","price":"12.50"})").price, price);
  EXPECT_EQ(item_of(R"({"item":"a","currency":"USD"})").price, Money{});
}

TEST(ReadItem, WhatAnAnswerSaysIsReadBack) {
  auto item = item_of(R"({"item":"a","title":"x","price":{"amount":3,"currency":"EUR"},"published":1000,
                          "attributes":{"brand":"b","tags":["x"],"n":2,"h":0.25,"f":false}})");
  EXPECT_EQ(item_of(dump(to_json(item))), item);
  item.removed = true;
  EXPECT_EQ(item_of(dump(to_json(item))), item);
  records::Item bare;
  bare.item = "b";
  EXPECT_EQ(item_of(dump(to_json(bare))), bare);
}

TEST(ReadItem, AnErrorNamesTheField) {
  const struct {
    std::string line;
    std::string field;
    ErrorCode code;
  } kWrong[] = {
      {"", "", ErrorCode::kMalformed},
      {"[1]", "", ErrorCode::kMalformed},
      {"{\"item\":\"a\"", "", ErrorCode::kMalformed},
      {"{\"item\":\"\xff\"}", "", ErrorCode::kInvalidText},
      {"{}", "item", ErrorCode::kMissingField},
      {R"({"item":""})", "item", ErrorCode::kMissingField},
      {R"({"item":[]})", "item", ErrorCode::kInvalidValue},
      {R"({"item":"a","titel":"x"})", "titel", ErrorCode::kInvalidValue},
      {R"({"item":"a","price":"cheap"})", "price", ErrorCode::kInvalidPrice},
      {R"({"item":"a","price":-1})", "price", ErrorCode::kInvalidPrice},
      {R"({"item":"a","price":{"currency":"EUR"}})", "price", ErrorCode::kInvalidPrice},
      {R"({"item":"a","price":1,"currency":"EURO"})", "currency", ErrorCode::kInvalidValue},
      {R"({"item":"a","available":"yes"})", "available", ErrorCode::kInvalidValue},
      {R"({"item":"a","removed":1})", "removed", ErrorCode::kInvalidValue},
      {R"({"item":"a","published":"soon"})", "published", ErrorCode::kInvalidTime},
      {R"({"item":"a","published":99999999999999})", "published", ErrorCode::kInvalidTime},
      {R"({"item":"a","attributes":7})", "attributes", ErrorCode::kInvalidValue},
      {R"({"item":"a","attributes":{"":1}})", "attributes.", ErrorCode::kMissingField},
  };
  for (const auto& wrong : kWrong) {
    const auto item = parse_item(wrong.line);
    ASSERT_FALSE(item.ok()) << wrong.line;
    EXPECT_EQ(item.error().field, wrong.field) << wrong.line;
    EXPECT_EQ(item.error().error.code, wrong.code) << wrong.line << ": " << item.error().error.message;
    EXPECT_FALSE(item.error().error.message.empty());
  }
}

std::string with(const std::string& name, const Json& value) {
  Json line{{"item", "a"}};
  line[name] = value;
  return dump(line);
}

/// Whether a server takes a request with it.
bool is_taken(const records::Item& item) {
  api::Request request;
  request.queries.push_back(api::PutItem{item});
  const auto decoded = schemas::decode_request(schemas::encode_request(request));
  return decoded.ok() && decoded.value().broken.empty() && decoded.value().request == request;
}

TEST(ReadItem, BoundsAreThoseOfARequest) {
  Json many = Json::object();
  for (std::size_t i = 0; i < records::kAttributesMax; ++i) many["n" + std::to_string(i)] = i;
  Json too_many = many;
  too_many["one more"] = 1;
  const std::string text(schemas::kTextBytesMax, 'x'), name(schemas::kNameBytesMax, 'n');
  const struct {
    std::string name;
    Json most, more;
  } kBounds[] = {
      {"item", std::string(kExternalIdBytesMax, 'i'), std::string(kExternalIdBytesMax + 1, 'i')},
      {"title", text, text + "x"},
      {"attributes", many, too_many},
      {"attributes", {{name, 1}}, {{name + "n", 1}}},
      {"attributes", {{"a", text}}, {{"a", text + "x"}}},
      {"attributes", {{"a", {text}}}, {{"a", {text + "x"}}}},
      {"attributes", {{"a", std::vector(64, 1)}}, {{"a", std::vector(65, 1)}}},
  };
  for (const auto& bound : kBounds) {
    EXPECT_TRUE(is_taken(item_of(with(bound.name, bound.most)))) << bound.name;
    const auto item = parse_item(with(bound.name, bound.more));
    ASSERT_FALSE(item.ok()) << bound.name;
    EXPECT_EQ(item.error().error.code, ErrorCode::kTooLarge);
    EXPECT_TRUE(item.error().field.starts_with(bound.name)) << item.error().field;
  }
}

TEST(ReadItem, ALineIsBounded) {
  std::string line = R"({"item":"a"})";
  line.resize(kItemLineBytesMax, ' ');
  EXPECT_TRUE(parse_item(line).ok());
  const auto item = parse_item(line + " ");
  ASSERT_FALSE(item.ok());
  EXPECT_EQ(item.error().error.code, ErrorCode::kTooLarge);
}

} // namespace
} // namespace kindred::json
