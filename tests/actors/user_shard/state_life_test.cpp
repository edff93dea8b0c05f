// The shard's life: start, restart, positions gone wrong, flushes.

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/actors/user_shard/shard_world.hpp"
#include "tests/support/cold_map.hpp"

namespace kindred::actors::user_shard {
namespace {

api::GetProfile profile_of(std::string user) {
  api::GetProfile query;
  query.user_id = std::move(user);
  return query;
}

std::uint64_t events_of(ShardWorld& world, const std::string& user) {
  const auto body = world.one(profile_of(user));
  const auto* profile = std::get_if<api::Profile>(&body);
  return profile == nullptr ? 0 : profile->events;
}

TEST(ShardLife, AnEmptyLogIsReadyAtOnce) {
  ShardWorld world;
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_TRUE(world.shard->ready());
}

TEST(ShardLife, FoldsWhatIsTracked) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.track("ann", "table");
  EXPECT_EQ(events_of(world, "ann"), 2u);
  EXPECT_EQ(world.probe.entries, 2u);
  EXPECT_EQ(world.probe.outcomes[0], 2u);
}

TEST(ShardLife, ARecordTwiceCountsOnce) {
  ShardWorld world;
  const auto event = ShardWorld::event("ann", "lamp", world.now, 5);
  world.track({event});
  world.track({event});
  EXPECT_EQ(events_of(world, "ann"), 1u);
}

TEST(ShardLife, TakesUpItsStateAfterACrashAndFoldsTheRest) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  EXPECT_EQ(world.probe.flushes, 1u);
  world.track("ann", "table");
  const auto digest = world.shard->partition_state().digest();
  world.crash();
  const auto entries_before = world.probe.entries.load();
  world.begin_life();
  EXPECT_TRUE(world.standing().ready);
  EXPECT_EQ(world.probe.entries - entries_before, 1u + 0u) << "only what came after the flush";
  EXPECT_EQ(events_of(world, "ann"), 2u);
  EXPECT_EQ(world.shard->partition_state().digest(), digest);
}

TEST(ShardLife, StartsFromNothingWhereNothingWasFlushed) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.crash();
  world.begin_life();
  EXPECT_EQ(events_of(world, "ann"), 1u);
}

TEST(ShardLife, ManyRecordsForceAFlush) {
  ShardWorld world;
  std::vector<records::Record> records;
  for (std::size_t i = 0; i < 2'600; ++i)
    records.push_back(ShardWorld::event("user" + std::to_string(i % 50), "lamp", world.now, 10 + i));
  world.track(records);
  EXPECT_EQ(world.probe.flushes, 0u);
  for (auto& record : records) record.header.id.high = 7;
  world.track(records);
  EXPECT_EQ(world.probe.flushes, 1u) << "without a pulse";
}

// What comes while the users are encoded slice by slice is not in the batch, nor lost by it.
TEST(ShardLife, FoldingGoesOnWhileABatchIsMade) {
  ShardWorld world;
  std::vector<records::Record> records;
  for (std::size_t i = 0; i < kFlushSlice * 3; ++i)
    records.push_back(ShardWorld::event("user" + std::to_string(i), "lamp", world.now, 10 + i));
  const auto end = world.track(records).offset + 1;
  const Id128 digest = world.shard->partition_state().digest();
  auto effects = world.shard->handle(Pulse{world.now, world.steady_us += kFlushEvery.us * 2});
  ASSERT_TRUE(std::ranges::any_of(effects, [](const Effect& effect) {
    return std::holds_alternative<NextSlice>(effect);
  })) << "there are more users than a slice has";
  world.track("user0", "table"); // encoded already
  world.track("user20", "table");
  world.carry_out(std::move(effects));
  world.run();
  EXPECT_EQ(world.standing().flushed_end, end);
  EXPECT_EQ(world.standing().digest, digest);
  EXPECT_EQ(events_of(world, "user20"), 2u);
  world.crash();
  world.begin_life();
  EXPECT_EQ(events_of(world, "user0"), 2u);
  EXPECT_EQ(events_of(world, "user20"), 2u);
}

/// Replicas flush when they like, and yet compare what they fold.
TEST(ShardLife, ReplicasHaveDigestsOfTheSamePositions) {
  std::vector<std::vector<std::pair<std::uint64_t, Id128>>> told;
  for (const std::uint64_t every : {0, 700}) { // how often it flushes otherwise
    ShardWorld world;
    for (std::uint64_t n = 0; n < kAgreedEvery * 2 + 10; ++n) {
      world.track("user" + std::to_string(n % 50), "item" + std::to_string(n % 7));
      if (every != 0 && n % every == 0)
        world.carry_out(world.shard->handle(Pulse{world.now, world.steady_us += kFlushEvery.us * 2}));
    }
    world.run();
    told.push_back(world.standing().agreed);
  }
  ASSERT_EQ(told[0].size(), 2u);
  EXPECT_EQ(told[0][0].first, kAgreedEvery);
  EXPECT_EQ(told[0], told[1]);
}

TEST(ShardLife, HalfOfACheckpointIsNoState) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  world.crash();
  world.store_disk->space(space_of({}))[kIncomingKey] = "1";
  world.begin_life();
  EXPECT_GE(world.quits, 1);
}

