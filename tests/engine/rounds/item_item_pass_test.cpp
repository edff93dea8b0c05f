#include "engine/rounds/item_item_pass.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/gram.hpp"

namespace kindred::rounds {
namespace {

using Kind = ItemItemPass::Kind;

ItemItemPass rows_pass() {
  ItemItemPass pass;
  pass.kind = Kind::kRows;
  pass.items = {{2}, {5}, {9}};
  pass.first = 1;
  pass.rows = 2;
  return pass;
}

ItemItemPass compare_pass() {
  ItemItemPass pass;
  pass.kind = Kind::kCompare;
  pass.models = {"one", "", "three"};
  pass.comparisons = {{0, 1, Instant{50}}, {2, 1, Instant{-7}}};
  return pass;
}

bool taken(const ItemItemPass& pass) { return ItemItemPass::from(pass.canonical()).has_value(); }

ItemItemStatistic statistic_of(std::uint64_t seed) {
  Random random(seed);
  ItemItemStatistic statistic;
  statistic.kind = static_cast<Kind>(1 + random.below(3));
  statistic.changes = random.below(2) == 0;
  statistic.users = static_cast<std::int64_t>(random.below(100));
  ItemId item{0};
  for (std::uint64_t left = random.below(5); left > 0; --left) {
    item.value += 1 + random.next() % (UINT64_MAX / 8);
    statistic.counts.emplace_back(item, 1 + random.below(50));
  }
  for (std::uint64_t left = random.below(20); left > 0; --left)
    statistic.rows.push_back(static_cast<char>(random.below(256)));
  for (std::uint64_t left = random.below(3); left > 0; --left)
    statistic.differences.push_back(
        stats::Moments::of(Fixed{static_cast<std::int64_t>(random.below(1 << 20))}));
  return statistic;
}

TEST(ItemItemPass, ComesBack) {
  ItemItemPass count;
  count.part = kItemItemParts - 1;
  ItemItemPass by_changes = rows_pass();
  by_changes.changes = true;
  for (const ItemItemPass& pass : {count, rows_pass(), compare_pass(), by_changes})
    EXPECT_EQ(ItemItemPass::from(pass.canonical()), pass);
}

TEST(ItemItemPass, WhatIsCutOffIsRefused) {
  for (const Bytes& good : {rows_pass().canonical(), compare_pass().canonical()}) {
    for (std::size_t size = 0; size < good.size(); ++size)
      EXPECT_FALSE(ItemItemPass::from(good.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(ItemItemPass::from(good + "x").has_value());
    for (const char version : {0, 3}) {
      Bytes other = good;
      other[0] = version;
      EXPECT_FALSE(ItemItemPass::from(other).has_value());
    }
    for (const char kind : {0, 4}) {
      Bytes other = good;
      other[1] = kind;
      EXPECT_FALSE(ItemItemPass::from(other).has_value());
    }
    Bytes other = good;
    other[2] = 2;
    EXPECT_FALSE(ItemItemPass::from(other).has_value()) << "neither by changes nor of everybody";
  }
}

TEST(ItemItemPass, WhatContradictsItselfIsRefused) {
  const auto with = [](auto change) {
    ItemItemPass rows = rows_pass(), compare = compare_pass();
    change(rows, compare);
    return taken(rows) && taken(compare);
  };
  EXPECT_TRUE(with([](auto&, auto&) {}));
  EXPECT_FALSE(with([](auto& rows, auto&) { rows.part = kItemItemParts; }));
  EXPECT_FALSE(with([](auto& rows, auto&) { rows.rows = 3; })) << "beyond the last";
  EXPECT_FALSE(with([](auto& rows, auto&) { rows.first = 4; }));
  EXPECT_FALSE(with([](auto& rows, auto&) { rows.items[1] = {2}; })) << "twice";
  EXPECT_FALSE(with([](auto& rows, auto&) { rows.items[1] = {10}; })) << "out of order";
  EXPECT_FALSE(with([](auto&, auto& compare) { compare.comparisons[0].model = 3; }));
  EXPECT_FALSE(with([](auto&, auto& compare) { compare.comparisons[1].other = 3; }));
  EXPECT_FALSE(with([](auto&, auto& compare) { compare.models.push_back("four"); }));
  EXPECT_FALSE(with([](auto&, auto& compare) { compare.comparisons.resize(4); }));
  EXPECT_FALSE(with([](auto& rows, auto&) {
    rows.items.clear();
    for (std::uint64_t i = 0; i <= stats::Gram::kItemsMax; ++i) rows.items.push_back({i});
  }));
}

TEST(ItemItemPass, APartHasTheItemsThatBeginWithItsBits) {
  EXPECT_EQ(part_of({0}), 0);
  EXPECT_EQ(part_of({UINT64_MAX / 4}), 0);
  EXPECT_EQ(part_of({UINT64_MAX / 4 + 1}), 1);
  EXPECT_EQ(part_of({UINT64_MAX}), kItemItemParts - 1);
}

RC_GTEST_PROP(ItemItemStatistic, ComesBackAndNothingElseDoes, (std::uint64_t seed)) {
  const ItemItemStatistic statistic = statistic_of(seed);
  const Bytes good = statistic.canonical();
  RC_ASSERT(ItemItemStatistic::from(good) == statistic);
  RC_ASSERT(!ItemItemStatistic::from(good + "x").has_value());
  for (std::size_t size = 0; size < good.size(); ++size)
    RC_ASSERT(!ItemItemStatistic::from(good.substr(0, size)).has_value());
}

TEST(ItemItemStatistic, CountsOutOfOrderAreRefused) {
  ItemItemStatistic statistic;
  statistic.counts = {{{5}, 1}, {{5}, 1}};
  EXPECT_FALSE(ItemItemStatistic::from(statistic.canonical()).has_value());
  statistic.counts = {{{5}, 1}, {{4}, 1}};
  EXPECT_FALSE(ItemItemStatistic::from(statistic.canonical()).has_value());
}

} // namespace
} // namespace kindred::rounds
