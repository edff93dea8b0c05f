#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/learners/linear_algebra/spd_inverse.hpp"
#include "engine/stats/gram.hpp"

namespace kindred::learners {

/// The item-item linear autoencoder EASE (Steck 2019, Embarrassingly shallow autoencoders for sparse data): the item-item
/// weights B with a zero diagonal that minimize ‖X − X B‖² + λ‖B‖². In closed form, with P = (XᵀX + λI)⁻¹:
/// B(i, j) = −P(i, j) / P(j, j).
///
/// Deviations: single precision from the exact Gram matrix; of each row of B only the strongest weights are kept for
/// serving, and `kept` says how much of ‖B‖² that is.
/// A score of j for a user is Σ over his items i of w(i)·B(i, j); B's rows are what he has, its columns what he may get.
struct LinearAutoencoder {
  struct Settings {
    float l2 = 200;                   ///< λ; > 0
    std::size_t neighbours_max = 256; ///< kept of each item's row; ≥ 1
  };
  struct Neighbour {
    std::uint32_t item = 0; ///< the item that gets the score
    float weight = 0;
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
  };

  /// Of item i, by item: neighbours [begins[i], begins[i + 1]).
  std::vector<std::uint32_t> begins;
  std::vector<Neighbour> neighbours;
  double kept = 1; ///< Σ B² of those kept / Σ B² of all; 1 where there is nothing
  /// How much of ‖X‖² the whole B is expected to explain for users that it was not solved from: generalized
  /// cross-validation (Golub, Heath, Wahba 1979), 1 − Σ_j RSS_j / (1 − h)² / ‖X‖², in closed form, too:
  /// RSS_j = (P(j, j) − λ Σ_i P(i, j)²) / P(j, j)², h = Σ_j (1 − λ P(j, j)) ÷ users, the mean leverage. Not above 1; below
  /// 0 where nothing is learnt; 0 where there is nothing.
  double explained = 0;

  std::size_t items() const { return begins.empty() ? 0 : begins.size() - 1; }
  std::span<const Neighbour> of(std::size_t item) const {
    return {neighbours.data() + begins[item], neighbours.data() + begins[item + 1]};
  }

  /// Items that nobody has keep an empty row. Same bits from the same Gram and settings.
  /// Memory: 4 items² bytes beside the Gram. Cost: invert_positive_definite, and some 10 ns per pair.
  static Result<LinearAutoencoder, SolveError> solve(const stats::Gram& gram, Settings settings);
};

} // namespace kindred::learners
