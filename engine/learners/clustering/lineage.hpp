#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace kindred::learners {

/// How many members of each old group went to each new one: old × new, row by row.
struct Overlap {
  std::size_t before = 0;
  std::size_t after = 0;
  std::vector<std::int64_t> members; ///< before × after, ≥ 0
  std::int64_t at(std::size_t old_group, std::size_t new_group) const {
    return members[old_group * after + new_group];
  }
};

/// Which old group each new one goes on, and what became of the others. Groups have numbers that a clustering gives by
/// chance; members tell who is who.
struct Lineage {
  /// Of each new group: the old one whose id it keeps; none: a new id.
  std::vector<std::optional<std::size_t>> continues;
  struct Split {
    std::size_t from = 0;          ///< old
    std::vector<std::size_t> into; ///< new, two or more
    friend bool operator==(const Split&, const Split&) = default;
  };
  struct Merge {
    std::vector<std::size_t> from; ///< old, two or more
    std::size_t into = 0;          ///< new
    friend bool operator==(const Merge&, const Merge&) = default;
  };
  std::vector<Split> splits;
  std::vector<Merge> merges;
};

/// The assignment of columns to rows that makes the sum of `gain` greatest; each row and each column at most once, pairs
/// without gain unassigned. Kuhn's Hungarian method with potentials, O(min² max): exact, and of equal sums always the same.
std::vector<std::optional<std::size_t>> assign(const Overlap& gain);

/// Ids go where most members go, all together (`assign`), but not where they are fewer than `branch_min` of the new group: it
/// is new then. A share of an old group counts as a branch of it from `branch_min` of its members on, and likewise for the
/// origins of a new group: two or more are a split or a merge. Requires: 0 < branch_min ≤ 0.5.
Lineage trace_lineage(const Overlap& overlap, double branch_min);

} // namespace kindred::learners
