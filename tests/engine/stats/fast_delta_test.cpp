#include "engine/stats/fast_delta.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

/// One addition: which statistic, small keys so that they meet, an amount.
using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t, std::int32_t>;
using Steps = std::vector<Step>;

FastDelta delta_of(const Steps& steps) {
  FastDelta delta;
  for (const auto& [kind, a, b, amount] : steps) {
    const ItemId low{a % 4u}, high{4u + b % 4u};
    const TenantId tenant{1u + b % 2u};
    if (kind % 4 == 0) delta.add_trend({tenant, {a % 3u}, std::uint8_t(b % 6), a % 2, high}, amount);
    if (kind % 4 == 1) delta.add_pair({tenant, FastDelta::kSuccessor, high, low, 0}, amount);
    if (kind % 4 == 2) delta.add_pair({tenant, FastDelta::kCoOccurrence, low, high, 0}, amount);
    if (kind % 4 == 3) delta.add_count({tenant, std::uint8_t(b % FastDelta::kCountKinds), low}, amount);
  }
  return delta;
}

FastDelta sample() {
  FastDelta delta;
  delta.add_trend({{1}, country_scope("DE"), 2, 1053, {77}}, 2885006363);
  delta.add_trend({{1}, kEverybody, 0, 25295, {77}}, 305806);
  delta.add_pair({{1}, FastDelta::kSuccessor, {99}, {77}, 0}, 1);
  delta.add_pair({{1}, FastDelta::kCoOccurrence, {77}, {99}, 0}, 2);
  delta.add_count({{1}, FastDelta::kMarks, {77}}, 1);
  return delta;
}

TEST(FastDelta, ScopesAreApart) {
  EXPECT_EQ(kEverybody.value, 0u);
  std::set<ScopeId> scopes{kEverybody};
  for (const char* country : {"DE", "BR", "US", "2", ""}) scopes.insert(country_scope(country));
  for (std::uint8_t device = 0; device < 7; ++device) scopes.insert(device_scope(device));
  for (const char* kind : {"clustered", "rfm", "", "c"})
    for (const std::uint32_t segment : {0u, 1u, 12u}) scopes.insert(segment_scope(kind, segment));
  scopes.insert(country_scope("s:clustered:12"));
  EXPECT_EQ(scopes.size(), 1u + 5u + 7u + 12u + 1u);
  EXPECT_EQ(segment_scope("clustered", 12), segment_scope("clustered", 12));
}

TEST(FastDelta, EntriesAreByKey) {
  const FastDelta delta = sample();
  EXPECT_EQ(delta.size(), 5u);
  ASSERT_EQ(delta.trends().size(), 2u);
  EXPECT_EQ(delta.trends()[0].key.scope, kEverybody);
  EXPECT_EQ(delta.trends()[0].amount, 305806);
  EXPECT_EQ(delta.pairs()[0].key.kind, FastDelta::kSuccessor);
  EXPECT_EQ(delta.counts()[0].key.item, ItemId{77});
}

TEST(FastDelta, SubtractingItselfIsZero) {
  FastDelta delta = sample();
  EXPECT_FALSE(delta.is_zero());
  delta.subtract(sample());
  EXPECT_TRUE(delta.is_zero());
  EXPECT_EQ(delta.canonical(), FastDelta{}.canonical());
}

TEST(FastDelta, BytesComeBack) {
  const FastDelta delta = sample();
  EXPECT_EQ(FastDelta::from_canonical(delta.canonical()).value(), delta);
  EXPECT_TRUE(FastDelta::from_canonical(FastDelta{}.canonical()).value().is_zero());
}

TEST(FastDelta, EveryTruncationIsRefused) {
  const Bytes good = sample().canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(FastDelta::from_canonical(BytesView(good).substr(0, size)).error(),
              FastDelta::DecodeError::kMalformed);
  EXPECT_EQ(FastDelta::from_canonical(good + Bytes(1, '\0')).error(), FastDelta::DecodeError::kMalformed);
}

TEST(FastDelta, WhatItDoesNotKnowIsNewer) {
  Bytes version = sample().canonical();
  version[0] = 9;
  EXPECT_EQ(FastDelta::from_canonical(version).error(), FastDelta::DecodeError::kNewerVersion);
  Bytes half_life = sample().canonical();
  half_life[1 + 4 + 4 + 8] = 6; // of the first trend
  EXPECT_EQ(FastDelta::from_canonical(half_life).error(), FastDelta::DecodeError::kNewerVersion);
}

