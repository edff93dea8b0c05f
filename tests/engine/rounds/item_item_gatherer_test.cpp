#include "engine/rounds/item_item_gatherer.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/engine/learners/factorization/neighbours.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::rounds {
namespace {

using profiles::Profile;
using stats::Gram;
using Kind = ItemItemPass::Kind;
using Users = std::vector<Profile>;

ItemItemStatistic answer(Gatherer& gatherer, const ItemItemPass& pass, std::size_t slice = 3) {
  auto statistic = ItemItemStatistic::from(pass_of(gatherer, pass.canonical(), slice));
  EXPECT_TRUE(statistic.has_value());
  return statistic.value_or(ItemItemStatistic{});
}
ItemItemStatistic answer(const Users& users, const ItemItemPass& pass) {
  return answer(*gathered_in(users).front(), pass);
}

ItemItemPass count_pass(std::uint8_t part) {
  ItemItemPass pass;
  pass.part = part;
  return pass;
}

ItemItemPass rows_pass(std::vector<ItemId> items, std::uint32_t first, std::uint32_t rows) {
  ItemItemPass pass;
  pass.kind = Kind::kRows;
  pass.items = std::move(items);
  pass.first = first;
  pass.rows = rows;
  return pass;
}

/// By how much more the first model finds.
stats::Moments compared(const Users& users, const learners::Pairs& ours, const learners::Pairs& others,
                        Instant since) {
  ItemItemPass pass;
  pass.kind = Kind::kCompare;
  pass.models = {learners::neighbours_of(ours).canonical(), learners::neighbours_of(others).canonical()};
  pass.comparisons = {{0, 1, since}};
  return answer(users, pass).differences.at(0);
}

Profile user_of(const std::vector<std::pair<ItemId, Instant>>& uses) {
  Profile user;
  for (const auto& [item, time] : uses) use(user, item, time);
  return user;
}

/// Ids ascending; all of part 0.
constexpr ItemId kA{10}, kB{20}, kC{30}, kD{40};
constexpr Instant kBefore = kAsOf - kDay * 2, kSince = kAsOf - kDay, kAfter = kAsOf - kHour;

TEST(ItemItemGatherer, CountsUsersNotUses) {
  const Users users{user_of({{kA, kBefore}, {kA, kAfter}, {kB, kAfter}}), user_of({{kA, kAfter}}),
                    user_of({})};
  const auto statistic = answer(users, count_pass(0));
  EXPECT_EQ(statistic.users, 2) << "who used nothing is no row";
  EXPECT_EQ(statistic.counts, (decltype(statistic.counts){{kA, 2}, {kB, 1}}));
  EXPECT_TRUE(answer(users, count_pass(1)).counts.empty());
  EXPECT_EQ(answer(users, count_pass(1)).users, 0) << "they are told once";
}

TEST(ItemItemGatherer, PartsHaveEveryItemOnce) {
  const Users users = users_with({});
  const auto gatherer = std::move(gathered_in(users).front());
  std::vector<ItemId> items;
  for (std::uint8_t part = 0; part < kItemItemParts; ++part) {
    const auto counts = answer(*gatherer, count_pass(part)).counts;
    EXPECT_GT(counts.size(), 1u) << "ids are hashes";
    for (const auto& [item, count] : counts) {
      EXPECT_EQ(part_of(item), part);
      items.push_back(item);
    }
  }
  EXPECT_TRUE(std::is_sorted(items.begin(), items.end()));
  EXPECT_EQ(items.size(), 24u);
}

TEST(ItemItemGatherer, RowsAreThoseOfTheGramMatrixOfTheItemsAskedFor) {
  const Users users = users_with({.users = 60});
  std::vector<ItemId> items;
  for (std::size_t k = 0; k < 10; ++k) items.push_back(item_of(k % 2, k));
  items.push_back({17}); // nobody has it
  std::sort(items.begin(), items.end());
  Gram expected(items.size());
  for (const Profile& user : users) {
    std::vector<Gram::Entry> row;
    for (std::uint32_t i = 0; i < items.size(); ++i)
      if (std::any_of(user.training.marks.begin(), user.training.marks.end(),
                      [&](const auto& mark) { return mark.item == items[i]; }))
        row.push_back({i, 1});
    if (row.empty()) continue;
    ASSERT_TRUE(expected.add(row).ok());
  }
  const auto gatherer = std::move(gathered_in(users).front());
  Gram sum(items.size());
  for (const auto& [first, rows] : {std::pair{0u, 3u}, {3u, 1u}, {4u, 7u}})
    ASSERT_TRUE(sum.add_block(answer(*gatherer, rows_pass(items, first, rows)).rows).ok());
  EXPECT_EQ(sum, expected);
  EXPECT_EQ(answer(*gatherer, rows_pass(items, 2, 4)).rows, expected.block(2, 4)) << "again, in other ranges";
}

/// Law: sums know nothing of the order of users, of slices, or of the order of passes.
RC_GTEST_PROP(ItemItemGatherer, IsASumOverUsersInAnyOrder, (std::uint64_t seed)) {
  Random random(seed);
  Users users = users_with({.users = 30, .seed = seed});
  std::vector<ItemItemPass> passes;
  for (std::uint8_t part = 0; part < kItemItemParts; ++part) passes.push_back(count_pass(part));
  std::vector<ItemId> items{item_of(0, 1), item_of(0, 2), item_of(1, 3), item_of(1, 4)};
  std::sort(items.begin(), items.end());
  passes.push_back(rows_pass(items, 1, 3));
  ItemItemPass compare;
  compare.kind = Kind::kCompare;
  const learners::Pairs ours{{{item_of(0, 1), item_of(0, 2)}, 0.5f}, {{item_of(0, 3), item_of(0, 4)}, 0.25f}};
  compare.models = {learners::neighbours_of(ours).canonical(), learners::neighbours_of({}).canonical()};
  compare.comparisons = {{0, 1, kAsOf - kDay + kHour * 3}};
  passes.push_back(compare);
  const auto first = std::move(gathered_in(users).front());
  std::vector<Bytes> expected;
  for (const auto& pass : passes) expected.push_back(answer(*first, pass).canonical());
  for (std::size_t i = users.size(); i > 1; --i) std::swap(users[i - 1], users[random.below(i)]);
  const auto second = std::move(gathered_in(users).front());
  for (int again = 0; again < 8; ++again) {
    const std::size_t at = random.below(passes.size());
    RC_ASSERT(answer(*second, passes[at], 1 + random.below(40)).canonical() == expected[at]);
  }
}

TEST(ItemItemGatherer, LooksAtNoMoreThanASliceAtOnce) {
  const Users users = users_with({.users = 2'000, .tastes = 1, .items = 30, .used = 20});
  const auto gatherer = std::move(gathered_in(users).front());
  std::vector<ItemId> items;
  for (std::size_t k = 0; k < 30; ++k) items.push_back(item_of(0, k));
  std::sort(items.begin(), items.end());
  ASSERT_TRUE(gatherer->begin(rows_pass(items, 0, 30).canonical()));
  int slices = 1;
  while (!gatherer->go_on(4)) ++slices;
  EXPECT_GT(slices, 20) << "2,000 users with 210 pairs each are more than one slice";
  EXPECT_LT(slices, 500) << "but small users do not take a slice each";
}

TEST(ItemItemGatherer, ParametersOfOthersAreRefused) {
  const auto gatherer = std::move(gathered_in(users_with({.users = 3})).front());
  EXPECT_FALSE(gatherer->begin(""));
  EXPECT_FALSE(gatherer->begin(RankerPass{}.canonical() + "x"));
  ItemItemPass pass;
  pass.kind = Kind::kCompare;
  pass.models = {"not a model"};
  EXPECT_FALSE(gatherer->begin(pass.canonical()));
  EXPECT_TRUE(gatherer->begin(count_pass(0).canonical())) << "and it goes on";
}

TEST(ItemItemGatherer, SaysWhatItTakes) {
  ItemItemGatherer gatherer;
  EXPECT_EQ(gatherer.bytes(), 0u);
  const Users users = users_with({.users = 100});
  for (const Profile& user : users) gatherer.visit(user);
  EXPECT_GE(gatherer.bytes(), 100u * (6 * 8 + 8) + 24 * 8);
  EXPECT_LE(gatherer.bytes(), 100u * (6 * 8 + 8) + 24 * 100);
}

TEST(ItemItemGatherer, WhoUsedNothingBeforeOrNothingSinceIsNotCompared) {
  const learners::Pairs pairs{{{kA, kB}, 0.5f}};
  EXPECT_EQ(compared({user_of({{kA, kBefore}})}, pairs, {}, kSince).count, 0);
  EXPECT_EQ(compared({user_of({{kA, kAfter}, {kB, kAfter}})}, pairs, {}, kSince).count, 0);
  EXPECT_EQ(compared({user_of({{kA, kBefore}, {kA, kAfter}})}, pairs, {}, kSince).count, 0)
      << "not new to him";
  EXPECT_EQ(compared({user_of({})}, pairs, {}, kSince).count, 0);
  EXPECT_EQ(compared({user_of({{kA, kSince}, {kB, kAfter}})}, pairs, {}, kSince).count, 1);
}

TEST(ItemItemGatherer, TheShareOfNewItemsFoundIsComparedPerUser) {
  const learners::Pairs knows{{{kA, kB}, 0.5f}, {{kA, kC}, 0.25f}}, wrong{{{kA, kD}, 0.5f}};
  const auto mean = [&](const Profile& user, const auto& ours, const auto& others) {
    return compared({user}, ours, others, kSince).mean();
  };
  const Profile two = user_of({{kA, kBefore}, {kB, kAfter}, {kD, kAfter}});
  EXPECT_EQ(mean(two, knows, learners::Pairs{}), 0.5) << "one of two";
  EXPECT_EQ(mean(two, learners::Pairs{}, knows), -0.5);
  EXPECT_EQ(mean(two, knows, wrong), 0);
  EXPECT_EQ(mean(user_of({{kA, kBefore}, {kB, kAfter}}), knows, wrong), 1);
  EXPECT_EQ(mean(user_of({{kB, kBefore}, {kA, kAfter}}), knows, wrong), 0) << "B says nothing of A";
  const stats::Moments both = compared({two, user_of({{kA, kBefore}, {kB, kAfter}})}, knows, {}, kSince);
  EXPECT_EQ(both.count, 2);
  EXPECT_EQ(both.mean(), 0.75);
}

TEST(ItemItemGatherer, WhatSpeaksAgainstAnItemOrForOneHeHasFindsNothing) {
  const Profile user = user_of({{kA, kBefore}, {kD, kBefore}, {kB, kAfter}});
  EXPECT_EQ(compared({user}, {{{kA, kB}, -0.5f}}, {}, kSince).mean(), 0);
  EXPECT_EQ(compared({user}, {{{kA, kB}, 0.5f}, {{kD, kB}, -0.75f}}, {}, kSince).mean(), 0);
  EXPECT_EQ(compared({user}, {{{kA, kD}, 0.5f}}, {}, kSince).mean(), 0);
}

TEST(ItemItemGatherer, OnlyTheBestOfAModelCount) {
  learners::Pairs many{{{kA, kB}, 0.25f}};
  for (std::uint64_t i = 0; i < kFoundAmong; ++i) many[{kA, {1'000 + i}}] = 0.5f;
  const Profile user = user_of({{kA, kBefore}, {kB, kAfter}});
  EXPECT_EQ(compared({user}, many, {}, kSince).mean(), 0) << "twenty are better";
  many.erase({kA, {1'000}});
  EXPECT_EQ(compared({user}, many, {}, kSince).mean(), 1);
}

/// Who used a hundred new items cannot have them all among twenty.
TEST(ItemItemGatherer, NoMoreIsWantedThanCanBeFound) {
  learners::Pairs pairs;
  std::vector<std::pair<ItemId, Instant>> uses{{kA, kBefore}};
  for (std::uint64_t i = 0; i < 100; ++i) {
    uses.push_back({{1'000 + i}, kAfter});
    pairs[{kA, {1'000 + i}}] = 0.5f;
  }
  EXPECT_EQ(compared({user_of(uses)}, pairs, {}, kSince).mean(), 1);
}

TEST(ItemItemGatherer, TheNewestItemsSpeakLoudest) {
  learners::Pairs pairs{{{kA, kC}, 0.5f}, {{kB, kD}, 0.5f}};
  for (std::uint64_t i = 0; i < kFoundAmong - 1; ++i) pairs[{kA, {1'000 + i}}] = pairs[{kB, {1'000 + i}}] = 1;
  // One place is left: for what the newer of A and B says.
  EXPECT_EQ(
      compared({user_of({{kA, kBefore}, {kB, kBefore + kHour}, {kD, kAfter}})}, pairs, {}, kSince).mean(), 1);
  EXPECT_EQ(
      compared({user_of({{kB, kBefore}, {kA, kBefore + kHour}, {kD, kAfter}})}, pairs, {}, kSince).mean(), 0);
}

} // namespace
} // namespace kindred::rounds
