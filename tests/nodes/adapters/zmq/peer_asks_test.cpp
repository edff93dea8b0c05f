#include "nodes/adapters/zmq/peer_asks.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

using peers::MessageKind;
using ports::PeerFailure;

PeerAsks::Waiting ask(MessageKind kind, Bytes payload = "?", std::int64_t deadline_us = 1'000'000) {
  return {{"b", kind, std::move(payload), deadline_us}, [](Result<Bytes, PeerFailure>) {}};
}

TEST(PeerAsks, GoOutInTheirOrderWithWhatIsLeftOfTheirTime) {
  PeerAsks asks;
  EXPECT_FALSE(asks.next(0));
  asks.add(ask(MessageKind::kForward, "one", 1'500));
  asks.add(ask(MessageKind::kForward, "two", 250'000));
  const auto one = asks.next(1'000), two = asks.next(1'000);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->payload, "one");
  EXPECT_EQ(one->remaining_ms, 1u) << "half a millisecond is not nothing";
  EXPECT_EQ(two->remaining_ms, 249u);
  EXPECT_NE(one->id, two->id);
  EXPECT_EQ(asks.out(), 2u);
}

TEST(PeerAsks, RequestsBeforeStatisticsBeforeCheckpoints) {
  PeerAsks asks;
  for (int i = 0; i < 4; ++i) {
    asks.add(ask(MessageKind::kCheckpointAsk, "c" + std::to_string(i)));
    asks.add(ask(MessageKind::kStatisticAsk, "s" + std::to_string(i)));
    asks.add(ask(MessageKind::kForward, "r" + std::to_string(i)));
  }
  std::vector<Bytes> order;
  std::vector<std::uint64_t> statistics;
  while (const auto out = asks.next(0)) {
    order.push_back(out->payload);
    if (out->kind == MessageKind::kStatisticAsk) statistics.push_back(out->id);
  }
  EXPECT_EQ(order, (std::vector<Bytes>{"r0", "r1", "r2", "r3", "s0", "s1"}))
      << "two statistics are out at a time, and a checkpoint waits for all of them";
  for (int i = 2; i < 4; ++i) {
    EXPECT_TRUE(asks.take(statistics[static_cast<std::size_t>(i - 2)], MessageKind::kStatisticBlock));
    EXPECT_EQ(asks.next(0)->payload, "s" + std::to_string(i));
  }
  EXPECT_EQ(asks.next(0)->payload, "c0") << "no statistic waits any more";
  EXPECT_FALSE(asks.next(0)) << "one checkpoint at a time";
}

TEST(PeerAsks, AnAnswerIsTakenOnceAndOnlyOfItsKind) {
  PeerAsks asks;
  asks.add(ask(MessageKind::kForward, "four"));
  const auto out = asks.next(0);
  EXPECT_FALSE(asks.take(out->id, MessageKind::kStatisticBlock));
  EXPECT_FALSE(asks.take(out->id + 1, MessageKind::kAnswer));
  const auto ended = asks.take(out->id, MessageKind::kAnswer);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->bytes, 4u);
  EXPECT_FALSE(asks.take(out->id, MessageKind::kAnswer));
}

TEST(PeerAsks, ThoseWhoseTimeIsOverEnd) {
  PeerAsks asks;
  asks.add(ask(MessageKind::kForward, "1", 100));
  asks.add(ask(MessageKind::kForward, "22", 200));
  asks.add(ask(MessageKind::kStatisticAsk, "333", 100));
  const auto out = asks.next(0);
  EXPECT_EQ(asks.next(150)->payload, "22") << "what is too late is not sent";
  EXPECT_EQ(asks.expire(99).size(), 0u);
  EXPECT_EQ(asks.expire(100).size(), 2u) << "one that was out, one that waited";
  EXPECT_FALSE(asks.take(out->id, MessageKind::kAnswer));
  EXPECT_EQ(asks.expire(200).size(), 1u);
  EXPECT_EQ(asks.waiting() + asks.out(), 0u);
}

TEST(PeerAsks, WhatTheSocketDidNotTakeWaitsBeforeTheOthers) {
  PeerAsks asks;
  asks.add(ask(MessageKind::kStatisticAsk, "one"));
  asks.add(ask(MessageKind::kStatisticAsk, "two"));
  asks.put_back(*asks.next(0));
  EXPECT_EQ(asks.waiting(), 2u);
  EXPECT_EQ(asks.next(0)->payload, "one");
  EXPECT_EQ(asks.next(0)->payload, "two");
}

TEST(PeerAsks, WhenThePeerGoesThoseThatAreOutEnd) {
  PeerAsks asks;
  for (int i = 0; i < 3; ++i) asks.add(ask(MessageKind::kStatisticAsk));
  asks.next(0);
  asks.next(0);
  EXPECT_EQ(asks.drop(false).size(), 2u);
  EXPECT_TRUE(asks.next(0)) << "the windows are open again";
  EXPECT_EQ(asks.drop(true).size(), 1u);
}

} // namespace
} // namespace kindred::adapters
