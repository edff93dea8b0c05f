#include "engine/rounds/rfm_learner.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/learners/segmentation/rfm.hpp"

namespace kindred::rounds {
namespace {

using profiles::Profile;

Profile buyer(std::int32_t day, std::uint32_t orders, double spent) {
  Profile user;
  user.personalization.events = orders;
  user.personalization.orders = {orders, Fixed::from(spent).value(), {day * kDay.us}, 0};
  return user;
}

std::vector<Profile> buyers(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<Profile> users;
  for (std::size_t i = 0; i < count; ++i)
    users.push_back(buyer(static_cast<std::int32_t>(random.below(400)),
                          1 + static_cast<std::uint32_t>(random.below(9)), random.uniform() * 900 - 20));
  return users;
}

Bytes sums_of(const std::vector<Profile>& users, std::size_t slice = 3) {
  RfmGatherer gatherer;
  for (const Profile& user : users) gatherer.visit(user);
  EXPECT_TRUE(gatherer.begin({}));
  while (!gatherer.go_on(slice)) {
  }
  return gatherer.statistic();
}

struct Solved {
  std::vector<Offer> offers;
  std::string outcome;
};
Solved solved(const std::vector<Bytes>& statistics, std::int64_t users_min = 10) {
  RfmSolver solver({.segment_users = users_min});
  EXPECT_TRUE(solver.parameters().empty());
  const auto absorbed = solver.absorb(statistics);
  EXPECT_TRUE(absorbed.ok() && absorbed.value()) << "one pass";
  return {solver.offers(), solver.outcome()};
}

TEST(RfmGatherer, OnlyBuyersWhoMayTrainAreSummed) {
  std::vector<Profile> users = buyers(20);
  const Bytes expected = sums_of(users);
  Profile nobody, viewer, beyond = buyer(3, 4, 5);
  viewer.personalization.events = 7;
  beyond.personalization.beyond_training = true;
  users.insert(users.begin() + 4, {nobody, viewer, beyond});
  EXPECT_EQ(sums_of(users), expected);
}

TEST(RfmGatherer, TakesNoParameters) {
  RfmGatherer gatherer;
  EXPECT_TRUE(gatherer.begin({}));
  EXPECT_FALSE(gatherer.begin("x"));
  EXPECT_TRUE(gatherer.go_on(0)) << "summed as they were seen";
}

TEST(RfmGatherer, WhatItKeepsHasABound) {
  RfmGatherer gatherer;
  const std::size_t before = gatherer.bytes();
  for (const Profile& user : buyers(500)) gatherer.visit(user);
  EXPECT_EQ(gatherer.bytes(), before);
  EXPECT_LT(before, kGatheredBytesMax);
  EXPECT_GT(before, gatherer.statistic().size());
}

TEST(RfmGatherer, OrderIsNothingAndAPassMayBeRepeated) {
  std::vector<Profile> users = buyers(50);
  const Bytes expected = sums_of(users);
  EXPECT_EQ(sums_of({users.rbegin(), users.rend()}, 1), expected);
  RfmGatherer gatherer;
  for (const Profile& user : users) gatherer.visit(user);
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_TRUE(gatherer.begin({}));
    EXPECT_EQ(gatherer.statistic(), expected);
  }
}

// Laws sharding and erasure.
TEST(RfmSolver, AnyPartitionsOfferTheSameBytes) {
  const auto users = buyers(200);
  const Bytes expected = solved({sums_of(users)}).offers.at(0).parameters;
  for (const std::size_t partitions : {3u, 16u, 64u}) {
    std::vector<std::vector<Profile>> parts(partitions);
    for (std::size_t i = 0; i < users.size(); ++i) parts[i * 7 % partitions].push_back(users[i]);
    std::vector<Bytes> statistics;
    for (std::size_t i = partitions; i-- > 0;) statistics.push_back(sums_of(parts[i]));
    EXPECT_EQ(solved(statistics).offers.at(0).parameters, expected) << partitions;
  }
  auto without = users;
  without.pop_back();
  EXPECT_EQ(solved({sums_of(without)}).offers.at(0).parameters,
            solved({sums_of({users.begin(), users.end() - 1})}).offers.at(0).parameters);
}

TEST(RfmSolver, OffersQuintilesOfEnoughBuyers) {
  const Solved round = solved({sums_of(buyers(10))});
  ASSERT_EQ(round.offers.size(), 1u);
  const Offer& offer = round.offers[0];
  EXPECT_EQ(offer.learner, "rfm");
  EXPECT_EQ(offer.role, records::ModelRole::kChampion);
  EXPECT_EQ(offer.reason, "quintiles of 10 buyers");
  EXPECT_TRUE(learners::Rfm::from(offer.parameters).has_value());
  ASSERT_EQ(offer.metrics.size(), 1u);
  EXPECT_EQ(offer.metrics[0].second.to_double(), 10);
  EXPECT_NE(round.outcome.find("champion"), std::string::npos);
}

TEST(RfmSolver, WithFewerThereAreNone) {
  for (const std::size_t count : {0u, 1u, 9u}) {
    const Solved round = solved({sums_of(buyers(count))});
    EXPECT_TRUE(round.offers.empty());
    EXPECT_EQ(round.outcome, std::to_string(count) + " buyers, 10 are needed: there are no quintiles yet");
  }
  EXPECT_TRUE(solved({}).offers.empty()) << "no partitions";
  EXPECT_TRUE(solved({sums_of({})}, 0).offers.empty()) << "of nobody there are none, whatever the limit";
}

TEST(RfmSolver, AllAlikeAreOneFifth) {
  const std::vector<Profile> users(30, buyer(100, 2, 50));
  const auto model = learners::Rfm::from(solved({sums_of(users)}).offers.at(0).parameters);
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->score({100, 2, 50}).frequency, 1);
  EXPECT_EQ(model->score({101, 3, 60}), (learners::Rfm::Score{5, 5, 5}));
}

TEST(RfmSolver, HugeValuesStayFinite) {
  std::vector<Profile> users = buyers(10);
  users.push_back(buyer(100'000, 0xffffffffu, Fixed::kMax));
  users.push_back(buyer(-100'000, 1, -Fixed::kMax));
  EXPECT_TRUE(learners::Rfm::from(solved({sums_of(users)}).offers.at(0).parameters).has_value());
}

TEST(RfmSolver, ForeignStatisticsAreRefused) {
  for (const Bytes& foreign : {Bytes(), Bytes("x"), sums_of(buyers(3)) + "x", sums_of(buyers(3)).substr(1)}) {
    RfmSolver solver({});
    const auto absorbed = solver.absorb(std::vector<Bytes>{sums_of(buyers(3)), foreign});
    ASSERT_FALSE(absorbed.ok());
    EXPECT_EQ(absorbed.error(), RoundError::kForeignStatistic);
  }
}

TEST(RfmSolver, SaysItsSettings) {
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(RfmSolver({.segment_users = 7}).settings(), (Settings{{"usersMin", "7"}}));
}

} // namespace
} // namespace kindred::rounds
