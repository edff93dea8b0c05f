// A shard that is far behind its log at start: it replays when it has its turn, and writes its users once.

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/actors/user_shard/shard_world.hpp"

namespace kindred::actors::user_shard {
namespace {

constexpr int kUsers = 400, kEvents = 3;
static_assert(kUsers * kEvents >= static_cast<int>(kReplayFrom));
constexpr std::size_t kMemoryOfSome = 700 << 10; ///< of a part of them; they fit into twice as much, a turn's

/// All of it in the log, nothing in the store: it was lost.
void fall_behind(
    ShardWorld& world, const std::function<void()>& last = [] {}) {
  for (int event = 0; event < kEvents; ++event)
    for (int user = 0; user < kUsers; ++user) world.track("user" + std::to_string(user), "lamp");
  last();
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
  ASSERT_EQ(world.returned_turns.size(), 1u) << "at once, since all have room without it";
  EXPECT_EQ(world.returned_turns[0], Work::kReplay);
  world.track("user7", "table");
  EXPECT_EQ(events_of(world, 7), static_cast<std::uint64_t>(kEvents) + 1);
}

TEST(ReplayTurn, HowFarBehindItIsIsToldWhileItWaits) {
  ShardWorld world;
  fall_behind(world);
  const auto lag = [&] { return world.probe.log_end - world.probe.applied_end; };
  EXPECT_EQ(lag(), kUsers * kEvents);
  for (int user = 0; user < 10; ++user) world.track("user" + std::to_string(user), "table");
  world.pass(kSecond);
  EXPECT_EQ(lag(), kUsers * kEvents + 10) << "the log is asked, no tail tells";
  give(world);
  EXPECT_EQ(lag(), 0);
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
  ShardWorld world(false, kMemoryOfSome);
  fall_behind(world);
  world.store->fail(ports::StoreError::kDiskFull);
  give(world);
  EXPECT_TRUE(world.standing().ready);
  EXPECT_TRUE(world.returned_turns.empty());
  world.store->fail(std::nullopt);
  world.pass(kSecond * 2);
  world.pass(kSecond * 2);
  EXPECT_EQ(world.returned_turns.size(), 1u);
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(kMemoryOfSome * kFullPercent / 100));
}

/// It would say that it is there, and be as old as its wait was long.
TEST(ReplayTurn, GoesUpToTheEndThatTheLogHasWhenItComes) {
  ShardWorld world;
  fall_behind(world);
  world.track("user7", "table"); // while it waits
  world.tail_runs = false;
  give(world);
  EXPECT_FALSE(world.standing().ready);
  EXPECT_EQ(world.standing().not_ready_because, "folding 0 of " + std::to_string(kUsers * kEvents + 1));
  world.tail_runs = true;
  world.run();
  EXPECT_TRUE(world.standing().ready);
  EXPECT_EQ(events_of(world, 7), static_cast<std::uint64_t>(kEvents) + 1);
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
  constexpr std::size_t kMemory = 128 << 10; // and twice that in a turn: a fourth of what all of them take
  ShardWorld world(false, kMemory);
  fall_behind(world);
  ASSERT_EQ(world.asked_turns.size(), 1u);
  world.to_shard(TurnCame{world.asked_turns[0].work, world.asked_turns[0].number});
  std::int64_t most = 0;
  while (world.step()) most = std::max(most, world.probe.users_bytes.load());
  EXPECT_TRUE(world.standing().ready);
  EXPECT_GT(world.probe.flushes, 1u);
  EXPECT_LE(most, static_cast<std::int64_t>(2 * kMemory * (kReplayCrowdedPercent + 50) / 100))
      << "what of a batch is encoded comes on top";
  EXPECT_GT(most, static_cast<std::int64_t>(2 * kMemory)) << "more than without a turn";
  EXPECT_EQ(world.returned_turns.size(), 1u);
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(kMemory * (kFullPercent + 10) / 100));
}

