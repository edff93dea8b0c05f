#include "engine/profiles/counters.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/tight_vector.hpp"
#include "engine/stats/decay.hpp"

namespace kindred::profiles {
namespace {

bool same_counter(const CounterCell& a, const CounterCell& b) {
  return a.type == b.type && a.half_life == b.half_life;
}

void add(std::vector<CounterCell>& cells, const CounterCell& more) {
  const auto begin = std::partition_point(cells.begin(), cells.end(), [&](const CounterCell& cell) {
    return std::pair(cell.type, cell.half_life) < std::pair(more.type, more.half_life);
  });
  auto end = begin;
  while (end != cells.end() && same_counter(*end, more)) ++end;
  const auto at = std::partition_point(
      begin, end, [&](const CounterCell& cell) { return cell.generation < more.generation; });
  if (at != end && at->generation == more.generation) {
    at->sum += more.sum;
    return;
  }
  const std::int32_t newest = begin == end ? more.generation : std::prev(end)->generation;
  if (more.generation <= newest - stats::kGenerationsRead) return;
  const auto first_index = begin - cells.begin();
  const auto added = insert_tight(cells, at, more);
  const auto first = cells.begin() + first_index;
  const std::int32_t oldest_kept = std::max(newest, more.generation) - stats::kGenerationsRead + 1;
  const auto worthless =
      std::find_if(first, added, [&](const CounterCell& cell) { return cell.generation >= oldest_kept; });
  cells.erase(first, worthless);
}

} // namespace

void count(std::vector<CounterCell>& cells, records::EventType type, Instant time) {
  for (const std::uint8_t half_life : kCounterHalfLives) {
    const Duration h = stats::kHalfLives[half_life];
    add(cells, {type, half_life, stats::generation_of(time, h), stats::weight_at(time, h)});
  }
}

void add(std::vector<CounterCell>& cells, const std::vector<CounterCell>& more) {
  for (const CounterCell& cell : more) add(cells, cell);
}

double counter_at(const std::vector<CounterCell>& cells, records::EventType type, std::uint8_t half_life,
                  Instant as_of) {
  double value = 0;
  for (const CounterCell& cell : cells)
    if (cell.type == type && cell.half_life == half_life)
      value += static_cast<double>(cell.sum) *
               stats::read_factor(cell.generation, as_of, stats::kHalfLives[half_life]);
  return value;
}

} // namespace kindred::profiles
