// Linked ids in the gateway: a link is a record and then a question, and questions of linked ids are asked again elsewhere.

#include "engine/base/hash.hpp"
#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;

api::Query link_of(std::string user, std::string to) {
  return api::LinkUsers{{std::move(user), std::move(to), ""}};
}
api::Query profile_of(std::string user) {
  api::GetProfile query;
  query.user_id = std::move(user);
  return query;
}

class GatewayLinks : public ::testing::Test {
protected:
  PartitionId partition_of_user(const std::string& user) {
    return partition_of(slot_of(kDefaultTenant, user), 4);
  }
  ErrorCode code(const api::AnswerBody& body) {
    const auto* error = std::get_if<api::Error>(&body);
    return error == nullptr ? ErrorCode{} : error->code;
  }
  /// The oldest ask is answered: the user was linked to this one.
  void send_on(const std::string& to, records::Positions positions = {}) {
    ASSERT_FALSE(world.asks.empty());
    const auto [partition, ask] = world.asks.front();
    world.asks.erase(world.asks.begin());
    PartDone done{ask.ticket, partition.value, {}, std::move(positions), 0};
    for (const auto& item : ask.items)
      done.items.push_back({item.query, api::Error{}, user_shard::Ask::Item{item.query, profile_of(to)}});
    world.take(world.state->on(std::move(done), world.steady_us));
  }

  GatewayWorld world;
};

TEST_F(GatewayLinks, ALinkIsARecordAndThenAQuestionBehindIt) {
  world.send(world.request({link_of("visitor", "ada")}));
  ASSERT_EQ(world.appends.size(), 1u);
  EXPECT_EQ(world.appends[0].stream.partition, partition_of_user("visitor"));
  EXPECT_TRUE(world.asks.empty());
  world.ack_all();
  const auto& record = world.decoded.back().records.at(0);
  EXPECT_EQ(record.header.type, records::RecordType::kLink);
  EXPECT_EQ(std::get<records::Link>(record.body).to, "ada");
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].first, partition_of_user("visitor"));
  EXPECT_EQ(world.asks[0].second.positions.size(), 1u) << "its own record's";
  EXPECT_TRUE(world.answers.empty());
  world.answer(api::Accepted{},
               {{GatewayWorld::kIncarnation, {records::Topic::kEvents, partition_of_user("ada")}, 9, 0, {}}});
  ASSERT_EQ(world.answers.size(), 1u);
  const auto& accepted = std::get<api::Accepted>(world.answers[0].bodies.at(0));
  EXPECT_EQ(world.answers[0].positions.at(accepted.position).offset, 9u);
}

TEST_F(GatewayLinks, WhatTheShardSaysOfItIsTheAnswer) {
  world.send(world.request({link_of("visitor", "ada")}));
  world.ack_all();
  world.answer(api::Error{ErrorCode::kConflict, "is linked already", 0});
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_EQ(code(world.answers[0].bodies.at(0)), ErrorCode::kConflict);
}

TEST_F(GatewayLinks, ARefusedRecordIsNotAskedFor) {
  world.send(world.request({link_of("visitor", "ada")}));
  world.verdict({ports::Verdict::Kind::kRefused, 0, ports::LogError::kFull});
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_EQ(code(world.answers[0].bodies.at(0)), ErrorCode::kOverloaded);
  EXPECT_TRUE(world.asks.empty());
}

TEST_F(GatewayLinks, WhatIsNoLinkIsRefused) {
  for (const auto& [user, to] : {std::pair("a", "a"), std::pair("", "a"), std::pair("a", "")}) {
    world.send(world.request({link_of(user, to)}));
    ASSERT_EQ(world.answers.size(), 1u) << user << to;
    EXPECT_NE(code(world.answers[0].bodies.at(0)), ErrorCode{});
    world.answers.clear();
    EXPECT_TRUE(world.appends.empty() && world.asks.empty());
  }
}

