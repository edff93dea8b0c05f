// Rounds by changes, as a model actor runs them: what it keeps, what it tells partitions, and when it asks of everybody.

#include <gtest/gtest.h>

#include "tests/actors/model/model_world.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::actors::model {
namespace {

using user_shard::AskPass;
using user_shard::OpenRound;

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

struct ModelRoundsByChanges : testing::Test {
  ModelWorld world{settings()};

  static State::Settings settings() {
    auto usual = ModelWorld::usual();
    usual.learner = "itemItem";
    return usual;
  }
  void SetUp() override {
    world.shards.put(rounds::users_with({}));
    world.begin();
  }
  /// The next day's round, with some users more.
  void next_round(std::uint64_t seed) {
    world.shards.put(rounds::users_with({.users = 12, .seed = seed, .as_of = world.now}));
    world.pass(kDay);
  }
  std::uint64_t base_told() const { return world.sent<OpenRound>().back().base; }
  /// The challenger's, else the champion's: whichever the last round offered.
  Bytes newest(const ModelWorld& of) const {
    const auto* line = of.models.line("itemItem");
    return line->challenger ? line->challenger->model->parameters : line->champion->model->parameters;
  }
};

TEST_F(ModelRoundsByChanges, TheFirstRoundIsOfEverybodyAndTheNextFromWhoChanged) {
  EXPECT_EQ(base_told(), 0u);
  EXPECT_FALSE(world.sent<OpenRound>().back().since) << "no model to compare";
  EXPECT_FALSE(world.standing().by_changes);
  EXPECT_TRUE(says(world.standing().outcome, "from all users")) << world.standing().outcome;
  const Instant trained = world.models.line("itemItem")->champion->model->trained_at;
  next_round(2);
  EXPECT_EQ(base_told(), world.opened()[0]);
  EXPECT_EQ(world.sent<OpenRound>().back().since, trained);
  EXPECT_EQ(world.opened().size(), 2u);
  EXPECT_TRUE(world.standing().by_changes);
  EXPECT_TRUE(says(world.standing().outcome, "from who changed")) << world.standing().outcome;
  EXPECT_EQ(world.probe.rounds_by_changes, 1u);
  EXPECT_GT(world.probe.sums_bytes, 0);
  next_round(3);
  EXPECT_EQ(base_told(), world.opened()[1]) << "whatever the gate said of it";
  EXPECT_EQ(world.probe.rounds_by_changes, 2u);
}

TEST_F(ModelRoundsByChanges, TheyOfferWhatARoundOfEverybodyDoes) {
  ModelWorld other(settings());
  other.shards.forgetful = {0, 1, 2};
  other.shards.put(rounds::users_with({}));
  other.begin();
  for (const std::uint64_t seed : {5u, 6u, 7u}) {
    next_round(seed);
    other.shards.put(rounds::users_with({.users = 12, .seed = seed, .as_of = other.now}));
    other.pass(kDay);
    EXPECT_EQ(newest(world), newest(other));
  }
  EXPECT_EQ(world.probe.rounds_by_changes, 3u);
  EXPECT_EQ(other.probe.rounds_by_changes, 0u);
}

TEST_F(ModelRoundsByChanges, WhereAPartitionDoesNotKnowItIsOpenedAgainOfEverybody) {
  world.shards.forgetful = {1};
  next_round(2);
  ASSERT_EQ(world.opened().size(), 3u);
  EXPECT_EQ(base_told(), 0u);
  EXPECT_LT(world.opened()[1], world.opened()[2]);
  EXPECT_EQ(world.standing().last, world.opened()[2]);
  EXPECT_EQ(world.standing().running, 0u);
  EXPECT_FALSE(world.standing().by_changes);
  EXPECT_EQ(world.probe.rounds, 2u) << "it is one round";
  EXPECT_EQ(world.probe.rounds_abandoned, 0u);
  world.shards.forgetful = {};
  next_round(3);
  EXPECT_TRUE(world.standing().by_changes);
  EXPECT_EQ(base_told(), world.opened()[2]);
}

TEST_F(ModelRoundsByChanges, SumsThatDoNotSufficeAreNoReasonToGiveUp) {
  // A partition that errs about who was there: fewer than nobody used something.
  world.shards.seen[{kDefaultTenant, world.opened()[0]}][0] =
      rounds::users_with({.users = 1, .tastes = 1, .items = 40})[0];
  const auto rounds = world.opened().size();
  next_round(2);
  EXPECT_EQ(world.opened().size(), rounds + 2);
  EXPECT_FALSE(world.standing().by_changes);
  EXPECT_FALSE(world.standing().given_up) << world.standing().outcome;
  EXPECT_EQ(world.probe.rounds_abandoned, 0u);
}

TEST_F(ModelRoundsByChanges, ARoundGivenUpBeforeItsPassesKeepsTheBase) {
  world.shards.lost_cuts[2] = "by the test";
  next_round(2);
  EXPECT_TRUE(world.standing().given_up);
  world.shards.lost_cuts.clear();
  world.pass(kTryAgain);
  EXPECT_EQ(base_told(), world.opened()[0]);
  EXPECT_TRUE(world.standing().by_changes);
}

TEST_F(ModelRoundsByChanges, ARoundGivenUpInItsPassesLosesIt) {
  world.shards.lost_passes[2] = "by the test";
  next_round(2);
  EXPECT_TRUE(world.standing().given_up);
  world.shards.lost_passes.clear();
  world.pass(kTryAgain);
  EXPECT_EQ(base_told(), 0u);
  EXPECT_FALSE(world.standing().given_up);
}

TEST_F(ModelRoundsByChanges, AnotherActorKnowsNoBase) {
  next_round(2);
  const std::size_t told = world.sent<OpenRound>().size();
  world.begin();
  next_round(3);
  ASSERT_GT(world.sent<OpenRound>().size(), told);
  EXPECT_EQ(world.sent<OpenRound>()[told].base, 0u);
}

TEST_F(ModelRoundsByChanges, SumsThatNoRoundAsksForAreLetGo) {
  world.hears = [](const ToShard&) { return false; }; // no round begins that could use them up
  world.pass(kSumsKept);
  EXPECT_GT(world.probe.sums_bytes, 0);
  world.pass(Duration{1});
  EXPECT_EQ(world.probe.sums_bytes, 0);
}

} // namespace
} // namespace kindred::actors::model