TEST(ShardLife, WhoDiffersFromAReplicaAnswersNoMore) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.to_shard(Differs{"b", 4096});
  world.run();
  EXPECT_FALSE(world.standing().ready);
  EXPECT_TRUE(world.standing().not_ready_because.starts_with("stateDiffers: the replica on b"))
      << world.standing().not_ready_because;
  const auto asked = world.ask({api::GetProfile{"ann", {}}});
  world.run();
  ASSERT_NE(world.done(asked), nullptr);
  EXPECT_EQ(std::get<api::Error>(world.done(asked)->items.at(0).body).code, api::ErrorCode::kNotReady);
}

TEST(ShardLife, ARefusedFlushIsWrittenAgain) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.store->fail(ports::StoreError::kDiskFull);
  world.pass(kFlushEvery * 2);
  EXPECT_EQ(world.probe.flushes_failed, 1u);
  world.track("ann", "table");
  world.store->fail(std::nullopt);
  world.pass(kFlushEvery * 2);
  world.pass(kFlushEvery * 2);
  EXPECT_EQ(world.probe.flushes, 2u);
  world.crash();
  world.begin_life();
  EXPECT_EQ(events_of(world, "ann"), 2u);
}

/// Users that are not written yet stay in memory: a fold that is faster than the store waits for it.
TEST(ShardLife, TheLogWaitsWhereMoreUsersAreInMemoryThanMayBe) {
  constexpr std::size_t kMemory = 10 * support::kSmallUserBytes;
  ShardWorld world(false, kMemory);
  const auto track = [&](int from, int to) {
    for (int n = from; n < to; ++n) world.track("user" + std::to_string(n), "lamp");
  };
  track(0, 200);
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(2 * kCrowdedPercent * kMemory / 100))
      << "written as they come";
  world.store->fail(ports::StoreError::kDiskFull);
  track(200, 400);
  const std::size_t taken = world.consumed;
  track(400, 410);
  EXPECT_EQ(world.consumed, taken);
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(2 * kCrowdedPercent * kMemory / 100))
      << "nor what it had sent";
  EXPECT_LE(world.probe.flushes_failed, 2u) << "and the store is not asked again for each of them";
  world.store->fail(std::nullopt);
  world.pass(kFlushEvery * 2);
  EXPECT_GT(world.consumed, taken);
  world.pass(kFlushEvery * 2);
  EXPECT_EQ(events_of(world, "user405"), 1u);
  world.track("ann", "lamp");
  EXPECT_LE(world.probe.users_bytes, static_cast<std::int64_t>(2 * kCrowdedPercent * kMemory / 100));
}

