#include "engine/stats/gram_changes.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/gram.hpp"

namespace kindred::stats {
namespace {

using Part = GramChanges::Part;
using Row = std::vector<GramChanges::Entry>;

constexpr std::uint32_t kItems = 9;

/// What somebody has before and now, some of it both times.
Row any_row(Random& random) {
  Row row;
  for (std::uint32_t item = 0; item < kItems; ++item)
    if (random.below(2) == 0) row.push_back({item, static_cast<Part>(random.below(3))});
  return row;
}

std::vector<Gram::Entry> part_of(const Row& row, Part without) {
  std::vector<Gram::Entry> kept;
  for (const auto& one : row)
    if (one.part != without) kept.push_back({one.item, 1});
  return kept;
}

TEST(GramChanges, AreThePairsOfWhatComesAndGoesAlone) {
  GramChanges changes(5);
  EXPECT_EQ(changes.take(Row{{0, Part::kStays}, {2, Part::kStays}, {3, Part::kComes}}), 3u)
      << "with himself and with the two that stay";
  EXPECT_EQ(changes.take(Row{{1, Part::kGoes}}), 1u);
  EXPECT_EQ(changes.take(Row{{1, Part::kStays}, {4, Part::kStays}}), 0u);
  EXPECT_EQ(changes.users(), -1) << "one has nothing any more";
  const auto pair = [](std::uint32_t a, std::uint32_t b) { return a * (a + 1) / 2 + b; };
  EXPECT_EQ(changes.pairs().entries(),
            (std::vector<SortedSums<std::uint32_t>::Entry>{
                {pair(1, 1), -1}, {pair(3, 0), 1}, {pair(3, 2), 1}, {pair(3, 3), 1}}));
}

/// Added to the matrix of before, they make the matrix of now.
RC_GTEST_PROP(GramChanges, MakeTheMatrixOfNow, (std::uint64_t seed)) {
  Random random(seed);
  Gram before(kItems), now(kItems);
  GramChanges changes(kItems);
  for (std::size_t users = random.below(12); users > 0; --users) {
    const Row row = any_row(random);
    const auto had = part_of(row, Part::kComes), has = part_of(row, Part::kGoes);
    if (!had.empty()) RC_ASSERT(before.add(had).ok());
    if (!has.empty()) RC_ASSERT(now.add(has).ok());
    changes.take(row);
  }
  const auto read = GramChanges::from(changes.canonical());
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == changes);
  RC_ASSERT(before.add(*read).ok());
  RC_ASSERT(before == now);
}

TEST(GramChanges, WhatGoesAndComesBackIsNothing) {
  Random random(3);
  GramChanges changes(kItems);
  for (int i = 0; i < 40; ++i) {
    Row row = any_row(random);
    changes.take(row);
    for (auto& one : row)
      if (one.part != Part::kStays) one.part = one.part == Part::kComes ? Part::kGoes : Part::kComes;
    changes.take(row);
  }
  EXPECT_EQ(changes, GramChanges(kItems));
  EXPECT_EQ(changes.canonical(), GramChanges(kItems).canonical());
}

TEST(GramChanges, BytesOfAnotherKindAreRefused) {
  GramChanges changes(3);
  changes.take(Row{{0, Part::kComes}, {2, Part::kComes}});
  const Bytes good = changes.canonical();
  ASSERT_TRUE(GramChanges::from(good));
  EXPECT_FALSE(GramChanges::from({}));
  EXPECT_FALSE(GramChanges::from(good + "x"));
  EXPECT_FALSE(GramChanges::from(BytesView(good).substr(0, good.size() - 1)));
  const auto with = [&](std::size_t at, char byte) {
    Bytes changed = good;
    changed[at] = byte;
    return GramChanges::from(changed);
  };
  constexpr std::size_t kFirstPair = 1 + 4 + 8 + 4;
  EXPECT_FALSE(with(0, 9)) << "version";
  EXPECT_FALSE(with(2, '\x7f')) << "more items than a Gram holds";
  EXPECT_FALSE(with(1, 2)) << "a pair behind the last";
  EXPECT_FALSE(with(12, 1)) << "more users than a Gram holds";
  EXPECT_FALSE(with(13, '\x7f')) << "more pairs than bytes";
  EXPECT_FALSE(with(kFirstPair, 5)) << "out of order";
  EXPECT_FALSE(with(kFirstPair + 4, 0)) << "a zero";
}

TEST(GramChanges, TooManyUsersAreRefusedByTheMatrix) {
  ByteWriter out;
  out.u8(GramChanges::kVersion);
  out.u32(2);
  out.i64(Gram::kUsersMax);
  out.u32(0);
  const auto changes = GramChanges::from(out.view());
  ASSERT_TRUE(changes);
  Gram gram(2);
  ASSERT_TRUE(gram.add(*changes).ok());
  EXPECT_EQ(gram.add(*changes).error(), Gram::Refusal::kTooManyUsers);
  EXPECT_EQ(gram.users(), Gram::kUsersMax);
}

// ---- a matrix between two rounds

RC_GTEST_PROP(GramPacked, IsTheMatrixUnderNewNumbers, (std::uint64_t seed)) {
  Random random(seed);
  Gram gram(kItems);
  for (int i = 0; i < 30; ++i) {
    std::vector<Gram::Entry> row;
    for (std::uint32_t item = 0; item < kItems; ++item)
      if (random.below(2) == 0) row.push_back({item, static_cast<std::uint8_t>(1 + random.below(15))});
    RC_ASSERT(gram.add(row).ok());
  }
  std::vector<std::uint32_t> places;
  std::uint32_t behind = 0;
  for (std::uint32_t item = 0; item < kItems; ++item) {
    behind += static_cast<std::uint32_t>(random.below(3));
    places.push_back(behind++);
  }
  const auto wide = Gram::unpacked(gram.packed(), places, behind + 2);
  RC_ASSERT(wide.has_value());
  RC_ASSERT(wide->users() == gram.users());
  for (std::uint32_t a = 0; a < wide->items(); ++a) {
    const auto of = std::find(places.begin(), places.end(), a);
    for (std::uint32_t b = 0; b <= a; ++b) {
      const auto with = std::find(places.begin(), places.end(), b);
      const bool known = of != places.end() && with != places.end();
      RC_ASSERT(wide->at(a, b) == (known ? gram.at(static_cast<std::size_t>(of - places.begin()),
                                                   static_cast<std::size_t>(with - places.begin()))
                                         : 0));
    }
  }
  RC_ASSERT(wide->of(places) == gram);
}

TEST(GramPacked, TakesAByteForSmallSumsAndFiveForOthers) {
  Gram gram(2);
  const std::vector<Gram::Entry> row{{0, 1}, {1, 15}};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(gram.add(row).ok()); // 2, 30, 450
  EXPECT_EQ(gram.packed().size(), sizeof(std::int64_t) + 1 + 1 + 5);
}

TEST(GramPacked, WhatNoMatrixOfSoManyItemsPackedIsRefused) {
  const Bytes packed = Gram(3).packed();
  const std::vector<std::uint32_t> three{0, 1, 2}, two{0, 1};
  EXPECT_TRUE(Gram::unpacked(packed, three, 3));
  EXPECT_FALSE(Gram::unpacked(packed, two, 3));
  EXPECT_FALSE(Gram::unpacked(packed + "x", three, 3));
  EXPECT_FALSE(Gram::unpacked({}, three, 3));
  Bytes cut = packed;
  cut.back() = '\xff'; // a sum of four bytes, which are not there
  EXPECT_FALSE(Gram::unpacked(cut, three, 3));
}

} // namespace
} // namespace kindred::stats
