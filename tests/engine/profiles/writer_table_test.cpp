#include "engine/profiles/writer_table.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::profiles {
namespace {

using Verdict = WriterTable::Verdict;

records::Authorship by(std::uint64_t epoch, std::uint64_t sequence, std::uint64_t writer = 1) {
  return {{writer}, epoch, sequence};
}

TEST(WriterTable, RepeatsAreDropped) {
  WriterTable table;
  EXPECT_EQ(table.judge(by(1, 5)), Verdict::kNew) << "an epoch may begin anywhere";
  EXPECT_EQ(table.take(by(1, 5)), 0u);
  EXPECT_EQ(table.judge(by(1, 5)), Verdict::kRepeat);
  EXPECT_EQ(table.judge(by(1, 4)), Verdict::kRepeat);
  EXPECT_EQ(table.judge(by(1, 6)), Verdict::kNew);
  EXPECT_EQ(table.judge(by(1, 5, 2)), Verdict::kNew) << "another writer";
  EXPECT_EQ(table.last_of({1}), by(1, 5));
  EXPECT_EQ(table.last_of({2}), std::nullopt);
}

TEST(WriterTable, AJumpIsAnAlarmAndWhatWasJumpedMayStillCome) {
  WriterTable table;
  table.take(by(1, 1));
  EXPECT_EQ(table.judge(by(1, 4)), Verdict::kNew);
  EXPECT_EQ(table.take(by(1, 4)), 2u);
  EXPECT_EQ(table.judge(by(1, 3)), Verdict::kNew);
  EXPECT_EQ(table.take(by(1, 3)), 0u);
  EXPECT_EQ(table.judge(by(1, 3)), Verdict::kRepeat);
  EXPECT_EQ(table.judge(by(1, 2)), Verdict::kNew);
  EXPECT_EQ(table.last_of({1}), by(1, 4));
}

TEST(WriterTable, TooManyMissingIsAGap) {
  WriterTable table;
  table.take(by(1, 1));
  EXPECT_EQ(table.judge(by(1, 2 + WriterTable::kMissingMax)), Verdict::kNew);
  EXPECT_EQ(table.judge(by(1, 3 + WriterTable::kMissingMax)), Verdict::kGap);
  table.take(by(1, 2 + WriterTable::kMissingMax));
  EXPECT_EQ(table.judge(by(1, 4 + WriterTable::kMissingMax)), Verdict::kGap) << "none more can be waited for";
  EXPECT_EQ(table.judge(by(1, 3 + WriterTable::kMissingMax)), Verdict::kNew);
}

TEST(WriterTable, ALateEntryOfAnOlderEpochIsNotARepeat) {
  WriterTable table;
  table.take(by(1, 7));
  table.take(by(2, 1));
  EXPECT_EQ(table.judge(by(1, 8)), Verdict::kNew) << "it may never have been folded; ids decide";
  EXPECT_EQ(table.take(by(1, 8)), 0u);
  EXPECT_EQ(table.last_of({1}), by(2, 1)) << "the newest epoch is kept";
}

TEST(WriterTable, ComesBackFromItsBytes) {
  WriterTable table;
  Random random(1);
  for (std::uint64_t writer = 0; writer < 5; ++writer) {
    std::uint64_t sequence = 1;
    for (int i = 0; i < 10; ++i) table.take(by(writer, sequence += 1 + random.below(4), writer));
  }
  ByteWriter out;
  table.write(out);
  WriterTable read;
  ByteReader in(out.view());
  ASSERT_TRUE(read.read(in));
  EXPECT_TRUE(in.at_end());
  for (std::uint64_t writer = 0; writer < 6; ++writer) {
    EXPECT_EQ(read.last_of({writer}), table.last_of({writer}));
    for (std::uint64_t sequence = 0; sequence < 60; ++sequence)
      EXPECT_EQ(read.judge(by(writer, sequence, writer)), table.judge(by(writer, sequence, writer)));
  }
  for (std::size_t size = 0; size < out.size(); ++size) {
    ByteReader cut(out.view().substr(0, size));
    EXPECT_FALSE(WriterTable().read(cut)) << size;
  }
}

// ---- against a set of everything that was taken

TEST(WriterTable, NeverCallsARepeatWhatWasNotTaken) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    WriterTable table;
    std::set<std::uint64_t> taken;
    std::uint64_t newest = 0;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t back = random.below(30);
      const std::uint64_t sequence = newest + 3 > back ? newest + 3 - back : 1;
      const Verdict verdict = table.judge(by(1, sequence));
      if (verdict == Verdict::kRepeat && taken.contains(sequence)) continue;
      if (verdict == Verdict::kRepeat) {
        ASSERT_TRUE(sequence < *taken.begin()) << "before the first that was heard, seed " << seed;
        continue;
      }
      ASSERT_FALSE(taken.contains(sequence)) << "a repeat that was not seen, seed " << seed;
      if (verdict == Verdict::kGap) continue;
      const std::size_t jumped = table.take(by(1, sequence));
      ASSERT_EQ(jumped, newest != 0 && sequence > newest ? sequence - newest - 1 : 0u);
      taken.insert(sequence);
      newest = std::max(newest, sequence);
      ASSERT_EQ(table.last_of({1})->sequence, newest);
    }
    ASSERT_GT(taken.size(), 50u);
  }
}

