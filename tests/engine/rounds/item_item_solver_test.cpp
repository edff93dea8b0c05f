#include "engine/rounds/item_item_solver.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/stats/gram_rows.hpp"
#include "tests/engine/learners/factorization/neighbours.hpp"
#include "tests/engine/rounds/tastes.hpp"

namespace kindred::rounds {
namespace {

using learners::ItemNeighbours;
using records::ModelRole;
using stats::Gram;
using Kind = ItemItemPass::Kind;

struct Solved {
  std::optional<RoundError> error;
  std::vector<Offer> offers;
  std::string outcome;
};

Solved solved(const std::vector<profiles::Profile>& users, const KnownModels& known = {},
              const Limits& limits = {}, std::size_t partitions = 1, std::size_t slice = 7) {
  ItemItemSolver solver({{"itemItem", known}}, limits);
  const auto error = run_round(solver, gathered_in(users, partitions), slice);
  if (error) return {error, {}, {}};
  return {{}, solver.offers(), solver.outcome()};
}

std::map<std::string, double> metrics_of(const Offer& offer) {
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : offer.metrics) metrics[name] = value.to_double();
  return metrics;
}

KnownModel known_model(const learners::Pairs& pairs, Instant trained_at) {
  return {learners::neighbours_of(pairs).canonical(), trained_at};
}

TEST(ItemItemSolver, TheFirstModelKnowsTastesApart) {
  const Solved first = solved(users_with({}));
  ASSERT_EQ(first.offers.size(), 1u) << first.outcome;
  const Offer& offer = first.offers[0];
  EXPECT_EQ(offer.learner, "itemItem");
  EXPECT_EQ(offer.role, ModelRole::kChampion);
  const auto model = ItemNeighbours::from(offer.parameters);
  ASSERT_TRUE(model.has_value());
  ASSERT_EQ(model->items().size(), 24u);
  for (std::size_t k = 0; k < 12; ++k) {
    const std::uint32_t slot = model->slot_of(item_of(0, k));
    ASSERT_NE(slot, ItemNeighbours::kNoSlot);
    std::size_t friends = 0;
    for (const auto& one : model->of(slot)) {
      const ItemId other = model->items()[one.slot];
      bool same = false;
      for (std::size_t j = 0; j < 12; ++j) same |= other == item_of(0, j);
      friends += same && one.weight > 0 ? 1 : 0;
      EXPECT_TRUE(same || one.weight <= 0) << "of the other taste";
    }
    EXPECT_EQ(friends, 11u);
  }
  const auto metrics = metrics_of(offer);
  EXPECT_EQ(metrics.at("users"), 240);
  EXPECT_EQ(metrics.at("items"), 24);
  EXPECT_EQ(metrics.at("kept"), 1);
  EXPECT_EQ(metrics.at("neighbours"), static_cast<double>(model->neighbours()));
  EXPECT_GT(metrics.at("gain"), 0.05);
  EXPECT_NE(offer.reason.find("the first: explains 0."), std::string::npos) << offer.reason;
  EXPECT_NE(first.outcome.find("itemItem: champion"), std::string::npos) << first.outcome;
}

/// Rows drawn by nothing but how popular items are: there is nothing to learn, and it says so.
TEST(ItemItemSolver, WhereRowsAreChanceTheFirstIsNotBetterThanNothing) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Random random(seed);
    std::vector<profiles::Profile> users(300);
    for (auto& user : users)
      for (std::size_t k = 0; k < 60; ++k)
        if (random.below(200) < 4 + k) use(user, item_of(0, k), kAsOf - kDay);
    const Solved chance = solved(users);
    EXPECT_TRUE(chance.offers.empty()) << chance.outcome;
    EXPECT_NE(chance.outcome.find("not better than nothing"), std::string::npos) << chance.outcome;
  }
}

