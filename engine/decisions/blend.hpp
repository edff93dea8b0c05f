#pragma once

#include <array>
#include <cstdint>

#include "engine/learners/prediction/ranker.hpp"
#include "engine/records/candidate_source.hpp"
#include "engine/records/library.hpp"

namespace kindred::decisions {

using Source = records::CandidateSource;
using records::index_of;
using records::name_of;
inline constexpr std::size_t kSourceCount = records::kCandidateSourceCount;
inline constexpr std::size_t kTrendCount =
    5;                                      ///< the first five are trends that depend on nothing of the user
inline constexpr float kWeightMax = 16'384; ///< larger ones that a placement names count as this

/// Whether it reads the user's profile, hence needs consent for personalization.
constexpr bool is_personal(Source source) { return source >= Source::kSuccessors; }

/// Whether it is a trend, of everybody or of some.
constexpr bool is_trend(Source source) {
  return index_of(source) < kTrendCount || source == Source::kTrendingSegment;
}

/// A weight per source; score of an item = Σ weight · source score, source scores as written in score.hpp. 0: the source is
/// not asked. Weights are whole multiples of 2^-16, so that a record holds them exactly.
struct Blend {
  std::array<float, kSourceCount> weights{};
  float weight(Source source) const { return weights[index_of(source)]; }
  std::int32_t weight_q16(Source source) const { return static_cast<std::int32_t>(weight(source) * 65'536); }
  friend bool operator==(const Blend&, const Blend&) = default;
};

/// The written prior: fixed weights, found once by a conditional logit over two public event streams together and then
/// rounded; where they come from and what was rejected: docs/decisions/0009_one_written_blend.md.
Blend default_blend();
/// Whose weights a placement's are, strongest first: its own, where it names its sources; the ranker's, where there is one;
/// the written prior.
Blend blend_of(const records::Placement& placement, const learners::Ranker* ranker, std::uint16_t newness_q8);
/// Whether a ranker has a say in the placement.
inline bool is_ranked(const records::Placement& placement) { return placement.sources.empty(); }
/// 1 ÷ (1 + items of the session): what is left of the crowd's say while a session runs. `session_items` is at most
/// kSessionItems (evidence.hpp).
float trend_share(std::size_t session_items);
/// The same without personal sources.
Blend impersonal(Blend blend);

} // namespace kindred::decisions
