#include "nodes/kindredctl/event_batches.hpp"

#include <gtest/gtest.h>

#include "tests/support/scripted_server.hpp"

namespace kindred::ctl {
namespace {

using support::accept_all;
using support::ScriptedServer;

api::Track track(int n) {
  api::Track track;
  track.event.user_id = "user" + std::to_string(n);
  track.event.message_id = std::to_string(n);
  return track;
}

client::Options options(const ScriptedServer& server) {
  client::Options options;
  options.endpoint = server.endpoint();
  options.learn_nodes = false; // the script answers what the test asks
  options.deadline_ms = 2'000;
  return options;
}

TEST(EventBatches, OneBadAmongAThousandGood) {
  ScriptedServer server([](const api::Request& request) {
    api::Answer answer = accept_all(request);
    for (std::size_t i = 0; i < request.queries.size(); ++i) {
      if (std::get<api::Track>(request.queries[i]).event.message_id == "700") {
        answer.bodies[i] = api::Error{api::ErrorCode::kInvalidPrice, "negative", 0};
      }
    }
    return std::vector{answer};
  });
  client::Client client(options(server));
  EventBatches batches(client);
  for (int n = 1; n <= 1'000; ++n) batches.add(static_cast<std::uint32_t>(n), track(n), 200);
  batches.reject(1'001, {api::ErrorCode::kMalformed, "no JSON", 0});
  batches.finish();
  EXPECT_EQ(batches.tally().accepted, 999u);
  EXPECT_EQ(batches.tally().rejected, 2u);
  ASSERT_EQ(batches.tally().errors.size(), 2u);
  EXPECT_EQ(batches.tally().errors[0].line, 700u);
  EXPECT_EQ(batches.tally().errors[1].line, 1'001u);
  EXPECT_EQ(server.requests(), 4) << "a thousand events are four envelopes";
}

TEST(EventBatches, LargeEventsMakeMoreEnvelopes) {
  ScriptedServer server([](const api::Request& request) { return std::vector{accept_all(request)}; });
  client::Client client(options(server));
  EventBatches batches(client);
  for (int n = 1; n <= 4; ++n)
    batches.add(static_cast<std::uint32_t>(n), track(n), EventBatches::kBytesPerEnvelope - 1);
  batches.finish();
  EXPECT_EQ(batches.tally().accepted, 4u);
  EXPECT_EQ(server.requests(), 4);
}

TEST(EventBatches, WhatWasNotAnsweredIsNotCalledAccepted) {
  ScriptedServer server([](const api::Request&) { return std::vector<api::Answer>{}; });
  auto hasty = options(server);
  hasty.deadline_ms = 50;
  client::Client client(hasty);
  EventBatches batches(client);
  batches.add(1, track(1), 10);
  batches.finish();
  EXPECT_TRUE(batches.tally().unreachable);
  EXPECT_EQ(batches.tally().accepted, 0u);
  EXPECT_EQ(batches.tally().rejected, 1u);
}

} // namespace
} // namespace kindred::ctl
