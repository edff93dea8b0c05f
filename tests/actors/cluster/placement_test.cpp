#include "actors/cluster/placement.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/actors/cluster/control_records.hpp"

namespace kindred::actors::cluster {
namespace {

using Nodes = std::vector<std::string>;

Standing of(const Members& members) {
  Standing standing;
  standing.ready = true;
  standing.members = members;
  standing.map = members.map();
  return standing;
}

std::string replica(const Standing& standing, std::uint16_t partition, std::size_t place) {
  return standing.map.nodes[standing.map.replicas[partition][place]];
}

/// Three nodes, two replicas of each of eight partitions; everybody has caught up with everything.
Members three() {
  Members members("shop");
  for (const auto* node : {"a", "b", "c"}) members.apply(joins(node, 0));
  for (const auto* node : {"a", "b", "c"}) members.apply(catches_up(node, {0, 1, 2, 3, 4, 5, 6, 7}, 1));
  return members;
}

TEST(Placement, ReplicasAreAskedBeforeOthersWhoStillHaveIt) {
  const Standing standing = of(three());
  for (std::uint16_t p = 0; p < 8; ++p) {
    const std::string first = replica(standing, p, 0), second = replica(standing, p, 1);
    std::string third;
    for (const auto& node : standing.map.nodes)
      if (node != first && node != second) third = node;
    EXPECT_EQ(others_with(standing, third, {p}), (Nodes{first, second}));
    EXPECT_EQ(others_with(standing, first, {p}), (Nodes{second, third}));
  }
  EXPECT_TRUE(others_with(standing, "a", {8}).size() == 0) << "there is no such partition";
}

TEST(Placement, WhoHasNotCaughtUpOrIsUnheardIsNotAsked) {
  Members members = three();
  members.apply(catches_up("b", {0}, 2));
  for (std::int64_t t = 1000; t <= 6000; t += 1000) {
    members.apply(lives("a", t));
    members.apply(lives("b", t));
  }
  const Standing standing = of(members);
  EXPECT_EQ(others_with(standing, "a", {0}), Nodes{"b"}) << "c is silent";
  EXPECT_EQ(others_with(standing, "a", {1}), Nodes{});
}

bool nothing(PartitionId) { return false; } // is stored

TEST(Placement, WhatIsStoredIsHeldUntilItsReplicasHaveIt) {
  Members members = three();
  members.apply(joins("d", 10));
  const Standing joined = of(members);
  const auto stored = [](PartitionId) { return true; };
  const std::vector<bool> none(8), still = to_hold(joined, "a", none, stored);
  const auto is_of = [&](const Standing& standing, std::uint16_t p, const std::string& node) {
    return replica(standing, p, 0) == node || replica(standing, p, 1) == node;
  };
  for (std::uint16_t p = 0; p < 8; ++p)
    EXPECT_EQ(still[p], is_of(joined, p, "a") || is_of(joined, p, "d")) << "d has nothing yet";
  members.apply(catches_up("d", {0, 1, 2, 3, 4, 5, 6, 7}, 11));
  const Standing there = of(members);
  EXPECT_EQ(to_hold(there, "a", none, stored), to_hold(there, "a", none, nothing));
}

TEST(Placement, ANodeHoldsWhatTheMapSaysAndWhatItsReplicasHaveNotYet) {
  Members members = three();
  const Standing before = of(members);
  std::vector<bool> held = to_hold(before, "a", std::vector<bool>(8), nothing);
  std::size_t count = 0;
  for (std::uint16_t p = 0; p < 8; ++p) {
    EXPECT_EQ(held[p], replica(before, p, 0) == "a" || replica(before, p, 1) == "a");
    count += held[p] ? 1 : 0;
  }
  EXPECT_GE(count, 4u);
  EXPECT_LE(count, 7u);

  members.apply(joins("d", 10));
  const Standing joined = of(members);
  const std::vector<bool> still = to_hold(joined, "a", held, nothing);
  for (std::uint16_t p = 0; p < 8; ++p) EXPECT_TRUE(still[p] || !held[p]) << "d has nothing yet";
  members.apply(catches_up("d", {0, 1, 2, 3, 4, 5, 6, 7}, 11));
  const Standing there = of(members);
  const std::vector<bool> left = to_hold(there, "a", still, nothing);
  std::size_t gone = 0;
  for (std::uint16_t p = 0; p < 8; ++p) {
    EXPECT_EQ(left[p], replica(there, p, 0) == "a" || replica(there, p, 1) == "a");
    gone += held[p] && !left[p] ? 1 : 0;
  }
  std::size_t of_d = 0;
  for (std::uint16_t p = 0; p < 8; ++p)
    of_d += replica(there, p, 0) == "d" || replica(there, p, 1) == "d" ? 1 : 0;
  EXPECT_GT(of_d, 0u);
  EXPECT_LE(gone, of_d);
}

TEST(Placement, WhoDoesNotKnowTheMapKeepsWhatItHolds) {
  Standing standing = of(three());
  standing.ready = false;
  const std::vector<bool> held{true, false, true, false, false, false, false, false};
  EXPECT_EQ(to_hold(standing, "a", held, nothing), held);
  EXPECT_EQ(to_hold(Standing{}, "a", held, nothing), held);
}

TEST(Placement, OneNodeRunsALearnerAndAnotherWhereItGoes) {
  Members members = three();
  const Standing all = of(members);
  std::set<std::string> runners;
  for (int i = 0; i < 60; ++i) runners.insert(runner_of(all, "learner" + std::to_string(i)));
  EXPECT_EQ(runners.size(), 3u) << "work is spread";
  const std::string runner = runner_of(all, "itemItem");
  for (std::int64_t t = 1000; t <= 6000; t += 1000)
    for (const auto* node : {"a", "b", "c"})
      if (node != runner) members.apply(lives(node, t));
  const Standing without = of(members);
  EXPECT_NE(runner_of(without, "itemItem"), runner);
  for (int i = 0; i < 60; ++i) {
    const std::string learner = "learner" + std::to_string(i);
    if (runner_of(all, learner) != runner) {
      EXPECT_EQ(runner_of(without, learner), runner_of(all, learner));
    }
  }
  EXPECT_EQ(runner_of(Standing{}, "itemItem"), "");
}

TEST(Placement, ARoleIsThePlaceInTheMap) {
  const Standing standing = of(three());
  EXPECT_EQ(role_of(standing, replica(standing, 3, 0), {3}), "first");
  EXPECT_EQ(role_of(standing, replica(standing, 3, 1), {3}), "second");
  EXPECT_TRUE(is_before(standing, replica(standing, 3, 0), replica(standing, 3, 1), {3}));
  EXPECT_FALSE(is_before(standing, replica(standing, 3, 1), replica(standing, 3, 0), {3}));
  EXPECT_TRUE(is_before(standing, replica(standing, 3, 1), "somebody", {3}));
  EXPECT_FALSE(is_before(standing, "somebody", replica(standing, 3, 1), {3}));
  for (const auto& node : standing.map.nodes)
    if (node != replica(standing, 3, 0) && node != replica(standing, 3, 1)) {
      EXPECT_EQ(role_of(standing, node, {3}), "leaving");
    }
}

TEST(Placement, TheFirstReplicaTrimsWhatAllReplicasHaveStored) {
  const Standing standing = of(three());
  const std::string first = replica(standing, 0, 0), second = replica(standing, 0, 1);
  const std::map<std::string, std::uint64_t> stored{{first, 90}, {second, 70}};
  EXPECT_EQ(stored_by_all(standing, first, {0}, stored), 70u);
  EXPECT_EQ(stored_by_all(standing, second, {0}, stored), std::nullopt) << "one of them does it";
  EXPECT_EQ(stored_by_all(standing, first, {0}, {{first, 90}}), std::nullopt) << "the other did not tell";
  EXPECT_EQ(stored_by_all(standing, first, {8}, stored), std::nullopt) << "there is no such partition";
  Standing unsure = standing;
  unsure.ready = false;
  EXPECT_EQ(stored_by_all(unsure, first, {0}, stored), std::nullopt);
}

TEST(Placement, NothingIsTrimmedWhileAReplicaHasNotCaughtUp) {
  Members members = three();
  const Standing before = of(members);
  const std::string first = replica(before, 0, 0), second = replica(before, 0, 1);
  members.apply(catches_up(second, {1, 2}, 2));
  const std::map<std::string, std::uint64_t> stored{{first, 90}, {second, 70}};
  EXPECT_EQ(stored_by_all(of(members), first, {0}, stored), std::nullopt);
}

} // namespace
} // namespace kindred::actors::cluster
