#include "engine/learners/linear_algebra/spd_inverse.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

using Doubles = std::vector<std::vector<double>>;

/// X Xᵀ / k + I: positive definite, well conditioned.
Doubles positive_definite(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  const std::size_t k = 40;
  Doubles x(n, std::vector<double>(k)), a(n, std::vector<double>(n));
  for (auto& row : x)
    for (double& value : row) value = static_cast<double>(random.below(2'001)) / 1000.0 - 1.0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t l = 0; l < k; ++l) a[i][j] += x[i][l] * x[j][l] / k;
      if (i == j) a[i][j] += 1;
    }
  return a;
}

struct Floats {
  explicit Floats(const Doubles& from) : n(from.size()), stride(n + 5), floats(n * stride, NAN) {
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) floats[i * stride + j] = static_cast<float>(from[i][j]);
  }
  MatrixView view() { return {floats.data(), stride}; }
  double symmetric(std::size_t i, std::size_t j) const {
    return floats[std::max(i, j) * stride + std::min(i, j)];
  }
  std::size_t n, stride;
  std::vector<float> floats; ///< what is above the diagonal is not looked at: it begins as NaN
};

TEST(SpdInverse, TimesTheMatrixIsOneForEverySize) {
  for (const std::size_t n : {1u, 2u, 63u, 64u, 65u, 127u, 129u, 200u, 384u, 385u, 700u, 1'000u}) {
    const Doubles a = positive_definite(n, n);
    Floats inverse(a);
    ASSERT_TRUE(invert_positive_definite(inverse.view(), n).ok()) << n;
    double worst = 0;
    for (std::size_t i = 0; i < n; i += 1 + n / 50) // enough rows of the product
      for (std::size_t j = 0; j < n; ++j) {
        double sum = i == j ? -1 : 0;
        for (std::size_t l = 0; l < n; ++l) sum += a[i][l] * inverse.symmetric(l, j);
        worst = std::max(worst, std::fabs(sum));
      }
    EXPECT_LT(worst, 2e-5) << n;
  }
}

TEST(SpdInverse, OfADiagonalIsExactlyItsReciprocals) {
  Doubles a(100, std::vector<double>(100));
  for (std::size_t i = 0; i < 100; ++i) a[i][i] = std::exp2(static_cast<double>(i % 20) * 2 - 20);
  Floats inverse(a);
  ASSERT_TRUE(invert_positive_definite(inverse.view(), 100).ok());
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j <= i; ++j) EXPECT_EQ(inverse.symmetric(i, j), i == j ? 1 / a[i][i] : 0.0);
}

TEST(SpdInverse, GivesTheSameBitsEveryTime) {
  const Doubles a = positive_definite(500, 9);
  Floats once(a), again(a);
  ASSERT_TRUE(invert_positive_definite(once.view(), 500).ok());
  ASSERT_TRUE(invert_positive_definite(again.view(), 500).ok());
  for (std::size_t i = 0; i < 500; ++i)
    for (std::size_t j = 0; j <= i; ++j) ASSERT_EQ(once.symmetric(i, j), again.symmetric(i, j));
}

TEST(SpdInverse, RefusesWhatIsNotPositiveDefinite) {
  for (const std::size_t bad : {0u, 70u, 399u}) {
    for (const double value : {0.0, -3.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
      Doubles a = positive_definite(400, 3);
      a[bad][bad] = value;
      Floats matrix(a);
      EXPECT_EQ(invert_positive_definite(matrix.view(), 400).error(), SolveError::kNotPositiveDefinite)
          << bad << ": " << value;
    }
  }
}

TEST(SpdInverse, OfNothingIsNothing) { EXPECT_TRUE(invert_positive_definite({}, 0).ok()); }

} // namespace
} // namespace kindred::learners
