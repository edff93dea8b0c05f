#include "engine/learners/factorization/linear_autoencoder.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kindred::learners {

namespace {

/// Rows of a matrix begin at a cache line.
std::size_t stride_of(std::size_t n) { return (n + 15) / 16 * 16; }

/// The lower triangle onto the upper one, block by block: rows are read whole from then on.
void mirror(MatrixView p, std::size_t n) {
  constexpr std::size_t kBlock = 64;
  for (std::size_t top = 0; top < n; top += kBlock)
    for (std::size_t left = 0; left <= top; left += kBlock)
      for (std::size_t i = top; i < std::min(n, top + kBlock); ++i)
        for (std::size_t j = left; j < std::min(i, left + kBlock); ++j) p.row(j)[i] = p.row(i)[j];
}

/// Stronger first; of two alike the one with the lower number.
bool stronger(const LinearAutoencoder::Neighbour& a, const LinearAutoencoder::Neighbour& b) {
  const float x = std::fabs(a.weight), y = std::fabs(b.weight);
  return x != y ? x > y : a.item < b.item;
}

/// LinearAutoencoder::explained, summed up row by row of P.
class CrossValidation {
public:
  CrossValidation(const stats::Gram& gram, double l2) : gram_(gram), l2_(l2) {}
  void take(std::size_t item, double diagonal, double squares) {
    residual_ += (diagonal - l2_ * squares) / (diagonal * diagonal);
    leverage_ += 1 - l2_ * diagonal;
    all_ += gram_.at(item, item);
  }
  double explained() const {
    if (all_ <= 0 || gram_.users() <= 0) return 0;
    const double left = 1 - leverage_ / static_cast<double>(gram_.users());
    return left > 0 ? 1 - residual_ / (left * left) / all_ : 0;
  }

private:
  const stats::Gram& gram_;
  const double l2_;
  double residual_ = 0, leverage_ = 0, all_ = 0;
};

} // namespace

Result<LinearAutoencoder, SolveError> LinearAutoencoder::solve(const stats::Gram& gram, Settings settings) {
  assert(settings.l2 > 0 && settings.neighbours_max >= 1);
  const std::size_t n = gram.items();
  AlignedFloats floats(stride_of(n) * n);
  const MatrixView p{floats.data(), stride_of(n)};
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = gram.row(i);
    for (std::size_t j = 0; j < i; ++j) p.row(i)[j] = static_cast<float>(row[j]);
    p.row(i)[i] = static_cast<float>(row[i]) + settings.l2;
  }
  if (const auto done = invert_positive_definite(p, n); !done.ok()) return done.error();
  mirror(p, n);

  LinearAutoencoder model;
  model.begins.reserve(n + 1);
  model.begins.push_back(0);
  std::vector<float> scale(n);
  for (std::size_t j = 0; j < n; ++j) scale[j] = -1 / p.row(j)[j];
  std::vector<Neighbour> row;
  double all = 0, kept = 0;
  CrossValidation validation(gram, settings.l2);
  for (std::size_t i = 0; i < n; ++i) {
    row.clear();
    double squares = 0;
    for (std::size_t j = 0; j < n; ++j) {
      squares += double{p.row(i)[j]} * p.row(i)[j];
      const float weight = p.row(i)[j] * scale[j];
      if (i == j || weight == 0) continue;
      all += double{weight} * weight;
      row.push_back({static_cast<std::uint32_t>(j), weight});
    }
    if (row.size() > settings.neighbours_max) {
      const auto end = row.begin() + static_cast<std::ptrdiff_t>(settings.neighbours_max);
      std::nth_element(row.begin(), end, row.end(), stronger);
      row.erase(end, row.end());
      std::sort(row.begin(), row.end(),
                [](const Neighbour& a, const Neighbour& b) { return a.item < b.item; });
    }
    validation.take(i, p.row(i)[i], squares);
    for (const Neighbour& one : row) kept += double{one.weight} * one.weight;
    model.neighbours.insert(model.neighbours.end(), row.begin(), row.end());
    model.begins.push_back(static_cast<std::uint32_t>(model.neighbours.size()));
  }
  if (all > 0) model.kept = kept / all;
  model.explained = validation.explained();
  return model;
}

} // namespace kindred::learners