/// Law: sharding.
TEST(ItemItemSolver, AnyNumberOfPartitionsSlicesAndOrdersGivesTheSameBytes) {
  auto users = users_with({.users = 300, .tastes = 3});
  const Solved expected = solved(users);
  ASSERT_EQ(expected.offers.size(), 1u) << expected.outcome;
  Random random(5);
  for (const std::size_t partitions : {1u, 3u, 16u, 64u}) {
    for (std::size_t i = users.size(); i > 1; --i) std::swap(users[i - 1], users[random.below(i)]);
    const Solved again = solved(users, {}, {}, partitions, 1 + random.below(50));
    ASSERT_EQ(again.offers.size(), 1u);
    EXPECT_EQ(again.offers[0].parameters, expected.offers[0].parameters) << partitions;
    EXPECT_EQ(again.offers[0].metrics, expected.offers[0].metrics) << partitions;
  }
}

TEST(ItemItemSolver, ABudgetTakesTheItemsThatMostHave) {
  auto users = users_with({});
  for (std::size_t i = 0; i < 200; ++i)
    for (const std::size_t popular : {2u, 5u}) use(users[i], item_of(0, popular), kAsOf - kDay);
  const Solved few = solved(users, {}, {.explained_min = -1, .items = 2}, 3);
  ASSERT_EQ(few.offers.size(), 1u) << few.outcome;
  const auto model = ItemNeighbours::from(few.offers[0].parameters);
  ASSERT_TRUE(model.has_value());
  std::vector<ItemId> expected{item_of(0, 2), item_of(0, 5)};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(std::vector<ItemId>(model->items().begin(), model->items().end()), expected);
}

TEST(ItemItemSolver, ItemsWithinABudget) {
  EXPECT_EQ(items_within(std::size_t{640} << 20), Gram::kItemsMax);
  EXPECT_EQ(items_within(std::size_t{1} << 40), Gram::kItemsMax);
  const std::size_t items = items_within(std::size_t{64} << 20);
  EXPECT_NEAR(static_cast<double>(items), 3213, 1);
  EXPECT_EQ(items_within(0), 0u);
}

TEST(ItemItemSolver, WithTooLittleThereIsNothingToSolve) {
  EXPECT_EQ(solved({}).outcome, "0 users used 0 items, 20 users and 2 items are needed");
  EXPECT_TRUE(solved({}).offers.empty());
  const auto few = solved(users_with({.users = 19}));
  EXPECT_TRUE(few.offers.empty());
  EXPECT_NE(few.outcome.find("19 users"), std::string::npos) << few.outcome;
  EXPECT_FALSE(solved(users_with({.users = 19}), {}, {.rows_min = 19}).outcome.empty());
  const auto one = solved(users_with({.users = 50, .tastes = 1, .items = 1, .used = 1}));
  EXPECT_TRUE(one.offers.empty());
  EXPECT_NE(one.outcome.find("used 1 items"), std::string::npos) << "a catalog of one item";
  const auto champion = solved({}, {known_model({}, kAsOf - kDay), {}});
  EXPECT_NE(champion.outcome.find("the champion stays"), std::string::npos);
}

TEST(ItemItemSolver, ItemsThatGoWithNothingMakeNoModel) {
  std::vector<profiles::Profile> users(60);
  for (std::size_t u = 0; u < users.size(); ++u) use(users[u], item_of(0, u % 3), kAsOf - kDay);
  const Solved lonely = solved(users);
  EXPECT_TRUE(lonely.offers.empty());
  EXPECT_FALSE(lonely.error.has_value());
}

// ---- rounds told by hand

/// Statistics of one partition, as a test tells them.
class ByHand {
public:
  explicit ByHand(KnownModels known = {}, Limits limits = {})
      : solver({{"itemItem", std::move(known)}}, limits) {}

