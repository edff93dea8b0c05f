#include <gtest/gtest.h>

#include "engine/profiles/partition_state.hpp"
#include "tests/actors/peering/peering_node.hpp"

namespace kindred::actors::peering {
namespace {

using kindred::peers::MessageKind;
using ports::PeerError;

std::string profile_in(const ToGateway& to) {
  return std::get<api::Profile>(to.done.items.at(0).body).user_id;
}

TEST(PeeringAsks, APartGoesToTheBestPeerAndItsAnswerBack) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  const auto sent = Node::all<ToPeer>(asked);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].peer, "b");
  EXPECT_EQ(sent[0].kind, MessageKind::kForward);
  EXPECT_EQ(sent[0].deadline_us, node.steady_us + 10 * kSecond.us);
  const auto part = schemas::decode_part_ask(sent[0].payload);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part.value(), part_of({3}, node.question(0)));
  auto answered = node.answers(sent[0]);
  const auto told = Node::all<ToGateway>(answered);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].done.ticket, 7u);
  EXPECT_EQ(told[0].done.partition, 3);
  EXPECT_EQ(told[0].done.staleness_ms, 4u);
  EXPECT_EQ(told[0].done.items.at(0).query, 2u);
  EXPECT_EQ(profile_in(told[0]), "ada");
  EXPECT_EQ(node.probe.parts_open, 0);
}

TEST(PeeringAsks, WhereAPeerFailsTheNextIsAskedAtOnce) {
  for (const PeerError error : {PeerError::kNotUp, PeerError::kGone, PeerError::kRefused, PeerError::kFull}) {
    Node node;
    node.pulse();
    auto asked = node.ask();
    auto next = node.fails(Node::all<ToPeer>(asked).at(0), error);
    const auto sent = Node::all<ToPeer>(next);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].peer, "c");
    auto answered = node.answers(sent[0]);
    EXPECT_EQ(Node::all<ToGateway>(answered).size(), 1u);
  }
}

TEST(PeeringAsks, WhereAPeerIsSlowTheNextIsAskedAsWellAndTheFirstAnswerCounts) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  const auto first = Node::all<ToPeer>(asked).at(0);
  auto soon = node.pulse();
  EXPECT_TRUE(Node::all<ToPeer>(soon).empty());
  auto later = node.pulse(kAskNextAfter.us);
  const auto second = Node::all<ToPeer>(later);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].peer, "c");
  EXPECT_EQ(node.probe.parts_hedged, 1u);
  auto once = node.answers(first, "first");
  ASSERT_EQ(Node::all<ToGateway>(once).size(), 1u);
  auto twice = node.answers(second[0], "second");
  EXPECT_TRUE(Node::all<ToGateway>(twice).empty()) << "the gateway hears one answer";
}

TEST(PeeringAsks, AFailureOfOneDoesNotEndTheAttemptAtAnother) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  const auto first = Node::all<ToPeer>(asked).at(0);
  auto later = node.pulse(kAskNextAfter.us);
  const auto second = Node::all<ToPeer>(later).at(0);
  auto failed = node.fails(first, PeerError::kGone);
  EXPECT_TRUE(failed.empty());
  auto answered = node.answers(second);
  EXPECT_EQ(Node::all<ToGateway>(answered).size(), 1u);
}

TEST(PeeringAsks, WhereNobodyHasItTheQuestionWaitsUntilSomebodyDoes) {
  Node node;
  node.ways = {};
  node.pulse();
  auto asked = node.ask();
  EXPECT_TRUE(asked.empty());
  auto still = node.pulse();
  EXPECT_TRUE(Node::all<ToPeer>(still).empty());
  node.ways = {false, false, {"c"}};
  auto found = node.pulse();
  const auto sent = Node::all<ToPeer>(found);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].peer, "c");
  auto refused = node.fails(sent[0], PeerError::kRefused);
  const auto behind = Node::all<ToPeer>(refused);
  ASSERT_EQ(behind.size(), 1u) << "once more: it may not hear the log, but answer from what it folded";
  EXPECT_FALSE(schemas::decode_part_ask(sent[0].payload).value().behind);
  EXPECT_TRUE(schemas::decode_part_ask(behind[0].payload).value().behind);
  auto failed = node.fails(behind[0], PeerError::kRefused);
  EXPECT_TRUE(Node::all<ToPeer>(failed).empty()) << "not in a hot loop";
  auto again = node.pulse();
  EXPECT_EQ(Node::all<ToPeer>(again).size(), 1u) << "once more, a moment later";
}

