#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/result.hpp"
#include "engine/learners/linear_algebra/matrix_product.hpp"

namespace kindred::learners {

/// Why a solver has no parameters. Closed list.
enum class SolveError : std::uint8_t {
  kNotPositiveDefinite =
      1, ///< a pivot was zero, negative or not a number: more regularization, or another input
};

/// The inverse of a symmetric positive definite matrix, in place: its lower triangle (with the diagonal) is read, and
/// holds that of the inverse afterwards; the rest of the n × n floats is scratch. After an error nothing in it means
/// anything.
///
/// A = L Lᵀ, W = L⁻¹, A⁻¹ = Wᵀ W, each of n³/3 multiply-adds (Golub, Van Loan 2013, 4.2), recursive down to blocks of 64
/// that are done in double, all else in products of single precision (matrix_product.hpp): W comes to stand, transposed,
/// above L, so that the matrix itself is nearly all the memory there is (and 4 × (n + 2·384) × 448 bytes).
/// Accuracy: that of single precision times the condition number; regularize to below 10⁴. Same bits on every machine.
/// Cost: one core, n = 10,000: n³ multiply-adds at some 80 % of its peak of single precision.
Result<Done, SolveError> invert_positive_definite(MatrixView a, std::size_t n);

} // namespace kindred::learners
