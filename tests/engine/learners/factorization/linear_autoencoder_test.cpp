#include "engine/learners/factorization/linear_autoencoder.hpp"

#include <cmath>
#include <optional>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

using stats::Gram;

/// Users of two groups, who take items of their own half for the most part.
Gram two_groups(std::size_t items, std::size_t users) {
  Random random(4);
  Gram gram(items);
  for (std::size_t u = 0; u < users; ++u) {
    std::vector<Gram::Entry> row;
    for (std::uint32_t item = 0; item < items; ++item) {
      const bool own = (item < items / 2) == (u % 2 == 0);
      if (random.below(100) < (own ? 30u : 3u)) row.push_back({item, 1});
    }
    EXPECT_TRUE(gram.add(row).ok());
  }
  return gram;
}

/// (G + λ I)⁻¹ by Gauss-Jordan in double.
std::vector<std::vector<double>> inverse_of(const Gram& gram, double l2) {
  const std::size_t n = gram.items();
  std::vector<std::vector<double>> a(n, std::vector<double>(2 * n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) a[i][j] = gram.at(i, j) + (i == j ? l2 : 0);
    a[i][n + i] = 1;
  }
  for (std::size_t c = 0; c < n; ++c) {
    const double pivot = a[c][c];
    for (double& x : a[c]) x /= pivot;
    for (std::size_t r = 0; r < n; ++r) {
      const double factor = a[r][c];
      if (r == c || factor == 0) continue;
      for (std::size_t j = 0; j < 2 * n; ++j) a[r][j] -= factor * a[c][j];
    }
  }
  for (auto& row : a) row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(n));
  return a;
}

/// The paper's formula.
std::vector<std::vector<double>> plainly(const Gram& gram, double l2) {
  const std::size_t n = gram.items();
  const auto inverse = inverse_of(gram, l2);
  std::vector<std::vector<double>> weights(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) weights[i][j] = i == j ? 0 : -inverse[i][j] / inverse[j][j];
  return weights;
}