TEST(PeeringAsks, WhatComesToThisNodeMeanwhileIsAskedHere) {
  Node node;
  node.ways = {};
  node.pulse();
  auto asked = node.ask();
  node.ways = {true, false, {"b"}};
  auto here = node.pulse();
  const auto to = Node::all<ToShard>(here);
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(to[0].partition.value, 3);
  EXPECT_EQ(std::get<user_shard::Ask>(to[0].message).ticket, 7u) << "it answers the gateway itself";
  EXPECT_EQ(node.probe.parts_open, 0);
}

/// Cut off from the log, or with all brokers gone: what was folded is better than nothing, where nobody has more.
TEST(PeeringAsks, WhoDoesNotHearItsLogAnswersWhereNobodyElseDoes) {
  Node node;
  node.ways = {false, true, {"b"}};
  node.pulse();
  auto asked = node.ask();
  const auto sent = Node::all<ToPeer>(asked);
  ASSERT_EQ(sent.size(), 1u) << "others first";
  auto refused = node.fails(sent[0], PeerError::kRefused);
  EXPECT_EQ(Node::all<ToShard>(refused).size(), 1u);
  auto again = node.ask(8);
  auto answered = node.answers(Node::all<ToPeer>(again).at(0));
  EXPECT_EQ(Node::all<ToGateway>(answered).size(), 1u);
  node.ways.peers.clear();
  auto alone = node.ask(9);
  EXPECT_EQ(Node::all<ToShard>(alone).size(), 1u);
  auto of_other = node.state.handle(Asked{
      {"c", MessageKind::kForward, schemas::encode_part_ask(part_of({3}, node.question(7))), 5'000'000, 50}});
  EXPECT_EQ(Node::all<RefusePeer>(of_other).size(), 1u) << "another may have more";
  auto behind = part_of({3}, node.question(7));
  behind.behind = true;
  auto wanted =
      node.state.handle(Asked{{"c", MessageKind::kForward, schemas::encode_part_ask(behind), 5'000'000, 51}});
  EXPECT_EQ(Node::all<ToShard>(wanted).size(), 1u) << "unless nobody has";
}

TEST(PeeringAsks, PastItsDeadlineAPartIsForgotten) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  const auto sent = Node::all<ToPeer>(asked).at(0);
  node.pulse(10 * kSecond.us);
  EXPECT_EQ(node.probe.parts_late, 1u);
  auto answered = node.answers(sent);
  EXPECT_TRUE(answered.empty());
}

TEST(PeeringAsks, PartsHaveABound) {
  Node node;
  node.ways = {};
  node.pulse();
  for (std::size_t i = 0; i < kPartsMax; ++i) EXPECT_TRUE(node.ask(i).empty());
  auto refused = node.ask(99'999);
  const auto told = Node::all<ToGateway>(refused);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].done.ticket, 99'999u);
  EXPECT_EQ(std::get<api::Error>(told[0].done.items.at(0).body).code, api::ErrorCode::kOverloaded);
}

TEST(PeeringAsks, WhatFitsNoMessageIsSaidSo) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  auto failed = node.fails(Node::all<ToPeer>(asked).at(0), PeerError::kTooLarge);
  const auto told = Node::all<ToGateway>(failed);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(std::get<api::Error>(told[0].done.items.at(0).body).code, api::ErrorCode::kTooLarge);
}

