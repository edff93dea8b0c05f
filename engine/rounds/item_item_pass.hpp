#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/stats/moments.hpp"

namespace kindred::rounds {

inline constexpr std::string_view kItemItem = "itemItem";

/// Items are counted in so many passes, each of the ids that begin with its bits, so that one statistic stays small.
inline constexpr std::uint8_t kItemItemParts = 4;
inline constexpr std::size_t kItemItemModelsMax = 3; ///< the newest, champion, challenger

/// What a pass over the users' items is asked.
struct ItemItemPass {
  enum class Kind : std::uint8_t {
    kCount = 1,   ///< how many users each item of a part has
    kRows = 2,    ///< rows of the Gram matrix of the items named
    kCompare = 3, ///< per user: by how much more of his new items one model finds than another
  };
  /// Of two of `models`, on what users first used after `since`.
  struct Comparison {
    std::uint8_t model = 0, other = 0;
    Instant since;
    friend bool operator==(const Comparison&, const Comparison&) = default;
  };
  Kind kind = Kind::kCount;
  bool changes = false;                ///< of a round by changes: now less before, over who changed
  std::uint8_t part = 0;               ///< kCount
  std::vector<ItemId> items;           ///< kRows: ascending, each once; their places are their numbers
  std::uint32_t first = 0, rows = 0;   ///< kRows: the range
  std::vector<Bytes> models;           ///< kCompare: parameters (learners/factorization/item_neighbours.hpp)
  std::vector<Comparison> comparisons; ///< kCompare

  Bytes canonical() const;
  static std::optional<ItemItemPass> from(BytesView canonical);
  friend bool operator==(const ItemItemPass&, const ItemItemPass&) = default;
};

/// What a pass answers. Exact sums over users. By changes, counts may be negative, and zeros are left out.
struct ItemItemStatistic {
  ItemItemPass::Kind kind = ItemItemPass::Kind::kCount;
  bool changes = false;
  std::int64_t users = 0;                              ///< kCount, part 0: who used anything
  std::vector<std::pair<ItemId, std::int64_t>> counts; ///< kCount: users by item, ascending
  Bytes rows; ///< kRows: as stats::Gram::block writes them; by changes stats::GramChanges, of all rows
  std::vector<stats::Moments> differences; ///< kCompare: by comparison, over users who are in it

  Bytes canonical() const;
  static std::optional<ItemItemStatistic> from(BytesView canonical);
  friend bool operator==(const ItemItemStatistic&, const ItemItemStatistic&) = default;
};

/// The part that an item is counted in.
constexpr std::uint8_t part_of(ItemId item) { return static_cast<std::uint8_t>(item.value >> 62); }

} // namespace kindred::rounds