  ItemItemPass asked() const { return ItemItemPass::from(solver.parameters()).value(); }
  Result<bool, RoundError> tell(const ItemItemStatistic& statistic) {
    return solver.absorb(std::vector<Bytes>{statistic.canonical()});
  }
  /// Counts of all parts: of items by id, as many users each as told.
  Result<bool, RoundError> count(const std::map<std::uint64_t, std::int64_t>& items, std::int64_t users) {
    for (std::uint8_t part = 0;; ++part) {
      EXPECT_EQ(asked().part, part);
      ItemItemStatistic statistic;
      statistic.users = part == 0 ? users : 0;
      for (const auto& [item, count] : items)
        if (part_of({item}) == part) statistic.counts.emplace_back(ItemId{item}, count);
      const auto done = tell(statistic);
      if (!done.ok() || done.value() || part + 1 == kItemItemParts) return done;
    }
  }
  /// The rows asked for, of users who have these places.
  ItemItemStatistic rows(const std::vector<std::vector<std::uint32_t>>& users) const {
    const ItemItemPass pass = asked();
    stats::GramRows rows(pass.items.size(), pass.first, pass.rows);
    for (const auto& user : users) {
      std::vector<Gram::Entry> row;
      for (const std::uint32_t item : user) row.push_back({item, 1});
      EXPECT_TRUE(rows.add(row).ok());
    }
    ItemItemStatistic statistic;
    statistic.kind = Kind::kRows;
    statistic.rows = rows.canonical();
    return statistic;
  }

  ItemItemSolver solver;
};

