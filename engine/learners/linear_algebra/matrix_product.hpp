#pragma once

#include <cstddef>

#include "engine/learners/linear_algebra/aligned_floats.hpp"

namespace kindred::learners {

/// A part of a row-major matrix of floats that somebody else owns.
struct MatrixView {
  float* at = nullptr;
  std::size_t stride = 0; ///< floats from one row to the next
  float* row(std::size_t i) const { return at + i * stride; }
  MatrixView from(std::size_t i, std::size_t j) const { return {at + i * stride + j, stride}; }
};

/// What becomes of the target C.
enum class Into : unsigned char {
  kSet,      ///< C = product
  kSetMinus, ///< C = −product
  kAdd,      ///< C = C + product
  kSubtract, ///< C = C − product
};

/// How B is given: C is m × n, A is m × k by rows.
enum class Right : unsigned char {
  kRows,    ///< n × k: C(i, j) = Σ A(i, l) B(j, l)
  kColumns, ///< k × n: C(i, j) = Σ A(i, l) B(l, j)
};

/// Products of single precision for solvers, on one core: C(m × n) from A(m × k) and B.
///
/// Bits: an element is a chain of fused multiply-adds over l in blocks of kDepth, each block summed on its own and then
/// taken into C; so it depends on neither m, n, alignment nor the processor (with AVX2 and FMA the chain runs in lanes,
/// without in std::fma, which is many times slower). NaN and infinity go through as IEEE 754 says.
/// Goto, van de Geijn 2008 (Anatomy of high-performance matrix multiplication): packed panels, a kernel of 6 × 16 in
/// registers. C must overlap neither A nor B. Owns scratch memory that it keeps (about 5 MiB); not thread-safe.
/// Cost: 2 m n k operations at some 85 % of the core's peak once all three are beyond a hundred.
class MatrixProduct {
public:
  static constexpr std::size_t kDepth = 256;

  void run(Into into, MatrixView c, MatrixView a, MatrixView b, Right right, std::size_t m, std::size_t n,
           std::size_t k);

private:
  AlignedFloats packed_a_, packed_b_;
};

} // namespace kindred::learners