TEST(WriterTable, ANewEpochForgetsWhatWasMissing) {
  WriterTable table;
  table.take(by(1, 1));
  table.take(by(1, 9)); // 2..8 are missing
  EXPECT_EQ(table.judge(by(2, 5)), Verdict::kNew);
  EXPECT_EQ(table.take(by(2, 5)), 0u);
  EXPECT_EQ(table.judge(by(2, 4)), Verdict::kRepeat) << "an epoch begins where it is first heard";
  EXPECT_EQ(table.judge(by(2, 6 + WriterTable::kMissingMax)), Verdict::kNew) << "all may be waited for again";
}

TEST(WriterTable, TheGreatestSequenceIsAGapNotAnOverflow) {
  WriterTable table;
  table.take(by(1, 1));
  EXPECT_EQ(table.judge(by(1, ~0ULL)), Verdict::kGap);
  WriterTable at_the_end;
  at_the_end.take(by(1, ~0ULL));
  EXPECT_EQ(at_the_end.judge(by(1, ~0ULL)), Verdict::kRepeat);
  EXPECT_EQ(at_the_end.judge(by(1, 0)), Verdict::kRepeat);
}

TEST(WriterTable, NoFlippedBitMakesASecondForm) {
  WriterTable table;
  table.take(by(1, 1, 3));
  table.take(by(1, 4, 3)); // 2 and 3 are missing
  table.take(by(7, 5, 9));
  ByteWriter out;
  table.write(out);
  const Bytes good(out.view());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    WriterTable read;
    ByteReader in(bytes);
    if (!read.read(in) || !in.at_end()) {
      ++refused;
      continue;
    }
    ByteWriter again;
    read.write(again);
    ASSERT_EQ(again.view(), bytes) << "bit " << bit;
  }
  EXPECT_GT(refused, 64u);
}

TEST(WriterTable, WhatCannotBeMissingIsRefused) {
  const auto read = [](std::uint64_t last, std::vector<std::uint64_t> missing) {
    ByteWriter out;
    out.u32(1);
    out.u64(1);
    out.u64(1);
    out.u64(last);
    out.u32(static_cast<std::uint32_t>(missing.size()));
    for (const std::uint64_t sequence : missing) out.u64(sequence);
    ByteReader in(out.view());
    return WriterTable().read(in);
  };
  EXPECT_TRUE(read(9, {2, 8}));
  EXPECT_FALSE(read(9, {8, 2})) << "out of order";
  EXPECT_FALSE(read(9, {2, 2})) << "twice";
  EXPECT_FALSE(read(9, {9})) << "the last is not missing";
  EXPECT_FALSE(read(9, {10})) << "nor what comes after it";
  std::vector<std::uint64_t> many(WriterTable::kMissingMax);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = i + 1;
  EXPECT_TRUE(read(900, many));
  many.push_back(500);
  EXPECT_FALSE(read(900, many)) << "more than are ever waited for";
}

} // namespace
} // namespace kindred::profiles
