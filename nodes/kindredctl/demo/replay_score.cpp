#include "nodes/kindredctl/demo/replay_score.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace kindred::demo {

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr std::size_t kBasketList = 20;

/// Counts in the logarithm: log2 of the sum of 2^(t / half-life), which no passing of time changes, so that ranking
/// compares stored numbers.
class Counts {
public:
  Counts(std::uint32_t items, double half_life_hours)
      : half_life_us_(half_life_hours * 3.6e9), weight_(items, kNever) {}

  void add(std::uint32_t item, std::int64_t since_start_us) {
    met_ = std::max(met_, item + 1);
    const double more = half_life_us_ == 0.0 ? 0.0 : double(since_start_us) / half_life_us_;
    double& weight = weight_[item];
    const double high = std::max(weight, more), low = std::min(weight, more);
    weight = high + std::log2(1.0 + std::exp2(low - high));
  }

  /// Items are candidates from their first event on, counted or not.
  void meet(std::uint32_t item) { met_ = std::max(met_, item + 1); }

  std::size_t rank(std::uint32_t item, std::span<const std::uint32_t> hidden) const {
    const double score = weight_[item];
    std::size_t before = 0;
    for (std::uint32_t i = 0; i < met_; ++i) before += weight_[i] > score;
    for (std::uint32_t i = item + 1; i < met_; ++i) before += weight_[i] == score;
    for (std::uint32_t i : hidden) before -= weight_[i] > score || (weight_[i] == score && i > item);
    return before + 1;
  }

  std::vector<std::uint32_t> best(std::span<const std::uint32_t> hidden) const {
    std::vector<bool> left(met_, true);
    for (std::uint32_t i : hidden) left[i] = false;
    std::vector<std::uint32_t> items;
    for (std::uint32_t i = 0; i < met_; ++i)
      if (left[i]) items.push_back(i);
    const std::size_t length = std::min(kBasketList, items.size());
    std::partial_sort(
        items.begin(), items.begin() + std::ptrdiff_t(length), items.end(),
        [&](auto a, auto b) { return weight_[a] != weight_[b] ? weight_[a] > weight_[b] : a > b; });
    items.resize(length);
    return items;
  }

private:
  double half_life_us_;
  std::vector<double> weight_;
  std::uint32_t met_ = 0;
};

std::string name_of_half_life(double hours) {
  if (hours == 0) return "popularity, all time";
  const bool days = hours >= 24;
  return "popularity, " + std::to_string(static_cast<int>(days ? hours / 24 : hours)) + (days ? " d" : " h");
}

} // namespace

void Tally::add(std::size_t rank) {
  ++targets;
  hits_1 += rank == 1;
  if (rank == 0 || rank > 10) return;
  ++hits_10;
  reciprocal_10 += 1.0 / double(rank);
}

void Tally::add(std::span<const std::uint32_t> list, std::span<const std::uint32_t> basket) {
  assert(!basket.empty());
  const auto wanted = [&](std::uint32_t item) {
    return std::find(basket.begin(), basket.end(), item) != basket.end();
  };
  const auto first = std::find_if(list.begin(), list.end(), wanted);
  add(first == list.end() ? 0 : static_cast<std::size_t>(first - list.begin()) + 1);
  const auto shown = list.first(std::min(list.size(), kBasketList));
  const auto met = std::count_if(shown.begin(), shown.end(), wanted);
  recall_20 += double(met) / double(std::min(basket.size(), kBasketList));
}

std::vector<std::uint32_t> basket_at(const ReplayPlan& plan, std::size_t event) {
  std::vector<std::uint32_t> items;
  const std::uint32_t basket = plan.events[event].basket;
  for (; event < plan.events.size() && plan.events[event].basket == basket; ++event) {
    const std::uint32_t item = plan.events[event].item;
    if (item != kNoItem && std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
  }
  return items;
}

ReplayRow replay_popularity(const ReplayPlan& plan, double half_life_hours, PopularityCounts counts) {
  ReplayRow row;
  row.name = name_of_half_life(half_life_hours);
  Counts popularity(plan.items, half_life_hours);
  std::vector<std::vector<std::uint32_t>> hidden(
      plan.users); ///< by user: what the filter leaves out, distinct
  const std::int64_t start_us = plan.events.empty() ? 0 : plan.events.front().time_us;
  const std::uint32_t late_from = plan.late_from();
  for (std::size_t n = 0; n < plan.events.size(); ++n) {
    const PlannedEvent& event = plan.events[n];
    const auto score = [&](auto&&... what) {
      row.all.add(what...);
      if (event.basket >= late_from) row.late.add(what...);
    };
    if (event.target && plan.task == ReplayTask::kNewItem)
      score(event.first ? 0 : popularity.rank(event.item, hidden[event.user]));
    if (event.target && plan.task == ReplayTask::kNextBasket)
      score(popularity.best(hidden[event.user]), basket_at(plan, n));
    if (event.item == kNoItem) continue;
    popularity.meet(event.item);
    if (counts == PopularityCounts::kAll || event.target)
      popularity.add(event.item, event.time_us - start_us);
    auto& gone = hidden[event.user];
    if (event.hides && (event.target || std::find(gone.begin(), gone.end(), event.item) == gone.end()))
      gone.push_back(event.item);
  }
  return row;
}

} // namespace kindred::demo
