// The port PeerLink over real sockets on the loopback: who is let in, what is bounded, what ends how.
#include "nodes/adapters/zmq/zmq_peer_link.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/nodes/adapters/zmq/peer_world.hpp"

namespace kindred::adapters {
namespace {

using peers::MessageKind;
using peers::Refusal;
using ports::PeerError;
using ports::PeerState;

struct ZmqPeerLinkTest : testing::Test {
  PeerEnd a{"a"}, b{"b"};
};

// ---- who is let in ----

TEST_F(ZmqPeerLinkTest, WhoKnowEachOtherAreUp) {
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kUp));
  const auto standing = a.standing("b");
  EXPECT_EQ(standing.life, b.settings.hello.life);
  EXPECT_TRUE(standing.clock_known);
  EXPECT_LT(std::abs(standing.clock_ahead.us), 1'000'000);
  EXPECT_EQ(b.standing("a").state, PeerState::kConnecting) << "nobody listens where it looks for a";
}

TEST_F(ZmqPeerLinkTest, AKeyThatIsNotPinnedIsTurnedAway) {
  b.open(); // knows nobody
  a.knows(b.pinned(b.endpoint()));
  a.open();
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kWrongKey));
  EXPECT_TRUE(a.standing("b").refused_by_it);
  EXPECT_TRUE(b.waits([&] { return !b.denied().empty(); }));
  EXPECT_EQ(b.denied().front(), a.settings.keys.public_key);
  EXPECT_EQ(a.error(a.ask("b", MessageKind::kForward, "?")), PeerError::kNotUp);
}

TEST_F(ZmqPeerLinkTest, AServerWithAnotherKeyThanPinnedIsRefused) {
  b.knows(a.pinned("tcp://127.0.0.1:1"));
  b.open();
  a.knows({"b", b.endpoint(), make_curve_keys().public_key});
  a.open();
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kWrongKey));
  EXPECT_FALSE(a.standing("b").refused_by_it);
}

TEST_F(ZmqPeerLinkTest, AKeyPinnedForAnotherNameIsRefused) {
  b.knows({"x", "tcp://127.0.0.1:1", a.settings.keys.public_key});
  b.open();
  a.knows(b.pinned(b.endpoint()));
  a.open();
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kWrongKey));
}

TEST_F(ZmqPeerLinkTest, AnotherClusterIsRefused) {
  b.settings.hello.cluster = "other";
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kWrongCluster));
  EXPECT_NE(a.standing("b").why.find("other"), std::string::npos);
}

TEST_F(ZmqPeerLinkTest, AnotherVersionOfTheContractIsRefused) {
  b.settings.hello.schema_version = peers::kNodeSchemaVersion + 1;
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kOtherSchema));
}

TEST_F(ZmqPeerLinkTest, AnotherNumberOfPartitionsIsRefused) {
  b.settings.hello.partitions = 16;
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kOtherPartitions));
}

TEST_F(ZmqPeerLinkTest, AnotherLifeOfTheLogIsRefused) {
  b.settings.hello.incarnation = 18;
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kOtherLog));
}

TEST_F(ZmqPeerLinkTest, AClockThatIsAnHourOffIsRefusedUntilItIsRight) {
  b.clock.ahead_us = 3'600'000'000;
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kClockOff));
  EXPECT_NEAR(static_cast<double>(a.standing("b").clock_ahead.us), 3.6e9, 1e6);
  b.clock.ahead_us = 0;
  EXPECT_TRUE(a.becomes("b", PeerState::kUp)) << "no hand is needed";
  b.clock.ahead_us = -2'000'000;
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kClockOff)) << "a heartbeat notices it";
}

TEST_F(ZmqPeerLinkTest, TheOneWhoseClockIsOffIsToldSo) {
  a.clock.ahead_us = 3'600'000'000;
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kRefused, Refusal::kClockOff));
}

