#include "engine/learners/clustering/lineage.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace kindred::learners {

namespace {

/// Kuhn-Munkres by rows, for rows ≤ columns: of each row its column. Costs are exact integers.
std::vector<std::size_t> cheapest(std::size_t rows, std::size_t columns,
                                  const std::vector<std::int64_t>& cost) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 4;
  std::vector<std::int64_t> row_price(rows + 1), column_price(columns + 1);
  std::vector<std::size_t> row_of(columns + 1), way(columns + 1); // from 1; 0: none
  for (std::size_t row = 1; row <= rows; ++row) {
    row_of[0] = row;
    std::size_t column = 0;
    std::vector<std::int64_t> least(columns + 1, kFar);
    std::vector<bool> done(columns + 1);
    while (row_of[column] != 0) {
      done[column] = true;
      const std::size_t here = row_of[column];
      std::int64_t delta = kFar;
      std::size_t next = 0;
      for (std::size_t j = 1; j <= columns; ++j) {
        if (done[j]) continue;
        const std::int64_t reduced = cost[(here - 1) * columns + j - 1] - row_price[here] - column_price[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = column;
        }
        if (least[j] < delta) {
          delta = least[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= columns; ++j) {
        if (done[j]) {
          row_price[row_of[j]] += delta;
          column_price[j] -= delta;
        } else {
          least[j] -= delta;
        }
      }
      column = next;
    }
    for (; column != 0; column = way[column]) row_of[column] = row_of[way[column]];
  }
  std::vector<std::size_t> column_of(rows);
  for (std::size_t j = 1; j <= columns; ++j)
    if (row_of[j] != 0) column_of[row_of[j] - 1] = j - 1;
  return column_of;
}

std::int64_t sum_of_row(const Overlap& overlap, std::size_t row) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < overlap.after; ++j) sum += overlap.at(row, j);
  return sum;
}

std::int64_t sum_of_column(const Overlap& overlap, std::size_t column) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < overlap.before; ++i) sum += overlap.at(i, column);
  return sum;
}

bool is_branch(std::int64_t part, std::int64_t whole, double branch_min) {
  return part > 0 && static_cast<double>(part) >= branch_min * static_cast<double>(whole);
}

} // namespace

std::vector<std::optional<std::size_t>> assign(const Overlap& gain) {
  assert(gain.members.size() == gain.before * gain.after);
  std::vector<std::optional<std::size_t>> row_of(gain.after);
  if (gain.before == 0 || gain.after == 0) return row_of;
  const bool turned = gain.before > gain.after; // rows are the fewer
  const std::size_t rows = turned ? gain.after : gain.before, columns = turned ? gain.before : gain.after;
  std::vector<std::int64_t> cost(rows * columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      cost[i * columns + j] = turned ? -gain.at(j, i) : -gain.at(i, j);
  const auto column_of = cheapest(rows, columns, cost);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t old_group = turned ? column_of[i] : i, new_group = turned ? i : column_of[i];
    if (gain.at(old_group, new_group) > 0) row_of[new_group] = old_group;
  }
  return row_of;
}

Lineage trace_lineage(const Overlap& overlap, double branch_min) {
  assert(branch_min > 0 && branch_min <= 0.5);
  Lineage lineage{assign(overlap), {}, {}};
  for (std::size_t j = 0; j < overlap.after; ++j) {
    auto& from = lineage.continues[j];
    if (from && !is_branch(overlap.at(*from, j), sum_of_column(overlap, j), branch_min)) from.reset();
  }
  for (std::size_t i = 0; i < overlap.before; ++i) {
    Lineage::Split split{i, {}};
    for (std::size_t j = 0; j < overlap.after; ++j)
      if (is_branch(overlap.at(i, j), sum_of_row(overlap, i), branch_min)) split.into.push_back(j);
    if (split.into.size() > 1) lineage.splits.push_back(std::move(split));
  }
  for (std::size_t j = 0; j < overlap.after; ++j) {
    Lineage::Merge merge{{}, j};
    for (std::size_t i = 0; i < overlap.before; ++i)
      if (is_branch(overlap.at(i, j), sum_of_column(overlap, j), branch_min)) merge.from.push_back(i);
    if (merge.from.size() > 1) lineage.merges.push_back(std::move(merge));
  }
  return lineage;
}

} // namespace kindred::learners
