#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nodes/kindredctl/demo/replay_plan.hpp"

namespace kindred::demo {

// How well lists met what users did next, and what decayed popularity would have reached on the same stream. Pure.

/// Sums over targets. Ranks count from 1; 0 is a miss.
struct Tally {
  std::uint64_t targets = 0;
  std::uint64_t hits_10 = 0; ///< rank at most 10; of a basket: the best of its items
  std::uint64_t hits_1 = 0;
  double reciprocal_10 = 0.0; ///< sum of 1/rank over ranks at most 10
  double recall_20 = 0.0;     ///< kNextBasket: sum of |first 20 of the list and basket| / min(|basket|, 20)

  void add(std::size_t rank);
  /// `basket` holds distinct items; not empty.
  void add(std::span<const std::uint32_t> list, std::span<const std::uint32_t> basket);

  double hr_10() const { return share(double(hits_10)); }
  double hr_1() const { return share(double(hits_1)); }
  double mrr_10() const { return share(reciprocal_10); }
  double mean_recall_20() const { return share(recall_20); }

private:
  double share(double sum) const { return targets == 0 ? 0.0 : sum / double(targets); }
};

/// One method's line: the whole stream, and its last fifth of baskets.
struct ReplayRow {
  std::string name;
  Tally all;
  Tally late;
};

/// What the baseline counts: every event of an item, or only targets (an item a user meets for the first time).
enum class PopularityCounts : std::uint8_t { kTargets, kAll };

/// Decayed popularity, test-then-train over the plan: an event adds 1 to its item, halving every `half_life_hours` (0:
/// never), newest item first among equals; candidates are all items met so far that the filter leaves.
/// Cost: a pass over all items per target. Requires: times that do not run back by more than about 1000 half-lives.
ReplayRow replay_popularity(const ReplayPlan& plan, double half_life_hours, PopularityCounts counts);

/// The distinct items of the basket that begins at `event`, in order.
std::vector<std::uint32_t> basket_at(const ReplayPlan& plan, std::size_t event);

inline constexpr double kReplayHalfLivesHours[] = {1, 2, 3, 6, 24, 48, 168, 720, 2160, 0};

} // namespace kindred::demo