TEST(FastDelta, AnotherFormOfTheSameValueIsRefused) {
  ByteWriter out;
  out.u8(1);
  out.u32(0);
  out.u32(1); // one pair, co-occurrence of an item with itself
  out.u32(1);
  out.u8(FastDelta::kCoOccurrence);
  out.u64(5);
  out.u64(5);
  out.i32(0);
  out.i64(1);
  out.u32(0);
  EXPECT_EQ(FastDelta::from_canonical(out.view()).error(), FastDelta::DecodeError::kMalformed);

  ByteWriter zero;
  zero.u8(1);
  zero.u32(0);
  zero.u32(0);
  zero.u32(1);
  zero.u32(1);
  zero.u8(FastDelta::kMarks);
  zero.u64(5);
  zero.i64(0); // a zero that should be absent
  EXPECT_EQ(FastDelta::from_canonical(zero.view()).error(), FastDelta::DecodeError::kMalformed);
}

TEST(FastDelta, AHostileCountReservesNothing) {
  ByteWriter out;
  out.u8(1);
  out.u32(0xffffffffu);
  EXPECT_EQ(FastDelta::from_canonical(out.view()).error(), FastDelta::DecodeError::kMalformed);
}

// Law: group.
RC_GTEST_PROP(FastDeltaLaw, AnyOrderAnySplit, (Steps left, Steps right)) {
  const FastDelta apart = delta_of(left).add(delta_of(right));
  Steps joined(right);
  joined.insert(joined.end(), left.begin(), left.end());
  RC_ASSERT(apart == delta_of(joined));
  RC_ASSERT(apart.canonical() == delta_of(joined).canonical());
}

RC_GTEST_PROP(FastDeltaLaw, AdditionIsAssociative, (Steps a, Steps b, Steps c)) {
  FastDelta bc = delta_of(b).add(delta_of(c));
  RC_ASSERT(delta_of(a).add(delta_of(b)).add(delta_of(c)) == delta_of(a).add(bc));
}

RC_GTEST_PROP(FastDeltaLaw, WhoIsSubtractedWasNeverThere, (Steps others, Steps gone)) {
  FastDelta all = delta_of(others).add(delta_of(gone));
  RC_ASSERT(all.subtract(delta_of(gone)) == delta_of(others));
}

RC_GTEST_PROP(FastDelta, AnyValueComesBackFromItsBytes, (Steps steps)) {
  const FastDelta delta = delta_of(steps);
  RC_ASSERT(FastDelta::from_canonical(delta.canonical()).value() == delta);
}

RC_GTEST_PROP(FastDelta, AnyBytesAreRefusedOrCanonical, (std::string bytes)) {
  bytes.insert(0, 1, '\1');
  const auto delta = FastDelta::from_canonical(bytes);
  if (delta.ok()) RC_ASSERT(delta.value().canonical() == bytes);
}

TEST(FastDelta, MembersAreNoMarks) {
  FastDelta delta;
  delta.add_count({{1}, FastDelta::kMarks, {77}}, 2);
  delta.add_count({{1}, FastDelta::kMembers, {77}}, 3);
  ASSERT_EQ(delta.counts().size(), 2u);
  EXPECT_EQ(delta.counts()[0].amount, 2);
  EXPECT_EQ(delta.counts()[1].amount, 3);
  EXPECT_EQ(FastDelta::from_canonical(delta.canonical()).value(), delta);
  delta.add_count({{1}, FastDelta::kMembers, {77}}, -3);
  EXPECT_EQ(delta.counts().size(), 1u);
}

TEST(FastDelta, AKindOfCountThatItDoesNotKnowIsNewer) {
  FastDelta delta;
  delta.add_count({{1}, FastDelta::kMembers, {77}}, 3);
  Bytes bytes = delta.canonical();
  bytes[1 + 4 + 4 + 4 + 4] = FastDelta::kCountKinds;
  EXPECT_EQ(FastDelta::from_canonical(bytes).error(), FastDelta::DecodeError::kNewerVersion);
}

} // namespace
} // namespace kindred::stats
