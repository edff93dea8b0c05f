#include "actors/cluster/members.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/actors/cluster/control_records.hpp"

namespace kindred::actors::cluster {
namespace {

using Applied = Members::Applied;
using Nodes = std::vector<std::string>;

TEST(Members, WhoJoinsIsInTheMap) {
  Members members("shop");
  EXPECT_EQ(members.apply(joins("a", 0)), Applied::kTaken);
  EXPECT_EQ(members.apply(joins("b", 10)), Applied::kTaken);
  EXPECT_EQ(members.map().nodes, (Nodes{"a", "b"}));
  EXPECT_EQ(members.map().replicas.size(), 8u);
  EXPECT_EQ(members.replicas(), 2);
}

TEST(Members, WhoIsUnheardForHisLeaseWhileOthersAreHeardIsOut) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  for (std::int64_t t = 1000; t <= 5000; t += 1000) members.apply(lives("a", t));
  EXPECT_TRUE(members.is_present("b")) << "5 s: not longer than the lease";
  members.apply(lives("a", 6000));
  EXPECT_FALSE(members.is_present("b"));
  EXPECT_EQ(members.map().nodes, Nodes{"a"});
  members.apply(lives("b", 6100));
  EXPECT_EQ(members.map().nodes, (Nodes{"a", "b"})) << "heard again, present again";
}

/// While he was out the others were the replicas: they went on, and the log may be trimmed above what he has.
TEST(Members, WhoWasOutHasNotCaughtUpUntilHeSaysSoAgain) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  members.apply(catches_up("b", {3, 5}, 10));
  for (std::int64_t t = 1000; t <= 5000; t += 1000) members.apply(lives("a", t));
  members.apply(lives("b", 5000));
  EXPECT_EQ(members.find("b")->caught_up, (std::vector<std::uint16_t>{3, 5})) << "he was never out";
  for (std::int64_t t = 6000; t <= 11'000; t += 1000) members.apply(lives("a", t));
  ASSERT_FALSE(members.is_present("b"));
  members.apply(lives("b", 11'100));
  EXPECT_TRUE(members.is_present("b"));
  EXPECT_TRUE(members.find("b")->caught_up.empty());
  members.apply(catches_up("b", {5}, 11'200));
  EXPECT_EQ(members.find("b")->caught_up, std::vector<std::uint16_t>{5});
  for (std::int64_t t = 12'000; t <= 18'000; t += 1000) members.apply(lives("a", t));
  members.apply(catches_up("b", {3}, 18'100));
  members.apply(lives("b", 18'100));
  EXPECT_EQ(members.find("b")->caught_up, std::vector<std::uint16_t>{3}) << "said with what is heard first";
}

TEST(Members, WhoSaysHeWillBeHeardSeldomHasALongerLease) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  members.apply(lives("b", 0, 15'000));
  for (std::int64_t t = 1000; t <= 15'000; t += 1000) members.apply(lives("a", t));
  EXPECT_TRUE(members.is_present("b"));
  members.apply(lives("a", 16'000));
  EXPECT_FALSE(members.is_present("b"));
}

TEST(Members, NobodyIsOutWhereNobodyIsHeard) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  EXPECT_EQ(members.map().nodes.size(), 2u);
  members.apply(
      lives("a", 3'600'000)); // an hour later one is back: what passed between two beats counts as 5 s
  EXPECT_TRUE(members.is_present("b"));
  members.apply(lives("a", 3'601'000));
  EXPECT_FALSE(members.is_present("b"));
}

TEST(Members, AClockThatIsOffOrJumpsExpelsNobody) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 3'600'000)); // an hour ahead
  for (std::int64_t t = 1000; t <= 60'000; t += 1000) {
    members.apply(lives("a", t));
    members.apply(lives("b", 3'600'000 + t));
    ASSERT_EQ(members.map().nodes.size(), 2u) << t;
  }
  members.apply(lives("a", 100'000'000));
  EXPECT_EQ(members.map().nodes.size(), 2u) << "jumped ahead";
  members.apply(lives("a", 0));
  EXPECT_EQ(members.map().nodes.size(), 2u) << "and back";
}

TEST(Members, AnotherLifeTakesThePlaceOfTheOneBefore) {
  Members members("shop");
  members.apply(joins("a", 0, 1));
  members.apply(catches_up("a", {0, 1}, 0, 1));
  EXPECT_EQ(members.find("a")->caught_up.size(), 2u);
  members.apply(joins("a", 10, 2));
  EXPECT_TRUE(members.find("a")->caught_up.empty()) << "it has to catch up again";
  EXPECT_EQ(members.apply(lives("a", 20, 5000, 1)), Applied::kUnknown) << "of the life that is over";
  EXPECT_EQ(members.apply(catches_up("a", {0}, 20, 1)), Applied::kUnknown);
  EXPECT_EQ(members.apply(lives("a", 20, 5000, 2)), Applied::kTaken);
}

TEST(Members, WhoDrainsLeavesTheMapAndComesBack) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  members.apply(drains("a", true, 10));
  EXPECT_EQ(members.map().nodes, Nodes{"b"});
  EXPECT_TRUE(members.is_present("a"));
  members.apply(joins("a", 20)); // says `draining` false, as before it heard of it
  EXPECT_EQ(members.map().nodes, Nodes{"b"}) << "what the log said of it stays";
  members.apply(drains("b", true, 30));
  EXPECT_EQ(members.map().nodes, (Nodes{"a", "b"})) << "somebody has to hold them";
  members.apply(drains("a", false, 40));
  EXPECT_EQ(members.map().nodes, Nodes{"a"});
}

TEST(Members, WhatMakesNoSenseChangesNothing) {
  Members members("shop");
  members.apply(joins("a", 0));
  const PartitionMap before = members.map();
  EXPECT_EQ(members.apply(lives("x", 10)), Applied::kUnknown);
  EXPECT_EQ(members.apply(drains("x", true, 10)), Applied::kUnknown);
  EXPECT_EQ(members.apply(catches_up("x", {1}, 10)), Applied::kUnknown);
  auto foreign = join_of("y");
  foreign.cluster = "another";
  EXPECT_EQ(members.apply(said(records::RecordType::kJoin, foreign, 10)), Applied::kForeign);
  EXPECT_EQ(members.apply(said(records::RecordType::kTick, records::Tick{}, 10)), Applied::kOther);
  EXPECT_EQ(members.map(), before);
  for (std::size_t i = 1; i < records::kMembersMax; ++i) members.apply(joins("n" + std::to_string(i), 10));
  EXPECT_EQ(members.all().size(), records::kMembersMax);
  EXPECT_EQ(members.apply(joins("one too many", 10)), Applied::kFull);
}

/// Twenty minutes of three nodes, of which one dies, one restarts and one is drained.
std::vector<records::Record> story() {
  std::vector<records::Record> all;
  for (std::int64_t s = 0; s < 1200; ++s) {
    for (const std::string node : {"a", "b", "c"}) {
      if (node == "c" && s >= 700) continue;
      const std::int64_t t = s * 1000 + node[0];
      const std::uint64_t life = node == "b" && s >= 300 ? 2 : 1;
      if (s % 60 == 0) all.push_back(joins(node, t, life));
      if (s % 60 == 0) all.push_back(catches_up(node, {0, 1, 2}, t, life));
      all.push_back(lives(node, t, 5000, life));
    }
    if (s == 610) all.push_back(drains("a", true, s * 1000));
    if (s == 640) all.push_back(drains("a", false, s * 1000));
  }
  return all;
}

/// records.md §10 and the contract: folds that began at different places agree, so that the log may be trimmed.
TEST(Members, AFoldOfATrimmedLogAgrees) {
  const auto all = story();
  for (std::size_t from = 0; from < all.size() / 3; from += 97) {
    Members whole("shop"), late("shop");
    for (std::size_t i = 0; i < all.size(); ++i) {
      whole.apply(all[i]);
      if (i >= from) late.apply(all[i]);
    }
    EXPECT_EQ(late.map(), whole.map()) << from;
    for (const auto& [node, member] : late.all()) {
      EXPECT_EQ(late.is_present(node), whole.is_present(node)) << node << " " << from;
      EXPECT_EQ(member.caught_up, whole.find(node)->caught_up) << node << " " << from;
      EXPECT_EQ(member.join, whole.find(node)->join) << node << " " << from;
    }
  }
}

TEST(Members, WhoIsSilentForLongIsForgotten) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  for (std::int64_t s = 1; s <= 600; ++s) members.apply(lives("a", s * 1000));
  EXPECT_NE(members.find("b"), nullptr);
  members.apply(lives("a", 601'000));
  EXPECT_EQ(members.find("b"), nullptr);
}

/// The law of the fold: any two that folded the same prefix agree, whatever a third one does meanwhile.
TEST(Members, IsAFunctionOfTheLog) {
  Random chance(5);
  for (int world = 0; world < 50; ++world) {
    std::vector<records::Record> log;
    std::int64_t t = 0;
    for (int i = 0; i < 300; ++i) {
      const std::string node(1, static_cast<char>('a' + chance.below(5)));
      t += static_cast<std::int64_t>(chance.below(800));
      switch (chance.below(6)) {
      case 0: log.push_back(joins(node, t, 1 + chance.below(2))); break;
      case 1: log.push_back(drains(node, chance.below(2) == 0, t)); break;
      case 2: log.push_back(catches_up(node, {static_cast<std::uint16_t>(chance.below(8))}, t)); break;
      default:
        log.push_back(
            lives(node, t, 1000 + static_cast<std::int64_t>(chance.below(9000)), 1 + chance.below(2)));
      }
    }
    Members one("shop"), other("shop");
    for (const auto& record : log) one.apply(record);
    for (const auto& record : log) {
      other.apply(record);
      other.map(); // looking changes nothing
    }
    EXPECT_EQ(one.map(), other.map());
  }
}

TEST(Members, AnOperatorsWeightHoldsUntilHeTakesItBack) {
  Members members("shop");
  members.apply(joins("a", 0));
  members.apply(joins("b", 0));
  const auto share = [&](const std::string& node) {
    const auto map = members.map();
    std::size_t held = 0;
    for (const auto& replicas : map.replicas) held += map.nodes[replicas.front()] == node;
    return held;
  };
  const auto even = share("b");
  EXPECT_EQ(members.apply(weighs("b", 1, 1)), Members::Applied::kTaken);
  EXPECT_EQ(members.find("b")->weight(), 1);
  EXPECT_LT(share("b"), even);
  members.apply(joins("b", 2, 7)); // another life, as it is configured
  EXPECT_EQ(members.find("b")->weight(), 1) << "the log says so";
  members.apply(weighs("b", 0, 3));
  EXPECT_EQ(members.find("b")->weight(), 1) << "nothing is said of it";
  members.apply(weighs("b", records::Drain::kWeightConfigured, 4));
  EXPECT_EQ(members.find("b")->weight(), records::Join::kWeightDefault);
  EXPECT_EQ(share("b"), even);
  EXPECT_EQ(members.apply(weighs("nobody", 5, 5)), Members::Applied::kUnknown);
}

TEST(Members, WhoseBuildDoesNotHaveTheActiveFoldIsNotInTheMap) {
  const auto of_build = [](const std::string& node, std::uint32_t newest, std::uint32_t active,
                           std::uint64_t life) {
    auto join = joins(node, static_cast<std::int64_t>(life), life);
    auto& body = std::get<records::Join>(join.body);
    body.fold_newest = newest;
    body.fold_active = active;
    return join;
  };
  Members members("shop");
  members.apply(of_build("a", 6, 5, 1));
  members.apply(of_build("b", 5, 5, 1));
  EXPECT_EQ(members.fold_active(), 5u);
  EXPECT_EQ(members.map().nodes, (Nodes{"a", "b"})) << "side by side until it is activated";
  members.apply(of_build("a", 6, 6, 1));
  EXPECT_EQ(members.fold_active(), 6u);
  EXPECT_TRUE(members.is_too_old(*members.find("b")));
  EXPECT_EQ(members.map().nodes, Nodes{"a"});
  EXPECT_TRUE(members.is_present("b")) << "it is there, and stands still";
  members.apply(of_build("a", 6, 5, 1)); // its partitions are being made again
  EXPECT_EQ(members.fold_active(), 6u) << "there is no way back";
  members.apply(of_build("b", 6, 5, 2));
  EXPECT_EQ(members.map().nodes, (Nodes{"a", "b"})) << "with a newer build";
}

records::Record told(const std::string& node, bool draining, std::uint16_t weight = 0) {
  records::Record record;
  record.body = records::Drain{node, draining, "an operator", weight};
  return record;
}
records::Record says(const std::string& node, std::int64_t ms, bool draining, std::uint64_t seen) {
  auto record = joins(node, ms);
  auto& join = std::get<records::Join>(record.body);
  join.draining = draining;
  join.seen = seen;
  return record;
}

/// "b" drains, is told to come back, and says at that moment that it drains.
TEST(Members, FoldsThatBeganAtDifferentPlacesAgreeOnWhoDrains) {
  const std::vector<records::Record> log{joins("a", 0),      joins("b", 0),
                                         told("b", true),    lives("a", 1'000),
                                         told("b", false),   says("b", 2'000, true, 4),
                                         lives("a", 60'000), says("b", 62'000, false, 6)};
  for (std::uint64_t begin = 0; begin < log.size(); ++begin) {
    Members members("shop");
    for (std::uint64_t offset = begin; offset < log.size(); ++offset) {
      members.apply(log[offset], offset + 1);
      if (offset == 5 && begin <= 4) {
        EXPECT_FALSE(members.find("b")->join.draining) << "the words crossed";
      }
    }
    EXPECT_FALSE(members.find("b")->join.draining) << "from " << begin;
  }
}

TEST(Members, TheWordOfABuildThatDoesNotSayWhatItSawChangesNothingThatAnOperatorTold) {
  Members members("shop");
  members.apply(joins("b", 0), 1);
  members.apply(told("b", true, 30), 2);
  members.apply(says("b", 1'000, false, 0), 3);
  EXPECT_TRUE(members.find("b")->join.draining);
  EXPECT_EQ(members.find("b")->weight(), 30);
}

TEST(Members, ADrainOfWhomTheFoldHasNotMetLeavesHisWeight) {
  for (const std::uint64_t seen : {0, 1}) { // a build that does not say, and words that crossed
    Members members("shop");
    members.apply(told("b", true), 2);
    auto join = says("b", 1'000, false, seen);
    std::get<records::Join>(join.body).told_weight = 300;
    members.apply(join, 3);
    EXPECT_TRUE(members.find("b")->join.draining);
    EXPECT_EQ(members.find("b")->weight(), 300);
  }
}

TEST(Members, WhatWasToldOfSomebodyWhoDoesNotComeIsForgotten) {
  Members members("shop");
  members.apply(joins("a", 0), 1);
  auto drain = told("b", true);
  drain.header.stamp = {1'000};
  members.apply(drain, 2);
  members.apply(lives("a", kForgetAfter.us / 1'000 + 10), 3);
  members.apply(says("b", kForgetAfter.us / 1'000 + 20, false, 0), 4);
  EXPECT_FALSE(members.find("b")->join.draining) << "as a fold has it that began later";
}

TEST(Members, AFoldThatBeginsLaterLearnsTheWeightFromTheMemberItself) {
  Members members("shop");
  auto join = joins("b", 0);
  std::get<records::Join>(join.body).told_weight = 30;
  members.apply(join);
  EXPECT_EQ(members.find("b")->weight(), 30);
}

} // namespace
} // namespace kindred::actors::cluster
