#include <gtest/gtest.h>

#include "tests/actors/peering/peering_node.hpp"

namespace kindred::actors::peering {
namespace {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;

ports::PeerAsked forward(const kindred::peers::PartAsk& part, std::uint64_t ticket = 50) {
  return {"b", MessageKind::kForward, schemas::encode_part_ask(part), 5'000'000, ticket};
}

TEST(PeeringServes, APartOfAPeerIsAnsweredByTheShard) {
  Node node;
  node.ways.here = true;
  node.pulse();
  auto taken = node.state.handle(Asked{forward(part_of({3}, node.question(7)))});
  const auto to = Node::all<ToShard>(taken);
  ASSERT_EQ(to.size(), 1u);
  const auto& ask = std::get<user_shard::Ask>(to[0].message);
  EXPECT_NE(ask.ticket & kPeerTicket, 0u);
  EXPECT_EQ(ask.deadline_us, 5'000'000);
  EXPECT_EQ(ask.items.at(0).via, "visitor");
  EXPECT_EQ(ask.items.at(0).seen, std::vector<std::string>{"seen"});
  user_shard::PartDone done;
  done.ticket = ask.ticket;
  done.partition = 3;
  done.items.push_back({2, api::Error{}, user_shard::Ask::Item{2, api::GetProfile{"eve", {}}, "", {"ada"}}});
  auto said = node.state.handle(PartDone{done});
  const auto answers = Node::all<AnswerPeer>(said);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].ticket, 50u);
  const auto told = schemas::decode_part_answer(answers[0].payload);
  ASSERT_TRUE(told.ok());
  const auto back = done_of(told.value(), 7, 3);
  ASSERT_TRUE(back.items.at(0).sent_on.has_value()) << "the asker finds the next one itself";
  EXPECT_EQ(std::get<api::GetProfile>(back.items[0].sent_on->query_value).user_id, "eve");
  auto twice = node.state.handle(PartDone{done});
  EXPECT_TRUE(twice.empty());
}

TEST(PeeringServes, WhoDoesNotHaveThePartitionSaysSo) {
  Node node;
  node.pulse();
  auto taken = node.state.handle(Asked{forward(part_of({3}, node.question(7)))});
  const auto refused = Node::all<RefusePeer>(taken);
  ASSERT_EQ(refused.size(), 1u) << "it is not sent on: no question goes round in circles";
  EXPECT_EQ(refused[0].refusal, Refusal::kNotServed);
  EXPECT_EQ(refused[0].why, "partition 3 is not here, or not caught up");
  node.ways.here = true;
  auto beyond = node.state.handle(Asked{forward(part_of({4}, node.question(7)))});
  EXPECT_EQ(Node::all<RefusePeer>(beyond).size(), 1u);
  auto garbage = node.state.handle(Asked{{"b", MessageKind::kForward, "garbage!", 5'000'000, 51}});
  EXPECT_EQ(Node::all<RefusePeer>(garbage).size(), 1u);
  auto unknown = node.state.handle(Asked{{"b", MessageKind::kCheckpointAsk, "", 5'000'000, 52}});
  EXPECT_EQ(Node::all<RefusePeer>(unknown).size(), 1u);
}

TEST(PeeringServes, ALearnerOfThisNodeIsAskedForAPeer) {
  Node node;
  node.learner = {true, ""};
  node.pulse();
  auto taken = node.state.handle(
      Asked{forward(part_of("ranker", model::Ask{1, 0, {5}, {77}, api::TrainModel{.name = "ranker"}}))});
  auto to = Node::all<ToLearner>(taken);
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(to[0].learner, "ranker");
  user_shard::PartDone done;
  done.ticket = to[0].ask.ticket;
  done.partition = model::kNoPartition;
  auto said = node.state.handle(PartDone{std::move(done)});
  EXPECT_EQ(Node::all<AnswerPeer>(said).size(), 1u);
}

TEST(PeeringServes, AskedHowFarItIsItSays) {
  Node node;
  auto asked = node.state.handle(Asked{{"b", MessageKind::kStandingAsk, "", 5'000'000, 60}});
  const auto said = Node::all<AnswerPeer>(asked).at(0);
  const auto told = schemas::decode_node_standing(said.payload);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told.value().learners.at(0).learner, "ranker");
}

/// Law: erasure. Who is erased after this node left his partition would stay in what it stored.
TEST(PeeringLeaves, WhatWasStoredOfALeftPartitionGoesAfterAWhile) {
  Node node;
  node.left = true;
  node.pulse();
  auto soon = node.pulse(kLeftStateKept.us - kStandingEvery.us);
  EXPECT_TRUE(Node::all<Empty>(soon).empty());
  auto later = node.pulse(kStandingEvery.us);
  ASSERT_EQ(Node::all<Empty>(later).size(), 4u);
  for (std::uint16_t p = 0; p < 4; ++p) node.state.handle(Emptied{{p}, p != 2});
  EXPECT_EQ(node.probe.emptied, 3u);
  auto again = node.pulse(kStandingEvery.us);
  const auto refused = Node::all<Empty>(again);
  ASSERT_EQ(refused.size(), 1u) << "the store refused it";
  EXPECT_EQ(refused[0].partition.value, 2);
}

TEST(PeeringLeaves, WhatCameBackInTimeIsKept) {
  Node node;
  node.left = true;
  node.pulse();
  node.pulse(kLeftStateKept.us - kStandingEvery.us);
  node.left = false; // or this node does not know the map any more
  node.pulse(kStandingEvery.us);
  node.left = true;
  auto later = node.pulse(kStandingEvery.us);
  EXPECT_TRUE(Node::all<Empty>(later).empty());
  auto long_after = node.pulse(kLeftStateKept.us);
  EXPECT_EQ(Node::all<Empty>(long_after).size(), 4u);
}

} // namespace
} // namespace kindred::actors::peering