TEST(ShardLife, ALogThatLostItsTailStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.track("ann", "table");
  world.pass(kFlushEvery * 2);
  world.log->lose_tail(world.stream(), 1);
  world.crash();
  world.begin_life();
  EXPECT_FALSE(world.standing().ready);
  EXPECT_EQ(world.standing().not_ready_because.rfind("logWentBack", 0), 0u)
      << world.standing().not_ready_because;
  const auto body = world.one(profile_of("ann"));
  ASSERT_TRUE(std::holds_alternative<api::Error>(body));
  EXPECT_EQ(std::get<api::Error>(body).code, api::ErrorCode::kNotReady);
}

TEST(ShardLife, ABrokerThatToldAnOldEndIsAskedAgain) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.track("ann", "table");
  world.pass(kFlushEvery * 2);
  world.crash();
  auto& tape = world.log_disk->tapes[world.stream()];
  const auto whole = tape;
  while (tape.entries.size() > 1) tape.entries.erase(std::prev(tape.entries.end()));
  tape.end = 1;
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because.rfind("logWentBack", 0), 0u)
      << world.standing().not_ready_because;
  tape = whole;
  world.pass(kSecond * 2);
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(events_of(world, "ann"), 2u);
}

TEST(ShardLife, AStoppedShardRefusesAPositionOfItsOwn) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  api::Decide decide;
  decide.user_id = "ann";
  const auto done = *world.done(world.ask({decide}, {}, true));
  world.pass(kFlushEvery * 2);
  world.log->lose_tail(world.stream(), 1);
  world.crash();
  world.begin_life();
  records::Position ahead = done.positions.back();
  ahead.author.sequence += 1;
  const auto body = world.one(profile_of("ann"), {ahead});
  ASSERT_TRUE(std::holds_alternative<api::Error>(body));
  EXPECT_EQ(std::get<api::Error>(body).code, api::ErrorCode::kNotReady);
}

TEST(ShardLife, ALogThatDiffersWhereTheStateEndsStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.track("ann", "table");
  world.pass(kFlushEvery * 2);
  const auto other = ShardWorld::event("eve", "chair", world.now, 999);
  world.crash();
  world.log_disk->tapes[world.stream()].entries[1] = schemas::encode_entry({{WriterId{77}, 1, 2}, {other}});
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because.rfind("logWentBack", 0), 0u)
      << world.standing().not_ready_because;
}

TEST(ShardLife, AnotherLifeOfTheLogStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  world.crash();
  world.log_disk->incarnation = 99;
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because.rfind("logWentBack", 0), 0u)
      << world.standing().not_ready_because;
}

TEST(ShardLife, ALogTrimmedPastTheStateStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.track("ann", "table");
  ASSERT_TRUE(world.log->trim(world.stream(), 2).ok());
  world.crash();
  world.begin_life();
  EXPECT_FALSE(world.standing().ready);
  EXPECT_NE(world.standing().not_ready_because.find("is gone"), std::string::npos);
  EXPECT_TRUE(world.standing().behind_log) << "another node's copy helps";
}

TEST(ShardLife, ALogTrimmedAboveWhatItHeardStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  EXPECT_FALSE(world.standing().behind_log);
  world.carry_out(world.shard->handle(TailFailed{ports::LogError::kOutOfRange}));
  EXPECT_TRUE(world.standing().behind_log);
}

TEST(ShardLife, AFlippedBitInTheLogStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.crash();
  world.log_disk->tapes[world.stream()].entries[0].back() ^= 1;
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because.rfind("corrupt", 0), 0u) << world.standing().not_ready_because;
}

TEST(ShardLife, ForeignBytesAreSkippedAndCounted) {
  ShardWorld world;
  world.log->produce(world.stream(),
                     "somebody else's bytes, long enough to be taken for a header of an entry of ours",
                     [](ports::Verdict) {});
  world.run();
  world.track("ann", "lamp");
  EXPECT_EQ(world.probe.foreign_entries, 1u);
  EXPECT_EQ(events_of(world, "ann"), 1u);
}

TEST(ShardLife, AnUnknownRecordStops) {
  ShardWorld world;
  world.track(
      {ShardWorld::record(records::Unknown{"12345678"}, records::RecordType::kMergeOut, "", 5, world.now)});
  EXPECT_EQ(world.standing().not_ready_because.rfind("tooOld", 0), 0u) << world.standing().not_ready_because;
}

