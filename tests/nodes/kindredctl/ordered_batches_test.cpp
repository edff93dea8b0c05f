// The order is under test in import_batches_test.cpp; here is what others than events need.
#include "nodes/kindredctl/ordered_batches.hpp"

#include <gtest/gtest.h>

#include "tests/support/scripted_server.hpp"

namespace kindred::ctl {
namespace {

using support::ScriptedServer;

client::Options options(const ScriptedServer& server) {
  client::Options options;
  options.endpoint = server.endpoint();
  options.learn_nodes = false; // the script answers what the test asks
  options.deadline_ms = 20;
  options.try_ms = 20;
  return options;
}

api::PutItem put(const std::string& item) {
  api::PutItem query;
  query.item.item = item;
  return query;
}

TEST(OrderedBatches, TellsOfEachLineThatIsRefusedAndPassesItOver) {
  ScriptedServer server([](const api::Request& request) {
    api::Answer answer = support::accept_all(request);
    answer.bodies[1] = api::Error{api::ErrorCode::kCollision, "rename it", 0};
    answer.bodies[2] = api::Error{api::ErrorCode::kFull, "no room", 0};
    return std::vector{answer};
  });
  client::Client client(options(server));
  std::vector<std::uint32_t> refused;
  OrderedBatches batches(client, [&](std::uint32_t line, const api::Error&) { refused.push_back(line); });
  for (const std::uint32_t line : {3, 5, 8, 9}) batches.add(line, put("a"), 100);
  EXPECT_EQ(batches.waiting(), 3u);
  batches.send();
  EXPECT_EQ(batches.waiting(), std::nullopt);
  batches.finish();
  EXPECT_EQ(server.requests(), 1);
  EXPECT_EQ(refused, (std::vector<std::uint32_t>{5, 8}));
  EXPECT_EQ(batches.tally().accepted, 2u);
  EXPECT_EQ(batches.tally().rejected, 2u);
  EXPECT_FALSE(batches.stopped());
}

TEST(OrderedBatches, AfterAStopNothingWaits) {
  ScriptedServer server([](const api::Request&) { return std::vector<api::Answer>{}; });
  client::Client client(options(server));
  OrderedBatches batches(client);
  batches.add(1, put("a"), OrderedBatches::kBytesPerEnvelope);
  batches.add(2, put("b"), OrderedBatches::kBytesPerEnvelope);
  ASSERT_TRUE(batches.stopped());
  EXPECT_EQ(batches.stopped()->line, 1u);
  EXPECT_EQ(batches.waiting(), std::nullopt);
}

} // namespace
} // namespace kindred::ctl