TEST(PeeringAsks, AnAnswerThatCannotBeReadIsNone) {
  Node node;
  node.pulse();
  auto asked = node.ask();
  auto next = node.state.handle(Answered{Node::all<ToPeer>(asked).at(0).attempt, Bytes("garbage!")});
  EXPECT_EQ(Node::all<ToPeer>(next).at(0).peer, "c");
  EXPECT_EQ(node.probe.malformed, 1u);
}

TEST(PeeringAsks, ALearnersQuestionsGoToItsNode) {
  Node node;
  node.pulse();
  model::Ask ask{11, 3, {5}, {77}, api::TrainModel{.name = "ranker"}};
  auto asked = node.state.handle(AskLearner{"ranker", ask});
  const auto sent = Node::all<ToPeer>(asked);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].peer, "b");
  user_shard::PartDone done;
  done.items.push_back({3, api::Round{12}, std::nullopt});
  auto answered =
      node.state.handle(Answered{sent[0].attempt, schemas::encode_part_answer(answer_of(std::move(done)))});
  const auto told = Node::all<ToGateway>(answered);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].done.ticket, 11u);
  EXPECT_EQ(told[0].done.partition, model::kNoPartition);
}

/// A change of what serves may have been made: done twice, it would be undone.
TEST(PeeringAsks, WhereALearnersNodeGoesMeanwhileItIsSaidThatNobodyKnows) {
  for (const PeerError error : {PeerError::kGone, PeerError::kDeadline}) {
    Node node;
    node.pulse();
    auto asked = node.state.handle(AskLearner{"ranker", {11, 3, {5}, {77}, api::ChangeModel{}}});
    auto failed = node.fails(Node::all<ToPeer>(asked).at(0), error);
    const auto told = Node::all<ToGateway>(failed);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(std::get<api::Error>(told[0].done.items.at(0).body).code, api::ErrorCode::kUnknownOutcome);
    auto later = node.pulse(kLookAgainAfter.us);
    EXPECT_TRUE(Node::all<ToPeer>(later).empty());
  }
  Node node;
  node.pulse();
  auto asked = node.state.handle(AskLearner{"ranker", {11, 3, {5}, {77}, api::ChangeModel{}}});
  node.fails(Node::all<ToPeer>(asked).at(0), PeerError::kNotUp);
  auto later = node.pulse(kLookAgainAfter.us);
  EXPECT_EQ(Node::all<ToPeer>(later).size(), 1u) << "nothing was sent: it is asked again";
}

// ---- rounds ----

model::ToShard open_round() { return {{3}, user_shard::OpenRound{{5}, "itemItem", 70, {9}, 69, Instant{8}}}; }
model::ToShard pass_of_round(std::uint32_t pass) {
  return {{3}, user_shard::AskPass{{5}, "itemItem", 70, pass, std::make_shared<const Bytes>("parameters")}};
}
model::ToShard close_round(std::uint64_t round = 70) {
  return {{3}, user_shard::CloseRound{{5}, "itemItem", round, true, {10}}};
}

/// The other side of a step: what the shard reports, as the asked node answers it.
Bytes answered_by(Node& other, const ToPeer& step, user_shard::Rounds::Report report) {
  auto taken = other.state.handle(Asked{{"a", step.kind, step.payload, 60'000'000, 33}});
  EXPECT_EQ(Node::all<ToShard>(taken).size(), 1u);
  auto said = other.state.handle(RoundDone{std::move(report)});
  const auto answers = Node::all<AnswerPeer>(said);
  EXPECT_EQ(answers.size(), 1u);
  return answers.at(0).payload;
}

