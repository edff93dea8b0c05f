#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/stats/rfm_sums.hpp"

namespace kindred::learners {

/// Recency, frequency and monetary value by quintiles (Hughes 1994, Strategic database marketing), solved from sums.
///
/// A score is 1 for the lowest fifth to 5 for the highest; equal values have equal scores, so fifths need not be equally
/// full: where most have ordered once, all of these have frequency 1. Recency is the day of the last order: the score of a
/// user falls as others buy later, with the next generation, and a user who orders rises at once.
/// Deviation: borders of frequency and value are quantiles of a logarithmic histogram, off by at most 1 %.
struct Rfm {
  struct Score {
    std::uint8_t recency = 0, frequency = 0, monetary = 0; ///< 1 … 5
    friend bool operator==(const Score&, const Score&) = default;
  };
  /// The names that marketing gives these groups, each score in exactly one. Closed list.
  enum class Group : std::uint8_t {
    kChampions = 1,          ///< bought lately, often and for much
    kLoyal = 2,              ///< buy often
    kPotentialLoyalists = 3, ///< bought lately, and not for the first time
    kNew = 4,                ///< bought just now, once
    kPromising = 5,          ///< bought lately, little
    kNeedAttention = 6,      ///< middling in all
    kAboutToSleep = 7,       ///< below middling, and not lately
    kAtRisk = 8,             ///< bought often, long ago
    kCannotLose = 9,         ///< were among the best, and are gone longest
    kHibernating = 10,       ///< bought little, long ago
    kLost = 11,              ///< bought least, longest ago
  };

  std::array<std::int32_t, 4> day_borders{};
  std::array<double, 4>
      order_borders{}; ///< a fifth of all lies at or below the first, two fifths at or below the second …
  std::array<double, 4> spent_borders{};

  /// None: nobody bought anything.
  static std::optional<Rfm> solve(const stats::RfmSums& sums);

  Score score(const stats::RfmSums::Buyer& buyer) const;

  Bytes canonical() const;
  static std::optional<Rfm> from(BytesView canonical); ///< none: not what `canonical` writes
  friend bool operator==(const Rfm&, const Rfm&) = default;
};

/// Requires: parts of 1 … 5.
Rfm::Group group_of(Rfm::Score score);
std::string_view name_of(Rfm::Group group); ///< "champions", "atRisk" …

} // namespace kindred::learners