TEST(ItemItemSolver, ItemsWithTheMostUsersAreTakenTiesById) {
  std::map<std::uint64_t, std::int64_t> items;
  constexpr std::uint64_t kStep = UINT64_MAX / (Gram::kItemsMax + 3); // over all parts
  for (std::uint64_t i = 1; i <= Gram::kItemsMax + 2; ++i) items[i * kStep] = i % 2 == 0 ? 5 : 4;
  items[kStep] = 1'000; // the first
  const std::uint64_t last = (Gram::kItemsMax + 1) * kStep, before = (Gram::kItemsMax - 1) * kStep;
  ByHand hand;
  ASSERT_FALSE(hand.count(items, 50'000).value());
  const ItemItemPass pass = hand.asked();
  EXPECT_EQ(pass.kind, Kind::kRows);
  ASSERT_EQ(pass.items.size(), Gram::kItemsMax);
  EXPECT_EQ(pass.items.front(), ItemId{kStep});
  const auto has = [&](std::uint64_t item) {
    return std::binary_search(pass.items.begin(), pass.items.end(), ItemId{item});
  };
  EXPECT_FALSE(has(last)) << "of those with the fewest users the last by id are left out";
  EXPECT_FALSE(has(before));
  EXPECT_TRUE(has((Gram::kItemsMax - 3) * kStep));
  EXPECT_TRUE(has((Gram::kItemsMax + 2) * kStep));
}

TEST(ItemItemSolver, RowsAreAskedInBlocksThatShrinkWithThePartitions) {
  std::map<std::uint64_t, std::int64_t> items;
  for (std::uint64_t i = 0; i < 4'000; ++i) items[i] = 5;
  ByHand hand;
  ASSERT_FALSE(hand.count(items, 100).value());
  std::size_t next = 0, blocks = 0;
  for (bool done = false; !done; ++blocks) {
    const ItemItemPass pass = hand.asked();
    ASSERT_EQ(pass.first, next);
    const auto statistic = hand.rows({{0, 1, 2}, {3'999}});
    EXPECT_LE(statistic.rows.size(), kItemItemBlockBytesMax + 64);
    next += pass.rows;
    // What was told of more partitions than one is asked of them in smaller blocks.
    ItemItemStatistic nobody = hand.rows({});
    std::vector<Bytes> all(64, nobody.canonical());
    all[0] = statistic.canonical();
    const auto absorbed = hand.solver.absorb(all);
    ASSERT_TRUE(absorbed.ok());
    done = absorbed.value();
    if (done) break;
    EXPECT_LE(hand.rows({}).rows.size(), (1u << 20) + 64);
  }
  EXPECT_EQ(next, 4'000u);
  EXPECT_GT(blocks, 20u);
}

TEST(ItemItemSolver, MoreUsersThanTheSumsHoldAreRefused) {
  ByHand hand;
  const auto refused = hand.count({{1, 3}, {2, 3}}, Gram::kUsersMax + 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), RoundError::kTooManyUsers);
  ByHand fits;
  EXPECT_TRUE(fits.count({{1, 3}, {2, 3}}, Gram::kUsersMax).ok());
}

TEST(ItemItemSolver, ManyUsersOfOneItemAreSolvedAsAny) {
  ByHand hand;
  ASSERT_FALSE(hand.count({{1, 9'000'000}, {2, 9'000'000}, {3, 40}}, 9'000'000).value());
  ItemItemStatistic statistic = hand.rows({});
  Bytes& rows = statistic.rows;
  // users, then the lower triangle: the first two are had by all.
  const std::int64_t users = 9'000'000;
  const std::int32_t sums[] = {9'000'000, 9'000'000, 9'000'000, 40, 40, 40};
  rows.replace(13, sizeof users, reinterpret_cast<const char*>(&users), sizeof users);
  rows.replace(21, sizeof sums, reinterpret_cast<const char*>(sums), sizeof sums);
  const auto done = hand.tell(statistic);
  ASSERT_TRUE(done.ok() || done.error() == RoundError::kUnsolvable) << "a condition beyond single precision";
}

TEST(ItemItemSolver, StatisticsOfOthersAreRefused) {
  const auto refused = [](auto change) {
    ByHand hand;
    EXPECT_FALSE(hand.count({{1, 30}, {2, 30}}, 40).value());
    ItemItemStatistic statistic = hand.rows({{0, 1}});
    change(statistic);
    const auto done = hand.tell(statistic);
    return !done.ok() && done.error() == RoundError::kForeignStatistic;
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](auto& one) { one.kind = Kind::kCount; }));
  EXPECT_TRUE(refused([](auto& one) { one.users = 1; }));
  EXPECT_TRUE(refused([](auto& one) { one.counts = {{{1}, 1}}; }));
  EXPECT_TRUE(refused([](auto& one) { one.differences.resize(1); }));
  EXPECT_TRUE(refused([](auto& one) { one.rows.pop_back(); }));
  EXPECT_TRUE(refused([](auto& one) { one.rows = stats::GramRows(2, 0, 1).canonical(); })) << "other rows";
  EXPECT_TRUE(refused([](auto& one) { one.rows = stats::GramRows(3, 0, 2).canonical(); }))
      << "of other items";
  ItemItemSolver solver({}, {});
  EXPECT_EQ(solver.absorb({}).error(), RoundError::kForeignStatistic);
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{RankerStatistic{}.canonical()}).error(),
            RoundError::kForeignStatistic);
  ItemItemStatistic counts;
  counts.counts = {{{UINT64_MAX}, 3}};
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{counts.canonical()}).error(), RoundError::kForeignStatistic)
      << "not of the part asked for";
  counts.counts = {{{1}, 0}};
  EXPECT_EQ(solver.absorb(std::vector<Bytes>{counts.canonical()}).error(), RoundError::kForeignStatistic);
}

TEST(ItemItemSolver, SettingsSayHowItIsSolved) {
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : ItemItemSolver({}, {.rows_min = 33, .items = 500}).settings())
    settings[name] = value;
  EXPECT_EQ(settings["l2"], "100");
  EXPECT_EQ(settings["itemsMax"], "500");
  EXPECT_EQ(settings["neighbours"], std::to_string(kItemItemNeighbours));
  EXPECT_EQ(settings["rowsMin"], "33");
}

// ---- against a champion

/// 240 users of two tastes, each of whom used some more since the champion was trained.
std::vector<profiles::Profile> with_news(Instant since, std::uint64_t seed = 2) {
  return users_with({.used = 8, .seed = seed, .as_of = since - kHour * 4});
}

constexpr Instant kTrained = kAsOf - kDay;

