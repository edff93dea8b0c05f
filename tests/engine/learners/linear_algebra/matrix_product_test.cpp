#include "engine/learners/linear_algebra/matrix_product.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

struct Matrix {
  Matrix(std::size_t rows, std::size_t columns, Random* random = nullptr)
      : rows(rows), stride(columns + 3), floats(rows * stride) {
    if (random == nullptr) return;
    for (float& x : floats) x = static_cast<float>(random->below(2'001)) / 1000.0f - 1.0f;
  }
  MatrixView view() { return {floats.data(), stride}; }
  float at(std::size_t i, std::size_t j) const { return floats[i * stride + j]; }
  std::size_t rows, stride;
  std::vector<float> floats;
};

/// The contract, word for word: chains of fused multiply-adds in blocks of depth.
float expected(Into into, float before, const Matrix& a, const Matrix& b, Right right, std::size_t i,
               std::size_t j, std::size_t k) {
  float c = into == Into::kAdd || into == Into::kSubtract ? before : 0;
  for (std::size_t deep = 0; deep < k; deep += MatrixProduct::kDepth) {
    float sum = 0;
    for (std::size_t l = deep; l < std::min(k, deep + MatrixProduct::kDepth); ++l)
      sum = std::fma(a.at(i, l), right == Right::kRows ? b.at(j, l) : b.at(l, j), sum);
    c = into == Into::kSetMinus || into == Into::kSubtract ? c - sum : c + sum;
  }
  return c;
}

TEST(MatrixProduct, GivesTheBitsOfItsContractForEveryShape) {
  Random random(1);
  MatrixProduct product;
  struct Shape {
    std::size_t m, n, k;
  };
  for (const Shape shape : {Shape{1, 1, 1},
                            {6, 16, 8},
                            {7, 17, 9},
                            {5, 15, 7},
                            {12, 33, 256},
                            {13, 16, 257},
                            {150, 40, 600},
                            {3, 4'100, 5}}) {
    for (const Right right : {Right::kRows, Right::kColumns}) {
      Matrix a(shape.m, shape.k, &random);
      Matrix b =
          right == Right::kRows ? Matrix(shape.n, shape.k, &random) : Matrix(shape.k, shape.n, &random);
      for (const Into into : {Into::kSet, Into::kSetMinus, Into::kAdd, Into::kSubtract}) {
        Matrix c(shape.m, shape.n, &random);
        const Matrix before = c;
        product.run(into, c.view(), a.view(), b.view(), right, shape.m, shape.n, shape.k);
        for (std::size_t i = 0; i < shape.m; ++i) {
          for (std::size_t j = 0; j < shape.n; ++j)
            ASSERT_EQ(c.at(i, j), expected(into, before.at(i, j), a, b, right, i, j, shape.k))
                << shape.m << "x" << shape.n << "x" << shape.k << " at " << i << ", " << j;
          for (std::size_t j = shape.n; j < c.stride; ++j)
            ASSERT_EQ(c.at(i, j), before.at(i, j)) << "beside it";
        }
      }
    }
  }
}

TEST(MatrixProduct, OfNothingChangesOnlyWhatIsSet) {
  MatrixProduct product;
  Matrix a(2, 1), b(2, 1), c(2, 2);
  c.floats.assign(c.floats.size(), 5);
  product.run(Into::kAdd, c.view(), a.view(), b.view(), Right::kRows, 2, 2, 0);
  product.run(Into::kSubtract, c.view(), a.view(), b.view(), Right::kColumns, 2, 2, 0);
  product.run(Into::kSet, c.view(), a.view(), b.view(), Right::kRows, 0, 2, 1);
  product.run(Into::kSet, c.view(), a.view(), b.view(), Right::kRows, 2, 0, 1);
  EXPECT_EQ(c.at(1, 1), 5);
  product.run(Into::kSet, c.view(), a.view(), b.view(), Right::kRows, 2, 2, 0);
  EXPECT_EQ(c.at(0, 0), 0) << "a sum of nothing";
  EXPECT_EQ(c.at(1, 1), 0);
}

TEST(MatrixProduct, CarriesNanAndInfinityToWhereTheyBelong) {
  Random random(2);
  MatrixProduct product;
  Matrix a(8, 20, &random), b(18, 20, &random), c(8, 18);
  a.view().row(3)[7] = NAN;
  b.view().row(5)[2] = INFINITY;
  product.run(Into::kSet, c.view(), a.view(), b.view(), Right::kRows, 8, 18, 20);
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t j = 0; j < 18; ++j)
      EXPECT_EQ(std::isfinite(c.at(i, j)), i != 3 && (j != 5 || a.at(i, 2) == 0)) << i << ", " << j;
}

} // namespace
} // namespace kindred::learners