TEST_F(GatewayLinks, AQuestionFollowsTheLink) {
  world.send(world.request({profile_of("visitor"), profile_of("bob")}));
  while (!world.asks.empty() && world.asks.front().first != partition_of_user("visitor"))
    world.answer(api::Profile{});
  const records::Position there{
      GatewayWorld::kIncarnation, {records::Topic::kEvents, partition_of_user("ada")}, 9, 0, {}};
  send_on("ada", {there});
  while (world.answers.empty() && !world.asks.empty()) {
    if (std::get<api::GetProfile>(world.asks[0].second.items.at(0).query_value).user_id == "ada") {
      EXPECT_EQ(world.asks[0].first, partition_of_user("ada"));
      EXPECT_EQ(world.asks[0].second.positions, records::Positions{there});
    }
    world.answer(api::Profile{});
  }
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<api::Profile>(world.answers[0].bodies.at(0)));
}

TEST_F(GatewayLinks, AndGivesUpWhereItNeverEnds) {
  world.send(world.request({profile_of("id0")}));
  for (std::size_t n = 1; n <= kSentOnMax + 1; ++n) send_on("id" + std::to_string(n));
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_EQ(code(world.answers[0].bodies.at(0)), ErrorCode::kConflict);
}

TEST(GatewayLinksByEvents, WhatIsSentToOthersIsSettledThere) {
  GatewayWorld world(true);
  world.send(world.request({profile_of("ada")}));
  ASSERT_EQ(world.settles.size(), 4u);
  const auto settles = std::exchange(world.settles, {});
  for (const auto& [partition, settle] : settles) {
    Settled settled{settle.ticket, partition.value, settle.end, {}};
    if (partition.value == 0) settled.sent_ends[{2}] = 7;
    world.take(world.state->on(settled, world.steady_us));
  }
  ASSERT_EQ(world.settles.size(), 1u) << "once more, for the one that something was sent to";
  EXPECT_EQ(world.settles[0].first, PartitionId{2});
  EXPECT_EQ(world.settles[0].second.end, 7u);
  EXPECT_TRUE(world.asks.empty());
  world.settle_all();
  EXPECT_EQ(world.asks.size(), 1u);
}

TEST_F(GatewayLinks, AQuestionGoesByALinkedIdAndBack) {
  const auto there = [&](const std::string& user) {
    return records::Position{
        GatewayWorld::kIncarnation, {records::Topic::kEvents, partition_of_user(user)}, 9, 0, {}};
  };
  auto request = world.request({profile_of("ada")});
  request.positions = {there("visitor")};
  world.send(request);
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].first, partition_of_user("ada"));
  EXPECT_EQ(world.asks[0].second.positions, request.positions) << "of whatever partition they are";
  const auto hand_back = [&](const std::string& via, records::Positions positions) {
    const auto [partition, ask] = world.asks.front();
    world.asks.erase(world.asks.begin());
    PartDone done{ask.ticket, partition.value, {}, std::move(positions), 0};
    done.items.push_back({0, api::Error{}, user_shard::Ask::Item{0, profile_of("ada"), via, {"visitor"}}});
    world.take(world.state->on(std::move(done), world.steady_us));
  };
  hand_back("visitor", {});
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].first, partition_of_user("visitor"));
  EXPECT_EQ(world.asks[0].second.items.at(0).via, "visitor");
  hand_back("", {there("ada")});
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.asks[0].first, partition_of_user("ada"));
  EXPECT_EQ(world.asks[0].second.items.at(0).seen, std::vector<std::string>{"visitor"});
  EXPECT_EQ(world.asks[0].second.positions.size(), 2u);
  world.answer(api::Profile{});
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<api::Profile>(world.answers[0].bodies.at(0)));
}

TEST_F(GatewayLinks, TwoLinksOfOneRequestHaveTheirPositions) {
  world.send(world.request({link_of("visitor", "ada"), link_of("visitor", "ada")}));
  world.ack_all();
  const records::Position mine{
      GatewayWorld::kIncarnation, {records::Topic::kEvents, partition_of_user("visitor")}, 0, 0, {}};
  while (!world.asks.empty()) world.answer(api::Accepted{}, {mine});
  ASSERT_EQ(world.answers.size(), 1u);
  for (const auto& body : world.answers[0].bodies) {
    const auto& accepted = std::get<api::Accepted>(body);
    ASSERT_LT(accepted.position, world.answers[0].positions.size());
    EXPECT_EQ(world.answers[0].positions[accepted.position], mine);
  }
}