/// It takes one taste for the other.
learners::Pairs wrong() {
  learners::Pairs pairs;
  for (std::size_t a = 0; a < 12; ++a)
    for (std::size_t b = 0; b < 12; ++b)
      pairs[{item_of(0, a), item_of(1, b)}] = pairs[{item_of(1, a), item_of(0, b)}] = 0.25f;
  return pairs;
}
learners::Pairs right() {
  learners::Pairs pairs;
  for (const std::size_t taste : {0u, 1u})
    for (std::size_t a = 0; a < 12; ++a)
      for (std::size_t b = 0; b < 12; ++b)
        if (a != b) pairs[{item_of(taste, a), item_of(taste, b)}] = 0.25f;
  return pairs;
}

TEST(ItemItemSolver, OnASmallSiteTheNewestTakesOver) {
  const Solved newest = solved(with_news(kTrained), {known_model(wrong(), kTrained), {}});
  ASSERT_EQ(newest.offers.size(), 1u) << newest.outcome;
  EXPECT_EQ(newest.offers[0].role, ModelRole::kChampion);
  EXPECT_NE(newest.offers[0].reason.find("the newest wins: too few users for a verdict"), std::string::npos);
  EXPECT_NE(newest.offers[0].reason.find("of the new items found per user over 240 users"), std::string::npos)
      << newest.offers[0].reason;
  EXPECT_NEAR(metrics_of(newest.offers[0]).at("gain"), 1, 0.01) << "twelve are found among twenty";
}

TEST(ItemItemSolver, WhereThereIsNothingNewNothingIsOffered) {
  const Solved newest = solved(users_with({}), {known_model(wrong(), kAsOf), {}});
  EXPECT_TRUE(newest.offers.empty());
  EXPECT_EQ(newest.outcome, "itemItem: nothing was taken since the last round");
}

TEST(ItemItemSolver, OnALargeSiteItWaitsThenTheBetterIsPromoted) {
  const Limits limits{.verdict_users = 100};
  const Solved waits = solved(with_news(kTrained), {known_model(wrong(), kTrained), {}}, limits);
  ASSERT_EQ(waits.offers.size(), 1u);
  EXPECT_EQ(waits.offers[0].role, ModelRole::kChallenger);
  const KnownModel challenger = known_model(right(), kTrained + kHour);
  const Solved promoted = solved(with_news(kTrained), {known_model(wrong(), kTrained), challenger}, limits);
  ASSERT_EQ(promoted.offers.size(), 2u) << promoted.outcome;
  EXPECT_TRUE(promoted.offers[0].is_challenger);
  EXPECT_EQ(promoted.offers[0].parameters, challenger.parameters);
  EXPECT_NE(promoted.offers[0].reason.find("better than the champion"), std::string::npos);
  EXPECT_EQ(promoted.offers[1].role, ModelRole::kChallenger) << "the newest";
  const Solved worse = solved(
      with_news(kTrained), {known_model(right(), kTrained), known_model(wrong(), kTrained + kHour)}, limits);
  ASSERT_EQ(worse.offers.size(), 1u) << worse.outcome;
  EXPECT_NE(worse.outcome.find("the challenger was worse"), std::string::npos) << worse.outcome;
}

/// Each is compared on what is younger than both.
TEST(ItemItemSolver, TheVerdictIsOnWhatNeitherHasLearntFrom) {
  ByHand hand({known_model(right(), kTrained), known_model(wrong(), kTrained - kDay)});
  ASSERT_FALSE(hand.count({{1, 30}, {2, 30}}, 40).value());
  ASSERT_FALSE(hand.tell(hand.rows({{0, 1}, {0}, {1}})).value());
  const ItemItemPass pass = hand.asked();
  ASSERT_EQ(pass.kind, Kind::kCompare);
  ASSERT_EQ(pass.models.size(), 3u);
  ASSERT_EQ(pass.comparisons.size(), 2u);
  EXPECT_EQ(pass.comparisons[0], (ItemItemPass::Comparison{0, 1, kTrained}));
  EXPECT_EQ(pass.comparisons[1], (ItemItemPass::Comparison{2, 1, kTrained}))
      << "the champion is the younger one";
}

} // namespace
} // namespace kindred::rounds