TEST_F(ZmqPeerLinkTest, ASecondProcessOfANameIsRefused) {
  introduce(a, b);
  EXPECT_TRUE(a.becomes("b", PeerState::kUp));
  PeerEnd copy("a");
  copy.settings.keys = a.settings.keys;
  copy.knows(b.pinned(b.endpoint()));
  copy.open();
  EXPECT_TRUE(copy.becomes("b", PeerState::kRefused, Refusal::kDuplicateName));
  EXPECT_EQ(a.standing("b").state, PeerState::kUp);
  a.close();
  EXPECT_TRUE(copy.becomes("b", PeerState::kUp)) << "once the first is gone";
}

TEST_F(ZmqPeerLinkTest, WhoHasTheNameOfTheOneItCallsIsRefused) {
  PeerEnd copy("b");
  b.open();
  copy.settings.keys = b.settings.keys;
  copy.knows({"other", b.endpoint(), b.settings.keys.public_key});
  copy.open();
  EXPECT_TRUE(copy.becomes("other", PeerState::kRefused, Refusal::kDuplicateName));
}

// ---- going and coming back ----

TEST_F(ZmqPeerLinkTest, WhoIsGoneIsSilentAndUpWhenItIsBack) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const auto life = a.standing("b").life;
  const auto pending = a.ask("b", MessageKind::kForward, "?");
  b.asked();
  b.settings.listen = b.endpoint();
  b.close();
  EXPECT_EQ(a.error(pending), PeerError::kGone) << "long before its deadline";
  EXPECT_TRUE(a.becomes("b", PeerState::kSilent));
  b.settings.hello.life = 1'000'000;
  b.open();
  EXPECT_TRUE(a.becomes("b", PeerState::kUp));
  EXPECT_NE(a.standing("b").life, life);
}

/// Its peers, which lost the connection to it, take its next life for no copy of it.
TEST_F(ZmqPeerLinkTest, WhoRestartsQuicklyIsNoDuplicate) {
  b.open();
  a.settings.listen = b.endpoint();
  b.close(); // a port that is free
  b.knows(a.pinned(a.settings.listen));
  b.open();
  a.knows(b.pinned(b.endpoint()));
  a.open();
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  ASSERT_TRUE(b.becomes("a", PeerState::kUp));
  a.close();
  ASSERT_TRUE(b.becomes("a", PeerState::kSilent));
  a.settings.hello.life = 1'000'000;
  const auto before_us = a.clock.steady_us();
  a.open();
  EXPECT_TRUE(a.becomes("b", PeerState::kUp));
  EXPECT_EQ(b.link->probe().refused[static_cast<std::size_t>(Refusal::kDuplicateName)], 0u);
  EXPECT_LT(a.clock.steady_us() - before_us, 10 * ports::kPeerSilentAfter.us);
}

/// A child process that is a peer; ends with this one.
class StoppablePeer {
public:
  StoppablePeer(PeerEnd& end) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      end.open();
      const std::string at = end.endpoint() + "\n";
      [[maybe_unused]] const auto written = ::write(ends[1], at.data(), at.size());
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char c = 0;
    while (::read(ends[0], &c, 1) == 1 && c != '\n') endpoint += c;
    ::close(ends[0]);
  }
  ~StoppablePeer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void freeze() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void thaw() const { ::kill(pid_, SIGCONT); }
  std::string endpoint;

private:
  pid_t pid_ = -1;
};

TEST_F(ZmqPeerLinkTest, WhoIsStoppedIsSilentAndUpWhenItGoesOn) {
  b.knows(a.pinned("tcp://127.0.0.1:1"));
  const StoppablePeer process(b);
  a.knows(b.pinned(process.endpoint));
  a.open();
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  process.freeze();
  const auto pending = a.ask("b", MessageKind::kForward, "?");
  EXPECT_TRUE(a.becomes("b", PeerState::kSilent));
  EXPECT_EQ(a.error(pending), PeerError::kGone);
  EXPECT_EQ(a.error(a.ask("b", MessageKind::kForward, "?")), PeerError::kNotUp);
  process.thaw();
  EXPECT_TRUE(a.becomes("b", PeerState::kUp));
}

