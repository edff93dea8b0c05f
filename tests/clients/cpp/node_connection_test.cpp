#include "clients/cpp/node_connection.hpp"

#include <gtest/gtest.h>

#include "schemas/codec/api_codec.hpp"
#include "tests/support/scripted_server.hpp"

namespace kindred::client {
namespace {

using Change = NodeConnection::Change;

struct NodeConnections : testing::Test {
  ~NodeConnections() override { zmq_ctx_term(context); }
  /// Waits for it; none within ten seconds: kNone.
  static Change next_change(NodeConnection& connection) {
    zmq_pollitem_t item{connection.monitor(), 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, 10'000);
    return connection.look();
  }
  void* context = zmq_ctx_new();
};

TEST_F(NodeConnections, KnowsWhenSomebodyIsThereAndWhenNot) {
  auto server = std::make_unique<support::ScriptedServer>(
      [](const api::Request& request) { return std::vector{support::accept_all(request)}; });
  NodeConnection connection(context, server->endpoint(), 0);
  EXPECT_TRUE(connection.ok());
  EXPECT_EQ(next_change(connection), Change::kUp);
  EXPECT_TRUE(connection.is_up());
  server.reset();
  EXPECT_EQ(next_change(connection), Change::kDown);
  EXPECT_FALSE(connection.is_up());
}

TEST_F(NodeConnections, TakesNothingForANodeThatIsNotThere) {
  NodeConnection connection(context, "tcp://127.0.0.1:1", 0);
  EXPECT_TRUE(connection.ok());
  EXPECT_FALSE(connection.send("hello"));
  EXPECT_FALSE(connection.is_tried());
  EXPECT_EQ(next_change(connection), Change::kDown);
  EXPECT_TRUE(connection.is_tried());
  EXPECT_FALSE(connection.is_up());
  EXPECT_FALSE(NodeConnection(context, "nowhere", 1).ok());
}

TEST_F(NodeConnections, CarriesMessagesBothWays) {
  support::ScriptedServer server(
      [](const api::Request& request) { return std::vector{support::accept_all(request)}; });
  NodeConnection connection(context, server.endpoint(), 0);
  ASSERT_EQ(next_change(connection), Change::kUp);
  EXPECT_FALSE(connection.receive());
  api::Request request;
  request.request_id = 7;
  request.queries.emplace_back(api::GetStatus{});
  ASSERT_TRUE(connection.send(schemas::encode_request(request)));
  zmq_pollitem_t item{connection.socket(), 0, ZMQ_POLLIN, 0};
  ASSERT_EQ(zmq_poll(&item, 1, 10'000), 1);
  const auto bytes = connection.receive();
  ASSERT_TRUE(bytes);
  const auto answer = schemas::decode_answer(*bytes);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value().request_id, 7u);
}

} // namespace
} // namespace kindred::client
