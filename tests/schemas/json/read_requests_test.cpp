#include "schemas/json/read_requests.hpp"

#include <gtest/gtest.h>

#include "schemas/json/position_text.hpp"

namespace kindred::json {
namespace {

using api::ErrorCode;

records::Position position_at(std::uint64_t offset) {
  return {0xfeedu, {records::Topic::kEvents, {3}}, offset, 2, {WriterId{5}, 6, 7}};
}

TEST(PositionText, IsReadBack) {
  EXPECT_EQ(parse_position(position_text({})), records::Positions{});
  const records::Positions two{position_at(1), position_at(~0ull)};
  EXPECT_EQ(parse_position(position_text(two)), two);
}

TEST(PositionText, AChangedOneIsNoneOfOurs) {
  const std::string text = position_text({position_at(1)});
  EXPECT_FALSE(parse_position(""));
  EXPECT_FALSE(parse_position("hello"));
  EXPECT_FALSE(parse_position(text.substr(1)));
  for (std::size_t i = 0; i + 1 < text.size(); ++i) { // the last letter holds bits that mean nothing
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_position(changed)) << i;
  }
}

TEST(ReadDecide, EveryField) {
  const std::string text = position_text({position_at(9)});
  const auto parsed =
      parse_decide(R"({"userId":"u","placement":"home","count":5,"context":{"country":"DE"},"exclude":["a"],
    "durable":true,"assumeShown":true,"requestId":"r","time":"1970-01-01T00:00:01Z","position":")" +
                   text + R"(","positions":[")" + text + "\"]}");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const auto& [decide, positions] = parsed.value();
  EXPECT_EQ(decide.user_id, "u");
  EXPECT_EQ(decide.placement, "home");
  EXPECT_EQ(decide.count, 5);
  EXPECT_EQ(decide.context.country, "DE");
  EXPECT_EQ(decide.exclude, std::vector<std::string>{"a"});
  EXPECT_TRUE(decide.durable && decide.assume_shown);
  EXPECT_EQ(decide.request_id, "r");
  EXPECT_EQ(decide.time, Instant{kSecond.us});
  EXPECT_EQ(positions, (records::Positions{position_at(9), position_at(9)}));
}

TEST(ReadDecide, DefaultsAreThoseOfTheApi) {
  const auto parsed = parse_decide(R"({"userId":"u","requestId":null})");
  ASSERT_TRUE(parsed.ok());
  api::Decide plain;
  plain.user_id = "u";
  EXPECT_EQ(parsed.value().decide, plain);
}

TEST(ReadDecide, WhatIsWrongIsSaid) {
  const auto code = [](std::string_view body) {
    const auto parsed = parse_decide(body);
    return parsed.ok() ? ErrorCode{} : parsed.error().code;
  };
  EXPECT_EQ(code("u1"), ErrorCode::kMalformed);
  EXPECT_EQ(code("[]"), ErrorCode::kMalformed);
  EXPECT_EQ(code(R"({"userId":"u","cuont":3})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","count":0})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","count":101})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","count":2.5})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","position":"abc"})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","exclude":"abc"})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","durable":1})"), ErrorCode::kInvalidValue);
  EXPECT_EQ(code(R"({"userId":"u","time":"soon"})"), ErrorCode::kInvalidTime);
}

TEST(ReadLink, TakesTwoIdsAndNothingElse) {
  const auto link = parse_link(R"({"userId": "visitor-7", "to": "ada"})");
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link.value(), (api::LinkUsers{{"visitor-7", "ada", ""}}));
  for (const auto* wrong : {R"({"userId": "a", "too": "b"})", R"({"userId": {}, "to": "b"})", "[]", "{"}) {
    const auto refused = parse_link(wrong);
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_FALSE(refused.error().message.empty());
  }
}

} // namespace
} // namespace kindred::json
