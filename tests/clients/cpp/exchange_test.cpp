// Several nodes, and what becomes of a call where one of them is gone, silent, slow, or cannot.
#include "clients/cpp/exchange.hpp"

#include <future>
#include <optional>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/support/scripted_server.hpp"

namespace kindred::client {
namespace {

using support::accept_all;
using support::refuse;
using support::ScriptedServer;
using Answers = std::vector<api::Answer>;

constexpr std::uint32_t kNever_ms = 60'000; ///< patience that is not what mends it

api::Query track(const std::string& user) {
  api::Track track;
  track.event.user_id = user;
  track.event.type = records::EventType::kView;
  return track;
}
api::Query profile(const std::string& user) {
  api::GetProfile query;
  query.user_id = user;
  return query;
}
bool asks_for_map(const api::Request& request) {
  return std::holds_alternative<api::ShowCluster>(request.queries.front());
}

Answers accepting(const api::Request& request) { return {accept_all(request)}; }
Answers dead(const api::Request&) { return {}; }

Options patient(const std::string& endpoint) {
  Options options;
  options.endpoint = endpoint;
  options.try_ms = kNever_ms;
  options.deadline_ms = kNever_ms;
  options.learn_nodes = false;
  return options;
}

bool is_accepted(const Result<api::AnswerBody, Problem>& body) {
  return body.ok() && std::holds_alternative<api::Accepted>(body.value());
}

TEST(Exchange, TheNextNodeAtOnceWhereAConnectionBreaks) {
  std::promise<void> came;
  auto first = std::make_unique<ScriptedServer>([&](const api::Request& request) {
    if (!asks_for_map(request)) came.set_value();
    return Answers{};
  });
  ScriptedServer second(accepting);
  Client client(patient(first->endpoint() + "," + second.endpoint()));
  std::promise<bool> accepted;
  api::Request request;
  request.queries.push_back(track("ada"));
  client.call(std::move(request), [&](Outcome outcome) { accepted.set_value(outcome.ok()); });
  came.get_future().wait();
  first.reset();
  EXPECT_TRUE(accepted.get_future().get());
  EXPECT_EQ(client.counts().moved, 1u);
  EXPECT_EQ(client.counts().resends, 0u);
}

TEST(Exchange, TheNextNodeAtOnceWhereOneSaysThatItCannot) {
  for (const auto code : {api::ErrorCode::kNotReady, api::ErrorCode::kDraining,
                          api::ErrorCode::kLogUnavailable, api::ErrorCode::kUnknownOutcome}) {
    ScriptedServer first(
        [code](const api::Request& request) { return Answers{refuse(request, code, kNever_ms)}; });
    ScriptedServer second(accepting);
    Client client(patient(first.endpoint() + "," + second.endpoint()));
    EXPECT_TRUE(is_accepted(client.ask(track("ada")))) << api::name_of(code);
  }
}

TEST(Exchange, WhatIsOverloadedIsWaitedForNotGoneRound) {
  std::atomic<int> times{0};
  ScriptedServer first([&](const api::Request& request) {
    return Answers{++times == 1 ? refuse(request, api::ErrorCode::kOverloaded, 20) : accept_all(request)};
  });
  ScriptedServer second(accepting);
  Client client(patient(first.endpoint() + "," + second.endpoint()));
  EXPECT_TRUE(is_accepted(client.ask(track("ada"))));
  EXPECT_EQ(client.counts().moved, 0u);
  EXPECT_EQ(first.requests(), 2);
  EXPECT_EQ(second.requests(), 0) << "it is not given the other one's work";
}

TEST(Exchange, WhereAllSayThatTheyCannotTheRefusalIsHandedOut) {
  const auto script = [](const api::Request& request) {
    return Answers{refuse(request, api::ErrorCode::kNotReady, 5)};
  };
  ScriptedServer first(script), second(script);
  Options options = patient(first.endpoint() + "," + second.endpoint());
  options.deadline_ms = 100;
  Client client(options);
  const auto body = client.ask(track("ada"));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(std::get<api::Error>(body.value()).code, api::ErrorCode::kNotReady);
  EXPECT_GE(first.requests(), 2);
  EXPECT_GE(second.requests(), 2);
}

TEST(Exchange, WhatIsAtASilentNodeGoesToTheNextOneAndIsAskedThereFromThenOn) {
  ScriptedServer first(dead), second(accepting);
  Client client(patient(first.endpoint() + "," + second.endpoint()));
  EXPECT_TRUE(is_accepted(client.ask(track("ada"))));
  const int asked = first.requests(); // and once more to see whether it is there
  EXPECT_EQ(asked, 2);
  for (int n = 0; n < 5; ++n) EXPECT_TRUE(is_accepted(client.ask(track("ada"))));
  EXPECT_EQ(client.counts().moved, 1u);
}

TEST(Exchange, ASlowNodeThatTalksIsWaitedFor) {
  // It answers what it is asked in between, so the write is only slow: its log may be.
  std::optional<api::Request> write;
  std::atomic<int> pings{0};
  ScriptedServer first([&](const api::Request& request) {
    if (!asks_for_map(request))
      write = request;
    else
      ++pings;
    Answers answers{refuse(request, api::ErrorCode::kNotFound, 0)};
    if (!asks_for_map(request)) return Answers{};
    if (pings == 3) answers.push_back(accept_all(*write));
    return answers;
  });
  ScriptedServer second(accepting);
  Client client(patient(first.endpoint() + "," + second.endpoint()));
  EXPECT_TRUE(is_accepted(client.ask(track("ada"))));
  EXPECT_EQ(client.counts().moved, 0u);
  EXPECT_EQ(second.requests(), 0);
}

TEST(Exchange, ASlowReadIsAskedOfASecondNodeAWriteIsNot) {
  ScriptedServer first([](const api::Request& request) {
    return asks_for_map(request) ? Answers{refuse(request, api::ErrorCode::kNotFound, 0)} : Answers{};
  });
  ScriptedServer second(accepting);
  Options options = patient(first.endpoint() + "," + second.endpoint());
  Client client(options);
  EXPECT_TRUE(is_accepted(client.ask(profile("ada"))));
  EXPECT_EQ(client.counts().hedges, 1u);
  EXPECT_EQ(client.counts().hedges_won, 1u);
  options.deadline_ms = 1'000;
  Client writer(options);
  EXPECT_FALSE(writer.ask(track("ada")).ok());
  EXPECT_EQ(writer.counts().hedges, 0u);
  options.hedge_reads = false;
  Client plain(options);
  EXPECT_FALSE(plain.ask(profile("ada")).ok());
}

TEST(Exchange, AStartingNodesEmptyMapIsNotBelieved) {
  std::unique_ptr<ScriptedServer> second = std::make_unique<ScriptedServer>(accepting);
  std::atomic<bool> starting{false};
  ScriptedServer first([&](const api::Request& request) {
    if (!asks_for_map(request)) return Answers{refuse(request, api::ErrorCode::kNotReady, 5)};
    api::Cluster cluster;
    if (!starting) {
      cluster.members.emplace_back().clients = second->endpoint();
      cluster.map.push_back({0});
    }
    starting = true;
    api::Answer answer;
    answer.request_id = request.request_id;
    answer.bodies.emplace_back(std::move(cluster));
    return Answers{std::move(answer)};
  });
  Options options = patient(first.endpoint());
  options.learn_nodes = true;
  Client client(options);
  EXPECT_TRUE(is_accepted(client.ask(track("ada")))) << "by the one that was learnt";
}

TEST(Exchange, ADecisionAskedTwiceCarriesOneRequestId) {
  std::mutex mutex;
  std::vector<std::string> ids;
  const auto script = [&](const api::Request& request) {
    const auto* decide = std::get_if<api::Decide>(&request.queries.front());
    if (decide == nullptr) return Answers{refuse(request, api::ErrorCode::kNotFound, 0)};
    const std::lock_guard lock(mutex);
    ids.push_back(decide->request_id);
    return ids.size() < 2 ? Answers{} : Answers{accept_all(request)};
  };
  ScriptedServer first(script), second(script);
  Client client(patient(first.endpoint() + "," + second.endpoint()));
  EXPECT_TRUE(is_accepted(client.ask(api::Decide{})));
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_FALSE(ids[0].empty());
  EXPECT_EQ(ids[0], ids[1]);
}

TEST(Exchange, GoesToTheNodeThatHasTheUser) {
  std::vector<std::unique_ptr<ScriptedServer>> nodes;
  std::atomic<int> told{0};
  const auto script = [&](const api::Request& request) {
    if (!asks_for_map(request)) return Answers{accept_all(request)};
    api::Cluster cluster;
    for (const auto& node : nodes) {
      cluster.members.emplace_back().clients = node->endpoint();
      cluster.map.push_back({static_cast<std::uint16_t>(cluster.map.size())});
    }
    api::Answer answer;
    answer.request_id = request.request_id;
    answer.bodies.emplace_back(std::move(cluster));
    ++told;
    return Answers{std::move(answer)};
  };
  for (int n = 0; n < 3; ++n) nodes.push_back(std::make_unique<ScriptedServer>(script));
  Options options = patient(nodes[0]->endpoint());
  options.learn_nodes = true;
  Client client(options);
  ASSERT_TRUE(client.ask(track("ada")).ok()); // asks for the map beside
  for (int n = 0; n < 30; ++n) {
    const std::string user = "user" + std::to_string(n);
    const auto& node = *nodes[partition_of(slot_of(TenantId{}, user), 3).value];
    const int before = node.requests();
    // Until the map is there it goes to the node that was named.
    do ASSERT_TRUE(client.ask(track(user)).ok());
    while (node.requests() == before && told <= 1);
    EXPECT_GT(node.requests(), before) << user;
  }
}

} // namespace
} // namespace kindred::client
