// A shard that is far behind its log at start: it replays when it has its turn, and writes its users once.

#include <gtest/gtest.h>

#include "tests/actors/user_shard/shard_world.hpp"

namespace kindred::actors::user_shard {
namespace {

constexpr int kUsers = 400, kEvents = 3;
static_assert(kUsers * kEvents >= static_cast<int>(kReplayFrom));

/// All of it in the log, nothing in the store: it was lost.
void fall_behind(ShardWorld& world) {
  for (int event = 0; event < kEvents; ++event)
    for (int user = 0; user < kUsers; ++user) world.track("user" + std::to_string(user), "lamp");
  world.crash();
  world.store_disk = std::make_shared<support::MemoryStoreDisk>();
  world.probe.flushes = 0;
  world.asked_turns.clear();
  world.returned_turns.clear();
  world.gives_turns = false;
  world.begin_life();
}

std::uint64_t events_of(ShardWorld& world, int user) {
  api::GetProfile query;
  query.user_id = "user" + std::to_string(user);
  const auto body = world.one(query);
  const auto* profile = std::get_if<api::Profile>(&body);
  return profile == nullptr ? 0 : profile->events;
}

void give(ShardWorld& world) {
  ASSERT_EQ(world.asked_turns.size(), 1u);
  const auto take = world.asked_turns.front();
  EXPECT_EQ(take.work, Work::kReplay);
  world.to_shard(TurnCame{take.work, take.number});
  world.run();
}

TEST(ReplayTurn, IsWaitedFor) {
  ShardWorld world;
  fall_behind(world);
  EXPECT_FALSE(world.standing().ready);
  EXPECT_EQ(world.standing().not_ready_because, "waiting for its turn to fold what is behind");
  const auto folded = world.probe.entries.load();
  world.pass(kMinute);
  EXPECT_EQ(world.probe.entries, folded) << "others have theirs, with the memory that this one would take";
  give(world);
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(events_of(world, 7), static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(world.probe.flushes, 1u) << "users are written once, at its end";
  ASSERT_EQ(world.returned_turns.size(), 1u);
  EXPECT_EQ(world.returned_turns[0], Work::kReplay);
  world.track("user7", "table");
  EXPECT_EQ(events_of(world, 7), static_cast<std::uint64_t>(kEvents) + 1);
}

TEST(ReplayTurn, IsNotAskedForByWhoIsLittleBehind) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.crash();
  world.gives_turns = false;
  world.begin_life();
  EXPECT_TRUE(world.standing().ready);
  EXPECT_TRUE(world.asked_turns.empty());
}

/// The next one would have the memory of two otherwise.
TEST(ReplayTurn, IsGivenBackOnlyOnceItsUsersAreWritten) {
  ShardWorld world;
  fall_behind(world);
  world.store->fail(ports::StoreError::kDiskFull);
  give(world);
  EXPECT_TRUE(world.standing().ready);
  EXPECT_TRUE(world.returned_turns.empty());
  world.store->fail(std::nullopt);
  world.pass(kSecond * 2);
  world.pass(kSecond * 2);
  EXPECT_EQ(world.returned_turns.size(), 1u);
}

/// A partition whose broker does not answer does not hold up the others.
TEST(ReplayTurn, IsGivenBackWhereNothingComesFromTheLog) {
  ShardWorld world;
  fall_behind(world);
  world.tail_runs = false;
  give(world);
  EXPECT_TRUE(world.returned_turns.empty());
  world.pass(kReplayIdleMax * 2);
  world.pass(kReplayIdleMax * 2);
  EXPECT_EQ(world.returned_turns.size(), 1u);
  EXPECT_FALSE(world.standing().ready);
  world.tail_runs = true;
  world.run();
  EXPECT_TRUE(world.standing().ready)
      << "and folds on when something does: " << world.standing().not_ready_because;
  EXPECT_EQ(events_of(world, 7), static_cast<std::uint64_t>(kEvents));
}

/// Its memory is held all the same.
TEST(ReplayTurn, WritesWhereItsMemoryIsFull) {
  ShardWorld world(false, 64 << 10);
  fall_behind(world);
  give(world);
  EXPECT_TRUE(world.standing().ready);
  EXPECT_EQ(world.returned_turns.size(), 1u);
  world.pass(kFlushEvery * 2);
  EXPECT_LE(world.probe.users_bytes, 2 * (64 << 10)) << "less than in its turn";
}

} // namespace
} // namespace kindred::actors::user_shard
