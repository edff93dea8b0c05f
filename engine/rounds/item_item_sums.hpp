#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/stats/gram.hpp"

namespace kindred::rounds {

/// Users by item, ascending, each once and more than zero.
using ItemCounts = std::vector<std::pair<ItemId, std::int64_t>>;

/// What an item-item round keeps for the next one: all that it counted, and the Gram matrix of the items it chose.
///
/// Memory: 16 bytes per item, and one for each pair of those chosen (five where 255 users or more have it): some 55 MB for
/// 10,000 items.
class ItemItemSums final : public Sums {
public:
  static constexpr std::size_t kItemsMax = 1 << 20; ///< counted; where there are more, nothing is kept

  ItemItemSums(std::int64_t users, ItemCounts counts, std::vector<ItemId> items, const stats::Gram& gram)
      : users_(users), counts_(std::move(counts)), items_(std::move(items)), gram_(gram.packed()) {}

  std::size_t bytes() const override {
    return gram_.size() + counts_.size() * sizeof(counts_[0]) + items_.size() * sizeof(ItemId);
  }
  std::int64_t users() const { return users_; }
  /// Of the items of one part.
  std::span<const ItemCounts::value_type> counts_of(std::uint8_t part) const;
  /// The items of both, ascending: those that were chosen and those that are now. None where the matrix as it was does not
  /// give the one as it is by what changed alone: an item that users had came in, one that users still have went out (also
  /// who has nothing but that one is no row any more), or there are more than a Gram holds.
  std::optional<std::vector<ItemId>> with(std::span<const ItemId> chosen, const ItemCounts& counts) const;
  /// The matrix as of the cut they were kept at, with these items' numbers. Requires: `with` answered them.
  std::optional<stats::Gram> gram_of(std::span<const ItemId> items) const;

private:
  std::int64_t users_;
  ItemCounts counts_;
  std::vector<ItemId> items_;
  Bytes gram_;
};

/// Where each of `some` stands in `items`. Requires: both ascending, `some` among `items`.
std::vector<std::uint32_t> places_among(std::span<const ItemId> some, std::span<const ItemId> items);

} // namespace kindred::rounds
