// The shard and the fast models: deltas over crashes, and the barrier of the events clock.

#include <gtest/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"
#include "tests/actors/user_shard/shard_world.hpp"
#include "tests/engine/profiles/segment_models.hpp"

namespace kindred::actors::user_shard {
namespace {

Bytes models_of(const ShardWorld& world) {
  const auto snapshot = world.models.get();
  const auto* model = snapshot ? snapshot->model(kDefaultTenant) : nullptr;
  return model == nullptr ? Bytes() : model->canonical(kDefaultTenant);
}

/// The i-th event of a fixed stream: its time does not follow the world's clock.
void track_one(ShardWorld& world, int i) {
  const Instant time{1'700'000'000'000'000 + i * 1'000'000};
  world.track({ShardWorld::event("user" + std::to_string(i % 3), "item" + std::to_string(i % 5), time,
                                 static_cast<std::uint64_t>(i) + 1)});
}

/// What the fast models hold after this many events without any fault.
Bytes expected(int events) {
  ShardWorld world;
  for (int i = 0; i < events; ++i) track_one(world, i);
  world.pass(kSecond);
  world.pass(kSecond);
  EXPECT_TRUE(world.shard->deltas().settled());
  return models_of(world);
}

TEST(ShardModels, WhatWasFoldedIsInTheFastModelsASecondLater) {
  ShardWorld world;
  world.track("ann", "lamp");
  EXPECT_EQ(models_of(world), Bytes());
  world.pass(kSecond);
  EXPECT_NE(models_of(world), Bytes());
  EXPECT_EQ(world.models.get()->last_to[0], 1u);
  EXPECT_TRUE(world.shard->deltas().settled());
}

TEST(ShardModels, AtMostOneDeltaInItsTime) {
  ShardWorld world;
  for (int i = 0; i < 10; ++i) {
    world.track("ann", "item" + std::to_string(i));
    world.pass(kPulse);
  }
  EXPECT_LE(world.probe.deltas, 2u);
}

// A crash at every point of the life of a delta: nothing lost, nothing twice.
TEST(ShardModels, ACrashAnywhereLosesAndDoublesNothing) {
  const auto whole = expected(12);
  for (int point = 0; point < 60; ++point) {
    ShardWorld world;
    int step = 0;
    const auto next = [&] {
      if (step++ != point) return;
      world.crash();
      world.begin_life();
    };
    for (int i = 0; i < 12; ++i) {
      track_one(world, i);
      next();
      if (i == 3) world.models_run = false;
      if (i == 3 || i == 7) world.pass(kSecond * 2);
      next();
      if (i == 9) world.models_run = true;
      world.run();
      next();
      if (i == 5) world.pass(kFlushEvery * 2);
      next();
    }
    world.models_run = true;
    world.run();
    for (int round = 0; round < 4; ++round) world.pass(kSecond);
    EXPECT_TRUE(world.standing().ready) << point << world.standing().not_ready_because;
    EXPECT_TRUE(models_of(world) == whole) << "crash at step " << point;
  }
}

TEST(ShardModels, ADeltaWithoutVerdictIsSentAgainAndCountsOnce) {
  ShardWorld world;
  int attempts = 0;
  world.log->judge_with([&](const records::Stream& stream, BytesView) {
    support::MemoryLog::Fate fate;
    if (stream.topic == records::Topic::kModels && ++attempts == 1)
      fate.kind = support::MemoryLog::Fate::Kind::kUnknownTaken;
    return fate;
  });
  for (int i = 0; i < 4; ++i) track_one(world, i);
  for (int round = 0; round < 4; ++round) world.pass(kSecond);
  EXPECT_TRUE(models_of(world) == expected(4));
  EXPECT_EQ(world.models_probe.repeated_entries, 1u);
}

TEST(ShardModels, ARefusedDeltaIsSentAgain) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.log->fail(ports::LogError::kIo);
  world.pass(kSecond);
  EXPECT_EQ(models_of(world), Bytes());
  world.log->fail(std::nullopt);
  world.pass(kSecond);
  EXPECT_NE(models_of(world), Bytes());
}

TEST(ShardModels, AModelsLogThatLostItsTailStopsTheShard) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kSecond);
  world.track("ann", "table");
  world.pass(kFlushEvery + kSecond);
  world.crash();
  world.log_disk->tapes.erase({records::Topic::kModels, {}});
  world.begin_life();
  EXPECT_FALSE(world.standing().ready);
  EXPECT_EQ(world.standing().not_ready_because.rfind("logWentBack", 0), 0u)
      << world.standing().not_ready_because;
}