/// A look for each of them would cost ten times as much.
TEST(ReplayTurn, ReadsInOrderWhoIsStoredWhereMuchIsLeftToFold) {
  ShardWorld world;
  for (int user = 0; user < kUsers; ++user) world.track("user" + std::to_string(user), "lamp");
  world.pass(kFlushEvery * 2);
  const auto stored = std::make_shared<support::MemoryStoreDisk>(*world.store_disk);
  fall_behind(world);
  world.crash();
  world.store_disk = stored;
  world.asked_turns.clear();
  world.begin_life();
  const std::size_t looks = world.store->looks();
  give(world);
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_LT(world.store->looks() - looks, static_cast<std::size_t>(kUsers) / 4);
  for (const int user : {0, 7, kUsers - 1})
    EXPECT_EQ(events_of(world, user), static_cast<std::uint64_t>(kEvents) + 1);
  const std::size_t before = world.store->looks();
  world.track("somebody new", "lamp");
  EXPECT_EQ(world.store->looks(), before) << "nothing is stored of him, which is known";
}

/// What was read ahead is written: it does not wait for the store.
TEST(ReplayTurn, IsGivenBackThoughTheStoreRefusesWhereWhatIsWrittenTakesTheRoom) {
  ShardWorld world(false, kMemoryOfSome);
  for (int user = 0; user < kUsers; ++user) world.track("user" + std::to_string(user), "lamp");
  world.pass(kFlushEvery * 2);
  const auto stored = std::make_shared<support::MemoryStoreDisk>(*world.store_disk);
  for (int event = 0; event < kUsers * kEvents; ++event) world.track("user0", "lamp");
  world.crash();
  world.store_disk = stored;
  world.gives_turns = false;
  world.asked_turns.clear();
  world.returned_turns.clear();
  world.begin_life();
  world.store->fail(ports::StoreError::kDiskFull);
  give(world);
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(world.returned_turns.size(), 1u);
}

/// Whoever opened them is gone, or gives them up: gathering would cost more than the replay.
TEST(ReplayTurn, GathersForNoRoundThatWasOpenedLongAgo) {
  ShardWorld world;
  const auto open = [&] {
    world.track(
        {ShardWorld::record(records::Cut{"ranker", 7}, records::RecordType::kCut, "", 1'000'000, world.now)});
  };
  fall_behind(world, open);
  world.reports.clear();
  give(world);
  EXPECT_TRUE(world.standing().ready);
  ASSERT_EQ(world.reports.size(), 1u);
  const auto& gathered = std::get<Gathered>(world.reports.front());
  EXPECT_EQ(gathered.round, 7u);
  EXPECT_NE(gathered.lost, "") << "it is not waited for in vain";
  world.gives_turns = true;
  world.carry_out(world.shard->handle(OpenRound{kDefaultTenant, "ranker", 8, world.now}));
  world.run();
  ASSERT_EQ(world.reports.size(), 2u) << "the next one is gathered";
  EXPECT_EQ(std::get<Gathered>(world.reports.back()).lost, "");
}

/// What it has stays for a build that can fold on, and the next one does not find its memory taken.
TEST(ReplayTurn, OfAShardThatStopsEndsOnceItsUsersAreWritten) {
  ShardWorld world(false, kMemoryOfSome);
  const auto newer = [&] {
    world.track({ShardWorld::record(records::Activate{99, {}}, records::RecordType::kActivate, "", 1'000'000,
                                    world.now)});
  };
  fall_behind(world, newer);
  give(world);
  EXPECT_TRUE(world.standing().stopped) << world.standing().not_ready_because;
  EXPECT_EQ(world.returned_turns.size(), 1u);
  EXPECT_GE(world.probe.flushes, 1u);
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(kMemoryOfSome * kFullPercent / 100));
}

} // namespace
} // namespace kindred::actors::user_shard
