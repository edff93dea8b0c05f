#include "engine/records/candidate_source.hpp"

#include <array>

#include <gtest/gtest.h>

namespace kindred::records {
namespace {

TEST(CandidateSource, NamesAreKeptForEver) {
  constexpr std::array<std::string_view, kCandidateSourceCount> kNames{
      "trending1h", "trending1d",   "trending7d", "trendingCountry", "trendingDevice",  "newest",
      "successors", "coOccurrence", "affinity",   "buyAgain",        "trendingSegment", "itemItem"};
  for (std::size_t i = 0; i < kCandidateSourceCount; ++i) {
    EXPECT_EQ(name_of(static_cast<CandidateSource>(i)), kNames[i]);
    EXPECT_EQ(candidate_source_of(kNames[i]), static_cast<CandidateSource>(i));
  }
}

TEST(CandidateSource, UnknownNamesAreNone) {
  EXPECT_FALSE(candidate_source_of("").has_value());
  EXPECT_FALSE(candidate_source_of("Newest").has_value());
  EXPECT_FALSE(candidate_source_of("collaborative").has_value());
}

} // namespace
} // namespace kindred::records
