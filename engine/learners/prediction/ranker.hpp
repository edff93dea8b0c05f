#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/records/candidate_source.hpp"

namespace kindred::learners {

/// The weights that make one score of all sources, as learnt from what users took (conditional_logit.hpp): parameters of
/// the learner "ranker" (all placements of a tenant) and "ranker/PLACEMENT".
///
/// score(item) = Σ_s (base_s + fresh_s · newness(user)) · source score_s(item); fresh_s for personal sources only, newness in
/// (0, 1], 1 for who is unknown.
/// What display adds (having been shown, and where) was learnt beside them, so that it does not hide in the others, and is
/// left out when ranking: the list decides it.
/// Weights are fixed point, so that the record of a decision holds them exactly. Value type; canonical bytes.
struct Ranker {
  static constexpr std::size_t kSources = records::kCandidateSourceCount;
  /// The first source whose weight depends on the user: those that read his profile.
  static constexpr std::size_t kFirstFresh = records::index_of(records::CandidateSource::kSuccessors);
  static constexpr std::size_t kFresh = kSources - kFirstFresh;
  static constexpr std::size_t kFeatures = kSources + kFresh + 2;
  static constexpr std::size_t kShown = kSources + kFresh; ///< was in the list
  static constexpr std::size_t kPlace = kShown + 1;        ///< log2 of 1 + its slot there
  static constexpr double kWeightMax = 64;
  static constexpr std::size_t kFeaturesMax = 256; ///< of any build

  std::array<std::int32_t, kFeatures> weights_q16{};

  /// Rounded to 2^-16 and clamped to ±kWeightMax; a source's weight is never 0: it would not be scored any more, and then
  /// never be learnt again. Requires: kFeatures weights that are numbers.
  static Ranker of(const std::vector<double>& weights);
  /// What the source weighs for a user of that newness (× 2^8; profiles/choices.hpp), × 2^16.
  std::int32_t weight_q16(std::size_t source, std::uint16_t newness_q8) const;
  std::vector<double> weights() const;
  /// "newest", "affinity.fresh", "shown", "place": what each weight weighs, in their order.
  static std::vector<std::string> names();

  Bytes canonical() const;
  /// None: damaged, or of a build that had other sources.
  static std::optional<Ranker> from(BytesView canonical);
  /// Whether they are a ranker's, of this build or of one with fewer sources or more.
  static bool is_one(BytesView canonical);
  friend bool operator==(const Ranker&, const Ranker&) = default;
};

} // namespace kindred::learners
