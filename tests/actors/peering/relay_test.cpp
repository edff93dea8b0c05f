#include "actors/peering/relay.hpp"

#include <gtest/gtest.h>

#include "schemas/codec/node_asks_codec.hpp"
#include "tests/support/hand_clock.hpp"

namespace kindred::actors::peering {
namespace {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;

/// Both links, the shard and the gateway of one node, played by hand.
class RelayTest : public testing::Test, public ports::PeerLink, public ports::Link {
public:
  void ask(Ask ask, OnAnswer on_answer) override {
    if (fails_at_once) return on_answer(ports::PeerFailure{ports::PeerError::kNotUp, {}, ""});
    asks.emplace_back(std::move(ask), std::move(on_answer));
  }
  void answer(std::uint64_t ticket, Bytes payload) override {
    answered.emplace_back(ticket, std::move(payload));
  }
  void refuse(std::uint64_t ticket, Refusal refusal, std::string) override {
    refused.emplace_back(ticket, refusal);
  }
  std::vector<ports::PeerStanding> standing() const override { return {}; }
  void reply(std::vector<Outgoing> answers) override {
    for (auto& one : answers) replies.push_back(std::move(one));
  }
  void publish(std::string, Bytes) override {}

protected:
  user_shard::Forward::One request() const { return {{1, 7}, "a request", {5}}; }

  std::vector<std::pair<Ask, OnAnswer>> asks;
  std::vector<std::pair<std::uint64_t, Bytes>> answered;
  std::vector<std::pair<std::uint64_t, Refusal>> refused;
  std::vector<Outgoing> replies;
  std::vector<std::pair<PartitionId, user_shard::Forward>> forwards;
  std::vector<user_shard::HandBack> handed_back;
  static constexpr std::int64_t kTaken = 123;
  Ways ways;
  bool shard_is_there = true, fails_at_once = false;
  support::HandClock clock;
  Probe probe;
  Relay relay{{4, *this, *this, clock, probe, [this](PartitionId) { return ways; },
               [this](PartitionId) { return ways.here; },
               [this](PartitionId partition, user_shard::Forward forward) {
                 if (shard_is_there) forwards.emplace_back(partition, std::move(forward));
                 return shard_is_there;
               },
               [this](user_shard::HandBack back) { handed_back.push_back(std::move(back)); }}};
};

TEST_F(RelayTest, ARequestGoesToTheBestNodeAsItCameAndItsAnswerToTheClient) {
  ways.peers = {"b", "c"};
  auto one = request();
  ASSERT_TRUE(relay.ask({3}, one, kTaken));
  ASSERT_EQ(asks.size(), 1u);
  EXPECT_EQ(asks[0].first.peer, "b");
  EXPECT_EQ(asks[0].first.kind, MessageKind::kForward);
  EXPECT_EQ(asks[0].first.deadline_us, clock.steady_us() + kRelayWithin.us);
  const auto whole = schemas::whole_ask_in(asks[0].first.payload);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(*whole, (kindred::peers::WholeAsk{3, {5}, "a request"}));
  asks[0].second(schemas::encode_whole_answer("an answer"));
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].to, (ports::ReplyTo{1, 7}));
  EXPECT_EQ(replies[0].bytes, "an answer");
  EXPECT_TRUE(handed_back.empty());
}

TEST_F(RelayTest, WhereNobodyIsUpItStays) {
  auto one = request();
  EXPECT_FALSE(relay.ask({3}, one, kTaken));
  EXPECT_EQ(one.request, "a request");
  ways = {true, false, {"b"}};
  EXPECT_FALSE(relay.ask({3}, one, kTaken)) << "it is here by now";
  EXPECT_TRUE(asks.empty());
}

TEST_F(RelayTest, WhatTheOtherDoesNotAnswerTheGatewayGets) {
  ways.peers = {"b"};
  for (const auto error :
       {ports::PeerError::kDeadline, ports::PeerError::kRefused, ports::PeerError::kFull}) {
    auto one = request();
    ASSERT_TRUE(relay.ask({3}, one, kTaken));
    asks.back().second(ports::PeerFailure{error, {}, ""});
    ASSERT_FALSE(handed_back.empty());
    EXPECT_EQ(handed_back.back().to, (ports::ReplyTo{1, 7}));
    EXPECT_EQ(handed_back.back().request, "a request");
    EXPECT_EQ(handed_back.back().taken_us, kTaken) << "its deadline counts from when it came";
    clock.pass(kRelayAvoidsFor);
  }
  auto one = request();
  ASSERT_TRUE(relay.ask({3}, one, kTaken));
  asks.back().second(Bytes("garbage!"));
  EXPECT_EQ(handed_back.size(), 4u);
  EXPECT_EQ(probe.relays_failed, 4u);
  EXPECT_TRUE(replies.empty());
}

