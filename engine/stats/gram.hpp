#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/stats/gram_changes.hpp"

namespace kindred::stats {

/// How often items occur together: Σ over users of w(a)·w(b) for each pair of items, and for each item with itself.
///
/// A group (law `group`): all zero is zero, `add` is exact, associative and commutative, `subtract` its inverse. Items are
/// dense numbers of one solve, 0 … items−1, given in the order of their ids (records.md §1).
/// Bounds: weights 1 … 15, so a user adds at most 225 to a pair and 2^31 / 225 = 9.5 million users fit an int32; past
/// kUsersMax a row is refused and nothing of it is added. At most kItemsMax items: 200 MB, one accumulator per node.
/// Owned by one thread at a time. Cost of a row of m items: m²/2 additions, nearly all cache misses (5 ns).
class Gram {
public:
  static constexpr std::size_t kItemsMax = 10'000;
  static constexpr std::uint8_t kWeightMax = 15;
  static constexpr std::int64_t kUsersMax = INT32_MAX / (kWeightMax * kWeightMax);
  static constexpr std::uint8_t kBlockVersion = 1;

  struct Entry {
    std::uint32_t item = 0;
    std::uint8_t weight = 0;
  };
  /// Why a row or block is not taken. Closed list.
  enum class Refusal : std::uint8_t {
    kTooManyUsers = 1, ///< one more would not be sure to fit
    kBadBlock = 2,     ///< bytes that no Gram of so many items wrote
  };

  /// Requires: items ≤ kItemsMax.
  explicit Gram(std::size_t items) : items_(items), sums_(items * (items + 1) / 2) {}

  /// One user's contribution. Requires: items ascending, each once and below items(); weights 1 … kWeightMax.
  Result<Done, Refusal> add(std::span<const Entry> row);
  /// Takes back what was added.
  void subtract(std::span<const Entry> row);

  /// Requires: as many items.
  Result<Done, Refusal> add(const Gram& other);
  void subtract(const Gram& other);

  /// Rows [first, first + rows) as canonical bytes: what travels, in blocks below a message's bound.
  Bytes block(std::size_t first, std::size_t rows) const;
  /// Adds a block of another's. The first block (row 0) brings its users with it.
  Result<Done, Refusal> add_block(BytesView block);
  /// What users changed since. Requires: as many items.
  Result<Done, Refusal> add(const GramChanges& changes);

  /// For keeping it until a later round: a byte for each pair that fewer than 255 users have, five for the others.
  Bytes packed() const;
  /// What was packed, of items whose numbers are now `places` among `items`; the others are nobody's. Requires: places
  /// ascending, below items. None: not what a Gram of so many items packed.
  static std::optional<Gram> unpacked(BytesView packed, std::span<const std::uint32_t> places,
                                      std::size_t items);
  /// With these items alone, in their order. Requires: ascending, below items(), and nobody has another.
  Gram of(std::span<const std::uint32_t> items) const;

  std::size_t items() const { return items_; }
  std::int64_t users() const { return users_; } ///< rows added less rows subtracted
  /// Of one row: pairs of `item` with 0 … item.
  std::span<const std::int32_t> row(std::size_t item) const {
    return {sums_.data() + item * (item + 1) / 2, item + 1};
  }
  std::int32_t at(std::size_t a, std::size_t b) const { return a < b ? row(b)[a] : row(a)[b]; }

  friend bool operator==(const Gram&, const Gram&) = default;

private:
  template <int Sign>
  void take(std::span<const Entry> row);

  std::size_t items_;
  std::int64_t users_ = 0;
  std::vector<std::int32_t> sums_; ///< lower triangle, row by row
};

} // namespace kindred::stats
