#include "engine/learners/linear_algebra/matrix_product.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

namespace kindred::learners {

namespace {

constexpr std::size_t kTileRows = 6; // of C, in registers: 6 × 16 floats are 12 of 16 registers of AVX2
constexpr std::size_t kTileColumns = 16;
constexpr std::size_t kBlockRows = 24 * kTileRows;        // of A, packed: 144 KiB, stays in the second cache
constexpr std::size_t kBlockColumns = 256 * kTileColumns; // of B, packed: 4 MiB, stays in the third

std::size_t up_to(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

/// `width` rows of a matrix become one strip: for each column its `width` elements; rows that are not there are zero.
void pack_rows(float* to, MatrixView from, std::size_t rows, std::size_t depth, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    if (i < rows) {
      const float* row = from.row(i);
      for (std::size_t l = 0; l < depth; ++l) to[l * width + i] = row[l];
    } else {
      for (std::size_t l = 0; l < depth; ++l) to[l * width + i] = 0;
    }
  }
}

/// 16 rows at a time, eight columns of them together: a transposition in registers.
[[gnu::target("avx2")]] void pack_sixteen_rows(float* to, MatrixView from, std::size_t depth) {
  std::size_t l = 0;
  for (; l + 8 <= depth; l += 8) {
    for (std::size_t half = 0; half < 16; half += 8) {
      __m256 r[8], t[8];
      for (std::size_t i = 0; i < 8; ++i) r[i] = _mm256_loadu_ps(from.row(half + i) + l);
      for (std::size_t i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
      }
      for (std::size_t i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
      }
      for (std::size_t i = 0; i < 4; ++i) {
        _mm256_store_ps(to + (l + i) * 16 + half, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_store_ps(to + (l + i + 4) * 16 + half, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
      }
    }
  }
  for (; l < depth; ++l)
    for (std::size_t i = 0; i < 16; ++i) to[l * 16 + i] = from.row(i)[l];
}

void pack_columns(float* to, MatrixView from, std::size_t columns, std::size_t depth) {
  for (std::size_t l = 0; l < depth; ++l, to += kTileColumns) {
    std::copy_n(from.row(l), columns, to);
    std::fill_n(to + columns, kTileColumns - columns, 0.0f);
  }
}

struct Tile {
  alignas(64) float sums[kTileRows][kTileColumns];
};

void multiply_plain(Tile& tile, const float* a, const float* b, std::size_t depth) {
  for (auto& row : tile.sums) std::fill_n(row, kTileColumns, 0.0f);
  for (std::size_t l = 0; l < depth; ++l)
    for (std::size_t i = 0; i < kTileRows; ++i)
      for (std::size_t j = 0; j < kTileColumns; ++j)
        tile.sums[i][j] = std::fma(a[l * kTileRows + i], b[l * kTileColumns + j], tile.sums[i][j]);
}

[[gnu::target("avx2,fma")]] void multiply_wide(Tile& tile, const float* a, const float* b,
                                               std::size_t depth) {
  __m256 c[kTileRows][2];
#pragma GCC unroll 6
  for (std::size_t i = 0; i < kTileRows; ++i) c[i][0] = c[i][1] = _mm256_setzero_ps();
  for (std::size_t l = 0; l < depth; ++l, a += kTileRows, b += kTileColumns) {
    const __m256 left = _mm256_load_ps(b), right = _mm256_load_ps(b + 8);
#pragma GCC unroll 6
    for (std::size_t i = 0; i < kTileRows; ++i) {
      const __m256 x = _mm256_broadcast_ss(a + i);
      c[i][0] = _mm256_fmadd_ps(x, left, c[i][0]);
      c[i][1] = _mm256_fmadd_ps(x, right, c[i][1]);
    }
  }
#pragma GCC unroll 6
  for (std::size_t i = 0; i < kTileRows; ++i) {
    _mm256_store_ps(tile.sums[i], c[i][0]);
    _mm256_store_ps(tile.sums[i] + 8, c[i][1]);
  }
}

bool is_wide() {
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide;
}

using Four = float __attribute__((vector_size(16)));

template <Into Way, class Number>
Number taken(Number before, Number sum) {
  if constexpr (Way == Into::kSet) return sum;
  if constexpr (Way == Into::kSetMinus) return -sum;
  if constexpr (Way == Into::kAdd) return before + sum;
  if constexpr (Way == Into::kSubtract) return before - sum;
}

template <Into Way>
void take_as(MatrixView c, const Tile& tile, std::size_t rows, std::size_t columns) {
  for (std::size_t i = 0; i < rows; ++i) {
    float* to = c.row(i);
    const float* sums = tile.sums[i];
    if (columns < kTileColumns) {
      for (std::size_t j = 0; j < columns; ++j) to[j] = taken<Way>(to[j], sums[j]);
      continue;
    }
    for (std::size_t j = 0; j < kTileColumns; j += 4) {
      Four before, sum;
      __builtin_memcpy(&before, to + j, sizeof before);
      __builtin_memcpy(&sum, sums + j, sizeof sum);
      before = taken<Way>(before, sum);
      __builtin_memcpy(to + j, &before, sizeof before);
    }
  }
}

void take(Into into, MatrixView c, const Tile& tile, std::size_t rows, std::size_t columns) {
  switch (into) {
  case Into::kSet: return take_as<Into::kSet>(c, tile, rows, columns);
  case Into::kSetMinus: return take_as<Into::kSetMinus>(c, tile, rows, columns);
  case Into::kAdd: return take_as<Into::kAdd>(c, tile, rows, columns);
  case Into::kSubtract: return take_as<Into::kSubtract>(c, tile, rows, columns);
  }
}

/// For the second block of depth and those behind it.
Into further(Into into) { return into == Into::kSet || into == Into::kAdd ? Into::kAdd : Into::kSubtract; }

void pack_right(float* to, MatrixView b, Right right, std::size_t columns, std::size_t depth) {
  for (std::size_t j = 0; j < columns; j += kTileColumns, to += kTileColumns * depth) {
    const std::size_t width = std::min(kTileColumns, columns - j);
    if (right == Right::kColumns)
      pack_columns(to, b.from(0, j), width, depth);
    else if (width == kTileColumns && is_wide())
      pack_sixteen_rows(to, b.from(j, 0), depth);
    else
      pack_rows(to, b.from(j, 0), width, depth, kTileColumns);
  }
}

void pack_left(float* to, MatrixView a, std::size_t rows, std::size_t depth) {
  std::size_t i = 0;
  for (; i + kTileRows <= rows; i += kTileRows) {
    const float *r0 = a.row(i), *r1 = a.row(i + 1), *r2 = a.row(i + 2), *r3 = a.row(i + 3),
                *r4 = a.row(i + 4), *r5 = a.row(i + 5);
    for (std::size_t l = 0; l < depth; ++l, to += kTileRows) {
      to[0] = r0[l];
      to[1] = r1[l];
      to[2] = r2[l];
      to[3] = r3[l];
      to[4] = r4[l];
      to[5] = r5[l];
    }
  }
  if (i < rows) pack_rows(to, a.from(i, 0), rows - i, depth, kTileRows);
}

} // namespace

void MatrixProduct::run(Into into, MatrixView c, MatrixView a, MatrixView b, Right right, std::size_t m,
                        std::size_t n, std::size_t k) {
  if (k == 0 && (into == Into::kAdd || into == Into::kSubtract)) return;
  packed_a_.at_least(kBlockRows * kDepth);
  packed_b_.at_least(std::min(kBlockColumns, up_to(n, kTileColumns)) * kDepth);
  const auto multiply = is_wide() ? &multiply_wide : &multiply_plain;
  Tile tile;
  for (std::size_t column = 0; column < n; column += kBlockColumns) {
    const std::size_t columns = std::min(kBlockColumns, n - column);
    for (std::size_t deep = 0; deep == 0 || deep < k; deep += kDepth) { // once even for a sum of nothing
      const std::size_t depth = std::min(kDepth, k - deep);
      pack_right(packed_b_.data(), right == Right::kRows ? b.from(column, deep) : b.from(deep, column), right,
                 columns, depth);
      for (std::size_t row = 0; row < m; row += kBlockRows) {
        const std::size_t rows = std::min(kBlockRows, m - row);
        pack_left(packed_a_.data(), a.from(row, deep), rows, depth);
        for (std::size_t j = 0; j < columns; j += kTileColumns) {
          for (std::size_t i = 0; i < rows; i += kTileRows) {
            const MatrixView to = c.from(row + i, column + j);
            const std::size_t high = std::min(kTileRows, rows - i),
                              wide = std::min(kTileColumns, columns - j);
            for (std::size_t h = 0; h < high; ++h) __builtin_prefetch(to.row(h), 1); // wanted behind the product
            multiply(tile, packed_a_.data() + i * depth, packed_b_.data() + j * depth, depth);
            take(deep > 0 ? further(into) : into, to, tile, high, wide);
          }
        }
      }
    }
  }
}

} // namespace kindred::learners
