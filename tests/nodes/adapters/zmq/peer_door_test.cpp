#include "nodes/adapters/zmq/peer_door.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

using peers::Hello;
using peers::Refusal;

const Hello kMine{"shop", "a", peers::kNodeSchemaVersion, 1, 64, 17};
const Hello kTheirs{"shop", "b", peers::kNodeSchemaVersion, 2, 64, 17};

PeerEvidence evidence() { return {"b", {0}, {0}, std::nullopt}; }

TEST(PeerDoor, LetsInWhoFits) { EXPECT_TRUE(judge(kMine, kTheirs, evidence()).ok()); }

TEST(PeerDoor, SaysByNameWhoDoesNotFit) {
  const auto refusal = [](auto change) {
    Hello theirs = kTheirs;
    PeerEvidence known = evidence();
    change(theirs, known);
    const Judgement judgement = judge(kMine, theirs, known);
    EXPECT_FALSE(judgement.why.empty());
    return judgement.refusal;
  };
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { t.cluster = "other"; }), Refusal::kWrongCluster);
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { ++t.schema_version; }), Refusal::kOtherSchema);
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { t.partitions = 32; }), Refusal::kOtherPartitions);
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { t.incarnation = 18; }), Refusal::kOtherLog);
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { t.node = "a"; }), Refusal::kDuplicateName);
  EXPECT_EQ(refusal([](Hello&, PeerEvidence& k) { k.living = 3; }), Refusal::kDuplicateName);
  EXPECT_EQ(refusal([](Hello& t, PeerEvidence&) { t.node = "c"; }), Refusal::kWrongKey);
  EXPECT_EQ(refusal([](Hello&, PeerEvidence& k) { k.clock_ahead = {3'600'000'000}; }), Refusal::kClockOff);
  EXPECT_EQ(refusal([](Hello&, PeerEvidence& k) { k.clock_ahead = {-1'000'001}; }), Refusal::kClockOff);
}

TEST(PeerDoor, ForgivesWhatItCannotKnow) {
  Hello theirs = kTheirs;
  theirs.incarnation = 0;
  EXPECT_TRUE(judge(kMine, theirs, evidence()).ok()) << "its log is not open yet";
  PeerEvidence known = evidence();
  known.living = kTheirs.life;
  EXPECT_TRUE(judge(kMine, kTheirs, known).ok()) << "the same process again";
  known.clock_ahead = {1'000'000};
  EXPECT_TRUE(judge(kMine, kTheirs, known).ok());
  known.clock_ahead = {1'400'000};
  known.clock_unsure = {500'000};
  EXPECT_TRUE(judge(kMine, kTheirs, known).ok()) << "half the round trip may be the whole of it";
}

} // namespace
} // namespace kindred::adapters
