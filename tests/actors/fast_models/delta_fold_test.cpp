#include "actors/fast_models/delta_fold.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"

namespace kindred::actors::fast_models {
namespace {

constexpr PartitionId kFirst{0}, kSecond{1};

struct DeltaFoldTest : testing::Test {
  ModelsLog log;
  DeltaFold fold{{{kFirst, 0}, {kSecond, 0}}};
  DeltaFold::Folded one(const ports::LogEntry& entry) {
    auto folded = fold.fold(entry);
    EXPECT_TRUE(folded.ok());
    return folded.take();
  }
};

TEST_F(DeltaFoldTest, ADeltaCountsInItsPlaceOnly) {
  const auto first = one(log.append({delta_record(0, 0, 10, marks(1, 2), {77})}));
  ASSERT_EQ(first.seen.size(), 1u);
  EXPECT_TRUE(first.seen[0].applied);
  EXPECT_EQ(first.seen[0].end, 1u);
  EXPECT_EQ(*first.seen[0].changes, marks(1, 2));
  EXPECT_EQ(first.stamp, Instant{77});
  const auto gap = one(log.delta(0, 12, 20, 1, 100));
  ASSERT_EQ(gap.seen.size(), 1u);
  EXPECT_FALSE(gap.seen[0].applied);
  EXPECT_EQ(gap.seen[0].last_to, 10u);
  EXPECT_EQ(fold.last_to(kFirst), 10u);
  EXPECT_EQ(fold.last_to(kSecond), 0u);
}

TEST_F(DeltaFoldTest, WhatItDoesNotFollowIsIgnoredAndCounted) {
  EXPECT_EQ(one(log.delta(7, 0, 10, 1, 2)).ignored, 1u);
  EXPECT_TRUE(one(log.raw("bytes of somebody else, long enough for a header of an entry of ours")).foreign);
  const auto entry = log.delta(0, 0, 10, 1, 2);
  one(entry);
  const auto again = one(log.again(entry));
  EXPECT_TRUE(again.repeated);
  EXPECT_TRUE(again.seen.empty());
}

TEST_F(DeltaFoldTest, PartsAreTakenWithTheLastAndEachOnce) {
  EXPECT_EQ(one(log.append({part_record(5, 1, 0, 0, marks(1, 2))})).held, 1u);
  EXPECT_EQ(one(log.append({part_record(5, 1, 0, 0, marks(1, 2))})).held, 0u) << "the same part again";
  EXPECT_EQ(one(log.append({part_record(6, 1, 0, 0, marks(9, 9))})).held, 1u) << "another delta's";
  EXPECT_EQ(one(log.append({part_record(5, 1, 0, 0, marks(1, 2))})).held, 1u) << "begun again";
  const auto last = one(log.append({part_record(5, 2, 0, 4, marks(3, 4))}));
  ASSERT_EQ(last.seen.size(), 1u);
  auto whole = marks(1, 2);
  whole.add(marks(3, 4));
  EXPECT_EQ(*last.seen[0].changes, whole);
}

TEST_F(DeltaFoldTest, WhatThisBuildCannotReadIsAnError) {
  auto entry = log.delta(0, 0, 10, 1, 2);
  entry.bytes.back() ^= 1;
  const auto damaged = fold.fold(entry);
  ASSERT_FALSE(damaged.ok());
  EXPECT_NE(damaged.error().find("damaged at 0"), std::string::npos);
  auto unreadable = delta_record(0, 0, 10, marks(1, 2));
  std::get<records::Delta>(unreadable.body).changes = "?";
  EXPECT_FALSE(DeltaFold({{kFirst, 0}}).fold(log.append({unreadable})).ok());
}

/// A log as several lives of a shard write it: deltas cut from what each life knew, in parts and whole, some twice.
std::vector<ports::LogEntry> random_log(ModelsLog& log) {
  std::vector<ports::LogEntry> entries;
  DeltaFold truth({{kFirst, 0}});
  const int count = *rc::gen::inRange(1, 30);
  for (int i = 0; i < count; ++i) {
    const auto writer = *rc::gen::inRange<std::uint64_t>(1, 3);
    const std::uint64_t last_to = truth.last_to(kFirst);
    const std::uint64_t from = last_to - std::min(last_to, *rc::gen::inRange<std::uint64_t>(0, 2));
    const std::uint64_t to = last_to + *rc::gen::inRange<std::uint64_t>(1, 4);
    const auto item = *rc::gen::inRange<std::uint64_t>(1, 4);
    switch (*rc::gen::inRange(0, 3)) {
    case 0: entries.push_back(log.append({delta_record(0, from, to, marks(item, i + 1))}, writer)); break;
    case 1: {
      const auto group = static_cast<std::uint64_t>(i) + 1;
      entries.push_back(log.append({part_record(group, 1, from, from, marks(item, 1))}, writer));
      RC_ASSERT(truth.fold(entries.back()).ok());
      entries.push_back(log.append({part_record(group, 2, from, to, marks(item, i))}, writer));
      break;
    }
    default:
      if (entries.empty()) continue;
      entries.push_back(log.again(entries[*rc::gen::inRange<std::size_t>(0, entries.size())]));
    }
    RC_ASSERT(truth.fold(entries.back()).ok());
  }
  return entries;
}

// Begun right behind any delta that was applied it goes on as one that has folded all.
RC_GTEST_PROP(DeltaFoldLaw, BegunBehindADeltaItGoesOnAsFromTheBeginning, ()) {
  ModelsLog log;
  const auto entries = random_log(log);
  DeltaFold whole({{kFirst, 0}});
  std::vector<DeltaSeen> chain;
  for (const auto& entry : entries) {
    const auto folded = whole.fold(entry);
    for (const auto& seen : folded.value().seen)
      if (seen.applied) chain.push_back(seen);
  }
  for (std::size_t known = 0; known < chain.size(); ++known) {
    DeltaFold late({{kFirst, chain[known].to}});
    std::size_t next = known + 1;
    for (const auto& entry : entries) {
      if (entry.offset < chain[known].end) continue;
      const auto folded = late.fold(entry);
      for (const auto& seen : folded.value().seen) {
        if (!seen.applied) continue;
        RC_ASSERT(next < chain.size());
        RC_ASSERT(seen.to == chain[next].to);
        RC_ASSERT(*seen.changes == *chain[next].changes);
        ++next;
      }
    }
    RC_ASSERT(next == chain.size());
  }
}

// A checkpoint anywhere, also between the parts of a delta, changes nothing of what comes.
RC_GTEST_PROP(DeltaFoldLaw, GoesOnFromACheckpoint, ()) {
  ModelsLog log;
  const auto entries = random_log(log);
  const auto cut = *rc::gen::inRange<std::size_t>(0, entries.size() + 1);
  DeltaFold whole({{kFirst, 0}});
  for (std::size_t i = 0; i < cut; ++i) RC_ASSERT(whole.fold(entries[i]).ok());
  ByteWriter out;
  whole.write(out);
  const Bytes stored = out.take();
  DeltaFold restored({{kFirst, 0}});
  ByteReader in(stored);
  RC_ASSERT(restored.read(in));
  RC_ASSERT(in.at_end());
  for (std::size_t i = cut; i < entries.size(); ++i) {
    const auto one = whole.fold(entries[i]), other = restored.fold(entries[i]);
    RC_ASSERT(one.value().seen.size() == other.value().seen.size());
    for (std::size_t n = 0; n < one.value().seen.size(); ++n) {
      RC_ASSERT(one.value().seen[n].applied == other.value().seen[n].applied);
      if (one.value().seen[n].applied)
        RC_ASSERT(*one.value().seen[n].changes == *other.value().seen[n].changes);
    }
  }
  RC_ASSERT(whole.last_to(kFirst) == restored.last_to(kFirst));
}

TEST_F(DeltaFoldTest, RefusesACheckpointOfOtherPartitions) {
  ByteWriter out;
  fold.write(out);
  const Bytes stored = out.take();
  ByteReader in(stored);
  EXPECT_FALSE(DeltaFold({{kFirst, 0}}).read(in));
}

} // namespace
} // namespace kindred::actors::fast_models
