#include "nodes/kindredctl/demo/exchange.hpp"

#include <gtest/gtest.h>

#include "tests/nodes/kindredctl/demo/fake_exchange.hpp"

namespace kindred::demo {
namespace {

std::vector<api::Query> tracks(std::size_t count) {
  std::vector<api::Query> queries;
  for (std::size_t n = 0; n < count; ++n) queries.push_back(api::Track{});
  return queries;
}

TEST(Conversation, CutsIntoEnvelopesOfABoundedSize) {
  FakeExchange exchange;
  Conversation conversation(exchange);
  const auto bodies = conversation.ask(tracks(600));
  ASSERT_TRUE(bodies.ok());
  EXPECT_EQ(bodies.value().size(), 600u);
  ASSERT_EQ(exchange.requests.size(), 3u);
  EXPECT_EQ(exchange.requests[0].queries.size(), kEnvelopeQueries);
  EXPECT_EQ(exchange.requests[2].queries.size(), 600u - 2 * kEnvelopeQueries);
}

TEST(Conversation, NothingToAskSendsNothing) {
  FakeExchange exchange;
  Conversation conversation(exchange);
  EXPECT_TRUE(conversation.ask({}).ok());
  EXPECT_TRUE(exchange.requests.empty());
}

TEST(Conversation, CarriesTheNewestPositionForward) {
  FakeExchange exchange;
  Conversation conversation(exchange);
  ASSERT_TRUE(conversation.ask(tracks(1)).ok());
  ASSERT_TRUE(conversation.ask(tracks(1)).ok());
  ASSERT_TRUE(conversation.ask(tracks(1)).ok());
  EXPECT_TRUE(exchange.requests[0].positions.empty());
  ASSERT_EQ(exchange.requests[2].positions.size(), 1u); // one writer, one stream: one position
  EXPECT_EQ(exchange.requests[2].positions[0].author.sequence, 2u);
  EXPECT_EQ(exchange.requests[2].consistency, api::Consistency::kPosition);
}

TEST(Conversation, ARefusedQueryComesBackInTheServersWords) {
  FakeExchange exchange;
  exchange.refuses_next = api::Error{api::ErrorCode::kInvalidPrice, "a price is negative", 0};
  Conversation conversation(exchange);
  const auto answer = conversation.ask_for<api::Accepted>(tracks(2));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, FailureCode::kRefused);
  EXPECT_NE(answer.error().message.find("a price is negative"), std::string::npos);
}

TEST(Conversation, AnotherKindOfBodyIsABug) {
  FakeExchange exchange;
  Conversation conversation(exchange);
  const auto answer = conversation.ask_for<api::Decision>(tracks(1));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, FailureCode::kBadAnswer);
}

TEST(Conversation, AServerThatIsAwayIsUnavailable) {
  FakeExchange exchange;
  exchange.fails_next = Failure{FailureCode::kUnavailable, "nobody there"};
  Conversation conversation(exchange);
  const auto answer = conversation.ask(tracks(1));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, FailureCode::kUnavailable);
}

TEST(Conversation, KeepsTimeByKind) {
  FakeExchange exchange;
  Conversation conversation(exchange);
  ASSERT_TRUE(conversation.ask(tracks(3)).ok());
  ASSERT_TRUE(conversation.ask({api::Decide{}}).ok());
  ASSERT_TRUE(conversation.ask({api::Decide{}, api::Decide{}}).ok());
  EXPECT_EQ(conversation.times().tracks, 3u);
  EXPECT_EQ(conversation.times().decides, 3u);
  EXPECT_EQ(conversation.times().single_ms.size(), 1u);
  EXPECT_EQ(conversation.times().decide_ms.size(), 1u);
}

} // namespace
} // namespace kindred::demo
