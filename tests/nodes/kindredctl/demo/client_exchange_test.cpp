#include "nodes/kindredctl/demo/client_exchange.hpp"

#include <gtest/gtest.h>

namespace kindred::demo {
namespace {

TEST(ClientExchange, NobodyThereIsUnavailable) {
  client::Options options;
  options.endpoint = "ipc:///nowhere/kindred-client-exchange-test";
  options.deadline_ms = 20;
  client::Client client(options);
  ClientExchange exchange(client);
  api::Request request;
  request.queries = {api::GetStatus{}};
  const auto answer = exchange.ask(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, FailureCode::kUnavailable);
  EXPECT_FALSE(answer.error().message.empty());
}

TEST(ClientExchange, ARequestOverItsBoundIsABugOfOurs) {
  client::Client client;
  ClientExchange exchange(client);
  api::Request request;
  api::Track track;
  track.event.page = std::string(api::kRequestBytesMax, 'x');
  request.queries = {track};
  const auto answer = exchange.ask(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, FailureCode::kBadAnswer);
}

} // namespace
} // namespace kindred::demo
