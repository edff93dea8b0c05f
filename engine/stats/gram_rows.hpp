#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/stats/gram.hpp"

namespace kindred::stats {

/// Rows [first, first + rows) of a Gram matrix alone: what a partition sums up in one pass of a round, so that none of them
/// holds a whole matrix. Its bytes are those that Gram::block has for the same users and rows.
///
/// Users are counted in the block that begins at row 0. Owned by one thread at a time; 4 bytes per pair of the rows. Cost of
/// a row of m items: those pairs of it whose greater item is in the range.
class GramRows {
public:
  GramRows() = default;
  /// Requires: first + rows ≤ items ≤ Gram::kItemsMax.
  GramRows(std::size_t items, std::size_t first, std::size_t rows);

  /// One user's whole contribution, as Gram::add takes it; answers how many pairs of it were added here.
  Result<std::size_t, Gram::Refusal> add(std::span<const Gram::Entry> row);
  Bytes canonical() const;
  /// Whether the bytes are a block of just these rows.
  static bool is_block(BytesView block, std::size_t items, std::size_t first, std::size_t rows);

  /// The most rows from `first` on whose block takes at most `bytes`; at least one. Requires: first < items.
  static std::size_t rows_within(std::size_t items, std::size_t first, std::size_t bytes);

private:
  std::size_t items_ = 0, first_ = 0, rows_ = 0;
  std::int64_t users_ = 0;
  std::vector<std::int32_t> sums_; ///< as in Gram, from row `first_` on
};

} // namespace kindred::stats