/// A shard that flushed a delta (0, 5) as on its way, while deltas that earlier lives had cut from 0 were on theirs.
/// All of them hang in the network: `arrive` lets one into the models log.
struct ShardModelsLate : testing::Test {
  ShardWorld world;
  std::vector<Bytes> sent;

  void hold() {
    world.log->judge_with([this](const records::Stream& stream, BytesView entry) {
      support::MemoryLog::Fate fate;
      if (stream.topic != records::Topic::kModels) return fate;
      fate.kind = support::MemoryLog::Fate::Kind::kUnknownLost;
      sent.emplace_back(entry);
      return fate;
    });
  }
  void next_life() {
    world.crash();
    world.begin_life();
    hold();
  }
  void arrive(const Bytes& entry) {
    world.log->judge_with(nullptr);
    world.log->produce({records::Topic::kModels, {}}, entry, [](ports::Verdict) {});
  }
  void SetUp() override {
    hold();
    track_one(world, 0);
    track_one(world, 1);
    world.pass(kPulse); // cuts (0, 2)
    next_life();
    for (int i = 2; i < 5; ++i) track_one(world, i);
    world.pass(kPulse); // cuts (0, 5): nothing was flushed yet
    track_one(world, 5);
    world.pass(kFlushEvery);
    ASSERT_EQ(world.probe.flushes, 1u);
    ASSERT_GE(sent.size(), 2u);
  }
};

TEST_F(ShardModelsLate, ADeltaOfAnEarlierLifeIsSubtractedFromALongerOne) {
  world.crash();
  world.log =
      std::make_unique<support::MemoryLog>(world.log_disk, support::MemoryLog::Settings{.partitions = 1});
  arrive(sent.front());
  world.log.reset();
  world.begin_life();
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(world.models.get()->last_to[0], 2u);
  for (int round = 0; round < 3; ++round) world.pass(kSecond);
  EXPECT_EQ(world.models.get()->last_to[0], 6u);
  EXPECT_TRUE(models_of(world) == expected(6));
}

// The chain comes in slices, foreign deltas and refused ones among them, and a crash may come between any two.
TEST_F(ShardModelsLate, AChainIsReadInSlices) {
  stats::FastDelta second;
  second.add_count({kDefaultTenant, stats::FastDelta::kMarks, ItemId{4242}}, 3);
  world.crash();
  world.log =
      std::make_unique<support::MemoryLog>(world.log_disk, support::MemoryLog::Settings{.partitions = 1});
  fast_models::ModelsLog others;
  arrive(others.append({fast_models::delta_record(0, 1, 2, second)}, 9).bytes); // refused
  arrive(sent.front());
  arrive(sent.back()); // refused: (0, 5)
  arrive("bytes of somebody else, long enough to be taken for a header of an entry that is ours");
  arrive(others.append({fast_models::delta_record(0, 2, 3, second)}, 9).bytes);
  world.log.reset();
  world.models_slice_bytes = 1;
  world.begin_life();
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(world.models.get()->last_to[0], 3u);
  EXPECT_EQ(world.shard->deltas().last_to(), 3u);
  EXPECT_EQ(world.shard->deltas().models_from(), 5u);
  for (int round = 0; round < 3; ++round) world.pass(kSecond);
  EXPECT_TRUE(models_of(world) == expected(6)) << "what the foreign delta added too much was taken back";
}

TEST_F(ShardModelsLate, WhereTheModelsLogForgotItTheShardStops) {
  const auto flushed = world.store_disk->space(space_of({}));
  world.crash();
  world.log =
      std::make_unique<support::MemoryLog>(world.log_disk, support::MemoryLog::Settings{.partitions = 1});
  arrive(sent.front());
  world.log.reset();
  world.begin_life();
  hold();
  world.pass(fast_models::kCheckpointEvery);
  world.pass(fast_models::kCheckpointEvery);
  ASSERT_EQ(world.models_probe.checkpoints, 1u);
  ASSERT_TRUE(world.log->trim({records::Topic::kModels, {}}, 1).ok());
  world.crash();
  world.store_disk->space(space_of({})) = flushed;
  world.begin_life();
  EXPECT_FALSE(world.standing().ready);
  EXPECT_NE(world.standing().not_ready_because.find("the models log was trimmed"), std::string::npos)
      << world.standing().not_ready_because;
}

