#include "engine/stats/trend_sums.hpp"

#include <map>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

TEST(SlotSums, AgreesWithAMap) {
  SlotSums sums;
  std::map<std::uint32_t, std::int64_t> slow;
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto slot = static_cast<std::uint32_t>(random.below(3'000) * 1024);
    const auto amount = static_cast<std::int64_t>(random.below(100)) - 50;
    sums.at(slot) += amount;
    slow[slot] += amount;
  }
  EXPECT_EQ(sums.size(), slow.size());
  for (std::uint32_t slot = 0; slot < 3'000 * 1024; slot += 512)
    EXPECT_EQ(sums.of(slot), slow.contains(slot) ? slow[slot] : 0);
}

TEST(SlotSums, EmptyHasNothing) {
  EXPECT_EQ(SlotSums{}.of(5), 0);
  EXPECT_EQ(SlotSums{}.size(), 0u);
}

/// The same sums as TrendSums, without its two forms.
struct Slow {
  std::map<std::int32_t, std::map<std::uint32_t, std::int64_t>> sums;
  double read(Duration h, Instant as_of, std::uint32_t slot) const {
    double value = 0;
    for (const auto& [generation, slots] : sums)
      if (slots.contains(slot))
        value += static_cast<double>(slots.at(slot)) * read_factor(generation, as_of, h);
    return value;
  }
};

/// Fills both with the same events and compares bit for bit while they grow.
void compare(std::size_t slots, std::size_t events, std::uint64_t slots_used) {
  TrendSums fast;
  Slow slow;
  Random random(slots + events);
  std::vector<float> out;
  Instant now{1'457'000'000'000'000};
  for (std::size_t i = 0; i < events; ++i) {
    now = now + Duration{static_cast<std::int64_t>(random.below(2 * kHour.us))};
    const bool late = random.below(10) == 0;
    const Instant t = late ? now - Duration{static_cast<std::int64_t>(random.below(5 * kDay.us))} : now;
    const auto slot = static_cast<std::uint32_t>(random.below(slots_used));
    const std::int64_t weight = weight_at(t, kHour) * (random.below(8) == 0 ? -1 : 1);
    fast.add(generation_of(t, kHour), slot, weight, slots);
    slow.sums[generation_of(t, kHour)][slot] += weight;
    if (i % 97 != 0) continue;
    fast.read(kHour, now, slots, out);
    ASSERT_EQ(out.size(), slots);
    for (std::uint32_t s = 0; s < slots; ++s) {
      ASSERT_EQ(out[s], static_cast<float>(slow.read(kHour, now, s))) << "slot " << s << " after " << i;
      ASSERT_EQ(fast.read_one(kHour, now, s), slow.read(kHour, now, s));
    }
  }
}

TEST(TrendSums, DenseAndSparseReadTheSame) {
  compare(700, 2'000, 700);   // mostly dense
  compare(700, 2'000, 60);    // few slots of many
  compare(5'000, 1'000, 300); // sparse
  compare(1, 300, 1);
}

TEST(TrendSums, AnOldAsOfStillReadsColdGenerations) {
  TrendSums sums;
  for (std::int32_t generation = 0; generation < 20; ++generation) sums.add(generation, 0, 1 << 16, 1);
  const Instant old = generation_start(3, kDay);
  double expected = 0;
  for (std::int32_t generation = 0; generation <= 4; ++generation)
    expected += double(1 << 16) * read_factor(generation, old, kDay);
  EXPECT_EQ(sums.read_one(kDay, old, 0), expected);
  std::vector<float> out;
  sums.read(kDay, old, 1, out);
  EXPECT_EQ(out.at(0), static_cast<float>(expected));
}

TEST(TrendSums, OldGenerationsGiveTheirDenseFormBack) {
  TrendSums sums;
  for (std::int32_t generation = 0; generation < 20; ++generation)
    for (std::uint32_t slot = 0; slot < 100; ++slot) sums.add(generation, slot, 1 << 16, 100);
  std::size_t dense = 0;
  for (const auto& [number, generation] : sums.generations()) {
    dense += generation.dense.empty() ? 0 : 1;
    EXPECT_EQ(generation.sums.size(), 100u);
  }
  EXPECT_EQ(dense, 5u);
}

} // namespace
} // namespace kindred::stats
