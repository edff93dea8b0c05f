#include "actors/cluster/tell.hpp"

#include <gtest/gtest.h>

#include "tests/actors/cluster/cluster_world.hpp"

namespace kindred::actors::cluster {
namespace {

using ports::PeerState;

const Settings kSelf{"shop", "a", 1, "tcp://x:1", "", 100, 2, 8, {7}, ""};

TEST(ClusterTell, KnowsItsPeersBeforeTheLogTellsOfThem) {
  const auto cluster = tell(kSelf, nullptr, {peer("b", PeerState::kConnecting)}, 0);
  ASSERT_EQ(cluster.members.size(), 2u);
  EXPECT_EQ(cluster.members[0].link, "self");
  EXPECT_EQ(cluster.members[0].state, "notJoined");
  EXPECT_EQ(cluster.members[1].link, "connecting");
  EXPECT_EQ(cluster.members[1].heard_ms_ago, -1);
  EXPECT_TRUE(cluster.map.empty());
}

TEST(ClusterTell, JoinsWhatTheLogAndTheLinksSay) {
  Standing standing;
  standing.members = Members("shop");
  standing.members.apply(joins("a", 0));
  auto reachable = joins("b", 0);
  std::get<records::Join>(reachable.body).clients = "tcp://b:1";
  standing.members.apply(reachable);
  standing.members.apply(catches_up("b", {0, 1}, 0));
  standing.members.apply(joins("x", 0));
  standing.members.apply(drains("x", true, 0));
  standing.map = standing.members.map();
  auto refused = peer("b", PeerState::kRefused, peers::Refusal::kClockOff);
  refused.heard_us = 1'000'000;
  const auto cluster = tell(kSelf, &standing, {refused, peer("c", PeerState::kConnecting)}, 1'500'000);
  ASSERT_EQ(cluster.members.size(), 4u);
  EXPECT_EQ(cluster.members[1].state, "present");
  EXPECT_EQ(cluster.members[1].heard_ms_ago, 500);
  EXPECT_EQ(cluster.members[1].caught_up, 2u);
  EXPECT_EQ(cluster.members[1].clients, "tcp://b:1");
  EXPECT_EQ(cluster.members[0].clients, "") << "it does not say";
  EXPECT_EQ(cluster.members[1].link_reason, "clockOff: told why");
  EXPECT_EQ(cluster.members[2].state, "notJoined");
  EXPECT_EQ(cluster.members[3].state, "draining");
  EXPECT_EQ(cluster.members[3].link, "unknown") << "in the log, not in the configuration";
  ASSERT_EQ(cluster.map.size(), 8u);
  std::uint32_t first = 0;
  for (const auto& member : cluster.members) first += member.first;
  EXPECT_EQ(first, 8u);
  EXPECT_EQ(cluster.map_digest, standing.map.digest());
  for (const auto& places : cluster.map)
    for (const auto place : places) EXPECT_LE(place, 1) << "a or b";
}

} // namespace
} // namespace kindred::actors::cluster
