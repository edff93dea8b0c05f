#include "engine/stats/counts.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::stats {
namespace {

using Steps = std::vector<std::pair<std::uint8_t, std::int16_t>>; // small keys, so that they meet

Counts counts_of(const Steps& steps) {
  Counts counts;
  for (const auto& [key, times] : steps) counts.count(key % 16, times);
  return counts;
}

TEST(Counts, CountsAndForgetsZeros) {
  Counts counts;
  EXPECT_TRUE(counts.is_zero());
  counts.count(7);
  counts.count(7, 2);
  counts.count(9, 5);
  EXPECT_EQ(counts.of(7), 3);
  EXPECT_EQ(counts.of(8), 0);
  EXPECT_EQ(counts.total(), 8);
  counts.count(9, -5);
  ASSERT_EQ(counts.entries().size(), 1u);
  EXPECT_EQ(counts.entries()[0].key, 7u);
}

TEST(Counts, CanonicalBytesAreFixed) {
  Counts counts;
  counts.count(2, -1);
  counts.count(1, 3);
  const Bytes bytes = counts.canonical();
  ByteReader in(bytes);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u32(), 2u);
  EXPECT_EQ(in.u64(), 1u);
  EXPECT_EQ(in.i64(), 3);
  EXPECT_EQ(in.u64(), 2u);
  EXPECT_EQ(in.i64(), -1);
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(Counts, RefusesWhatItDoesNotWrite) {
  Counts counts;
  counts.count(1, 3);
  counts.count(2, 4);
  const Bytes good = counts.canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(Counts::from_canonical(BytesView(good).substr(0, size)).error(),
              Counts::DecodeError::kMalformed);
  EXPECT_EQ(Counts::from_canonical(good + "x").error(), Counts::DecodeError::kMalformed);
  Bytes newer = good;
  newer[0] = 2;
  EXPECT_EQ(Counts::from_canonical(newer).error(), Counts::DecodeError::kNewerVersion);
  Bytes twice = good;
  twice[5 + 16] = 1; // the second key equals the first
  EXPECT_EQ(Counts::from_canonical(twice).error(), Counts::DecodeError::kMalformed);
  Bytes zero = good;
  zero[5 + 8] = 0;
  EXPECT_EQ(Counts::from_canonical(zero).error(), Counts::DecodeError::kMalformed);
  Bytes many = good;
  many[4] = '\x7f'; // a count that the rest cannot hold
  EXPECT_EQ(Counts::from_canonical(many).error(), Counts::DecodeError::kMalformed);
}

// Law: group.
RC_GTEST_PROP(CountsLaw, AnyOrderAnySplit, (Steps left, Steps right)) {
  const Counts apart = counts_of(left).add(counts_of(right));
  Steps joined(right);
  joined.insert(joined.end(), left.begin(), left.end());
  RC_ASSERT(apart == counts_of(joined));
  RC_ASSERT(apart.canonical() == counts_of(joined).canonical());
}

RC_GTEST_PROP(CountsLaw, WhoIsSubtractedWasNeverThere, (Steps others, Steps gone)) {
  Counts all = counts_of(others).add(counts_of(gone));
  RC_ASSERT(all.subtract(counts_of(gone)) == counts_of(others));
  RC_ASSERT(counts_of(gone).subtract(counts_of(gone)).is_zero());
}

RC_GTEST_PROP(Counts, AgreesWithAMapAndComesBackFromItsBytes, (Steps steps)) {
  std::map<std::uint64_t, std::int64_t> slow;
  for (const auto& [key, times] : steps) slow[key % 16] += times;
  const Counts counts = counts_of(steps);
  for (std::uint64_t key = 0; key < 16; ++key) RC_ASSERT(counts.of(key) == slow[key]);
  RC_ASSERT(Counts::from_canonical(counts.canonical()).value() == counts);
}

TEST(Counts, ComesBackFromTheBytesOfVersionOne) {
  ByteWriter out;
  out.u8(1);
  out.u32(2);
  out.u64(3);
  out.i64(-5);
  out.u64(0xffffffffffffffffULL);
  out.i64(1);
  const auto read = Counts::from_canonical(out.view());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().of(3), -5);
  EXPECT_EQ(read.value().of(0xffffffffffffffffULL), 1);
  EXPECT_EQ(read.value().total(), -4);
  EXPECT_EQ(read.value().canonical(), out.view());
}

TEST(Counts, EveryCutAndEveryFlippedBitIsRefusedOrAnotherValue) {
  Counts counts;
  for (std::uint64_t key = 0; key < 9; ++key) counts.count(key * key, static_cast<std::int64_t>(key) - 20);
  const Bytes good = counts.canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(Counts::from_canonical(BytesView(good).substr(0, size)).error(),
              Counts::DecodeError::kMalformed);
  EXPECT_EQ(Counts::from_canonical(good + '\0').error(), Counts::DecodeError::kMalformed);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto read = Counts::from_canonical(bytes);
    if (!read.ok()) continue;
    EXPECT_EQ(read.value().canonical(), bytes) << bit;
    EXPECT_NE(read.value(), counts) << bit;
  }
}

TEST(Counts, AddedToItselfItDoublesHoweverManyKeys) {
  Counts counts;
  for (std::uint64_t key = 0; key < 6'000; ++key) counts.count(key, 3);
  counts.add(counts);
  EXPECT_EQ(counts.total(), 6'000 * 6);
  EXPECT_TRUE(counts.subtract(counts).is_zero());
}

} // namespace
} // namespace kindred::stats
