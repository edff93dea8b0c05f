// Law replay: a decision recomputed from its id is identical, or the answer says by type why it cannot be.
#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred {
namespace {

using support::expect;

constexpr int kDecisions = 1'000;
constexpr int kUsers = 60;
constexpr int kItems = 120;
constexpr Instant kStart{1'700'000'000'000'000};

struct ReplayLaw : testing::Test {
  support::ServerProcess::Settings settings(const std::string& clock) const {
    return {.data_dir = folder.path() / clock, .partitions = 4, .clock = clock, .more = {}, .before = {}};
  }

  /// Views and decisions in turn, some of them exploring; the ids of the decisions.
  std::vector<DecisionId> live(client::Client& client, int decisions) {
    records::Placement curious;
    curious.placement = "curious";
    curious.exploration = Fixed::from(0.3).value();
    expect<api::Accepted>(client, api::SetPlacement{curious});
    Random random(7);
    std::vector<DecisionId> ids;
    while (static_cast<int>(ids.size()) < decisions) {
      std::vector<api::Query> queries;
      for (int i = 0; i < 8; ++i) {
        auto track = support::view("user" + std::to_string(random.below(kUsers)),
                                   "item" + std::to_string(random.below(kItems)));
        track.event.context.country = random.below(2) == 0 ? "DE" : "BR";
        queries.emplace_back(std::move(track));
      }
      for (int i = 0; i < 8; ++i) queries.emplace_back(decide(random));
      const auto answer = client.call(support::request_of(std::move(queries)));
      if (!answer.ok()) throw std::runtime_error(answer.error().message);
      for (const auto& body : answer.value().bodies) {
        if (const auto* decision = std::get_if<api::Decision>(&body)) ids.push_back(decision->decision);
      }
    }
    return ids;
  }

  static api::Decide decide(Random& random) {
    api::Decide decide;
    decide.user_id = "user" + std::to_string(random.below(kUsers));
    decide.placement = random.below(2) == 0 ? "default" : "curious";
    decide.context.country = "DE";
    decide.durable = true;
    return decide;
  }

  api::ErrorCode refusal(client::Client& client, DecisionId id) {
    const auto body = client.ask(api::Replay{id});
    if (!body.ok()) throw std::runtime_error(body.error().message);
    const auto* error = std::get_if<api::Error>(&body.value());
    return error != nullptr ? error->code : api::ErrorCode{};
  }

  support::TemporaryFolder folder;
};

TEST_F(ReplayLaw, AThousandDecisionsAfterARestart) {
  std::vector<DecisionId> ids;
  {
    support::ServerProcess server(settings("wall"));
    ASSERT_TRUE(server.wait_ready()) << server.log();
    client::Client client(server.client_options());
    ids = live(client, kDecisions);
    server.kill();
  }
  support::ServerProcess server(settings("wall"));
  ASSERT_TRUE(server.wait_ready()) << server.log();
  auto patient = server.client_options();
  patient.deadline_ms = 60'000;
  patient.try_ms = 60'000;
  client::Client client(patient);
  int different = 0;
  for (const DecisionId id : ids)
    different += expect<api::Replayed>(client, api::Replay{id}).identical ? 0 : 1;
  EXPECT_EQ(different, 0) << "of " << ids.size();
}

TEST_F(ReplayLaw, SaysWhyItCannot) {
  support::ServerProcess server(settings("wall"));
  ASSERT_TRUE(server.wait_ready()) << server.log();
  client::Client client(server.client_options());
  const auto ids = live(client, 8);
  DecisionId never = ids.front();
  never.low ^= 1;
  EXPECT_EQ(refusal(client, never), api::ErrorCode::kNotLogged);

  const auto user = expect<api::Replayed>(client, api::Replay{ids.front()}).then.user_id;
  api::EraseUser erase;
  erase.erase.user_id = user;
  expect<api::Accepted>(client, erase);
  EXPECT_EQ(refusal(client, ids.front()), api::ErrorCode::kErased);
}

TEST_F(ReplayLaw, ExpiresWithTheWindow) {
  support::ServerProcess server(settings("events"));
  ASSERT_TRUE(server.wait_ready()) << server.log();
  client::Client client(server.client_options());
  auto early = support::view("ada", "lamp");
  early.event.event_time = kStart;
  expect<api::Accepted>(client, early);
  api::Decide decide;
  decide.user_id = "ada";
  const auto decision = expect<api::Decision>(client, decide);
  EXPECT_TRUE(expect<api::Replayed>(client, api::Replay{decision.decision}).identical);
  auto late = support::view("ada", "lamp");
  late.event.event_time = kStart + kDay * 9;
  expect<api::Accepted>(client, late);
  EXPECT_EQ(refusal(client, decision.decision), api::ErrorCode::kExpired);
}

} // namespace
} // namespace kindred
