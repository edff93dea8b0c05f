#include "actors/cluster/state.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/actors/cluster/cluster_world.hpp"

namespace kindred::actors::cluster {
namespace {

using ports::PeerState;
using records::Alive;
using records::CaughtUp;
using records::Join;

// ---- who may say that he is there ----

TEST(ClusterAdmission, OnePeerThatTalksIsEnough) {
  EXPECT_TRUE(is_admitted(
      {peer("b", PeerState::kUp), peer("c", PeerState::kRefused, peers::Refusal::kWrongKey)}, false, {}));
}

TEST(ClusterAdmission, WhoIsRefusedByAllThatAnswerSaysNothing) {
  const std::vector peers{peer("b", PeerState::kConnecting),
                          peer("c", PeerState::kRefused, peers::Refusal::kWrongKey)};
  EXPECT_FALSE(is_admitted(peers, false, {kMinute.us}));
  EXPECT_FALSE(is_admitted(peers, true, {kMinute.us})) << "nor who was a member before";
}

TEST(ClusterAdmission, WhereNobodyAnswersTheFirstJoinsAfterAWhile) {
  const std::vector peers{peer("b", PeerState::kConnecting)};
  EXPECT_FALSE(is_admitted(peers, false, {kAloneAfter.us - 1}));
  EXPECT_TRUE(is_admitted(peers, false, kAloneAfter));
  EXPECT_TRUE(is_admitted({peer("b", PeerState::kSilent)}, true, {0}))
      << "cut off from its peers, not from the log";
  EXPECT_TRUE(is_admitted({}, false, {0})) << "a cluster of one";
}

TEST(ClusterClock, IsOffWhereItDiffersFromMostOfTheOthers) {
  const auto off = peer("x", PeerState::kRefused, peers::Refusal::kClockOff);
  EXPECT_TRUE(is_clock_off({off, off}));
  EXPECT_TRUE(is_clock_off({off})) << "of two nobody knows whose it is";
  EXPECT_FALSE(is_clock_off({off, peer("b", PeerState::kUp)})) << "the other one's";
  EXPECT_FALSE(is_clock_off({peer("b", PeerState::kConnecting)}));
  EXPECT_FALSE(is_clock_off({}));
}

// ---- joining and living ----

TEST(ClusterState, JoinsOnceItHasCaughtUpAndAPeerTalksToIt) {
  ClusterWorld world("a");
  world.others_say({joins("b", 0), lives("b", 0)});
  world.around.peers = {peer("b", PeerState::kConnecting)};
  world.open();
  world.pass(500);
  EXPECT_TRUE(world.said.empty());
  EXPECT_FALSE(world.standing->ready);
  EXPECT_EQ(world.standing->map.nodes, std::vector<std::string>{"b"});
  world.around.peers = {peer("b", PeerState::kUp)};
  world.around.caught_up = {0, 1, 2};
  world.pass(200);
  ASSERT_EQ(world.said_of<Join>().size(), 1u);
  const Join join = world.said_of<Join>().front();
  EXPECT_EQ(join.clients, "tcp://x:2") << "where clients reach it";
  EXPECT_EQ(join.node, "a");
  EXPECT_EQ(join.endpoint, "tcp://x:1");
  EXPECT_EQ(join.partitions, 8);
  EXPECT_EQ(world.said_of<CaughtUp>().back().partitions, (std::vector<std::uint16_t>{0, 1, 2}));
  EXPECT_TRUE(world.standing->ready) << world.why();
  EXPECT_EQ(world.standing->map.nodes, (std::vector<std::string>{"a", "b"}));
}

TEST(ClusterState, SaysEverySecondThatItLivesAndEveryMinuteAllOfItself) {
  ClusterWorld world("a");
  world.open();
  for (int s = 0; s < 125; ++s) {
    ++world.around.folded; // there is something to do
    world.pass(1000);
  }
  EXPECT_NEAR(static_cast<double>(world.said_of<Alive>().size()), 125, 2);
  EXPECT_EQ(world.said_of<Join>().size(), 3u);
  for (const auto& alive : world.said_of<Alive>()) EXPECT_EQ(alive.lease, kLease);
}

TEST(ClusterState, SaysItLessOftenWhereThereIsNothingToDoAndAtOnceWhereThereIsAgain) {
  ClusterWorld world("a");
  world.open();
  world.pass(kIdleAfter.us / 1000);
  const auto busy = world.said_of<Alive>().size();
  world.pass(50'000);
  EXPECT_NEAR(static_cast<double>(world.said_of<Alive>().size() - busy), 10, 2);
  EXPECT_EQ(world.said_of<Alive>().back().lease, kIdleLease);
  const auto before = world.said_of<Alive>().size();
  ++world.around.folded;
  world.pass(100);
  EXPECT_EQ(world.said_of<Alive>().size(), before + 1);
  EXPECT_EQ(world.said_of<Alive>().back().lease, kLease);
}

/// A node that was away reads how it was taken out of the map and came back: to leave partitions for it, with what it has in
/// memory alone, may lose what the log has forgotten since.
TEST(ClusterState, ActsOnTheEndOfTheLogAndNotOnWhatItSaidInBetween) {
  ClusterWorld world("a");
  world.others_say({joins("b", 0), lives("b", 0)});
  world.around.peers = {peer("b", PeerState::kUp)};
  world.open();
  world.pass(1000);
  ASSERT_EQ(world.standing->map.nodes, (std::vector<std::string>{"a", "b"}));
  const auto before = world.standing;
  world.others_say({lives("b", 100'000), lives("b", 110'000)}); // nobody else was heard for long
  world.take(world.state.handle(Entries{{{world.folded, world.log[world.folded]}}}));
  ++world.folded;
  EXPECT_EQ(world.standing, before);
  world.around.peers = {peer("b", PeerState::kRefused, peers::Refusal::kClockOff)};
  world.take(world.state.handle(world.around));
  EXPECT_EQ(world.standing, before) << "nor with another reason";
  world.around.peers = {peer("b", PeerState::kUp)};
  world.take(world.state.handle(world.around));
  world.others_say({lives("a", 110'000)});
  world.catch_up();
  EXPECT_EQ(world.standing->map.nodes, (std::vector<std::string>{"a", "b"}));
  world.others_say({lives("b", 200'000), lives("b", 210'000)});
  world.catch_up();
  EXPECT_EQ(world.standing->map.nodes, std::vector<std::string>{"b"}) << "it is the end that counts";
}

TEST(ClusterState, SaysWhatItCaughtUpWithAsSoonAsItDid) {
  ClusterWorld world("a");
  world.open();
  world.pass(100);
  EXPECT_TRUE(world.said_of<CaughtUp>().empty());
  world.around.caught_up = {3};
  world.pass(100);
  ASSERT_EQ(world.said_of<CaughtUp>().size(), 1u);
  EXPECT_EQ(world.standing->members.find("a")->caught_up, std::vector<std::uint16_t>{3});
  world.pass(61'000);
  EXPECT_EQ(world.said_of<CaughtUp>().size(), 2u) << "with each Join, for folds that begin behind the first";
}

TEST(ClusterState, SaysWhichFoldItHasAndAtOnceWhenAnotherIsActive) {
  ClusterWorld world("a");
  world.open();
  world.pass(100);
  ASSERT_EQ(world.said_of<Join>().size(), 1u);
  EXPECT_EQ(world.said_of<Join>().front().fold_newest, records::kFoldFirst);
  world.around.fold_active = records::kFoldFirst + 1;
  world.pass(100);
  ASSERT_EQ(world.said_of<Join>().size(), 2u);
  EXPECT_EQ(world.said_of<Join>().back().fold_active, records::kFoldFirst + 1);
  EXPECT_EQ(world.standing->members.fold_active(), records::kFoldFirst + 1);
  EXPECT_EQ(world.probe.members_too_old, 1) << "its own build has not what its log is at";
  world.pass(1000);
  EXPECT_EQ(world.said_of<Join>().size(), 2u);
}

TEST(ClusterState, OneThatIsRefusedSaysNothingAndTellsWhy) {
  ClusterWorld world("d");
  world.others_say({joins("a", 0), lives("a", 0)});
  world.around.peers = {peer("a", PeerState::kRefused, peers::Refusal::kWrongKey)};
  world.open();
  world.pass(120'000);
  EXPECT_TRUE(world.said.empty());
  EXPECT_FALSE(world.standing->ready);
  EXPECT_NE(world.why().find("refused by peer a: wrongKey: told why"), std::string::npos) << world.why();
}

TEST(ClusterState, OneWhoseClockIsOffIsNotReadyAndSaysNothing) {
  ClusterWorld world("a");
  world.open();
  world.around.peers = {peer("b", PeerState::kUp)};
  world.pass(2000);
  EXPECT_TRUE(world.standing->ready);
  const auto said = world.said.size();
  world.around.peers = {peer("b", PeerState::kRefused, peers::Refusal::kClockOff)};
  world.pass(10'000);
  EXPECT_FALSE(world.standing->ready);
  EXPECT_NE(world.why().find("clock"), std::string::npos);
  EXPECT_EQ(world.said.size(), said);
}

TEST(ClusterState, OneWhoseNameAnotherTakesStepsBack) {
  ClusterWorld world("a");
  world.others_say({joins("a", 0, 99)}); // an earlier life: nothing to step back from
  world.open();
  world.pass(1000);
  EXPECT_TRUE(world.standing->ready) << world.why();
  world.others_say({joins("a", 2000, 100)});
  world.pass(5000);
  EXPECT_FALSE(world.standing->ready);
  EXPECT_NE(world.why().find("another process called 'a'"), std::string::npos) << world.why();
  EXPECT_EQ(world.standing->members.find("a")->join.life, 100u) << "no tug of war";
}

TEST(ClusterState, ADrainIsSaidAndHoldsForEverybody) {
  ClusterWorld world("a");
  world.others_say({joins("b", 0), lives("b", 0, 60'000)});
  world.open();
  world.around.peers = {peer("b", PeerState::kUp)};
  world.pass(500);
  world.take(world.state.handle(DrainMember{{"b", true, "ada"}}));
  world.catch_up();
  EXPECT_TRUE(world.standing->members.find("b")->join.draining);
  EXPECT_EQ(world.standing->map.nodes, std::vector<std::string>{"a"});
  world.take(world.state.handle(DrainMember{{"b", false, "ada"}}));
  world.pass(100);
  EXPECT_EQ(world.standing->map.nodes.size(), 2u);
}

TEST(ClusterState, OnlySoManyDrainsWait) {
  ClusterWorld world("a"); // not open: nothing can be said
  for (std::size_t i = 0; i < kDrainsWaitingMax + 3; ++i)
    world.take(world.state.handle(DrainMember{{"b", true, ""}}));
  EXPECT_EQ(world.probe.drains_dropped, 3u);
}

TEST(ClusterState, WhatTheLogDidNotTakeIsSaidAgainWithTheNextBeat) {
  ClusterWorld world("a");
  world.take(world.state.start());
  world.take(world.state.handle(Opened{ports::Log::Bounds{0, 0}, std::uint64_t{1}}));
  world.take(world.state.handle(TailCaughtUp{0}));
  world.take(world.state.handle(DrainMember{{"b", true, "ada"}}));
  std::size_t joins_said = 0, drains_said = 0;
  const auto beat = [&](const ports::Verdict& verdict) {
    world.around.steady_us += kPulse.us;
    for (auto& effect : world.state.handle(world.around))
      if (auto* produce = std::get_if<Produce>(&effect)) {
        const auto entry = schemas::decode_entry(produce->entry).take();
        for (const auto& record : entry.records) {
          joins_said += std::holds_alternative<Join>(record.body) ? 1 : 0;
          drains_said += std::holds_alternative<records::Drain>(record.body) ? 1 : 0;
        }
        world.state.handle(Appended{verdict});
      }
  };
  for (int i = 0; i < 40; ++i) beat({ports::Verdict::Kind::kRefused, 0, ports::LogError::kFull});
  EXPECT_GT(joins_said, 2u);
  EXPECT_EQ(drains_said, joins_said) << "what an operator asked for is not lost either";
  EXPECT_EQ(world.probe.beats, 0u);
  EXPECT_GT(world.probe.beats_failed, 2u);
  beat({ports::Verdict::Kind::kAcked, 0, {}});
  drains_said = 0;
  for (int i = 0; i < 100; ++i) beat({ports::Verdict::Kind::kAcked, 1, {}});
  EXPECT_EQ(drains_said, 0u) << "once the log has it that is that";
}

TEST(ClusterState, AnActorMadeAnewInOneLifeSaysRecordsWithOtherIds) {
  std::set<RecordId> ids;
  std::size_t said = 0;
  for (const std::uint64_t epoch : {1u, 2u}) {
    ClusterWorld world("a");
    world.epoch = epoch;
    world.open();
    world.pass(2'500);
    for (const auto& entry : world.said)
      for (const auto& record : entry.records) {
        ids.insert(record.header.id);
        ++said;
      }
  }
  EXPECT_GT(said, 4u);
  EXPECT_EQ(ids.size(), said);
}

// ---- the log ----

TEST(ClusterState, TheControlLogStaysBounded) {
  ClusterWorld world("a");
  world.open();
  for (int s = 0; s < 3 * 3600; ++s) {
    ++world.around.folded;
    world.pass(1000);
  }
  ASSERT_TRUE(world.trimmed);
  EXPECT_LE(world.log.size() - world.begin,
            static_cast<std::size_t>((kControlKept + kTrimEvery * 2).us / kSecond.us));
  EXPECT_EQ(world.probe.kept_entries, static_cast<std::int64_t>(world.log.size() - world.begin));
  ClusterWorld late("b");
  late.log = world.log;
  late.begin = world.begin;
  late.folded = world.begin;
  late.open();
  EXPECT_EQ(late.standing->map.nodes, std::vector<std::string>{"a"})
      << "who begins behind the trim knows all";
}

TEST(ClusterState, OnlyTheFirstByNameTrims) {
  ClusterWorld world("b");
  world.others_say({joins("a", 0), lives("a", 0, 60'000)});
  world.around.peers = {peer("a", PeerState::kUp)};
  world.open();
  for (int s = 0; s < 3600; ++s) {
    ++world.around.folded;
    world.others_say({lives("a", s * 1000, 60'000)});
    world.pass(1000);
  }
  EXPECT_FALSE(world.trimmed);
}

TEST(ClusterState, ATailThatWasTrimmedAwayBeginsAnew) {
  ClusterWorld world("a");
  world.open();
  world.pass(500);
  const auto effects = world.state.handle(TailFailed{ports::LogError::kOutOfRange});
  EXPECT_TRUE(std::any_of(effects.begin(), effects.end(),
                          [](const Effect& effect) { return std::holds_alternative<Open>(effect); }));
  world.take(effects);
  EXPECT_FALSE(world.standing->ready);
  world.folded = 0;
  world.take(world.state.handle(Opened{ports::Log::Bounds{0, world.log.size()}, std::uint64_t{2}}));
  world.catch_up();
  EXPECT_TRUE(world.standing->ready) << world.why();
}

TEST(ClusterState, StopsWhereItCannotReadOn) {
  const auto why = [](Bytes entry) {
    ClusterWorld world("a");
    world.log.push_back(std::move(entry));
    world.open();
    world.pass(5000);
    EXPECT_TRUE(world.said.empty());
    return world.standing->not_ready_because.front();
  };
  Bytes broken = schemas::encode_entry({{{9}, 1, 1}, {joins("b", 0)}});
  broken.back() ^= 1;
  EXPECT_NE(why(broken).find("cannot be read"), std::string::npos);
  records::Record newer;
  newer.header.type = records::RecordType::kApprove;
  newer.body = records::Unknown{"12345678"};
  EXPECT_NE(why(schemas::encode_entry({{{9}, 1, 1}, {newer}})).find("tooOld"), std::string::npos);
}

TEST(ClusterState, SkipsWhatIsIgnorableAndWhatIsNotOurs) {
  ClusterWorld world("a");
  records::Record newer;
  newer.header.type = records::RecordType::kApprove;
  newer.header.flags = records::flags::kIgnorable;
  newer.body = records::Unknown{"12345678"};
  world.others_say({newer, joins("b", 0)});
  world.log.push_back("somebody else's");
  world.open();
  world.pass(1000);
  EXPECT_EQ(world.probe.foreign_entries, 1u);
  EXPECT_NE(world.standing->members.find("b"), nullptr);
}

TEST(ClusterState, ALogThatCannotBeOpenedIsNamed) {
  ClusterWorld world("a");
  world.take(world.state.start());
  world.take(world.state.handle(Opened{ports::LogError::kIo, std::uint64_t{1}}));
  EXPECT_NE(world.why().find("io"), std::string::npos);
}

TEST(ClusterState, ALogThatIsAwayIsOpenedOnceItIsBack) {
  ClusterWorld world("a");
  world.take(world.state.start());
  world.take(world.state.handle(Opened{ports::LogError::kIo, std::uint64_t{1}}));
  world.around.steady_us += kSecond.us;
  const Effects effects = world.state.handle(world.around);
  ASSERT_TRUE(std::holds_alternative<Open>(effects.at(0)));
  world.take(effects);
  EXPECT_EQ(world.why().find("io"), std::string::npos);
  world.take(world.state.handle(Opened{ports::Log::Bounds{0, 0}, std::uint64_t{2}}));
  world.take(world.state.handle(TailCaughtUp{0}));
  EXPECT_EQ(world.why().find("folded"), std::string::npos);
}

} // namespace
} // namespace kindred::actors::cluster
