// The rows and counts of a FastModel against maps of every pair: the slow, obvious form of "what was added, summed".

#include <map>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::stats {
namespace {

constexpr TenantId kTenant{1};
constexpr TenantId kOther{2};

using PairSums = std::map<std::pair<ItemId, ItemId>, std::int64_t>;

/// Everything that was told of one tenant.
struct Slow {
  PairSums successors;
  PairSums together; ///< both directions
  std::map<ItemId, std::int64_t> marks;

  std::int64_t successor_total(ItemId from) const {
    std::int64_t total = 0;
    for (const auto& [pair, count] : successors)
      if (pair.first == from) total += count;
    return total;
  }
  static std::map<ItemId, std::int64_t> row(const PairSums& sums, ItemId from) {
    std::map<ItemId, std::int64_t> row;
    for (const auto& [pair, count] : sums)
      if (pair.first == from && count != 0) row[pair.second] = count;
    return row;
  }
};

/// A delta of a few pairs and marks, which may take away what was never there; told to the model and to the maps.
FastDelta any_delta(Random& random, TenantId tenant, Slow& slow) {
  FastDelta delta;
  for (auto n = random.below(6); n > 0; --n) {
    const ItemId a{1 + random.below(7)}, b{1 + random.below(7)};
    const std::int64_t amount = static_cast<std::int64_t>(random.below(7)) - 3;
    delta.add_count({tenant, FastDelta::kMarks, a}, amount);
    slow.marks[a] += amount;
    if (a == b) continue;
    delta.add_pair({tenant, FastDelta::kSuccessor, a, b, 0}, amount);
    slow.successors[{a, b}] += amount;
    delta.add_pair({tenant, FastDelta::kCoOccurrence, std::min(a, b), std::max(a, b), 0}, amount);
    slow.together[{a, b}] += amount;
    slow.together[{b, a}] += amount;
  }
  return delta;
}

std::map<ItemId, std::int64_t> row_of(const FastModel& model, const NeighbourRow& row) {
  std::map<ItemId, std::int64_t> items;
  row.for_each([&](std::uint32_t slot, std::int64_t count) { items[model.item_at(slot)] = count; });
  EXPECT_EQ(items.size(), row.size()) << "an item stands in a row once";
  return items;
}

void expect_same(const FastModel& model, const Slow& slow) {
  for (std::uint32_t slot = 0; slot < model.slots(); ++slot) {
    const ItemId item = model.item_at(slot);
    EXPECT_EQ(model.slot_of(item), slot);
    EXPECT_EQ(row_of(model, model.successors(slot)), Slow::row(slow.successors, item));
    EXPECT_EQ(row_of(model, model.co_occurring(slot)), Slow::row(slow.together, item));
    EXPECT_EQ(model.successor_total(slot), slow.successor_total(item));
    const auto marks = slow.marks.find(item);
    EXPECT_EQ(model.count_of(FastDelta::kMarks, slot), marks == slow.marks.end() ? 0 : marks->second);
  }
  for (const auto& [item, marks] : slow.marks)
    EXPECT_TRUE(marks == 0 || model.slot_of(item) != FastModel::kNoSlot);
}

RC_GTEST_PROP(FastModelPairs, AgreeWithMapsOfEveryPair, (std::uint64_t seed)) {
  Random random(seed);
  FastModel model, other;
  Slow slow, slow_other;
  for (int step = 0; step < 40; ++step) {
    FastDelta both = any_delta(random, kTenant, slow);
    both.add(any_delta(random, kOther, slow_other));
    model.add(both, kTenant);
    other.add(both, kOther);
  }
  expect_same(model, slow);
  expect_same(other, slow_other);
  RC_ASSERT(!::testing::Test::HasFailure());
}

RC_GTEST_PROP(FastModelPairs, TheSumOfTwoModelsIsTheModelOfBoth, (std::uint64_t seed)) {
  Random random(seed);
  FastModel whole, left, right;
  Slow ignored;
  for (int step = 0; step < 20; ++step) {
    const FastDelta delta = any_delta(random, kTenant, ignored);
    whole.add(delta, kTenant);
    (step % 3 == 0 ? left : right).add(delta, kTenant);
  }
  RC_ASSERT(left.sum(kTenant).add(right.sum(kTenant)) == whole.sum(kTenant));
  FastDelta nothing = whole.sum(kTenant);
  RC_ASSERT(nothing.subtract(whole.sum(kTenant)).is_zero());
}

TEST(FastModelPairs, ARowThatEmptiesIsEmptyAndMayFillAgain) {
  FastModel model;
  const auto pair = [&](std::int64_t amount) {
    FastDelta delta;
    delta.add_pair({kTenant, FastDelta::kCoOccurrence, {1}, {2}, 0}, amount);
    model.add(delta, kTenant);
  };
  pair(2);
  pair(-2);
  const auto one = model.slot_of({1}), two = model.slot_of({2});
  EXPECT_TRUE(model.co_occurring(one).empty());
  EXPECT_TRUE(model.co_occurring(two).empty());
  EXPECT_TRUE(model.sum(kTenant).is_zero());
  EXPECT_EQ(model.slots(), 2u) << "slots stay: others may hold them";
  pair(-1);
  ASSERT_EQ(model.co_occurring(one).size(), 1u) << "a correction may come before what it corrects";
  EXPECT_EQ(model.co_occurring(one).count_of(two), -1);
  pair(1);
  EXPECT_TRUE(model.co_occurring(two).empty());
}

/// A copy that follows takes over the rows of the one ahead, some deltas late, and is the same model once it has had them all.
RC_GTEST_PROP(FastModelPairs, ACopyThatFollowsIsTheSame, (std::uint64_t seed)) {
  Random random(seed);
  FastModel first, second;
  Slow slow;
  std::vector<FastDelta> told;
  for (int step = 0; step < 30; ++step) {
    FastDelta delta = any_delta(random, kTenant, slow);
    delta.settle();
    first.add(delta, kTenant);
    told.push_back(std::move(delta));
    if (random.below(3) != 0) continue;
    for (const FastDelta& late : told) second.add(late, kTenant, first);
    told.clear();
    RC_ASSERT(second.version() == first.version());
    RC_ASSERT(second.image() == first.image());
  }
  for (const FastDelta& late : told) second.add(late, kTenant, first);
  expect_same(second, slow);
  RC_ASSERT(second.version() == first.version());
  RC_ASSERT(!::testing::Test::HasFailure());
}

TEST(FastModelPairs, CountsOfANewItemBeginAtZero) {
  FastModel model;
  FastDelta first;
  first.add_count({kTenant, FastDelta::kMarks, {1}}, 5);
  model.add(first, kTenant);
  FastDelta second;
  second.add_trend({kTenant, kEverybody, 0, 0, {2}}, 1);
  model.add(second, kTenant);
  ASSERT_EQ(model.counts(FastDelta::kMarks).size(), 2u);
  EXPECT_EQ(model.count_of(FastDelta::kMarks, model.slot_of({2})), 0);
  EXPECT_TRUE(model.counts(1).empty()) << "of the reserved kind nothing was ever counted";
  EXPECT_EQ(model.count_of(1, 0), 0);
}

TEST(FastModelPairs, ACopyIsASnapshot) {
  FastModel model;
  FastDelta delta;
  delta.add_pair({kTenant, FastDelta::kSuccessor, {1}, {2}, 0}, 1);
  model.add(delta, kTenant);
  const FastModel snapshot = model;
  model.add(delta, kTenant);
  EXPECT_EQ(snapshot.successor_total(snapshot.slot_of({1})), 1);
  EXPECT_EQ(model.successor_total(model.slot_of({1})), 2);
}

} // namespace
} // namespace kindred::stats
