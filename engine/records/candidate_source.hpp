#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kindred::records {

/// Where a candidate of a decision can come from. Order = order of Decided::sources and of every sum; only appended to.
/// What each one scores: engine/decisions/score.hpp.
enum class CandidateSource : std::uint8_t {
  kTrending1h,      ///< decayed marks, half-life 1 h, everybody
  kTrending1d,      ///< half-life 1 d
  kTrending7d,      ///< half-life 7 d
  kTrendingCountry, ///< half-life 1 d, users in the context's country
  kTrendingDevice,  ///< half-life 1 d, users of the context's device class
  kNewest,          ///< time since publication
  kSuccessors,      ///< what came right after the last items of the running session
  kCoOccurrence,    ///< what the users of the newest items of the history use, too
  kAffinity,        ///< shares category, brand, publisher … with the newest history
  kBuyAgain,        ///< was bought by this user
  kTrendingSegment, ///< half-life 1 d, users of the user's segment
  kItemItem,        ///< goes with the newest items of the history, by the solved item-item model
};
inline constexpr std::size_t kCandidateSourceCount = 12;
static_assert(kCandidateSourceCount <= 32, "which sources gave a score is told in 32 bits");

constexpr std::size_t index_of(CandidateSource source) { return static_cast<std::size_t>(source); }
/// The name in placements, answers and records: "trending1h", "buyAgain", ...
std::string_view name_of(CandidateSource source);
/// None: no source has this name.
std::optional<CandidateSource> candidate_source_of(std::string_view name);

} // namespace kindred::records
