#include "engine/profiles/once.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/profiles/profile.hpp"

namespace kindred::profiles {
namespace {

constexpr Instant kStart{1'457'000'000'000'000};

Id128 part_of(std::int32_t day, std::uint32_t chunk, const Bytes& bytes) {
  return Digest::part_of(std::to_string(day) + "/" + std::to_string(chunk), bytes);
}

/// A store of chunks, as PartitionState keeps them.
struct Store {
  std::map<std::pair<std::int32_t, std::uint32_t>, Bytes> chunks;
  std::size_t written = 0;
  Digest digest;

  void take(Once& once) {
    for (auto& change : once.take_dirty(part_of)) {
      ++written;
      digest.subtract(change.old_part);
      if (change.bytes) {
        digest.add(part_of(change.day, change.chunk, *change.bytes));
        chunks[{change.day, change.chunk}] = *change.bytes;
      } else {
        chunks.erase({change.day, change.chunk});
      }
    }
  }
  Id128 digest_of_all() const {
    Digest all;
    for (const auto& [at, bytes] : chunks) all.add(part_of(at.first, at.second, bytes));
    return all.value();
  }
  Once load() const {
    Once once;
    for (const auto& [at, bytes] : chunks)
      EXPECT_TRUE(once.load(at.first, at.second, bytes, part_of(at.first, at.second, bytes)));
    return once;
  }
};

TEST(Once, KnowsWhatItWasTold) {
  Once once;
  EXPECT_FALSE(once.contains({1, 1}));
  EXPECT_EQ(once.now(), std::nullopt);
  EXPECT_FALSE(once.too_old({0})) << "nobody has a window yet";
  once.insert({1, 1}, kStart);
  EXPECT_TRUE(once.contains({1, 1}));
  EXPECT_FALSE(once.contains({1, 2}));
  EXPECT_FALSE(once.contains({2, 1}));
  EXPECT_EQ(once.now(), kStart);
}

TEST(Once, EvenTheZeroIdIsAnId) {
  Once once;
  EXPECT_FALSE(once.contains({}));
  once.insert({}, kStart);
  EXPECT_TRUE(once.contains({}));
  EXPECT_FALSE(once.contains({0, 1}));
}

TEST(Once, AnIdIsFoundWhateverTheStampItComesAgainWith) {
  Once once;
  once.insert({1, 1}, kStart);
  once.insert({1, 2}, kStart + kDay * 3);
  EXPECT_TRUE(once.contains({1, 1})) << "a client that tries again days later";
}

TEST(Once, TheWindowIsTimeAndDaysGoWhole) {
  Once once;
  once.insert({1, 1}, kStart);
  once.insert({1, 2}, kStart + kOnceWindow);
  EXPECT_FALSE(once.too_old(kStart));
  EXPECT_TRUE(once.too_old(kStart - Duration{1}));
  EXPECT_TRUE(once.contains({1, 1}));
  once.insert({1, 3}, kStart + kOnceWindow + kDay * 2);
  EXPECT_FALSE(once.contains({1, 1}));
  EXPECT_TRUE(once.too_old(kStart)) << "what is forgotten is refused";
  EXPECT_TRUE(once.contains({1, 2}));
}

TEST(Once, WhatMayComeAgainIsNeverForgotten) {
  Once once;
  Random random(9);
  std::map<RecordId, Instant> inserted;
  Instant now = kStart;
  for (int i = 0; i < 5'000; ++i) {
    now = now + Duration{static_cast<std::int64_t>(random.below(kHour.us))};
    const Instant stamp = now - Duration{static_cast<std::int64_t>(random.below(kDay.us))};
    const RecordId id{random.next(), random.next()};
    if (once.too_old(stamp)) continue;
    once.insert(id, stamp);
    inserted[id] = stamp;
  }
  std::size_t within = 0;
  for (const auto& [id, stamp] : inserted) {
    if (once.too_old(stamp)) continue;
    ++within;
    EXPECT_TRUE(once.contains(id));
  }
  EXPECT_GT(within, 100u);
  EXPECT_LT(once.size(), within * 2) << "and not much more is kept";
}

TEST(Once, AHundredThousandIdsADayStayExactAndCheap) {
  Once once;
  Store store;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    EXPECT_FALSE(once.contains({i, i * 7}));
    once.insert({i, i * 7}, kStart + Duration{static_cast<std::int64_t>(i) * 100});
  }
  EXPECT_EQ(once.size(), 100'000u);
  for (std::uint64_t i = 0; i < 100'000; ++i) EXPECT_TRUE(once.contains({i, i * 7})) << i;
  store.take(once);
  const std::size_t all = store.written;
  EXPECT_EQ(all, (100'000 + Once::kChunkIds - 1) / Once::kChunkIds);
  once.insert({1, 1}, kStart + kMinute);
  store.take(once);
  EXPECT_EQ(store.written, all + 1) << "one more id writes one chunk";
  EXPECT_EQ(store.load().size(), 100'001u);
}

TEST(Once, ComesBackFromItsChunks) {
  Random random(3);
  Once once;
  Store store;
  Instant now = kStart;
  std::set<RecordId> ids;
  for (int i = 0; i < 3'000; ++i) {
    now = now + Duration{static_cast<std::int64_t>(random.below(kMinute.us * 10))};
    const RecordId id{random.next(), random.next()};
    once.insert(id, now);
    ids.insert(id);
    if (random.below(50) == 0) store.take(once);
    if (random.below(200) == 0) {
      store.take(once);
      once = store.load();
    }
  }
  store.take(once);
  EXPECT_EQ(store.digest.value(), store.digest_of_all());
  const Once loaded = store.load();
  EXPECT_EQ(loaded.now(), once.now());
  EXPECT_EQ(loaded.size(), once.size());
  std::size_t known = 0;
  for (const RecordId& id : ids) {
    EXPECT_EQ(loaded.contains(id), once.contains(id));
    known += loaded.contains(id) ? 1 : 0;
  }
  EXPECT_EQ(known, once.size());
}

TEST(Once, ClearingForgetsAndTakesTheChunksBack) {
  Once once;
  Store store;
  for (std::uint64_t i = 0; i < 600; ++i)
    once.insert({1, i}, kStart + kHour * static_cast<std::int64_t>(i % 40));
  store.take(once);
  EXPECT_GT(store.chunks.size(), 2u);
  once.clear();
  EXPECT_TRUE(once.empty());
  EXPECT_EQ(once.now(), std::nullopt);
  once.insert({2, 2}, kStart);
  store.take(once);
  EXPECT_EQ(store.chunks.size(), 1u);
  EXPECT_EQ(store.digest.value(), store.digest_of_all());
}

TEST(Once, TellsAllIdsOfItsWindow) {
  Once once;
  EXPECT_TRUE(once.ids().empty());
  once.insert({1, 1}, kStart - kDay * 20);
  std::set<RecordId> expected;
  for (std::uint64_t i = 0; i < 600; ++i) {
    once.insert({2, i}, kStart + kMinute * static_cast<std::int64_t>(i * 5));
    expected.insert({2, i});
  }
  const auto ids = once.ids();
  EXPECT_EQ(ids.size(), once.size());
  EXPECT_EQ(std::set<RecordId>(ids.begin(), ids.end()), expected) << "and nothing that has left it";
}

TEST(Once, NothingNewNothingWritten) {
  Once once;
  Store store;
  once.insert({1, 1}, kStart);
  store.take(once);
  store.take(once);
  EXPECT_EQ(store.written, 1u);
}

TEST(Once, RefusesDamagedChunks) {
  Once once;
  Store store;
  for (std::uint64_t i = 0; i < 3; ++i) once.insert({1, i}, kStart);
  store.take(once);
  const Bytes good = store.chunks.begin()->second;
  const std::int32_t day = day_of(kStart);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(Once().load(day, 0, BytesView(good).substr(0, size), {})) << size;
  EXPECT_FALSE(Once().load(day, 0, good + "x", {}));
  EXPECT_FALSE(Once().load(day, 1, good, {})) << "its predecessor is missing";
  Bytes newer = good;
  newer[0] = 2;
  EXPECT_FALSE(Once().load(day, 0, newer, {}));
  EXPECT_TRUE(Once().load(day, 0, good, {}));
}

} // namespace
} // namespace kindred::profiles