// ---- asking ----

TEST_F(ZmqPeerLinkTest, AnAskIsAnsweredWithItsDeadlineCarriedAlong) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const auto pending = a.ask("b", MessageKind::kForward, "how much?", 5'000'000);
  const auto asked = b.asked();
  EXPECT_EQ(asked.peer, "a");
  EXPECT_EQ(asked.payload, "how much?");
  EXPECT_NEAR(static_cast<double>(asked.deadline_us - b.clock.steady_us()), 5e6, 1e6);
  b.link->answer(asked.ticket, "so much");
  EXPECT_EQ(a.outcome(pending).value(), "so much");
}

TEST_F(ZmqPeerLinkTest, ARefusalComesBackByName) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const auto pending = a.ask("b", MessageKind::kStatisticAsk, "?");
  b.link->refuse(b.asked().ticket, Refusal::kNotServed, "no such learner");
  const auto outcome = a.outcome(pending);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().error, PeerError::kRefused);
  EXPECT_EQ(outcome.error().refusal, Refusal::kNotServed);
  EXPECT_EQ(outcome.error().why, "no such learner");
}

TEST_F(ZmqPeerLinkTest, WhereNobodyAnswersAsksTheyAreRefused) {
  b.serves = false;
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  for (const auto kind : {MessageKind::kForward, MessageKind::kStatisticAsk, MessageKind::kCheckpointAsk}) {
    const auto outcome = a.outcome(a.ask("b", kind, "?"));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().refusal, Refusal::kNotServed);
  }
}

TEST_F(ZmqPeerLinkTest, ADeadlineThatPassesEndsTheAskAndALateAnswerIsDropped) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const auto pending = a.ask("b", MessageKind::kForward, "?", 300'000);
  const auto asked = b.asked();
  EXPECT_EQ(a.error(pending), PeerError::kDeadline);
  EXPECT_TRUE(b.waits([&] { return b.clock.steady_us() >= asked.deadline_us; }));
  b.link->answer(asked.ticket, "too late");
  EXPECT_TRUE(b.waits([&] { return b.link->probe().answered_late == 1; }));
  EXPECT_EQ(a.link->probe().failed[static_cast<std::size_t>(PeerError::kDeadline)], 1u);
}

TEST_F(ZmqPeerLinkTest, WhatCannotBeSentIsSaidAtOnce) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  EXPECT_EQ(a.error(a.ask("x", MessageKind::kForward, "?")), PeerError::kNoPeer);
  EXPECT_EQ(a.error(a.ask("b", MessageKind::kStatisticAsk, Bytes(peers::kPayloadBytesMax + 1, 'x'))),
            PeerError::kTooLarge);
}

TEST_F(ZmqPeerLinkTest, PastTheBoundsOfWhatMayWaitAsksAreRefused) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  std::vector<std::shared_ptr<PeerEnd::Pending>> all;
  for (std::size_t i = 0; i < ports::kPeerAsksMax; ++i)
    all.push_back(a.ask("b", MessageKind::kCheckpointAsk, ""));
  EXPECT_EQ(a.error(a.ask("b", MessageKind::kForward, "")), PeerError::kFull);
  const auto asked = b.asked();
  b.link->answer(asked.ticket, "");
  EXPECT_TRUE(a.outcome(all.front()).ok());
  const auto again = a.ask("b", MessageKind::kForward, "");
  b.waits([&] { return b.asked_count() != 0; });
  EXPECT_FALSE(a.is_over(again)) << "there is room for one more";
  const Bytes large(16 << 20, 'x');
  a.close();
  for (auto& one : all) EXPECT_TRUE(a.is_over(one)) << "every ask has its outcome";
}