TEST(PeeringAsks, ARoundsStepsGoToTheNodeThatGathers) {
  Node node, other;
  other.ways.here = true;
  node.pulse();
  other.pulse();
  auto opened = node.state.handle(AskRound{open_round()});
  const auto open = Node::all<ToPeer>(opened).at(0);
  EXPECT_EQ(open.peer, "b");
  EXPECT_EQ(open.kind, MessageKind::kStatisticAsk);
  const user_shard::Gathered gathered{{3}, {5}, "itemItem", 70, 1234, "", true};
  auto told = node.state.handle(Answered{open.attempt, answered_by(other, open, gathered)});
  const auto reports = Node::all<ToModel>(told);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(std::get<user_shard::Gathered>(reports[0].report).cut, 1234u);
  EXPECT_TRUE(std::get<user_shard::Gathered>(reports[0].report).by_changes);

  node.ways = {false, false, {"c", "b"}}; // whoever is best by now: c has gathered nothing
  auto passed = node.state.handle(AskRound{pass_of_round(2)});
  const auto pass = Node::all<ToPeer>(passed).at(0);
  EXPECT_EQ(pass.peer, "b");
  auto sum = node.state.handle(Answered{
      pass.attempt, answered_by(other, pass, user_shard::Passed{{3}, {5}, "itemItem", 70, 2, "sum", ""})});
  EXPECT_EQ(std::get<user_shard::Passed>(Node::all<ToModel>(sum).at(0).report).statistic, "sum");

  auto closing = node.state.handle(AskRound{close_round()});
  const auto close = Node::all<ToPeer>(closing).at(0);
  EXPECT_EQ(close.peer, "b");
  auto closed = node.state.handle(
      Answered{close.attempt, answered_by(other, close, user_shard::Closed{{3}, {5}, "itemItem", 70})});
  EXPECT_EQ(Node::all<ToModel>(closed).size(), 1u);
}

TEST(PeeringAsks, AStepThatIsLostIsToldWithItsReason) {
  Node node;
  node.pulse();
  auto opened = node.state.handle(AskRound{open_round()});
  auto gone = node.fails(Node::all<ToPeer>(opened).at(0), PeerError::kGone);
  const auto reports = Node::all<ToModel>(gone);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(std::get<user_shard::Gathered>(reports[0].report).lost, "node b: gone, because");
  auto passed = node.state.handle(AskRound{pass_of_round(1)});
  EXPECT_FALSE(std::get<user_shard::Passed>(Node::all<ToModel>(passed).at(0).report).lost.empty());
  node.ways = {};
  auto nobody = node.state.handle(AskRound{open_round()});
  EXPECT_EQ(std::get<user_shard::Gathered>(Node::all<ToModel>(nobody).at(0).report).lost,
            "no node that is caught up has the partition");
}

TEST(PeeringAsks, ThatARoundIsDoneIsToldToAnotherReplicaWhereTheFirstIsGone) {
  Node node;
  node.pulse();
  node.state.handle(AskRound{open_round()});
  auto closing = node.state.handle(AskRound{close_round()});
  const auto first = Node::all<ToPeer>(closing).at(0);
  EXPECT_EQ(first.peer, "b");
  auto gone = node.fails(first, PeerError::kGone);
  EXPECT_TRUE(gone.empty());
  node.ways = {false, false, {"c"}};
  auto again = node.pulse(kCloseAgainAfter.us);
  const auto second = Node::all<ToPeer>(again);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].peer, "c");
  node.fails(second[0], PeerError::kRefused);
  node.ways = {};
  auto nobody = node.pulse(kCloseAgainAfter.us);
  EXPECT_TRUE(Node::all<ToPeer>(nobody).empty());
  node.ways = {true, false, {}};
  auto here = node.pulse(kCloseAgainAfter.us);
  ASSERT_EQ(Node::all<ToShard>(here).size(), 1u) << "the partition came to this node";
  auto idle = node.pulse(kCloseAgainAfter.us);
  EXPECT_TRUE(Node::all<ToShard>(idle).empty());
}

TEST(PeeringAsks, WhatThisNodeGathersItselfIsReportedToItsOwnLearner) {
  Node node;
  node.ways = {true, false, {"b"}};
  node.pulse();
  auto opened = node.state.handle(AskRound{open_round()});
  EXPECT_EQ(Node::all<ToShard>(opened).size(), 1u);
  auto told = node.state.handle(RoundDone{user_shard::Gathered{{3}, {5}, "itemItem", 70, 1, "", false}});
  EXPECT_EQ(Node::all<ToModel>(told).size(), 1u);
}

