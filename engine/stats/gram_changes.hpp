#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/stats/sorted_sums.hpp"

namespace kindred::stats {

/// What users changed of a Gram matrix of rows with weight 1: Σ over them of (their pairs now − their pairs before), where
/// it is not zero. What a round asks for that knows the matrix as of an earlier cut (law `increment`).
///
/// A group (law `group`): no pairs is zero, `add` is exact, associative and commutative, `subtract` its inverse.
/// Who came to d items beside m that he has costs d·m pairs, not m². Numbers of items are those of one solve, as in Gram,
/// and so is the bound: |sum| below 2^31 while fewer than Gram::kUsersMax users changed.
/// Value type; see SortedSums for its thread rule. 16 bytes per pair, 8 in its bytes.
class GramChanges {
public:
  static constexpr std::uint8_t kVersion = 1;

  enum class Part : std::uint8_t { kStays = 0, kComes = 1, kGoes = 2 };
  struct Entry {
    std::uint32_t item = 0;
    Part part = Part::kStays;
  };

  GramChanges() = default;
  /// Requires: items ≤ Gram::kItemsMax.
  explicit GramChanges(std::size_t items) : items_(items) {}

  /// One user's change; answers how many pairs that was. Requires: items ascending, each once and below items().
  std::size_t take(std::span<const Entry> row);
  /// Requires: as many items.
  void add(const GramChanges& other);
  void subtract(const GramChanges& other);

  std::size_t items() const { return items_; }
  std::int64_t users() const { return users_; } ///< who have a row now less who had one
  /// By pair: of a and b ≤ a it is a·(a + 1) / 2 + b.
  const SortedSums<std::uint32_t>& pairs() const { return pairs_; }

  Bytes canonical() const; ///< equal changes have equal bytes
  static std::optional<GramChanges> from(BytesView canonical);

  friend bool operator==(const GramChanges&, const GramChanges&) = default;

private:
  std::size_t items_ = 0;
  std::int64_t users_ = 0;
  SortedSums<std::uint32_t> pairs_;
};

} // namespace kindred::stats