TEST(ShardLife, ADamagedStoredValueStops) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  world.crash();
  world.store_disk->space(space_of({}))["m"] = "nonsense";
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because.rfind("badState", 0), 0u)
      << world.standing().not_ready_because;
}

TEST(ShardLife, AStoreThatDoesNotAnswerEndsTheActor) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kFlushEvery * 2);
  world.crash();
  world.begin_life();
  world.store->fail(ports::StoreError::kIo);
  world.track("bob", "lamp");
  EXPECT_GE(world.quits, 1) << "to be started again";
  EXPECT_FALSE(world.standing().ready);
}

TEST(ShardLife, AnAbandonedCartIsToldByATickOfTheShard) {
  ShardWorld world;
  world.track("ann", "lamp", records::EventType::kAddToCart);
  world.pass(kMinute);
  EXPECT_EQ(world.probe.ticks, 0u) << "nothing is due";
  world.pass(kHour + kMinute);
  EXPECT_EQ(world.probe.ticks, 1u);
  ASSERT_EQ(world.notifications.size(), 1u);
  EXPECT_EQ(world.notifications[0].kind, "cartAbandoned");
  EXPECT_EQ(world.notifications[0].tenant, "default");
  EXPECT_EQ(world.notifications[0].user_id, "ann");
  world.pass(kMinute);
  EXPECT_EQ(world.probe.ticks, 1u);
}

TEST(ShardLife, ARefusedTickIsAppendedAgain) {
  ShardWorld world;
  world.track("ann", "lamp", records::EventType::kAddToCart);
  world.log->fail(ports::LogError::kDiskFull);
  world.pass(kHour * 2);
  EXPECT_EQ(world.notifications.size(), 0u);
  EXPECT_EQ(world.probe.appends_refused, 2u) << "the tick, and the delta";
  world.log->fail(std::nullopt);
  world.pass(kPulse);
  world.pass(kPulse);
  EXPECT_EQ(world.notifications.size(), 1u);
}

/// The first change is on its way when the second takes it back: nothing seems to be left to do then.
TEST(ShardLife, ASettingThatIsChangedThereAndBackIsAsItWas) {
  ShardWorld world;
  records::Tenant tenant;
  tenant.id = kDefaultTenant.value;
  tenant.name = "default";
  const auto before = world.shard->partition_state().tenant_inputs(kDefaultTenant).cart_abandoned_after;
  ASSERT_NE(before, kMinute);
  world.tail_runs = false;
  tenant.cart_abandoned_after = kMinute;
  world.put_tenant(tenant);
  world.pass(kPulse);
  tenant.cart_abandoned_after = before;
  world.put_tenant(tenant);
  world.pass(kPulse);
  world.tail_runs = true;
  for (int i = 0; i < 4; ++i) world.pass(kPulse);
  EXPECT_EQ(world.shard->partition_state().tenant_inputs(kDefaultTenant).cart_abandoned_after, before);
}

TEST(ShardLife, ATenantsSettingsAreAdoptedOnce) {
  ShardWorld world;
  records::Tenant tenant;
  tenant.id = kDefaultTenant.value;
  tenant.name = "default";
  tenant.consent_default = records::kMeasurement;
  tenant.cart_abandoned_after = kMinute;
  world.put_tenant(tenant);
  world.pass(kPulse);
  const auto inputs = world.shard->partition_state().tenant_inputs(kDefaultTenant);
  EXPECT_EQ(inputs.consent_default, records::kMeasurement);
  EXPECT_EQ(inputs.cart_abandoned_after, kMinute);
  world.put_item("lamp");
  world.pass(kPulse);
  std::size_t adoptions = 0;
  for (const auto& record : world.logged(world.stream()))
    adoptions += record.header.type == records::RecordType::kAdopt;
  EXPECT_EQ(adoptions, 2u);
}

} // namespace
} // namespace kindred::actors::user_shard