/// Law: erasure. A model is judged by whom the others have erased, and what a closed round says is newer than their standing.
TEST(PeeringAsks, AClosedRoundTellsWhomThePartitionErased) {
  Node node, other;
  other.ways.here = true;
  other.shard = std::make_shared<user_shard::Standing>();
  other.shard->erased[{5}] = 900;
  node.peers = {"b"};
  other.pulse();
  auto pulsed = node.pulse();
  const auto standing = Node::all<ToPeer>(pulsed).at(0);
  EXPECT_EQ(standing.kind, MessageKind::kStandingAsk);
  kindred::peers::NodeStanding told;
  told.shards.push_back({3, true, 100, 1, {{{5}, 20}}, {}, {}, 0});
  told.learners.push_back({"ranker", {1}, 9, 0, {}, "done", true, false, false});
  auto published = node.state.handle(Answered{standing.attempt, schemas::encode_node_standing(told)});
  auto others = Node::all<Publish>(published).at(0).others;
  ASSERT_EQ(others->shards.size(), 4u);
  ASSERT_NE(others->shards[3], nullptr);
  EXPECT_EQ(others->shards[3]->erased.at({5}), 20u);
  EXPECT_EQ(others->shards[0], nullptr);
  EXPECT_EQ(others->rounds.at({"ranker", {1}}).last, 9u);

  auto closing = node.state.handle(AskRound{close_round(71)});
  const auto close = Node::all<ToPeer>(closing).at(0);
  auto closed = node.state.handle(
      Answered{close.attempt, answered_by(other, close, user_shard::Closed{{3}, {5}, "itemItem", 71})});
  ASSERT_EQ(closed.size(), 2u);
  ASSERT_TRUE(std::holds_alternative<Publish>(closed[0])) << "before the learner hears of it";
  EXPECT_EQ(std::get<Publish>(closed[0]).others->shards[3]->erased.at({5}), 900u);
}

/// A challenger is promoted before the round is closed.
TEST(PeeringAsks, APassTellsWhomThePartitionErasedToo) {
  Node node, other;
  other.ways.here = true;
  other.shard = std::make_shared<user_shard::Standing>();
  other.shard->erased[{5}] = 900;
  node.peers = {"b"};
  other.pulse();
  auto pulsed = node.pulse();
  kindred::peers::NodeStanding told;
  told.shards.push_back({3, true, 100, 1, {{{5}, 20}}, {}, {}, 0});
  node.state.handle(Answered{Node::all<ToPeer>(pulsed).at(0).attempt, schemas::encode_node_standing(told)});
  auto opened = node.state.handle(AskRound{open_round()});
  const auto open = Node::all<ToPeer>(opened).at(0);
  const user_shard::Gathered gathered{{3}, {5}, "itemItem", 70, 1234, "", true};
  auto answered = node.state.handle(Answered{open.attempt, answered_by(other, open, gathered)});
  ASSERT_EQ(answered.size(), 2u);
  EXPECT_EQ(std::get<Publish>(answered[0]).others->shards[3]->erased.at({5}), 900u);
}

TEST(PeeringAsks, WhatAReplicaHereGathersForAnotherIsNotCounted) {
  Node node;
  node.pulse();
  node.state.handle(AskRound{open_round()}); // of b
  auto told = node.state.handle(RoundDone{user_shard::Gathered{{3}, {5}, "itemItem", 70, 1, "", false}});
  EXPECT_TRUE(told.empty());
}

