#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/learners/factorization/linear_autoencoder.hpp"

namespace kindred::learners {

/// The item-item model as it serves (parameters of the learner "itemItem"): of each item those that having it speaks for,
/// or against, and how much; a solved LinearAutoencoder whose items have their ids again.
///
/// score(item) = Σ_k share_k · B(item_k, item) over what the user used, newest first, share_k = 2^-8 · kShares[k].
/// Weights are whole multiples of 2^-14 within ±kWeightMax, so sums are integers: exact, and the same everywhere.
/// Memory: 4 bytes per neighbour, 12 per item; flat. Immutable value; canonical bytes that end in their own checksum.
class ItemNeighbours {
public:
  struct Neighbour {
    std::uint16_t slot = 0;  ///< of the item that gets the score
    std::int16_t weight = 0; ///< × 2^14
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
  };
  static constexpr std::size_t kItemsMax = stats::Gram::kItemsMax;
  static constexpr std::size_t kNeighboursMax = 256; ///< of an item
  static constexpr float kGrid = 0x1p-14f;
  static constexpr std::int32_t kWeightMax = 32'767; ///< × 2^-14: nearly 2
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  /// How many of a user's items speak, and how much the k-th newest of them does, × 2^8.
  static constexpr std::size_t kSeedsMax = 24;
  static const std::array<std::int32_t, kSeedsMax> kShares;
  /// What a sum of shares times weights is multiplied with to be a score.
  static constexpr float kScoreGrid = kGrid * 0x1p-8f;

  /// Rounded and clamped to the grid; what comes to 0 is left out. Requires: `items` ascending, as many as the model has,
  /// at most kItemsMax; at most kNeighboursMax neighbours each; weights that are numbers.
  static ItemNeighbours of(std::span<const ItemId> items, const LinearAutoencoder& model);

  /// Ascending: an item's slot is its place here.
  std::span<const ItemId> items() const { return items_; }
  /// kNoSlot: the model does not know it. Cost: a binary search.
  std::uint32_t slot_of(ItemId item) const;
  /// Of the item in that slot, by slot, itself never among them.
  std::span<const Neighbour> of(std::uint32_t slot) const {
    return {neighbours_.data() + begins_[slot], neighbours_.data() + begins_[slot + 1]};
  }
  std::size_t neighbours() const { return neighbours_.size(); } ///< of all items together
  /// Models of one version are equal (but for a collision of 64 bits).
  std::uint64_t version() const { return version_; }

  Bytes canonical() const;
  /// None: cut off, damaged, out of any bound above, or of another build.
  static std::optional<ItemNeighbours> from(BytesView canonical);
  friend bool operator==(const ItemNeighbours&, const ItemNeighbours&) = default;

private:
  Bytes body() const; ///< canonical bytes before their checksum
  bool read(ByteReader& in);

  std::vector<ItemId> items_;
  std::vector<std::uint32_t> begins_{0};
  std::vector<Neighbour> neighbours_;
  std::uint64_t version_ = 0; ///< the checksum
};

} // namespace kindred::learners
