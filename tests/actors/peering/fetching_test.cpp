#include "actors/peering/fetching.hpp"

#include <gtest/gtest.h>

#include "actors/peering/checkpoints.hpp"
#include "actors/user_shard/effects.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/state_keys.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::peering {
namespace {

using Content = support::MemoryStoreDisk::Content;
constexpr PartitionId kPartition{3};

/// A node without the partition and two peers that have it; steps are carried out at once.
struct World {
  World() {
    Random random(7);
    for (int i = 0; i < 40; ++i)
      stored["u" + std::to_string(1000 + i)] = Bytes(random.below(400'000), static_cast<char>('a' + i % 26));
    stored[profiles::meta_key()] = "position";
    stored["n"] = "deltas and outbox";
    std::vector<ports::StoreBatch::Change> changes;
    for (const auto& [key, value] : stored) changes.push_back({key, value});
    for (auto* peer : {&b, &c}) peer->store.write(user_shard::space_of(kPartition), changes, [](auto) {});
    begin_life();
  }
  struct Peer {
    support::MemoryStore store;
    Checkpoints checkpoints{store};
    int answers = 0;
  };

  void begin_life() {
    store = std::make_unique<support::MemoryStore>(disk, false);
    fetching.emplace(*store, [this](PartitionId) { return peers; });
  }
  void carry_out(Fetching::Steps steps) {
    for (auto& step : steps) {
      if (crash_after == 0) return;
      if (auto* ask = std::get_if<Fetching::Ask>(&step)) {
        --crash_after;
        asked.push_back(*ask);
        answer(*ask);
      } else if (auto* write = std::get_if<Fetching::Store>(&step)) {
        --crash_after;
        bool ok = false;
        store->write(user_shard::space_of(write->partition), write->batch,
                     [&](auto verdict) { ok = verdict.ok(); });
        carry_out(fetching->stored(write->partition, ok));
      } else {
        ended.push_back(std::get<Fetching::Ended>(step));
      }
    }
  }
  void answer(const Fetching::Ask& ask) {
    Peer& peer = ask.peer == "b" ? b : c;
    ++peer.answers;
    auto chunk = peer.checkpoints.read(ask.ask, now_us);
    if (!chunk.ok()) return carry_out(fetching->answered(ask.partition, Fetching::Failure{false, "refused"}));
    if (spoil) spoil(ask, chunk.value());
    if (fails && fails(ask))
      return carry_out(fetching->answered(ask.partition, Fetching::Failure{again, "it failed"}));
    carry_out(fetching->answered(ask.partition, chunk.take()));
  }
  void fetch(std::uint64_t log_begin = 0) {
    carry_out(fetching->begin(kPartition, log_begin, now_us));
    for (int pulses = 0; fetching->under_way() > 0 && crash_after != 0; ++pulses) {
      ASSERT_LT(pulses, 1000);
      now_us += 50'000;
      carry_out(fetching->pulse(now_us));
    }
  }
  const Content& content() { return disk->space(user_shard::space_of(kPartition)); }

  Content stored; ///< by the peers
  Peer b, c;
  std::vector<std::pair<std::string, std::uint64_t>> peers{{"b", 50'000}, {"c", 50'000}};
  std::shared_ptr<support::MemoryStoreDisk> disk = std::make_shared<support::MemoryStoreDisk>();
  std::unique_ptr<support::MemoryStore> store;
  std::optional<Fetching> fetching;
  std::function<void(const Fetching::Ask&, kindred::peers::CheckpointChunk&)> spoil;
  std::function<bool(const Fetching::Ask&)> fails;
  bool again = false;
  int crash_after = -1; ///< steps; -1: never
  std::int64_t now_us = 1'000'000;
  std::vector<Fetching::Ask> asked;
  std::vector<Fetching::Ended> ended;
};

TEST(Fetching, ANewReplicaGetsWhatThePeerHasStored) {
  World world;
  world.fetch();
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].why, "");
  EXPECT_GT(world.asked.size(), 2u) << "in parts";
  EXPECT_EQ(world.content(), world.stored);
}

/// Those who hand it out, and serve meanwhile, read a bounded number of parts for each pulse of the one who comes.
TEST(Fetching, AFewPartitionsAreCopiedAtATime) {
  World world;
  constexpr std::uint16_t kAll = 3 * Fetching::kCopiedAtOnce;
  std::map<PartitionId, int> asked;
  std::size_t ended = 0, most = 0;
  const std::function<void(Fetching::Steps)> carry_out = [&](Fetching::Steps steps) {
    for (auto& step : steps) {
      if (auto* ask = std::get_if<Fetching::Ask>(&step)) {
        ++asked[ask->partition];
        const kindred::peers::CheckpointAsk of_b{kPartition.value, ask->ask.checkpoint, ask->ask.from};
        auto chunk = world.b.checkpoints.read(of_b, world.now_us).take();
        chunk.checksum = checksum_of(ask->partition.value, chunk);
        chunk.seal = seal_of(ask->ask, chunk);
        carry_out(world.fetching->answered(ask->partition, std::move(chunk)));
      } else if (auto* write = std::get_if<Fetching::Store>(&step)) {
        carry_out(world.fetching->stored(write->partition, true));
      } else {
        EXPECT_EQ(std::get<Fetching::Ended>(step).why, "");
        ++ended;
      }
    }
  };
  for (std::uint16_t n = 0; n < kAll; ++n) carry_out(world.fetching->begin({n}, 0, world.now_us));
  for (int pulses = 0; ended < kAll; ++pulses) {
    ASSERT_LT(pulses, 10'000);
    asked.clear();
    carry_out(world.fetching->pulse(world.now_us += 50'000));
    int parts = 0;
    for (const auto& [partition, count] : asked) parts += count;
    ASSERT_LE(parts, static_cast<int>(Fetching::kCopiedAtOnce));
    most = std::max(most, asked.size());
  }
  EXPECT_EQ(most, Fetching::kCopiedAtOnce) << "and not one after another";
}

TEST(Fetching, WhatIsHereIsLeftAsItIs) {
  World world;
  world.store->write(user_shard::space_of(kPartition), {{{profiles::meta_key(), "mine"}, {"u1", "mine"}}},
                     [](auto) {});
  world.fetch();
  EXPECT_EQ(world.ended.at(0).why, "its state is here");
  EXPECT_TRUE(world.asked.empty());
  EXPECT_EQ(world.content().size(), 2u);
}

/// The beginning of a position that this build reads.
Bytes ends_at(std::uint64_t end) {
  for (int version = 0; version < 256; ++version) {
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(version));
    out.u64(end);
    if (profiles::applied_end_of(out.view()) == end) return out.take();
  }
  throw std::logic_error("no version is read");
}

TEST(Fetching, WhatTheLogCannotContinueIsReplacedByACopy) {
  World world;
  const auto store = [&](std::uint64_t end) {
    world.store->write(user_shard::space_of(kPartition),
                       {{{profiles::meta_key(), ends_at(end)}, {"u1", "old"}}}, [](auto) {});
  };
  store(500);
  world.fetch(500);
  EXPECT_EQ(world.ended.at(0).why, "its state is here") << "the log goes on where it ends";
  world.fetch(501);
  EXPECT_EQ(world.ended.at(1).why, "");
  EXPECT_EQ(world.content(), world.stored);
}

TEST(Fetching, WhereTheLogWasTrimmedACopyIsWaitedForAndNothingIsLost) {
  World world;
  world.store->write(user_shard::space_of(kPartition), {{{profiles::meta_key(), ends_at(10)}, {"u1", "old"}}},
                     [](auto) {});
  world.peers = {{"b", 499}}; // it does not have enough itself
  world.carry_out(world.fetching->begin(kPartition, 500, world.now_us));
  for (int n = 0; n < 1'000; ++n) world.carry_out(world.fetching->pulse(world.now_us += 50'000));
  EXPECT_TRUE(world.ended.empty());
  EXPECT_EQ(world.content().at("u1"), "old");
  world.peers = {{"b", 500}, {"c", 500}}; // little, and the only way
  bool failed = false;
  world.fails = [&](const auto& ask) { return ask.peer == "b" && !std::exchange(failed, true); };
  for (int n = 0; n < 1'000 && world.ended.empty(); ++n)
    world.carry_out(world.fetching->pulse(world.now_us += 50'000));
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].why, "");
  EXPECT_EQ(world.content(), world.stored);
}

TEST(Fetching, AnEmptyNodeOfATrimmedLogWaitsAsWell) {
  World world;
  world.peers.clear();
  world.carry_out(world.fetching->begin(kPartition, 1, world.now_us));
  for (int n = 0; n < 1'000; ++n) world.carry_out(world.fetching->pulse(world.now_us += 50'000));
  EXPECT_TRUE(world.ended.empty());
  EXPECT_EQ(world.fetching->under_way(), 1u);
}

TEST(Fetching, LittleIsFoldedSoonerThanFetched) {
  World world;
  world.peers = {{"b", Fetching::kWorthwhile - 1}};
  const std::int64_t began_us = world.now_us;
  world.fetch();
  EXPECT_TRUE(world.asked.empty());
  EXPECT_EQ(world.ended.size(), 1u);
  EXPECT_GE(world.now_us - began_us, Fetching::kLookFor.us) << "they may not have told yet";
  EXPECT_TRUE(world.content().empty());
}

TEST(Fetching, ABrokenPartIsNotTakenAndTheNextPeerIsAsked) {
  for (int how = 0; how < 7; ++how) {
    World world;
    world.spoil = [&](const Fetching::Ask& ask, kindred::peers::CheckpointChunk& chunk) {
      if (ask.peer != "b" || ask.ask.checkpoint == 0) return; // in the middle
      if (how == 0) chunk.entries[chunk.entries.size() / 2] ^= 1;
      if (how == 1) chunk.entries.resize(chunk.entries.size() / 2);
      if (how == 2) chunk.checksum = checksum_of(4, chunk);
      if (how == 3) chunk.fold_version += 1; // and the seal fits
      if (how == 3) chunk.seal = seal_of(ask.ask, chunk);
      if (how == 4) {
        chunk.entries.resize(chunk.entries.size() / 2); // and the checksum fits
        chunk.checksum = checksum_of(3, chunk);
        chunk.seal = seal_of(ask.ask, chunk);
      }
      if (how == 5) chunk.more = false; // the rest would never be asked for
      if (how == 6) chunk.seal = seal_of({3, ask.ask.checkpoint, ask.ask.from + "x"}, chunk); // keys left out
    };
    world.fetch();
    ASSERT_EQ(world.ended.size(), 1u);
    EXPECT_EQ(world.ended[0].why, "") << how;
    EXPECT_EQ(world.content(), world.stored) << how;
    EXPECT_GT(world.c.answers, 1) << how;
  }
}

TEST(Fetching, APeerThatIsBusyIsAskedAgainForTheSamePart) {
  World world;
  int failures = 0;
  world.again = true;
  world.fails = [&](const Fetching::Ask&) { return ++failures % 3 == 0; };
  world.fetch();
  EXPECT_EQ(world.ended.at(0).why, "");
  EXPECT_EQ(world.c.answers, 0);
  EXPECT_EQ(world.content(), world.stored);
}

TEST(Fetching, WhereEveryPeerFailsTheSpaceIsEmptyAndTheLogIsFolded) {
  World world;
  world.fails = [](const Fetching::Ask& ask) { return ask.ask.checkpoint != 0; };
  world.fetch();
  ASSERT_EQ(world.ended.size(), 1u);
  EXPECT_EQ(world.ended[0].why, "node c: it failed");
  EXPECT_TRUE(world.content().empty());
}

TEST(Fetching, ACheckpointWithoutAPositionIsNone) {
  World world;
  for (auto* peer : {&world.b, &world.c})
    peer->store.write(user_shard::space_of(kPartition), {{{profiles::meta_key(), std::nullopt}}},
                      [](auto) {});
  world.fetch();
  EXPECT_EQ(world.ended.at(0).why, "node c: its checkpoint has no position");
  EXPECT_TRUE(world.content().empty());
}

TEST(Fetching, AFullStoreIsTriedAgain) {
  World world;
  world.store->fail(ports::StoreError::kDiskFull);
  world.carry_out(world.fetching->begin(kPartition, 0, world.now_us));
  world.carry_out(world.fetching->pulse(world.now_us += 50'000));
  EXPECT_TRUE(world.ended.empty());
  world.store->fail(std::nullopt);
  world.fetch();
  EXPECT_EQ(world.ended.at(0).why, "");
  EXPECT_EQ(world.content(), world.stored);
}

TEST(Fetching, WhereNobodyKnowsWhatIsThereNothingBegins) {
  World world;
  world.store->write(user_shard::space_of(kPartition), {{{Fetching::mark_key(), "1"}, {"u1", "half"}}},
                     [](auto) {});
  world.store->fail(ports::StoreError::kIo);
  world.carry_out(world.fetching->begin(kPartition, 0, world.now_us));
  for (int i = 0; i < 200; ++i) world.carry_out(world.fetching->pulse(world.now_us += 50'000));
  EXPECT_TRUE(world.ended.empty());
  world.store->fail(std::nullopt);
  world.fetch();
  EXPECT_EQ(world.ended.at(0).why, "");
  EXPECT_EQ(world.content(), world.stored);
}

/// At every step: what is in the space afterwards is no state, until it is all of it.
TEST(Fetching, ACrashLeavesNoHalfOfAState) {
  for (int steps = 1;; ++steps) {
    World world;
    world.crash_after = steps;
    world.fetch();
    const bool whole = !world.ended.empty();
    EXPECT_EQ(world.content().contains(profiles::meta_key()), world.content() == world.stored) << steps;
    world.ended.clear();
    world.crash_after = -1;
    world.begin_life();
    world.fetch();
    ASSERT_EQ(world.ended.size(), 1u);
    EXPECT_EQ(world.content(), world.stored) << steps;
    if (whole) break;
    ASSERT_LT(steps, 100);
  }
}

TEST(Fetching, AMarkWithoutPeersIsCleared) {
  World world;
  world.store->write(user_shard::space_of(kPartition), {{{Fetching::mark_key(), "1"}, {"u1", "half"}}},
                     [](auto) {});
  world.peers.clear();
  world.fetch();
  EXPECT_EQ(world.ended.size(), 1u);
  EXPECT_TRUE(world.content().empty());
}

} // namespace
} // namespace kindred::actors::peering
