#include <gtest/gtest.h>

#include "tests/actors/model/model_world.hpp"

namespace kindred::actors::model {
namespace {

using user_shard::AskPass;
using user_shard::CloseRound;
using user_shard::OpenRound;

/// Shards do not hear such messages.
template <class Message>
void mute(ModelWorld& world) {
  world.hears = [](const ToShard& message) { return !std::holds_alternative<Message>(message.message); };
}

struct ModelEventsClock : testing::Test {
  ModelWorld world{ModelWorld::usual(kDay, true)};
  void SetUp() override {
    world.shards.put(choosers());
    world.begin();
  }
};

TEST_F(ModelEventsClock, NothingBeginsButBehindTheBarrier) {
  world.pass(kDay * 3);
  world.ask(api::TrainModel{"ranker"});
  world.deliver(SnapshotsMoved{});
  EXPECT_TRUE(world.told.empty());
  world.settle(rounds::kAsOf + kHour);
  EXPECT_EQ(world.opened().size(), 1u);
}

TEST_F(ModelEventsClock, SettledComesBehindTheRoundsThatAreDue) {
  world.put_tenant(kBeta, "beta");
  const Instant at = rounds::kAsOf + kHour;
  mute<CloseRound>(world);
  const std::uint64_t ticket = world.settle(at);
  EXPECT_TRUE(world.settled.empty()) << "the first round is not over";
  world.catch_up();
  ASSERT_EQ(world.settled.size(), 1u);
  EXPECT_EQ(world.settled[0].ticket, ticket);
  EXPECT_EQ(world.settled[0].learner, "ranker");
  EXPECT_EQ(world.settled[0].next_due, rounds::kAsOf + kHour * 12) << "midnight";
  EXPECT_EQ(world.settled[0].models_end, world.models.end());
  EXPECT_EQ(world.models.end(), 1u);
  EXPECT_EQ(world.opened().size(), 2u) << "both tenants";
  for (const OpenRound& open : world.sent<OpenRound>()) EXPECT_EQ(open.as_of, at) << "the barrier's time";
}

TEST_F(ModelEventsClock, WhereNothingIsDueItIsSettledAtOnce) {
  world.settle(rounds::kAsOf);
  world.told.clear();
  world.settle(rounds::kAsOf + kHour * 11);
  EXPECT_TRUE(world.told.empty());
  ASSERT_EQ(world.settled.size(), 2u);
  EXPECT_EQ(world.settled[1].next_due, rounds::kAsOf + kHour * 12);
  EXPECT_EQ(world.settled[1].models_end, 1u);
  world.settle(rounds::kAsOf + kHour * 12);
  EXPECT_EQ(world.opened().size(), 1u);
  EXPECT_EQ(world.settled.back().next_due, rounds::kAsOf + kHour * 36);
}

TEST_F(ModelEventsClock, WithoutACadenceNothingIsEverDue) {
  ModelWorld never(ModelWorld::usual({}, true));
  never.begin();
  never.settle(rounds::kAsOf);
  ASSERT_EQ(never.settled.size(), 1u);
  EXPECT_FALSE(never.settled[0].next_due);
  EXPECT_TRUE(never.told.empty());
}

TEST_F(ModelEventsClock, ABarrierThatWasGivenUpIsNotAnswered) {
  mute<AskPass>(world);
  world.settle(rounds::kAsOf + kHour);
  const std::uint64_t newer = world.settle(rounds::kAsOf + kHour * 2);
  world.catch_up();
  ASSERT_EQ(world.settled.size(), 1u);
  EXPECT_EQ(world.settled[0].ticket, newer);
  EXPECT_EQ(world.standing().as_of, rounds::kAsOf + kHour) << "the round's time is that of its beginning";
}

TEST_F(ModelEventsClock, ARoundThatWasGivenUpIsTriedACadenceLater) {
  world.shards.lost_cuts[0] = "gone";
  world.settle(rounds::kAsOf);
  ASSERT_EQ(world.settled.size(), 1u) << "it does not hold the barrier up";
  EXPECT_EQ(world.settled[0].next_due, rounds::kAsOf + kHour * 12);
  world.pass(kDay);
  world.settle(rounds::kAsOf + kHour);
  EXPECT_EQ(world.opened().size(), 1u);
}

TEST_F(ModelEventsClock, ASettleBeforeTheLogIsOpenWaits) {
  world.state.emplace(world.settings,
                      State::Views{world.library_cell, world.models_cell,
                                   [](PartitionId) { return std::make_shared<user_shard::Standing>(); }},
                      world.probe);
  world.pass({});
  const std::uint64_t ticket = world.settle(rounds::kAsOf);
  EXPECT_TRUE(world.settled.empty());
  world.deliver(Opened{ModelWorld::kIncarnation, 9, {}});
  ASSERT_EQ(world.settled.size(), 1u);
  EXPECT_EQ(world.settled[0].ticket, ticket);
  EXPECT_TRUE(world.standing().published);
}

} // namespace
} // namespace kindred::actors::model
