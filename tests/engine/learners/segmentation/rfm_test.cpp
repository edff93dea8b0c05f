#include "engine/learners/segmentation/rfm.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace kindred::learners {
namespace {

using Buyer = stats::RfmSums::Buyer;

TEST(Rfm, TenBuyersFallInFifths) {
  stats::RfmSums sums;
  for (std::int32_t i = 1; i <= 10; ++i)
    ASSERT_TRUE(sums.add(Buyer{100 + i, static_cast<std::uint32_t>(i * 3), 1'000.0 - i * 90}));
  const Rfm model = *Rfm::solve(sums);
  for (std::int32_t i = 1; i <= 10; ++i) {
    const auto score = model.score({100 + i, static_cast<std::uint32_t>(i * 3), 1'000.0 - i * 90});
    const int fifth = (i + 1) / 2;
    EXPECT_EQ(score.recency, fifth) << i;
    EXPECT_EQ(score.frequency, fifth) << i;
    EXPECT_NEAR(score.monetary, 6 - fifth, 1) << i << ": a border may be off by 1 %";
  }
}

TEST(Rfm, EqualValuesHaveEqualScores) {
  stats::RfmSums sums;
  for (int i = 0; i < 90; ++i) ASSERT_TRUE(sums.add(Buyer{50, 1, 10}));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(sums.add(Buyer{60, 7, 900}));
  const Rfm model = *Rfm::solve(sums);
  EXPECT_EQ(model.score({50, 1, 10}), (Rfm::Score{1, 1, 1}));
  EXPECT_EQ(model.score({60, 7, 900}), (Rfm::Score{5, 5, 5}));
}

TEST(Rfm, OneWhoOrdersRisesAtOnce) {
  stats::RfmSums sums;
  for (std::int32_t day = 1; day <= 100; ++day)
    ASSERT_TRUE(sums.add(Buyer{day, 1 + static_cast<std::uint32_t>(day % 10), 5.0 * day}));
  const Rfm model = *Rfm::solve(sums);
  EXPECT_EQ(model.score({3, 2, 5}).recency, 1);
  EXPECT_EQ(model.score({101, 3, 25}).recency, 5) << "later than anybody when it was solved";
  EXPECT_EQ(model.score({-900, 1, -20}), (Rfm::Score{1, 1, 1}));
}

TEST(Rfm, AnyShardingGivesTheSameBorders) {
  std::optional<Rfm> expected;
  for (const std::size_t shards : {1u, 3u, 16u, 64u}) {
    std::vector<stats::RfmSums> parts(shards);
    for (std::int32_t i = 0; i < 500; ++i)
      ASSERT_TRUE(parts[static_cast<std::size_t>(i) * 7 % shards].add(
          Buyer{i * 37 % 400, 1 + static_cast<std::uint32_t>(i * 11 % 9), i * 13 % 700 + 0.5}));
    stats::RfmSums sum;
    for (std::size_t s = shards; s-- > 0;) sum.add(parts[s]);
    const Rfm model = *Rfm::solve(sum);
    if (!expected) expected = model;
    EXPECT_EQ(model.day_borders, expected->day_borders) << shards;
    EXPECT_EQ(model.order_borders, expected->order_borders) << shards;
    EXPECT_EQ(model.spent_borders, expected->spent_borders) << shards;
  }
}

TEST(Rfm, OfNobodyIsNone) { EXPECT_FALSE(Rfm::solve({}).has_value()); }

TEST(RfmGroups, EveryScoreHasOneAndEveryOneHasScores) {
  std::map<Rfm::Group, int> scores;
  std::set<std::string_view> names;
  for (std::uint8_t r = 1; r <= 5; ++r)
    for (std::uint8_t f = 1; f <= 5; ++f)
      for (std::uint8_t m = 1; m <= 5; ++m) ++scores[group_of({r, f, m})];
  for (const auto& [group, count] : scores) names.insert(name_of(group));
  EXPECT_EQ(scores.size(), 11u);
  EXPECT_EQ(names.size(), 11u);
}

TEST(RfmGroups, AreWhatTheirNamesSay) {
  EXPECT_EQ(group_of({5, 5, 5}), Rfm::Group::kChampions);
  EXPECT_EQ(group_of({5, 1, 1}), Rfm::Group::kNew);
  EXPECT_EQ(group_of({4, 1, 1}), Rfm::Group::kPromising);
  EXPECT_EQ(group_of({3, 3, 3}), Rfm::Group::kNeedAttention);
  EXPECT_EQ(group_of({3, 5, 4}), Rfm::Group::kLoyal);
  EXPECT_EQ(group_of({2, 4, 4}), Rfm::Group::kAtRisk);
  EXPECT_EQ(group_of({1, 5, 5}), Rfm::Group::kCannotLose);
  EXPECT_EQ(group_of({1, 1, 1}), Rfm::Group::kLost);
  EXPECT_EQ(group_of({1, 1, 2}), Rfm::Group::kHibernating) << "halves go up";
  EXPECT_EQ(name_of(Rfm::Group::kAtRisk), "atRisk");
}

} // namespace
} // namespace kindred::learners
