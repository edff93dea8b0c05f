#include "schemas/codec/node_asks_codec.hpp"

#include <gtest/gtest.h>

#include "tests/schemas/contract_values.hpp"

namespace kindred::schemas {
namespace {

peers::PartAsk part_ask() {
  peers::PartAsk ask;
  ask.partition = 7;
  ask.tenant = {3};
  ask.now = {1'700'000'000'000'000};
  ask.durable_decisions = true;
  ask.behind = true;
  ask.positions = {{42, {records::Topic::kEvents, {7}}, 9, 1, {{5}, 2, 11}}};
  for (const auto& told : tests::told_queries()) {
    ask.ways.push_back({static_cast<std::uint32_t>(ask.queries.size() * 2), told.name, {"seen", told.name}});
    ask.queries.push_back(told.query);
  }
  return ask;
}

peers::PartAnswer part_answer() {
  peers::PartAnswer answer;
  for (const auto& told : tests::told_answers()) {
    answer.queries.push_back(static_cast<std::uint32_t>(100 - answer.queries.size()));
    answer.bodies.push_back(told.body);
  }
  answer.sent_on = {{17, "visitor", {}}};
  answer.sent_on_queries = {api::GetProfile{"ada", {}}};
  answer.positions = {{42, {records::Topic::kEvents, {7}}, 9, 1, {{5}, 2, 11}}};
  answer.staleness_ms = 12;
  return answer;
}

peers::RoundAsk round_ask() {
  peers::RoundAsk ask;
  ask.step = peers::RoundStep::kClose;
  ask.partition = 9;
  ask.tenant = {4};
  ask.learner = "itemItem";
  ask.round = 77;
  ask.as_of = {5};
  ask.base = 76;
  ask.since = Instant{-1};
  ask.pass = 3;
  ask.parameters = Bytes("\0p", 2);
  ask.accepted = true;
  return ask;
}

peers::RoundAnswer round_answer() {
  return {peers::RoundStep::kPass, 99, true, Bytes("\0s", 2), "lost, for a reason", 12};
}

peers::NodeStanding standing() {
  peers::NodeStanding node;
  node.shards = {{3,
                  true,
                  100,
                  17,
                  {{{1}, 50}},
                  {{{1}, {"ada", "", "clustered-3", {9}, "events"}}},
                  {{4096, {1, 2}}},
                  5},
                 {4, false, 0, 0, {}, {}, {}, 0}};
  node.learners = {{"ranker", {1}, 5, 6, {7}, "said so", true, true, true}, {}};
  node.acked_ends = {0, 12, std::uint64_t{1} << 63};
  return node;
}

TEST(NodeAsksCodec, EveryFieldComesBack) {
  const auto ask = decode_part_ask(encode_part_ask(part_ask()));
  ASSERT_TRUE(ask.ok()) << ask.error().what;
  EXPECT_EQ(ask.value(), part_ask());
  const auto answer = decode_part_answer(encode_part_answer(part_answer()));
  ASSERT_TRUE(answer.ok()) << answer.error().what;
  EXPECT_EQ(answer.value(), part_answer());
  const auto round = decode_round_ask(encode_round_ask(round_ask()));
  ASSERT_TRUE(round.ok()) << round.error().what;
  EXPECT_EQ(round.value(), round_ask());
  const auto step = decode_round_answer(encode_round_answer(round_answer()));
  ASSERT_TRUE(step.ok()) << step.error().what;
  EXPECT_EQ(step.value(), round_answer());
  const peers::CheckpointAsk wanted{7, 9, Bytes("\0k", 2)};
  EXPECT_EQ(decode_checkpoint_ask(encode_checkpoint_ask(wanted)).value(), wanted);
  peers::CheckpointChunk chunk{9, Bytes("\0e", 2), 0, true, 5, 8};
  chunk.checksum = peers::checksum_of(7, chunk);
  EXPECT_NE(chunk.checksum, peers::checksum_of(8, chunk)) << "of another partition";
  EXPECT_EQ(decode_checkpoint_chunk(encode_checkpoint_chunk(chunk)).value(), chunk);
  const auto node = decode_node_standing(encode_node_standing(standing()));
  ASSERT_TRUE(node.ok()) << node.error().what;
  EXPECT_EQ(node.value(), standing());
}

TEST(NodeAsksCodec, WhatIsLeftOutComesBackAsNothing) {
  EXPECT_EQ(decode_part_ask(encode_part_ask({})).value(), peers::PartAsk{});
  EXPECT_EQ(decode_part_answer(encode_part_answer({})).value(), peers::PartAnswer{});
  EXPECT_EQ(decode_round_ask(encode_round_ask({})).value(), peers::RoundAsk{}) << "no time is no 1970";
  EXPECT_EQ(decode_round_answer(encode_round_answer({})).value(), peers::RoundAnswer{});
  EXPECT_EQ(decode_node_standing(encode_node_standing({})).value(), peers::NodeStanding{});
}

TEST(NodeAsksCodec, NumbersThatDoNotFitAreRefused) {
  auto ask = part_ask();
  ask.ways.pop_back();
  EXPECT_EQ(decode_part_ask(encode_part_ask(ask)).error().code, CodecError::kOutOfRange);
  auto answer = part_answer();
  answer.queries.pop_back();
  EXPECT_EQ(decode_part_answer(encode_part_answer(answer)).error().code, CodecError::kOutOfRange);
  answer = part_answer();
  answer.sent_on.push_back({});
  EXPECT_EQ(decode_part_answer(encode_part_answer(answer)).error().code, CodecError::kOutOfRange);
}

/// Every byte of a message broken: a value or a failure, and nothing else.
template <class Decode>
void breaks(const Bytes& whole, Decode&& decode) {
  for (std::size_t size = 0; size < whole.size(); size += 8)
    EXPECT_FALSE(decode(BytesView(whole).substr(0, size)).ok()) << size;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      Bytes broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ flip);
      const auto read = decode(broken);
      EXPECT_TRUE(read.ok() || !read.error().what.empty());
    }
}

TEST(NodeAsksCodec, WhatIsBrokenIsRefused) {
  auto ask = part_ask();
  ask.ways.resize(2);
  ask.queries.resize(2);
  breaks(encode_part_ask(ask), decode_part_ask);
  auto answer = part_answer();
  answer.queries.resize(2);
  answer.bodies.resize(2);
  breaks(encode_part_answer(answer), decode_part_answer);
  breaks(encode_round_ask(round_ask()), decode_round_ask);
  breaks(encode_round_answer(round_answer()), decode_round_answer);
  breaks(encode_node_standing(standing()), decode_node_standing);
}

} // namespace
} // namespace kindred::schemas
