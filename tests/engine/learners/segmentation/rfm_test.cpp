#include "engine/learners/segmentation/rfm.hpp"

#include <limits>
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

// ---- bytes

Rfm solved() {
  stats::RfmSums sums;
  for (std::int32_t i = 1; i <= 10; ++i)
    EXPECT_TRUE(sums.add(Buyer{100 + i, static_cast<std::uint32_t>(i * 3), 1'000.0 - i * 90}));
  return *Rfm::solve(sums);
}

TEST(RfmBytes, ComeBack) {
  EXPECT_EQ(Rfm::from(solved().canonical()), solved());
  EXPECT_EQ(Rfm::from(Rfm{}.canonical()), Rfm{}) << "borders that are all one";
}

TEST(RfmBytes, EveryCutAndWhatStandsBehindIsRefused) {
  const Bytes good = solved().canonical();
  EXPECT_EQ(good.size(), 1u + 4 * 4 + 8 * 8);
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_FALSE(Rfm::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(Rfm::from(good + "x").has_value());
}

TEST(RfmBytes, AFlippedBitIsRefusedOrAnotherModel) {
  const Bytes good = solved().canonical();
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto read = Rfm::from(bytes);
    refused += read ? 0 : 1;
    if (!read) continue;
    ASSERT_EQ(read->canonical(), bytes) << bit;
    ASSERT_GE(read->score({105, 3, 500}).monetary, 1);
  }
  EXPECT_GT(refused, 50) << "a version, borders that descend";
}

TEST(RfmBytes, BordersThatAreNoneAreRefused) {
  const auto taken = [](auto change) {
    Rfm model = solved();
    change(model);
    return Rfm::from(model.canonical()).has_value();
  };
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(taken([](Rfm&) {}));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(taken([&](Rfm& m) { m.order_borders[i] = kNaN; })) << i;
    EXPECT_FALSE(taken([&](Rfm& m) { m.spent_borders[i] = kNaN; })) << i;
  }
  EXPECT_FALSE(taken([&](Rfm& m) { m.spent_borders[0] = -kInf; }));
  EXPECT_FALSE(taken([&](Rfm& m) { m.order_borders[3] = kInf; }));
  EXPECT_FALSE(taken([](Rfm& m) { std::swap(m.day_borders[0], m.day_borders[3]); }));
  EXPECT_FALSE(taken([](Rfm& m) { std::swap(m.order_borders[1], m.order_borders[2]); }));
  EXPECT_FALSE(taken([](Rfm& m) { std::swap(m.spent_borders[2], m.spent_borders[3]); }));
  EXPECT_TRUE(taken([](Rfm& m) { m.spent_borders.fill(-3); })) << "refunds alone";
}

TEST(RfmBytes, ForeignVersionsAreRefused) {
  Bytes bytes = solved().canonical();
  for (int version = 0; version < 256; ++version) {
    bytes[0] = static_cast<char>(version);
    EXPECT_EQ(Rfm::from(bytes).has_value(), version == 1) << version;
  }
}

} // namespace
} // namespace kindred::learners