TEST(ShardModels, StartsOnlyWhenTheFastModelsHaveCaughtUp) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kSecond);
  world.crash();
  world.models_run = false;
  world.begin_life();
  EXPECT_EQ(world.standing().not_ready_because, "waiting for the fast models");
  world.models_run = true;
  world.run();
  EXPECT_TRUE(world.standing().ready);
}

/// Another node appends, and has it folded, between this shard's look at its log and the fast models that it waits for.
TEST(ShardModels, DeltasPastTheEndThatWasSeenAtTheStartAreNoLostLog) {
  ShardWorld world;
  world.track("ann", "lamp");
  world.pass(kSecond);
  world.pass(kFlushEvery);
  world.crash();
  world.models_run = false;
  world.begin_life();
  world.track("ann", "table");
  const auto delta = fast_models::delta_record(0, 1, 2, fast_models::marks(1, 1));
  world.log->produce({records::Topic::kModels, {}}, schemas::encode_entry({{WriterId{77}, 1, 1}, {delta}}),
                     [](ports::Verdict) {});
  world.models_run = true;
  world.run();
  EXPECT_EQ(world.models.get()->last_to[0], 2u);
  EXPECT_TRUE(world.standing().ready) << world.standing().not_ready_because;
  EXPECT_EQ(world.shard->partition_state().applied_end(), 2u);
}

TEST(ShardModels, ADeltaThatWasNeverToldEndsTheActor) {
  ShardWorld world;
  world.shard->handle(fast_models::DeltaSeen{{}, 7, 9, true, 9, std::make_shared<const stats::FastDelta>()});
  world.track("ann", "lamp");
  EXPECT_GE(world.quits, 1);
}

// ---- the events clock ----

TEST(ShardSettle, PassesWhenEverythingIsFoldedAndTheDeltaToo) {
  ShardWorld world(true);
  world.track("ann", "lamp");
  world.pass(kSecond);
  EXPECT_EQ(models_of(world), Bytes()) << "no delta of its own accord";
  const auto ticket = world.settle();
  ASSERT_EQ(world.settled.size(), 1u);
  EXPECT_EQ(world.settled[0].ticket, ticket);
  EXPECT_EQ(world.settled[0].end, 1u);
  EXPECT_FALSE(world.settled[0].next_due.has_value());
  EXPECT_NE(models_of(world), Bytes());
}

TEST(ShardSettle, WaitsForTheFoldAndForTheModels) {
  ShardWorld world(true);
  world.tail_runs = false;
  world.models_run = false;
  world.track("ann", "lamp");
  world.settle();
  EXPECT_TRUE(world.settled.empty());
  world.tail_runs = true;
  world.run();
  EXPECT_TRUE(world.settled.empty()) << "folded, but the delta is on its way";
  world.models_run = true;
  world.run();
  EXPECT_EQ(world.settled.size(), 1u);
}

TEST(ShardSettle, TicksWhatIsDueFirst) {
  ShardWorld world(true);
  world.track("ann", "lamp", records::EventType::kAddToCart);
  world.settle();
  ASSERT_EQ(world.settled.size(), 1u);
  ASSERT_TRUE(world.settled[0].next_due.has_value());
  world.now = world.now + kHour * 2;
  world.settle();
  ASSERT_EQ(world.settled.size(), 2u);
  EXPECT_EQ(world.notifications.size(), 1u);
  EXPECT_FALSE(world.settled[1].next_due.has_value());
  EXPECT_EQ(world.settled[1].end, 2u) << "the tick is folded";
}

TEST(ShardSettle, NothingToDoPassesAtOnceAndWritesNothing) {
  ShardWorld world(true);
  world.settle();
  world.settle();
  EXPECT_EQ(world.settled.size(), 2u);
  EXPECT_EQ(world.logged(world.stream()).size(), 0u);
  EXPECT_EQ(world.logged({records::Topic::kModels, {}}).size(), 0u);
}

TEST(ShardSettle, AdoptsTheTenantsSettingsFirst) {
  ShardWorld world(true);
  records::Tenant tenant;
  tenant.id = kDefaultTenant.value;
  tenant.name = "default";
  tenant.consent_default = records::kNoPurpose;
  world.put_tenant(tenant);
  world.settle();
  ASSERT_EQ(world.settled.size(), 1u);
  EXPECT_EQ(world.shard->partition_state().consent_default(kDefaultTenant), records::kNoPurpose);
}