TEST_F(GatewayLinks, WhatIsAskedBesideALinkIsAskedBehindIt) {
  world.send(world.request({profile_of("ada"), link_of("visitor", "ada")}));
  world.ack_all();
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<api::LinkUsers>(world.asks[0].second.items.at(0).query_value));
  const records::Position there{
      GatewayWorld::kIncarnation, {records::Topic::kEvents, partition_of_user("ada")}, 9, 0, {}};
  world.answer(api::Accepted{}, {there});
  ASSERT_EQ(world.asks.size(), 1u);
  const auto& positions = world.asks[0].second.positions;
  EXPECT_NE(std::find(positions.begin(), positions.end(), there), positions.end());
  world.answer(api::Profile{});
  EXPECT_EQ(world.answers.size(), 1u);
}

TEST_F(GatewayLinks, WhatAShardHandsBackIsTakenWhileDraining) {
  world.state->on(Drain{});
  Requests requests;
  requests.requests.push_back({{1, 70}, schemas::encode_request(world.request({profile_of("ada")})), true});
  requests.now = world.now;
  requests.steady_us = world.steady_us;
  world.take(world.state->on(std::move(requests)));
  ASSERT_EQ(world.asks.size(), 1u);
  EXPECT_EQ(world.probe.requests, 0u) << "it was counted when it came";
  world.send(world.request({profile_of("ada")}));
  ASSERT_EQ(world.answers.size(), 1u);
  EXPECT_EQ(code(world.answers[0].bodies.at(0)), ErrorCode::kDraining);
}

TEST_F(GatewayLinks, ALinkOfWhichNoShardWasAskedIsNotAcknowledged) {
  ASSERT_NE(partition_of_user("ada"), partition_of_user("visitor"));
  auto request = world.request({link_of("visitor", "ada"), link_of("ada", "eve")});
  request.remaining_ms = 3000;
  world.send(request);
  ASSERT_EQ(world.appends.size(), 2u);
  world.verdict({ports::Verdict::Kind::kAcked, 0, {}}); // the other log is silent, and holds the questions up
  EXPECT_TRUE(world.asks.empty());
  world.pass(kSecond * 3);
  ASSERT_EQ(world.answers.size(), 1u);
  for (const auto& body : world.answers[0].bodies) EXPECT_EQ(code(body), ErrorCode::kUnknownOutcome);
}

TEST_F(GatewayLinks, AFullOutboxRefusesWritesOfItsPartitionAlone) {
  GatewayWorld full(false, 4, {},
                    [&](PartitionId partition) { return partition == partition_of_user("ada"); });
  full.send(full.request({link_of("ada", "eve"), link_of("visitor", "eve")}));
  ASSERT_NE(partition_of_user("ada"), partition_of_user("visitor"));
  full.ack_all();
  full.answer(api::Accepted{}, {{GatewayWorld::kIncarnation, {}, 1, 0, {}}});
  ASSERT_EQ(full.answers.size(), 1u);
  EXPECT_EQ(code(full.answers[0].bodies.at(0)), ErrorCode::kOverloaded);
  EXPECT_TRUE(std::holds_alternative<api::Accepted>(full.answers[0].bodies.at(1)));
}

/// What is sent on waits for it, by the events clock.
TEST(GatewayLinksByEvents, EverythingIsSettledNowAndThenThoughNobodyAsks) {
  GatewayWorld world(true);
  const auto view = [](std::size_t n) {
    api::Track track;
    track.event.user_id = "u" + std::to_string(n);
    track.event.message_id = "m" + std::to_string(n);
    track.event.event_time = {1'700'000'000'000'000};
    track.event.item = "lamp";
    track.event.type = records::EventType::kView;
    return track;
  };
  std::size_t told = 0, settled = 0;
  while (told < 2 * kUnsettledMax + 1'024) {
    std::vector<api::Query> queries;
    for (std::size_t i = 0; i < 1'024; ++i) queries.emplace_back(view(told++));
    world.answers.clear();
    world.send(world.request(std::move(queries)));
    world.ack_all();
    if (world.settles.empty()) continue;
    ++settled;
    EXPECT_TRUE(world.answers.empty()) << "it is answered behind that";
    world.settle_all();
    EXPECT_EQ(world.answers.size(), 1u);
  }
  EXPECT_EQ(settled, 2u);
}

} // namespace
} // namespace kindred::actors::gateway