TEST_F(RelayTest, WhoKeptSomebodyWaitingIsNotAskedForAWhile) {
  ways.peers = {"b", "c"};
  auto first = request(), second = request(), third = request(), fourth = request();
  ASSERT_TRUE(relay.ask({3}, first, kTaken));
  asks[0].second(ports::PeerFailure{ports::PeerError::kDeadline, {}, ""});
  ASSERT_TRUE(relay.ask({3}, second, kTaken));
  EXPECT_EQ(asks[1].first.peer, "c") << "the other replica is well";
  asks[1].second(ports::PeerFailure{ports::PeerError::kDeadline, {}, ""});
  EXPECT_FALSE(relay.ask({3}, third, kTaken)) << "the gateway knows more ways";
  clock.pass(kRelayAvoidsFor);
  ASSERT_TRUE(relay.ask({3}, fourth, kTaken));
  EXPECT_EQ(asks[2].first.peer, "b");
}

TEST_F(RelayTest, ADecisionThatWouldBeAnotherOneTheSecondTimeDoesNotGoThisWay) {
  ways.peers = {"b"};
  auto one = request();
  one.repeatable = false;
  EXPECT_FALSE(relay.ask({3}, one, kTaken));
}

TEST_F(RelayTest, OnlySoMuchIsUnderWay) {
  ways.peers = {"b"};
  auto large = request();
  large.request.assign(kRelayBytesMax - 9, 'x');
  ASSERT_TRUE(relay.ask({3}, large, kTaken));
  auto small = request(), more = request();
  ASSERT_TRUE(relay.ask({3}, small, kTaken));
  EXPECT_FALSE(relay.ask({3}, more, kTaken)) << "32 MiB";
  asks[0].second(schemas::encode_whole_answer("an answer"));
  for (std::size_t n = 1; n < kRelaysMax; ++n) {
    auto one = request();
    ASSERT_TRUE(relay.ask({3}, one, kTaken));
  }
  EXPECT_FALSE(relay.ask({3}, more, kTaken)) << "so many";
  asks.back().second(ports::PeerFailure{ports::PeerError::kGone, {}, ""});
  EXPECT_TRUE(relay.ask({3}, more, kTaken));
}

/// As the link's contract allows: where it is full or not up, before `ask` returns.
TEST_F(RelayTest, AFailureAtOnceIsAFailure) {
  ways.peers = {"b"};
  fails_at_once = true;
  auto one = request();
  ASSERT_TRUE(relay.ask({3}, one, kTaken));
  ASSERT_EQ(handed_back.size(), 1u);
  EXPECT_EQ(handed_back[0].request, "a request");
}

TEST_F(RelayTest, WhatAnotherRelaysTheShardAnswersToIt) {
  ways.here = true;
  const ports::PeerAsked asked{"b", MessageKind::kForward, schemas::encode_whole_ask({3, {5}, "a request"}),
                               9'000'000, 50};
  ASSERT_TRUE(relay.serve(asked));
  ASSERT_EQ(forwards.size(), 1u);
  EXPECT_EQ(forwards[0].first.value, 3);
  ASSERT_EQ(forwards[0].second.requests.size(), 1u);
  const auto& one = forwards[0].second.requests[0];
  EXPECT_EQ(one.request, "a request");
  EXPECT_EQ(one.tenant.value, 5u);
  EXPECT_EQ(forwards[0].second.now, clock.now());
  EXPECT_EQ(forwards[0].second.until, clock.now() + Duration{9'000'000 - clock.steady_us()})
      << "nobody waits any longer";
  relay.reply({{{1, 2}, "for a client"}, {one.to, "an answer"}});
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].bytes, "for a client");
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].first, 50u);
  EXPECT_EQ(schemas::whole_answer_in(answered[0].second), Bytes("an answer"));
}

TEST_F(RelayTest, WhatIsNotHereIsRefusedAtOnce) {
  const auto asked = [](std::uint16_t partition) {
    return ports::PeerAsked{"b", MessageKind::kForward, schemas::encode_whole_ask({partition, {5}, "?"}),
                            9'000'000, 50};
  };
  EXPECT_TRUE(relay.serve(asked(3)));
  ways.here = true;
  EXPECT_TRUE(relay.serve(asked(4))) << "there is no such partition";
  shard_is_there = false;
  EXPECT_TRUE(relay.serve(asked(3)));
  EXPECT_EQ(refused, (std::vector<std::pair<std::uint64_t, Refusal>>(3, {50, Refusal::kNotServed})));
  EXPECT_TRUE(forwards.empty());
}

TEST_F(RelayTest, OtherAsksAreNotItsOwn) {
  ways.here = true;
  EXPECT_FALSE(relay.serve({"b", MessageKind::kStandingAsk, {}, 9'000'000, 50}));
  EXPECT_FALSE(relay.serve({"b", MessageKind::kForward, schemas::encode_part_ask({}), 9'000'000, 50}));
  EXPECT_FALSE(relay.serve({"b", MessageKind::kForward, "garbage!", 9'000'000, 50}));
}

TEST_F(RelayTest, WhatAShardCannotAnswerAloneGoesBackWhereItCameFrom) {
  relay.hand_back({{kRelayedLink, 50}, "a request"});
  EXPECT_EQ(refused.size(), 1u);
  EXPECT_TRUE(handed_back.empty());
  relay.hand_back({{1, 7}, "a request"});
  EXPECT_EQ(handed_back.size(), 1u);
}

} // namespace
} // namespace kindred::actors::peering