TEST(PeeringAsks, WhoIsGoneIsNotCountedOn) {
  Node node;
  node.peers = {"b"};
  auto pulsed = node.pulse();
  kindred::peers::NodeStanding told;
  told.shards.push_back({3, true, 100, 1, {}, {}, {}, 0});
  auto published = node.state.handle(
      Answered{Node::all<ToPeer>(pulsed).at(0).attempt, schemas::encode_node_standing(told)});
  EXPECT_NE(Node::all<Publish>(published).at(0).others->shards[3], nullptr);
  node.peers = {};
  auto later = node.pulse(kStandingEvery.us);
  EXPECT_EQ(Node::all<Publish>(later).at(0).others->shards[3], nullptr);
}

// ---- ends ----

TEST(PeeringAsks, WhatAPeerWasAcknowledgedGoesToTheLog) {
  Node node;
  node.peers = {"b"};
  const auto told = [&](std::vector<std::uint64_t> ends) {
    auto pulsed = node.pulse(kStandingEvery.us);
    kindred::peers::NodeStanding standing;
    standing.acked_ends = std::move(ends);
    auto effects = node.state.handle(
        Answered{Node::all<ToPeer>(pulsed).at(0).attempt, schemas::encode_node_standing(standing)});
    return Node::all<AckedElsewhere>(effects);
  };
  EXPECT_TRUE(told({}).empty()) << "its log is its own";
  EXPECT_EQ(told({0, 12, 0, 7}).at(0).ends, (std::vector<std::uint64_t>{0, 12, 0, 7}));
  EXPECT_EQ(told({1, 2, 3, 4, 5}).at(0).ends.size(), 4u) << "no more than there are partitions";
}

// ---- digests ----

/// A peer says how its partition 3 was at agreed positions.
Effects told_digests(Node& node, std::vector<std::pair<std::uint64_t, Id128>> digests,
                     std::uint32_t fold_version = records::kFoldFirst) {
  node.peers = {"b"};
  auto pulsed = node.pulse(kStandingEvery.us);
  kindred::peers::NodeStanding told;
  told.shards.push_back({3, true, 100, 1, {}, {}, std::move(digests), fold_version});
  return node.state.handle(
      Answered{Node::all<ToPeer>(pulsed).at(0).attempt, schemas::encode_node_standing(told)});
}

TEST(PeeringAsks, ReplicasThatAgreeGoOn) {
  Node node;
  node.yields = true;
  node.shard = std::make_shared<user_shard::Standing>();
  node.shard->ready = true;
  node.shard->agreed = {{4096, {1, 1}}, {8192, {2, 2}}};
  auto same = told_digests(node, {{8192, {2, 2}}, {12288, {3, 3}}});
  EXPECT_TRUE(Node::all<ToShard>(same).empty());
  EXPECT_EQ(node.probe.digests_compared, 1u) << "where both were";
  told_digests(node, {{8192, {2, 2}}});
  EXPECT_EQ(node.probe.digests_compared, 1u) << "once";
  auto other = told_digests(node, {{4096, {9, 9}}}, records::kFoldFirst - 1);
  EXPECT_TRUE(Node::all<ToShard>(other).empty()) << "another build's digests are others";
  EXPECT_EQ(node.probe.digests_differ, 0u);
}

TEST(PeeringAsks, OfTwoReplicasThatDifferTheLaterOneStops) {
  for (const bool yields : {true, false}) {
    Node node;
    node.yields = yields;
    node.shard = std::make_shared<user_shard::Standing>();
    node.shard->ready = true;
    node.shard->agreed = {{4096, {1, 1}}};
    auto differ = told_digests(node, {{4096, {1, 2}}});
    EXPECT_EQ(node.probe.digests_differ, 1u) << "both raise the alarm";
    auto to = Node::all<ToShard>(differ);
    ASSERT_EQ(to.size(), yields ? 1u : 0u);
    if (!yields) continue;
    EXPECT_EQ(to[0].partition.value, 3);
    EXPECT_EQ(std::get<user_shard::Differs>(to[0].message).peer, "b");
    EXPECT_EQ(std::get<user_shard::Differs>(to[0].message).end, 4096u);
  }
}

} // namespace
} // namespace kindred::actors::peering