TEST_F(ZmqPeerLinkTest, TheBytesThatMayWaitAreBounded) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const std::size_t many = ports::kPeerAskBytesMax / peers::kPayloadBytesMax;
  std::vector<std::shared_ptr<PeerEnd::Pending>> all;
  for (std::size_t i = 0; i < many; ++i)
    all.push_back(a.ask("b", MessageKind::kStatisticAsk, Bytes(peers::kPayloadBytesMax, 'x')));
  EXPECT_EQ(a.error(a.ask("b", MessageKind::kStatisticAsk, Bytes(peers::kPayloadBytesMax, 'x'))),
            PeerError::kFull);
  for (std::size_t i = 0; i < many; ++i) b.link->answer(b.asked().ticket, "");
  for (auto& one : all) EXPECT_TRUE(a.outcome(one).ok());
}

TEST_F(ZmqPeerLinkTest, AStatisticOf16MiBComesThroughWhole) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  Bytes block(16 << 20, '\0');
  for (std::size_t i = 0; i < block.size(); i += 4096) block[i] = static_cast<char>(i >> 12);
  const auto pending = a.ask("b", MessageKind::kStatisticAsk, "block 7");
  b.link->answer(b.asked().ticket, block);
  const auto outcome = a.outcome(pending);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome.value() == block);
}

TEST_F(ZmqPeerLinkTest, ARequestDoesNotWaitForStatisticsNorTheseForCheckpoints) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  std::vector<std::shared_ptr<PeerEnd::Pending>> all;
  for (int i = 0; i < 4; ++i) all.push_back(a.ask("b", MessageKind::kStatisticAsk, "s" + std::to_string(i)));
  all.push_back(a.ask("b", MessageKind::kCheckpointAsk, "c"));
  std::vector<ports::PeerAsked> held{b.asked(), b.asked()}; // two are out, nobody answers them
  EXPECT_EQ(held[0].payload + held[1].payload, "s0s1");
  const auto request = a.ask("b", MessageKind::kForward, "r");
  const auto asked = b.asked();
  EXPECT_EQ(asked.payload, "r") << "past all that wait";
  b.link->answer(asked.ticket, "!");
  EXPECT_TRUE(a.outcome(request).ok());
  EXPECT_EQ(b.asked_count(), 0u);
  std::vector<Bytes> order;
  for (int i = 0; i < 5; ++i) {
    b.link->answer(held.front().ticket, "");
    held.erase(held.begin());
    if (i >= 3) continue;
    held.push_back(b.asked());
    order.push_back(held.back().payload);
  }
  EXPECT_EQ(order, (std::vector<Bytes>{"s2", "s3", "c"}));
}

TEST_F(ZmqPeerLinkTest, OnePeerMayHaveOnlySoManyAsksUnderWay) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  std::vector<std::shared_ptr<PeerEnd::Pending>> all;
  for (std::size_t i = 0; i < ports::kPeerRequestsOut + 10; ++i)
    all.push_back(a.ask("b", MessageKind::kForward, ""));
  EXPECT_TRUE(b.waits([&] { return b.asked_count() == ports::kPeerRequestsOut; })) << "the others wait at a";
  std::size_t answered = 0;
  for (; answered < all.size(); ++answered) b.link->answer(b.asked().ticket, "");
  for (auto& one : all) EXPECT_TRUE(a.outcome(one).ok());
}

TEST_F(ZmqPeerLinkTest, AfterItsEndNothingIsCalledAndAsksAreRefused) {
  introduce(a, b);
  ASSERT_TRUE(a.becomes("b", PeerState::kUp));
  const auto pending = a.ask("b", MessageKind::kForward, "?");
  b.asked();
  a.link->stop();
  EXPECT_TRUE(a.is_over(pending));
  EXPECT_EQ(a.error(pending), PeerError::kClosed);
  const PeerError late = a.error(a.ask("b", MessageKind::kForward, "?"));
  EXPECT_TRUE(late == PeerError::kClosed || late == PeerError::kNotUp);
}

TEST_F(ZmqPeerLinkTest, APortInUseIsNamed) {
  b.open();
  a.settings.listen = b.endpoint();
  const auto opened = ZmqPeerLink::open(a.settings, a.clock);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, LinkError::kPortInUse);
}

} // namespace
} // namespace kindred::adapters
