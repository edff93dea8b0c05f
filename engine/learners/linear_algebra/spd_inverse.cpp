#include "engine/learners/linear_algebra/spd_inverse.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kindred::learners {

namespace {

constexpr std::size_t kBase = 64;   // side of the blocks on the diagonal that are done element by element
constexpr std::size_t kPanel = 384; // rows of the products; a multiple of what the kernel takes at once

/// A multiple of kBase near the middle. Requires: n > kBase.
std::size_t half(std::size_t n) { return (n / 2 + kBase - 1) / kBase * kBase; }

class Inversion {
public:
  Inversion(MatrixView a, std::size_t n)
      : a_(a), n_(n), inverses_((n / kBase + 1) * kBase * kBase), rows_(kPanel * std::max(n, kPanel)),
        narrow_(n * kBase), diagonal_(kPanel * kPanel), corner_(kPanel * kPanel) {}

  Result<Done, SolveError> run() {
    if (!factor(0, n_)) return SolveError::kNotPositiveDefinite;
    invert(0, n_);
    square();
    return Done{};
  }

private:
  /// W of a block on the diagonal, lower triangle, zeros above.
  MatrixView inverse(std::size_t at) const { return {inverses_.data() + at / kBase * kBase * kBase, kBase}; }

  // ---- A = L Lᵀ, below the diagonal ----

  bool factor(std::size_t at, std::size_t n) {
    if (n <= kBase) return factor_block(at, n);
    const std::size_t first = half(n);
    if (!factor(at, first)) return false;
    solve(at, first, at + first, n - first);
    for (std::size_t p = first; p < n; p += kPanel) {
      const std::size_t rows = std::min(kPanel, n - p);
      product_.run(Into::kSubtract, a_.from(at + p, at + first), a_.from(at + p, at), a_.from(at + first, at),
                   Right::kRows, rows, p + rows - first, first);
    }
    return factor(at + first, n - first);
  }

  /// L of a block and W = L⁻¹, in double; only W is kept.
  bool factor_block(std::size_t at, std::size_t n) {
    std::array<std::array<double, kBase>, kBase> l, w;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = a_.row(at + i)[at + j];
        for (std::size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
        if (i == j && !(sum > 0 && std::isfinite(sum))) return false;
        l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
      }
    }
    const MatrixView to = inverse(at);
    for (std::size_t i = 0; i < n; ++i) {
      std::fill_n(to.row(i), kBase, 0.0f);
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = i == j ? 1 : 0;
        for (std::size_t k = j; k < i; ++k) sum -= l[i][k] * w[k][j];
        w[i][j] = sum / l[i][i];
        to.row(i)[j] = static_cast<float>(w[i][j]);
      }
    }
    return true;
  }

  /// The rows `row` … become X with X Lᵀ = what they were, L of `width` columns from `at`.
  void solve(std::size_t at, std::size_t width, std::size_t row, std::size_t rows) {
    if (width <= kBase) {
      const MatrixView copy{narrow_.data(), width};
      for (std::size_t i = 0; i < rows; ++i) std::copy_n(a_.row(row + i) + at, width, copy.row(i));
      product_.run(Into::kSet, a_.from(row, at), copy, inverse(at), Right::kRows, rows, width, width);
      return;
    }
    const std::size_t first = half(width);
    solve(at, first, row, rows);
    product_.run(Into::kSubtract, a_.from(row, at + first), a_.from(row, at), a_.from(at + first, at),
                 Right::kRows, rows, width - first, first);
    solve(at + first, width - first, row, rows);
  }

  // ---- W = L⁻¹: Wᵀ on and above the diagonal ----

  void invert(std::size_t at, std::size_t n) {
    if (n <= kBase) {
      const MatrixView w = inverse(at);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i; j < n; ++j) a_.row(at + i)[at + j] = w.row(j)[i];
      return;
    }
    const std::size_t first = half(n);
    invert(at, first);
    invert(at + first, n - first);
    // The corner: Wᵀ₁₂ = −Wᵀ₁₁ Lᵀ₂₁ Wᵀ₂₂, first the left product, then row by row the right one.
    for (std::size_t p = 0; p < first; p += kPanel) {
      const std::size_t rows = std::min(kPanel, first - p);
      const MatrixView to = a_.from(at + p, at + first);
      product_.run(Into::kSetMinus, to, upper(at + p, rows), a_.from(at + first, at + p), Right::kRows, rows,
                   n - first, rows);
      product_.run(Into::kSubtract, to, a_.from(at + p, at + p + rows), a_.from(at + first, at + p + rows),
                   Right::kRows, rows, n - first, first - p - rows);
      times_upper(to, rows, at + first, n - first);
    }
  }

  /// C = C · Wᵀ of the `n` columns from `at`.
  void times_upper(MatrixView c, std::size_t rows, std::size_t at, std::size_t n) {
    const MatrixView copy{rows_.data(), n};
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(c.row(i), n, copy.row(i));
    for (std::size_t q = 0; q < n; q += kPanel) {
      const std::size_t columns = std::min(kPanel, n - q);
      product_.run(Into::kSet, c.from(0, q), copy.from(0, q), upper(at + q, columns), Right::kColumns, rows,
                   columns, columns);
      product_.run(Into::kAdd, c.from(0, q), copy, a_.from(at, at + q), Right::kColumns, rows, columns, q);
    }
  }

  /// A copy of Wᵀ's block on the diagonal with zeros below it, where L still stands.
  MatrixView upper(std::size_t at, std::size_t n) {
    const MatrixView copy{diagonal_.data(), n};
    for (std::size_t i = 0; i < n; ++i) {
      std::fill_n(copy.row(i), i, 0.0f);
      std::copy_n(a_.row(at + i) + at + i, n - i, copy.row(i) + i);
    }
    return copy;
  }

  // ---- A⁻¹ = Wᵀ W, below the diagonal and on it ----

  void square() {
    for (std::size_t p = 0; p < n_; p += kPanel) {
      const std::size_t rows = std::min(kPanel, n_ - p), behind = p + rows;
      const MatrixView own = upper(p, rows), right = a_.from(p, behind);
      product_.run(Into::kSet, a_.from(p, 0), own, a_.from(0, p), Right::kRows, rows, p, rows);
      product_.run(Into::kAdd, a_.from(p, 0), right, a_.from(0, behind), Right::kRows, rows, p, n_ - behind);
      const MatrixView corner{corner_.data(), rows};
      product_.run(Into::kSet, corner, own, own, Right::kRows, rows, rows, rows);
      product_.run(Into::kAdd, corner, right, right, Right::kRows, rows, rows, n_ - behind);
      for (std::size_t i = 0; i < rows; ++i) std::copy_n(corner.row(i), i + 1, a_.row(p + i) + p);
    }
  }

  const MatrixView a_;
  const std::size_t n_;
  MatrixProduct product_;
  AlignedFloats inverses_, rows_, narrow_, diagonal_, corner_;
};

} // namespace

Result<Done, SolveError> invert_positive_definite(MatrixView a, std::size_t n) {
  if (n == 0) return Done{};
  return Inversion(a, n).run();
}

} // namespace kindred::learners
