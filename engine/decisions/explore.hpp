#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/fixed.hpp"
#include "engine/base/ids.hpp"

namespace kindred::decisions {

inline constexpr std::uint32_t kCertain_q24 = 1u << 24; ///< a propensity of 1

/// What fills one slot.
struct Pick {
  std::uint32_t rank = 0; ///< index into the ranked list, 0 = best
  bool explored = false;  ///< chance put it before a better one that was left
  std::uint32_t propensity_q24 = kCertain_q24;
  friend bool operator==(const Pick&, const Pick&) = default;
};

/// Seed of a decision's exploration: XXH3-64 of tenant (4 LE) ‖ length of placement (4 LE) ‖ placement ‖ request id, and
/// nothing else, so that hedged copies of one request choose alike (records.md §8).
std::uint64_t exploration_seed(TenantId tenant, std::string_view placement, std::string_view request_id);

/// rate in [0, 1] × 2^24; what lies outside is clamped.
std::uint32_t exploration_q24(Fixed rate);

/// Fills min(slots, ranked) slots from a ranked list, slot by slot.
///
/// With ε = rate_q24 / 2^24 and n items left: with probability 1 − ε the best one left, with ε one of the n, each alike.
/// So P(item | slots before) = ε/n, plus 1 − ε for the best one left; never 0 for an item of the list while ε > 0, which
/// is what inverse propensity scoring needs. Exact in integers: rate_q24 / n rounded down (error < 2^-24), and the
/// generator's own bias (< n / 2^64). The last item left is certain.
/// Draws for a slot are two numbers of the generator whether they are used or not, so that slot k's chance does not
/// depend on what earlier slots drew.
std::vector<Pick> explore(std::size_t ranked, std::size_t slots, std::uint32_t rate_q24, std::uint64_t seed);

} // namespace kindred::decisions
