#include "engine/stats/fast_model.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

constexpr TenantId kTenant{1};
constexpr Instant kNow{1'457'000'000'000'000};

/// A view of an item in the way the profiles make it: trends, a count, pairs with the item before.
void add_view(FastDelta& delta, ItemId item, Instant t, ItemId before, std::int64_t sign = 1) {
  for (const int h : {0, 2, 3})
    delta.add_trend({kTenant, kEverybody, std::uint8_t(h), generation_of(t, kHalfLives[h]), item},
                    sign * weight_at(t, kHalfLives[h]));
  delta.add_trend({kTenant, country_scope("BR"), 2, generation_of(t, kDay), item}, sign * weight_at(t, kDay));
  delta.add_count({kTenant, FastDelta::kMarks, item}, sign);
  if (before == item || before.value == 0) return;
  delta.add_pair({kTenant, FastDelta::kSuccessor, before, item, 0}, sign);
  delta.add_pair({kTenant, FastDelta::kCoOccurrence, std::min(before, item), std::max(before, item), 0},
                 sign);
}

std::vector<FastDelta> random_deltas(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<FastDelta> deltas(count);
  ItemId before{};
  for (FastDelta& delta : deltas) {
    for (std::uint64_t i = random.below(8); i > 0; --i) {
      const ItemId item{1 + random.below(40)};
      add_view(delta, item, kNow - Duration{static_cast<std::int64_t>(random.below(3 * kDay.us))}, before);
      before = item;
    }
  }
  return deltas;
}

TEST(FastModel, StartsEmpty) {
  const FastModel model;
  std::vector<float> out{1, 2, 3};
  model.trend(kEverybody, 0, kNow, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(model.slots(), 0u);
  EXPECT_EQ(model.slot_of({5}), FastModel::kNoSlot);
  EXPECT_TRUE(model.counts(FastDelta::kMarks).empty());
  EXPECT_EQ(model.canonical(kTenant), FastDelta{}.canonical());
}

TEST(FastModel, ReadsWhatWasAdded) {
  FastDelta delta;
  add_view(delta, {10}, kNow - kHour, {});
  add_view(delta, {20}, kNow, {10});
  FastModel model;
  model.add(delta, kTenant);
  const auto ten = model.slot_of({10}), twenty = model.slot_of({20});
  ASSERT_NE(ten, FastModel::kNoSlot);
  ASSERT_NE(twenty, FastModel::kNoSlot);
  EXPECT_NEAR(model.trend_of(kEverybody, 0, kNow, ten), 0.5, 1e-4);
  EXPECT_NEAR(model.trend_of(kEverybody, 0, kNow, twenty), 1.0, 1e-4);
  EXPECT_NEAR(model.trend_of(country_scope("BR"), 2, kNow, twenty), 1.0, 1e-4);
  EXPECT_EQ(model.trend_of(country_scope("DE"), 2, kNow, twenty), 0.0);
  EXPECT_EQ(model.trend_of(kEverybody, 1, kNow, twenty), 0.0) << "nothing is kept at 6 h";
  EXPECT_EQ(model.count_of(FastDelta::kMarks, ten), 1);
  EXPECT_EQ(model.counts(FastDelta::kMarks).size(), model.slots());
  EXPECT_EQ(model.items().size(), model.slots());
  EXPECT_EQ(model.item_at(twenty), ItemId{20});
  ASSERT_EQ(model.successors(ten).size(), 1u);
  EXPECT_EQ(model.successors(ten).count_of(twenty), 1);
  EXPECT_EQ(model.successor_total(ten), 1);
  EXPECT_TRUE(model.successors(twenty).empty());
  ASSERT_EQ(model.co_occurring(ten).size(), 1u) << "both directions";
  ASSERT_EQ(model.co_occurring(twenty).size(), 1u);
  EXPECT_EQ(model.co_occurring(twenty).count_of(ten), 1);
}

TEST(FastModel, AllSlotsAndOneSlotAgreeBitForBit) {
  FastModel model;
  for (const FastDelta& delta : random_deltas(1, 400)) model.add(delta, kTenant);
  std::vector<float> out;
  for (const ScopeId scope : {kEverybody, country_scope("BR"), country_scope("DE")}) {
    for (const int h : {0, 2, 3}) {
      model.trend(scope, h, kNow, out);
      ASSERT_EQ(out.size(), model.slots());
      for (std::uint32_t slot = 0; slot < model.slots(); ++slot)
        EXPECT_EQ(out[slot], static_cast<float>(model.trend_of(scope, h, kNow, slot)));
    }
  }
}

TEST(FastModel, NeighboursAreWithoutZeros) {
  FastDelta delta;
  for (const std::uint64_t next : {30u, 10u, 20u})
    delta.add_pair({kTenant, FastDelta::kSuccessor, {1}, {next}, 0}, 2);
  FastModel model;
  model.add(delta, kTenant);
  const auto slot = model.slot_of({1});
  ASSERT_EQ(model.successors(slot).size(), 3u);
  for (const std::uint64_t next : {10u, 20u, 30u})
    EXPECT_EQ(model.successors(slot).count_of(model.slot_of({next})), 2);
  FastDelta gone;
  gone.add_pair({kTenant, FastDelta::kSuccessor, {1}, {20}, 0}, -2);
  model.add(gone, kTenant);
  EXPECT_EQ(model.successors(slot).size(), 2u);
  EXPECT_EQ(model.successor_total(slot), 4);
}

TEST(FastModel, AnotherTenantsPartStaysOut) {
  FastDelta delta;
  add_view(delta, {10}, kNow, {});
  delta.add_count({{2}, FastDelta::kMarks, {11}}, 1);
  delta.add_count({{0}, FastDelta::kMarks, {12}}, 1);
  FastModel model;
  model.add(delta, {2});
  EXPECT_EQ(model.slots(), 1u);
  EXPECT_EQ(model.item_at(0), ItemId{11});
}

TEST(FastModel, ItsSumRestoresIt) {
  FastModel model;
  for (const FastDelta& delta : random_deltas(5, 200)) model.add(delta, kTenant);
  const auto stored = FastDelta::from_canonical(model.canonical(kTenant));
  ASSERT_TRUE(stored.ok());
  FastModel restored;
  restored.add(stored.value(), kTenant);
  EXPECT_EQ(restored.canonical(kTenant), model.canonical(kTenant));
  for (std::uint32_t slot = 0; slot < model.slots(); ++slot) {
    const auto there = restored.slot_of(model.item_at(slot));
    EXPECT_EQ(restored.trend_of(kEverybody, 0, kNow, there), model.trend_of(kEverybody, 0, kNow, slot));
    EXPECT_EQ(restored.successor_total(there), model.successor_total(slot));
  }
}

RC_GTEST_PROP(FastModelVersion, IsTheHistorysAndGoesOnWithEveryDelta, (std::uint64_t seed)) {
  FastModel one, other;
  std::set<std::uint64_t> versions{one.version()};
  for (const FastDelta& delta : random_deltas(seed, 6)) {
    one.add(delta, kTenant);
    other.add(delta, kTenant);
    RC_ASSERT(one.version() == other.version());
    const bool empty = delta.canonical() == FastDelta().canonical();
    RC_ASSERT(empty || versions.insert(one.version()).second);
  }
  const FastModel copy = one;
  RC_ASSERT(copy.version() == one.version());
}

// Law: group, read as a model: any order and split of the deltas gives the same sums.
RC_GTEST_PROP(FastModelLaw, AnyOrderAnySplit, (std::uint64_t seed, std::uint8_t cut)) {
  auto deltas = random_deltas(seed, 12);
  FastModel in_order, shuffled;
  for (const FastDelta& delta : deltas) in_order.add(delta, kTenant);
  std::rotate(deltas.begin(), deltas.begin() + cut % 12, deltas.end());
  FastDelta first, second;
  for (std::size_t i = 0; i < deltas.size(); ++i) (i % 2 == 0 ? first : second).add(deltas[i]);
  shuffled.add(second, kTenant);
  shuffled.add(first, kTenant);
  RC_ASSERT(in_order.canonical(kTenant) == shuffled.canonical(kTenant));
}

RC_GTEST_PROP(FastModelLaw, WhoIsSubtractedWasNeverThere, (std::uint64_t seed)) {
  FastModel with, without;
  for (const FastDelta& delta : random_deltas(seed, 6)) {
    with.add(delta, kTenant);
    without.add(delta, kTenant);
  }
  const auto gone = random_deltas(seed + 1, 6);
  for (const FastDelta& delta : gone) with.add(delta, kTenant);
  for (const FastDelta& delta : gone) with.add(FastDelta{}.subtract(delta), kTenant);
  RC_ASSERT(with.canonical(kTenant) == without.canonical(kTenant));
}

// ---- members of segments

FastDelta members(std::uint32_t segment, std::int64_t users, TenantId tenant = kTenant) {
  FastDelta delta;
  delta.add_count({tenant, FastDelta::kMembers, {segment_scope("clustered", segment).value}}, users);
  return delta;
}

TEST(FastModelMembers, AreSummedAndTakeNoSlot) {
  FastModel model;
  model.add(members(1, 5), kTenant);
  model.add(members(2, 7), kTenant);
  model.add(members(1, -2), kTenant);
  EXPECT_EQ(model.members_of(segment_scope("clustered", 1)), 3);
  EXPECT_EQ(model.members_of(segment_scope("clustered", 2)), 7);
  EXPECT_EQ(model.members_of(segment_scope("clustered", 3)), 0);
  EXPECT_EQ(model.members_of(segment_scope("rfm", 1)), 0);
  EXPECT_EQ(model.slots(), 0u) << "a segment is no item";
  EXPECT_TRUE(model.counts(FastDelta::kMembers).empty());
}

TEST(FastModelMembers, AnotherTenantsAreNotCounted) {
  FastModel model;
  model.add(members(1, 5, {2}), kTenant);
  EXPECT_EQ(model.members_of(segment_scope("clustered", 1)), 0);
  EXPECT_EQ(model.canonical(kTenant), FastDelta{}.canonical());
}

TEST(FastModelMembers, TheSumRestoresThem) {
  FastModel model;
  for (const FastDelta& delta : random_deltas(6, 20)) model.add(delta, kTenant);
  for (std::uint32_t segment = 1; segment < 9; ++segment) model.add(members(segment, segment * 3), kTenant);
  model.add(members(4, -12), kTenant);
  FastModel restored;
  restored.add(FastDelta::from_canonical(model.canonical(kTenant)).value(), kTenant);
  EXPECT_EQ(restored.canonical(kTenant), model.canonical(kTenant));
  EXPECT_EQ(restored.members_of(segment_scope("clustered", 5)), 15);
  EXPECT_EQ(restored.members_of(segment_scope("clustered", 4)), 0);
  EXPECT_EQ(restored.slots(), model.slots());
}

TEST(FastModelMembers, WhoIsTakenBackWasNeverThere) {
  FastModel model;
  model.add(members(1, 1), kTenant);
  model.add(members(1, -1), kTenant);
  EXPECT_EQ(model.canonical(kTenant), FastDelta{}.canonical());
}

TEST(FastModelMembers, TheVersionGoesOnWithThem) {
  FastModel one, other;
  one.add(members(1, 1), kTenant);
  EXPECT_NE(one.version(), FastModel().version());
  FastDelta marks;
  marks.add_count({kTenant, FastDelta::kMarks, {segment_scope("clustered", 1).value}}, 1);
  other.add(marks, kTenant);
  EXPECT_NE(one.version(), other.version()) << "members are no marks";
}

} // namespace
} // namespace kindred::stats