TEST(LinearAutoencoder, IsThePapersFormula) {
  const Gram gram = two_groups(90, 400);
  const auto model = LinearAutoencoder::solve(gram, {20, 1'000});
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model.value().kept, 1);
  const auto expected = plainly(gram, 20);
  for (std::size_t i = 0; i < 90; ++i) {
    ASSERT_EQ(model.value().of(i).size(), 89u);
    for (const auto& neighbour : model.value().of(i))
      EXPECT_NEAR(neighbour.weight, expected[i][neighbour.item], 1e-5) << i << ", " << neighbour.item;
  }
}

TEST(LinearAutoencoder, KeepsTheStrongestOfEachRowByItemAndSaysHowMuchThatIs) {
  const Gram gram = two_groups(60, 300);
  const auto all = LinearAutoencoder::solve(gram, {20, 1'000}).take();
  const auto few = LinearAutoencoder::solve(gram, {20, 7}).take();
  double kept = 0, whole = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    ASSERT_EQ(few.of(i).size(), 7u);
    float weakest = INFINITY;
    for (std::size_t k = 0; k < 7; ++k) {
      EXPECT_TRUE(k == 0 || few.of(i)[k - 1].item < few.of(i)[k].item);
      weakest = std::min(weakest, std::fabs(few.of(i)[k].weight));
      kept += std::pow(few.of(i)[k].weight, 2);
    }
    std::size_t stronger = 0;
    for (const auto& one : all.of(i)) {
      stronger += std::fabs(one.weight) > weakest ? 1 : 0;
      whole += std::pow(one.weight, 2);
    }
    EXPECT_LE(stronger, 6u);
  }
  EXPECT_NEAR(few.kept, kept / whole, 1e-9);
  EXPECT_LT(few.kept, 1);
}

TEST(LinearAutoencoder, ItemsNobodyHasGetAndGiveNothing) {
  Gram gram(5);
  ASSERT_TRUE(gram.add(std::vector<Gram::Entry>{{0, 1}, {3, 2}}).ok());
  const auto model = LinearAutoencoder::solve(gram, {1, 10}).take();
  EXPECT_TRUE(model.of(1).empty());
  ASSERT_EQ(model.of(0).size(), 1u);
  EXPECT_EQ(model.of(0)[0].item, 3u);
  EXPECT_GT(model.of(0)[0].weight, 0);
}

/// The estimate the slow way: residuals of every user's row, divided by what the mean leverage leaves.
TEST(LinearAutoencoder, WhatItExplainsIsTheCrossValidationOfItsResiduals) {
  constexpr std::size_t kItems = 30;
  constexpr double kL2 = 15;
  Random random(8);
  Gram gram(kItems);
  std::vector<std::vector<Gram::Entry>> rows(200);
  for (auto& row : rows) {
    for (std::uint32_t item = 0; item < kItems; ++item)
      if (random.below(item % 2 == 0 ? 3 : 8) == 0) row.push_back({item, 1});
    ASSERT_TRUE(gram.add(row).ok());
  }
  const auto model = LinearAutoencoder::solve(gram, {float{kL2}, 1'000}).take();
  const auto weights = plainly(gram, kL2);
  double residual = 0, all = 0, leverage = 0;
  for (const auto& row : rows) {
    std::vector<double> left(kItems);
    for (const auto& one : row) {
      left[one.item] += 1;
      all += 1;
      for (std::size_t j = 0; j < kItems; ++j) left[j] -= weights[one.item][j];
    }
    for (const double one : left) residual += one * one;
  }
  // h = Σ over users of xᵀ P x ÷ users; P's diagonal follows from the weights: B(i, j) = −P(i, j) / P(j, j).
  const auto inverse = inverse_of(gram, kL2);
  for (const auto& row : rows)
    for (const auto& a : row)
      for (const auto& b : row) leverage += inverse[a.item][b.item];
  const double left = 1 - leverage / static_cast<double>(rows.size());
  EXPECT_NEAR(model.explained, 1 - residual / (left * left) / all, 1e-4);
}

TEST(LinearAutoencoder, ExplainsStructureAndNoChance) {
  Random random(5);
  Gram chance(200);
  for (int u = 0; u < 400; ++u) {
    std::vector<Gram::Entry> row;
    for (std::uint32_t item = 0; item < 200; ++item)
      if (random.below(50) == 0) row.push_back({item, 1});
    ASSERT_TRUE(chance.add(row).ok());
  }
  EXPECT_LT(LinearAutoencoder::solve(chance, {20, 100}).value().explained, 0.02);
  EXPECT_GT(LinearAutoencoder::solve(two_groups(60, 400), {20, 100}).value().explained, 0.15);
}

TEST(LinearAutoencoder, OfOneItemOrNoneIsEmpty) {
  EXPECT_EQ(LinearAutoencoder::solve(Gram(0), {}).value().items(), 0u);
  Gram one(1);
  ASSERT_TRUE(one.add(std::vector<Gram::Entry>{{0, 1}}).ok());
  const auto model = LinearAutoencoder::solve(one, {}).take();
  EXPECT_EQ(model.items(), 1u);
  EXPECT_TRUE(model.of(0).empty());
  EXPECT_EQ(model.kept, 1);
  EXPECT_LE(std::fabs(model.explained), 1) << "whatever it is, it is a number";
  EXPECT_EQ(LinearAutoencoder::solve(Gram(0), {}).value().explained, 0);
  EXPECT_EQ(LinearAutoencoder::solve(Gram(3), {}).value().explained, 0) << "nobody has anything";
}

TEST(LinearAutoencoder, AnyShardingGivesTheSameBits) {
  std::optional<LinearAutoencoder> expected;
  for (const std::size_t shards : {1u, 3u, 16u, 64u}) {
    Random random(6);
    std::vector<Gram> parts(shards, Gram(70));
    for (std::size_t u = 0; u < 500; ++u) {
      std::vector<Gram::Entry> row;
      for (std::uint32_t item = 0; item < 70; ++item)
        if (random.below(10) == 0) row.push_back({item, static_cast<std::uint8_t>(1 + random.below(3))});
      ASSERT_TRUE(parts[u * 11 % shards].add(row).ok());
    }
    Gram sum(70);
    for (std::size_t s = shards; s-- > 0;) ASSERT_TRUE(sum.add(parts[s]).ok());
    const auto model = LinearAutoencoder::solve(sum, {30, 20}).take();
    if (!expected) expected = model;
    EXPECT_EQ(model.begins, expected->begins) << shards;
    EXPECT_EQ(model.neighbours, expected->neighbours) << shards;
    EXPECT_EQ(model.explained, expected->explained) << shards;
  }
}

TEST(LinearAutoencoder, MoreRegularizationMakesWeightsSmaller) {
  const Gram gram = two_groups(40, 200);
  double before = INFINITY;
  for (const float l2 : {1.0F, 10.0F, 100.0F, 1'000.0F}) {
    double sum = 0;
    const auto model = LinearAutoencoder::solve(gram, {l2, 1'000}).take();
    for (const auto& one : model.neighbours) sum += std::pow(one.weight, 2);
    EXPECT_LT(sum, before) << l2;
    before = sum;
  }
}

TEST(LinearAutoencoder, ItemsOfOneGroupAreNeighbours) {
  const auto model = LinearAutoencoder::solve(two_groups(40, 2'000), {20, 5}).take();
  std::size_t own = 0, all = 0;
  for (std::size_t i = 0; i < 40; ++i)
    for (const auto& one : model.of(i)) {
      own += one.weight > 0 && (one.item < 20) == (i < 20) ? 1 : 0;
      all += one.weight > 0 ? 1 : 0;
    }
  EXPECT_GT(own, all * 9 / 10);
}

TEST(LinearAutoencoder, SumsThatNobodyCanHaveAreTyped) {
  Gram gram(3);
  gram.subtract(std::vector<Gram::Entry>{{0, 3}, {2, 3}}); // taken away, never added
  EXPECT_EQ(LinearAutoencoder::solve(gram, {0.5, 10}).error(), SolveError::kNotPositiveDefinite);
}

// Sums that came about another way are the same sums, so the same model, bit for bit (law sharding).
TEST(LinearAutoencoder, OfEqualSumsIsEqual) {
  const Gram gram = two_groups(80, 100);
  Gram other(80);
  ASSERT_TRUE(other.add_block(gram.block(40, 40)).ok());
  ASSERT_TRUE(other.add_block(gram.block(0, 40)).ok());
  const auto a = LinearAutoencoder::solve(gram, {}).take(), b = LinearAutoencoder::solve(other, {}).take();
  EXPECT_EQ(a.begins, b.begins);
  EXPECT_EQ(a.neighbours, b.neighbours);
}

} // namespace
} // namespace kindred::learners
