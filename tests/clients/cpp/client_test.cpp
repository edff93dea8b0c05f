#include "clients/cpp/client.hpp"

#include <future>
#include <mutex>

#include <gtest/gtest.h>

#include "tests/support/scripted_server.hpp"

namespace kindred::client {
namespace {

using support::accept_all;
using support::refuse;
using support::ScriptedServer;

api::Request one_track(const std::string& user) {
  api::Track track;
  track.event.user_id = user;
  track.event.type = records::EventType::kView;
  api::Request request;
  request.queries.emplace_back(track);
  return request;
}

Options fast(const ScriptedServer& server) {
  Options options;
  options.endpoint = server.endpoint();
  options.try_ms = 30;
  options.learn_nodes = false; // the script answers what the test asks
  return options;
}

records::Position position(std::uint64_t writer, std::uint64_t sequence) {
  records::Position at;
  at.incarnation = 1;
  at.author = {WriterId{writer}, 1, sequence};
  return at;
}

TEST(Client, AnswersOneQuestion) {
  ScriptedServer server([](const api::Request& request) { return std::vector{accept_all(request)}; });
  Client client(fast(server));
  const auto answer = client.call(one_track("ada"));
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.value().bodies.front()));
}

TEST(Client, SendsALostRequestAgainWithTheSameIds) {
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::string>> seen;
  ScriptedServer server([&](const api::Request& request) {
    const std::lock_guard lock(mutex);
    seen.emplace_back(request.request_id, request.idempotency_key);
    return seen.size() < 3 ? std::vector<api::Answer>{} : std::vector{accept_all(request)};
  });
  Client client(fast(server));
  ASSERT_TRUE(client.call(one_track("ada")).ok());
  const std::lock_guard lock(mutex);
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
  EXPECT_FALSE(seen[0].second.empty());
  EXPECT_GE(client.counts().resends, 2u);
}

TEST(Client, WaitsAsLongAsARefusalSaysAndTriesAgain) {
  std::atomic<int> times{0};
  ScriptedServer server([&](const api::Request& request) {
    return std::vector{++times == 1 ? refuse(request, api::ErrorCode::kOverloaded, 20) : accept_all(request)};
  });
  Client client(fast(server));
  const auto answer = client.call(one_track("ada"));
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(answer.value().bodies.front()));
  EXPECT_EQ(times, 2);
}

TEST(Client, HandsOutTheLastRefusalAtTheDeadline) {
  ScriptedServer server([](const api::Request& request) {
    return std::vector{refuse(request, api::ErrorCode::kNotReady, 10)};
  });
  Options options = fast(server);
  options.deadline_ms = 100;
  Client client(options);
  const auto answer = client.call(one_track("ada"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(std::get<api::Error>(answer.value().bodies.front()).code, api::ErrorCode::kNotReady);
}

TEST(Client, DoesNotRepeatWhatWillNeverBeTaken) {
  ScriptedServer server([](const api::Request& request) {
    return std::vector{refuse(request, api::ErrorCode::kUnknownTenant, 0)};
  });
  Client client(fast(server));
  ASSERT_TRUE(client.call(one_track("ada")).ok());
  EXPECT_EQ(server.requests(), 1);
}

TEST(Client, SaysThatNobodyAnswered) {
  ScriptedServer server([](const api::Request&) { return std::vector<api::Answer>{}; });
  Options options = fast(server);
  options.deadline_ms = 80;
  Client client(options);
  const auto answer = client.call(one_track("ada"));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().failure, Failure::kNoAnswer);
  EXPECT_NE(answer.error().message.find(server.endpoint()), std::string::npos);
}

TEST(Client, DropsTheSecondAnswerOfARepeatedRequest) {
  ScriptedServer server([](const api::Request& request) {
    return std::vector{accept_all(request), accept_all(request)};
  });
  Client client(fast(server));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.call(one_track("ada")).ok());
}

TEST(Client, CarriesThePositionsOfItsWrites) {
  std::mutex mutex;
  std::vector<api::Request> seen;
  ScriptedServer server([&](const api::Request& request) {
    const std::lock_guard lock(mutex);
    seen.push_back(request);
    api::Answer answer = accept_all(request);
    answer.positions = {position(7, seen.size())};
    return std::vector{answer};
  });
  Client client(fast(server));
  ASSERT_TRUE(client.call(one_track("ada")).ok());
  ASSERT_TRUE(client.call(one_track("ada")).ok());
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(seen[0].positions.empty());
  EXPECT_EQ(seen[1].positions, records::Positions{position(7, 1)});
  EXPECT_EQ(seen[1].consistency, api::Consistency::kPosition);
  EXPECT_EQ(client.positions(), records::Positions{position(7, 2)});
}

TEST(Client, RefusesMoreThanMayWait) {
  ScriptedServer server([](const api::Request&) { return std::vector<api::Answer>{}; });
  Options options = fast(server);
  options.waiting_max = 1;
  Client client(options);
  client.call(one_track("ada"), [](Outcome) {});
  const auto second = client.call(one_track("bob"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().failure, Failure::kTooManyWaiting);
}

TEST(Client, RefusesABadEndpointAndATooLargeRequest) {
  Options lost;
  lost.endpoint = "nowhere";
  Client nowhere(lost);
  EXPECT_EQ(nowhere.call(one_track("ada")).error().failure, Failure::kBadEndpoint);
  ScriptedServer server([](const api::Request& request) { return std::vector{accept_all(request)}; });
  Client client(fast(server));
  api::Request large = one_track("ada");
  std::get<api::Track>(large.queries.front()).event.page = std::string(api::kRequestBytesMax, 'x');
  EXPECT_EQ(client.call(large).error().failure, Failure::kTooLarge);
}

TEST(Client, ClosingFailsWhatIsUnderWay) {
  ScriptedServer server([](const api::Request&) { return std::vector<api::Answer>{}; });
  std::promise<Failure> failure;
  {
    Client client(fast(server));
    client.call(one_track("ada"), [&](Outcome outcome) { failure.set_value(outcome.error().failure); });
  }
  EXPECT_EQ(failure.get_future().get(), Failure::kClosed);
}

} // namespace
} // namespace kindred::client
