// The item-item model's halves in a round by changes: what the gatherer says of who changed, and how the solver adds it to
// the sums of the round before. Both ways at once, over folds: tests/laws/increment_law_test.cpp.

#include <gtest/gtest.h>

#include "tests/engine/learners/factorization/neighbours.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::rounds {
namespace {

using profiles::Profile;
using Kind = ItemItemPass::Kind;
using Users = std::vector<Profile>;

constexpr ItemId kA{10}, kB{20}, kC{30}, kD{40};

Profile user_of(const std::vector<ItemId>& items, Instant time = kAsOf - kDay) {
  Profile user;
  for (const ItemId item : items) use(user, item, time);
  return user;
}

ItemItemPass pass_by_changes(Kind kind = Kind::kCount) {
  ItemItemPass pass;
  pass.kind = kind;
  pass.changes = true;
  return pass;
}

ItemItemStatistic answer(Gatherer& gatherer, const ItemItemPass& pass) {
  const auto statistic = ItemItemStatistic::from(pass_of(gatherer, pass.canonical(), 1));
  EXPECT_TRUE(statistic);
  return statistic.value_or(ItemItemStatistic{});
}

// ---- what is gathered

TEST(ItemItemGathererByChanges, CountsNowLessBefore) {
  ItemItemGatherer gatherer;
  const Profile more = user_of({kA, kB, kC}), less = user_of({kD}), same = user_of({kA, kD}),
                fresh = user_of({kB});
  gatherer.visit_change(item_item_image(user_of({kA, kB})), &more);
  gatherer.visit_change(item_item_image(user_of({kA, kD})), &less);
  gatherer.visit_change(item_item_image(same), &same);
  gatherer.visit_change({}, &fresh);
  gatherer.visit_change(item_item_image(user_of({kD})), nullptr);
  gatherer.visit_change({}, nullptr);
  const auto statistic = answer(gatherer, pass_by_changes());
  EXPECT_TRUE(statistic.changes);
  EXPECT_EQ(statistic.users, 0) << "one came, one went";
  EXPECT_EQ(statistic.counts, (decltype(statistic.counts){{kA, -1}, {kB, 1}, {kC, 1}, {kD, -1}}));
  EXPECT_TRUE(gatherer.fits());
}

TEST(ItemItemGathererByChanges, RowsAreWhatChangedOfTheMatrix) {
  ItemItemGatherer gatherer;
  const Profile now = user_of({kB, kC, kD});
  gatherer.visit_change(item_item_image(user_of({kA, kB, kC})), &now);
  auto pass = pass_by_changes(Kind::kRows);
  pass.items = {kA, kB, kD}; // c was not chosen
  pass.rows = 3;
  const auto changes = stats::GramChanges::from(answer(gatherer, pass).rows);
  ASSERT_TRUE(changes);
  stats::GramChanges expected(3);
  using Part = stats::GramChanges::Part;
  expected.take(
      std::vector<stats::GramChanges::Entry>{{0, Part::kGoes}, {1, Part::kStays}, {2, Part::kComes}});
  EXPECT_EQ(*changes, expected);
}

TEST(ItemItemGathererByChanges, ComparisonsLookAtUsersAsTheyAre) {
  const Instant since = kAsOf - kHour;
  Profile now = user_of({kA}, since - kHour);
  use(now, kB, since + kSecond * 2);
  auto pass = pass_by_changes(Kind::kCompare);
  pass.models = {learners::neighbours_of({{{kA, kB}, 1.0f}}).canonical(),
                 learners::neighbours_of({}).canonical()};
  pass.comparisons = {{0, 1, since}};
  ItemItemGatherer changed, everybody;
  changed.visit_change(item_item_image(user_of({kA, kC})), &now); // c was used after, too, and is gone
  changed.visit_change(item_item_image(user_of({kA})), nullptr);
  everybody.visit(now);
  const auto found = answer(changed, pass).differences;
  pass.changes = false;
  EXPECT_EQ(found, answer(everybody, pass).differences);
  EXPECT_EQ(found.at(0).count, 1);
  EXPECT_EQ(found.at(0).mean(), 1);
}

TEST(ItemItemGathererByChanges, APassOfTheOtherKindIsRefused) {
  ItemItemGatherer changed, everybody;
  const Profile now = user_of({kA});
  changed.visit_change({}, &now);
  everybody.visit(now);
  EXPECT_FALSE(changed.begin(ItemItemPass{}.canonical()));
  EXPECT_FALSE(everybody.begin(pass_by_changes().canonical()));
  EXPECT_TRUE(changed.begin(pass_by_changes().canonical()));
}

TEST(ItemItemGathererByChanges, MorePairsThanAStatisticHoldsDoNotFit) {
  ItemItemGatherer gatherer;
  std::vector<ItemId> items;
  for (std::uint64_t i = 1; i <= 512; ++i) items.push_back({i});
  const Profile now = user_of(items);
  for (int users = 0; users < 2; ++users) gatherer.visit_change({}, &now);
  EXPECT_TRUE(gatherer.fits()) << "exactly so many";
  const Profile one = user_of({kA});
  gatherer.visit_change({}, &one);
  EXPECT_FALSE(gatherer.fits());
}

// ---- what is solved

const Limits kLimits{.rows_min = 5};

struct Solved {
  std::optional<RoundError> error;
  std::vector<Offer> offers;
  std::string outcome;
  std::unique_ptr<Sums> sums;
};

Solved solve(const Gatherers& gatherers, std::unique_ptr<Sums> base = nullptr,
             const KnownModels& known = {}) {
  ItemItemSolver solver({{"itemItem", known}}, kLimits, std::move(base));
  if (const auto error = run_round(solver, gatherers)) return {error, {}, {}, {}};
  return {{}, solver.offers(), solver.outcome(), solver.take_sums()};
}

Gatherers changed_in(const Users& before, const Users& now, std::size_t partitions) {
  Gatherers gatherers;
  for (std::size_t p = 0; p < partitions; ++p) gatherers.push_back(std::make_unique<ItemItemGatherer>());
  for (std::size_t u = 0; u < std::max(before.size(), now.size()); ++u)
    gatherers[u % partitions]->visit_change(u < before.size() ? item_item_image(before[u]) : Bytes(),
                                            u < now.size() ? &now[u] : nullptr);
  return gatherers;
}

TEST(ItemItemSolverByChanges, TheSameBytesAsFromEverybody) {
  const Users before = users_with({});
  Users now = users_with({.users = 250, .seed = 2});
  for (std::size_t u = 0; u < 60; ++u) now[u] = before[u];
  use(now[0], ItemId{77}, kAsOf);
  const Solved expected = solve(gathered_in(now));
  ASSERT_EQ(expected.offers.size(), 1u) << expected.outcome;
  for (const std::size_t partitions : {1u, 3u}) {
    Solved first = solve(gathered_in(before));
    ASSERT_TRUE(first.sums);
    const Solved second = solve(changed_in(before, now, partitions), std::move(first.sums));
    ASSERT_EQ(second.offers.size(), 1u) << second.outcome;
    EXPECT_EQ(second.offers[0].parameters, expected.offers[0].parameters);
    EXPECT_EQ(second.offers[0].metrics, expected.offers[0].metrics);
    EXPECT_EQ(second.outcome, expected.outcome);
    ASSERT_TRUE(second.sums);
    EXPECT_EQ(second.sums->bytes(), expected.sums->bytes());
  }
}

TEST(ItemItemSolverByChanges, WhoGoesTakesHisItemsWithHim) {
  Users before = users_with({});
  use(before[7], ItemId{77}, kAsOf);
  Users now = before;
  now.pop_back();
  std::swap(now[7], now.back());
  std::swap(before[7], before[before.size() - 2]);
  before.back() = before[7]; // whoever had 77 is among the last two
  now.pop_back();
  Solved first = solve(gathered_in(before));
  const Solved expected = solve(gathered_in(now));
  const Solved second = solve(changed_in(before, now, 2), std::move(first.sums));
  ASSERT_EQ(second.offers.size(), 1u);
  EXPECT_EQ(second.offers[0].parameters, expected.offers[0].parameters);
}

TEST(ItemItemSolverByChanges, ChangesOfOtherUsersAreNotThoseOfTheBase) {
  Solved first = solve(gathered_in(users_with({})));
  const Users others{user_of({kA, kB})};
  const Solved second = solve(changed_in(others, {}, 1), std::move(first.sums));
  EXPECT_EQ(second.error, RoundError::kNotByChanges) << "fewer than none have it";
}

TEST(ItemItemSolverByChanges, AStatisticOfEverybodyIsForeign) {
  Solved first = solve(gathered_in(users_with({})));
  ItemItemSolver solver({}, kLimits, std::move(first.sums));
  ItemItemStatistic statistic;
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{statistic.canonical()}).error(), RoundError::kForeignStatistic);
}

TEST(ItemItemSolverByChanges, BytesThatAreNoChangesAreForeign) {
  Solved first = solve(gathered_in(users_with({})));
  ItemItemSolver solver({}, kLimits, std::move(first.sums));
  for (std::uint8_t part = 0; part < kItemItemParts; ++part) {
    ItemItemStatistic none;
    none.changes = true;
    ASSERT_TRUE(solver.absorb(std::vector<Bytes>{none.canonical()}).ok());
  }
  ItemItemStatistic rows;
  rows.kind = Kind::kRows;
  rows.changes = true;
  rows.rows = stats::GramChanges(3).canonical(); // of other items
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{rows.canonical()}).error(), RoundError::kForeignStatistic);
}

TEST(ItemItemSolverByChanges, NothingIsKeptWhereNothingWasSolved) {
  EXPECT_FALSE(solve(gathered_in({user_of({kA, kB})})).sums);
}

} // namespace
} // namespace kindred::rounds
