#include "engine/profiles/writer_table.hpp"

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

} // namespace
} // namespace kindred::profiles