// The same input gives the same logs, byte for byte, whatever the pulses do in between.
TEST(ShardSettle, TheSameInputGivesTheSameBytes) {
  const auto run = [](bool pulses) {
    ShardWorld world(true);
    for (const auto* item : {"lamp", "table", "chair"}) world.put_item(item);
    for (int i = 0; i < 20; ++i) {
      world.now = world.now + kMinute * 7;
      world.track("user" + std::to_string(i % 3), i % 2 ? "lamp" : "table",
                  i % 4 ? records::EventType::kView : records::EventType::kAddToCart);
      if (pulses) world.pass({});
      world.settle();
      api::Decide decide;
      decide.user_id = "user" + std::to_string(i % 4);
      decide.request_id = "r" + std::to_string(i);
      world.ask({decide}, {}, true);
      if (pulses) world.pass({});
    }
    std::vector<Bytes> bytes;
    for (const auto& [stream, tape] : world.log_disk->tapes) {
      for (const auto& [offset, entry] : tape.entries) bytes.push_back(entry);
    }
    return bytes;
  };
  const auto first = run(false);
  EXPECT_GT(first.size(), 50u);
  EXPECT_TRUE(run(false) == first);
  EXPECT_TRUE(run(true) == first);
}

// ---- what folds use of solved models

class ShardAdoption : public testing::Test {
protected:
  /// To the models log, as a model actor does.
  void publish(const std::string& name, const Bytes& parameters) {
    std::vector<records::Record> written = fast_models::chunk_records(name, parameters);
    written.push_back(fast_models::solved_record(fast_models::manifest_of(name, parameters, generation_++)));
    world.log->produce({records::Topic::kModels, {}},
                       schemas::encode_entry({{WriterId{77}, 1, ++sequence_}, std::move(written)}),
                       [](ports::Verdict) {});
    world.run();
    world.pass(kPulse);
    world.pass(kPulse);
  }
  profiles::TenantInputs inputs() { return world.shard->partition_state().tenant_inputs(kDefaultTenant); }
  std::size_t adoptions() const {
    std::size_t count = 0;
    for (const auto& record : world.logged(world.stream()))
      count += record.header.type == records::RecordType::kAdopt;
    return count;
  }

  ShardWorld world;

private:
  std::uint64_t generation_ = 0, sequence_ = 0;
};

TEST_F(ShardAdoption, AChampionIsAdoptedOnceAndTheNextAfterIt) {
  world.track("ann", "lamp");
  const std::size_t before = adoptions();
  publish("segments", profiles::parted_at({0, 5}).canonical());
  ASSERT_TRUE(inputs().segmentation);
  EXPECT_EQ(inputs().segmentation_generation, 1u);
  EXPECT_EQ(inputs().segmentation->segments.size(), 2u);
  for (int i = 0; i < 20; ++i) world.pass(kPulse);
  EXPECT_EQ(adoptions(), before + 1);
  publish("segments", profiles::parted_at({0, 5, 9}).canonical());
  EXPECT_EQ(inputs().segmentation->segments.size(), 3u);
  EXPECT_EQ(adoptions(), before + 2);
}

TEST_F(ShardAdoption, WhatFoldsDoNotUseIsNotAdopted) {
  world.track("ann", "lamp");
  const std::size_t before = adoptions();
  publish("ranker", fast_models::parameters_of(3));
  for (int i = 0; i < 20; ++i) world.pass(kPulse);
  EXPECT_EQ(adoptions(), before);
}

TEST_F(ShardAdoption, ACrashAfterwardsAdoptsNothingTwice) {
  world.track("ann", "lamp");
  publish("segments", profiles::parted_at({0, 5}).canonical());
  const std::size_t before = adoptions();
  world.crash();
  world.begin_life();
  for (int i = 0; i < 20; ++i) world.pass(kPulse);
  EXPECT_EQ(adoptions(), before);
  EXPECT_EQ(inputs().segmentation_generation, 1u);
}

TEST_F(ShardAdoption, WhoMovesIsInTheStandingUntilHeIsErased) {
  world.track("ann", "lamp");
  auto model = profiles::parted_at({0, 5});
  model.axes[0].feature = "events";
  publish("segments", model.canonical());
  world.track("ann", "lamp");
  world.pass(kPulse);
  ASSERT_EQ(world.standing().moves.size(), 1u);
  EXPECT_EQ(world.standing().moves[0].second.user_id, "ann");
  EXPECT_EQ(world.standing().moves[0].second.to, "clustered-1");
  records::Erase erase;
  erase.user_id = "ann";
  world.track({ShardWorld::record(erase, records::RecordType::kErase, "ann", 600, world.now)});
  world.pass(kPulse);
  EXPECT_TRUE(world.standing().moves.empty());
}

} // namespace
} // namespace kindred::actors::user_shard
