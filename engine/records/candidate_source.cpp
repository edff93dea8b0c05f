#include "engine/records/candidate_source.hpp"

#include <algorithm>
#include <array>

namespace kindred::records {
namespace {

constexpr std::array<std::string_view, kCandidateSourceCount> kNames{
    "trending1h", "trending1d",   "trending7d", "trendingCountry", "trendingDevice",  "newest",
    "successors", "coOccurrence", "affinity",   "buyAgain",        "trendingSegment", "itemItem"};

} // namespace

std::string_view name_of(CandidateSource source) { return kNames[index_of(source)]; }

std::optional<CandidateSource> candidate_source_of(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<CandidateSource>(found - kNames.begin());
}

} // namespace kindred::records
