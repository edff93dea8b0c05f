#include "engine/stats/neighbour_row.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Counts = std::map<std::uint32_t, std::int64_t>;

Counts counts_of(const NeighbourRow& row) {
  Counts counts;
  std::uint32_t last = 0;
  row.for_each([&](std::uint32_t slot, std::int64_t count) {
    EXPECT_TRUE(counts.empty() || slot > last) << "by slot";
    counts[last = slot] = count;
  });
  EXPECT_EQ(counts.size(), row.size());
  return counts;
}

NeighbourRow row_of(const Counts& counts) {
  NeighbourRow::Builder builder;
  for (const auto& [slot, count] : counts) builder.append(slot, count);
  return builder.take();
}

TEST(NeighbourRow, OfNothingIsEmpty) {
  EXPECT_TRUE(NeighbourRow().empty());
  EXPECT_EQ(NeighbourRow().count_of(3), 0);
  EXPECT_TRUE(NeighbourRow().with({}).empty());
  EXPECT_TRUE(NeighbourRow::Builder().take().empty());
}

TEST(NeighbourRow, AnyCountIsExact) {
  Counts counts;
  std::uint32_t slot = 0;
  for (const std::int64_t count : std::initializer_list<std::int64_t>{
           1, 253, 254, 255, 256, -1, -255, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max(),
           std::numeric_limits<std::int64_t>::min(), 2})
    counts[slot += 7] = count;
  counts[NeighbourRow::kSlotsMax - 1] = 9;
  const NeighbourRow row = row_of(counts);
  EXPECT_EQ(counts_of(row), counts);
  for (const auto& [at, count] : counts) EXPECT_EQ(row.count_of(at), count);
  EXPECT_EQ(row.count_of(0), 0) << "before the first";
  EXPECT_EQ(row.count_of(8), 0) << "between two";
  EXPECT_EQ(row.count_of(0xffffffffu), 0) << "no slot";
}

TEST(NeighbourRow, WhatComesToZeroGoes) {
  const NeighbourRow row = row_of({{1, 5}, {2, 300}, {3, -4}});
  const NeighbourRow::Change changes[] = {{1, -5}, {2, -300}, {3, 4}, {4, 0}};
  EXPECT_TRUE(row.with(changes).empty());
  EXPECT_EQ(counts_of(row), (Counts{{1, 5}, {2, 300}, {3, -4}})) << "and the row itself is as it was";
  EXPECT_EQ(counts_of(row.with(changes).with(changes)), (Counts{{1, -5}, {2, -300}, {3, 4}}));
}

TEST(NeighbourRow, ABuilderBeginsAnew) {
  NeighbourRow::Builder builder;
  builder.append(9, 300);
  EXPECT_EQ(builder.last(), 9u);
  EXPECT_EQ(builder.take().size(), 1u);
  EXPECT_TRUE(builder.empty());
  builder.append(1, 2);
  EXPECT_EQ(counts_of(builder.take()), (Counts{{1, 2}}));
}

/// Against a map, over rows of many chunks, with counts that grow past a byte and shrink again.
RC_GTEST_PROP(NeighbourRow, AgreesWithAMap, (std::uint64_t seed)) {
  Random random(seed);
  NeighbourRow row;
  Counts counts;
  const std::uint64_t slots = 1 + random.below(3'000);
  for (int step = 0; step < 12; ++step) {
    Counts added;
    const bool bulk = random.below(3) == 0;
    for (auto n = random.below(bulk ? 2'000 : 10); n > 0; --n)
      added[static_cast<std::uint32_t>(random.below(slots))] =
          static_cast<std::int64_t>(random.below(400)) - 80;
    if (random.below(5) == 0) // much of it goes
      for (const auto& [slot, count] : counts)
        if (random.below(10) != 0) added[slot] = -count;
    std::vector<NeighbourRow::Change> changes;
    for (const auto& [slot, amount] : added) changes.push_back({slot, amount});
    const NeighbourRow before = row;
    const Counts counts_before = counts;
    row = row.with(changes);
    for (const auto& [slot, amount] : added)
      if ((counts[slot] += amount) == 0) counts.erase(slot);
    RC_ASSERT(counts_of(row) == counts);
    RC_ASSERT(counts_of(before) == counts_before);
    for (int i = 0; i < 5; ++i) {
      const auto slot = static_cast<std::uint32_t>(random.below(slots + 5));
      const auto found = counts.find(slot);
      RC_ASSERT(row.count_of(slot) == (found == counts.end() ? 0 : found->second));
    }
  }
  RC_ASSERT(!::testing::Test::HasFailure());
}

} // namespace
} // namespace kindred::stats
