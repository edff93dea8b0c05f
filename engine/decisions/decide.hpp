#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/decisions/blend.hpp"
#include "engine/decisions/workspace.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

/// Goes up with every change that can change an answer; replay of an older record says ENGINE_CHANGED.
inline constexpr std::uint32_t kEngineVersion = 6;

/// All that a decision depends on. References are good until `decide` returns.
struct Question {
  TenantId tenant;
  const profiles::Profile* profile = nullptr; ///< null: unknown user
  records::Purposes consent;                  ///< that holds for the user now
  const catalog::Catalog& catalog;
  const stats::FastModel* fast = nullptr;   ///< null: nothing was ever learnt
  const learners::Ranker* ranker = nullptr; ///< null: none was learnt, the written prior holds
  std::string_view ranker_name = {};        ///< the learner's; with its generation for the record
  std::uint64_t ranker_generation = 0;
  const learners::ItemNeighbours* item_item = nullptr; ///< null: none was solved, the source has no say
  std::uint64_t item_item_generation = 0;
  const records::Placement& placement;
  std::string_view placement_name; ///< as asked (may be one that was not set)
  const records::Context& context;
  Instant as_of;
  std::uint16_t count = 10;    ///< 0: the placement's default; at most its count_max and records::kSlotsMax
  std::vector<ItemId> exclude; ///< by ItemId
  std::string_view request_id; ///< with tenant and placement the seed of exploration
};

/// One filled slot.
struct Choice {
  const catalog::Entry* item = nullptr;    ///< of the question's catalog
  float score = 0;                         ///< Σ weight · source score (score.hpp)
  std::uint8_t source = 0;                 ///< strongest source, index into Answer::sources
  bool explored = false;                   ///< chance put it before a better one
  std::uint32_t propensity_q24 = 1u << 24; ///< P(this item in this slot | slots before), × 2^24 (explore.hpp)
  std::vector<std::string> reasons;        ///< in words, strongest first
};

/// Names of fallbacks, in the order of a cold start; the answer carries the first that is true of its best items.
namespace fallbacks {
inline constexpr std::string_view kNone = "none"; ///< something is known of the user and was used
inline constexpr std::string_view kNoConsent =
    "noConsent"; ///< personalization is not consented: context and trends only
inline constexpr std::string_view kSegment =
    "segment"; ///< of the user only which segment he is in: what is used there
inline constexpr std::string_view kContext =
    "context"; ///< nothing of the user; trends of his country or device class
inline constexpr std::string_view kTrending = "trending"; ///< trends of everybody
inline constexpr std::string_view kNewest = "newest";     ///< nothing learnt of these items; newest first
inline constexpr std::string_view kEmpty = "empty";       ///< the filters left no item
} // namespace fallbacks

/// Stages of a decision; all are completed where no time budget cuts them (none does yet).
namespace stages {
inline constexpr std::uint32_t kTrends = 1, kPersonal = 2, kExplore = 4, kReasons = 8;
inline constexpr std::uint32_t kAll = 15;
} // namespace stages

/// What decide answers. Pointers into the question's catalog.
struct Answer {
  std::vector<std::string> sources;             ///< with a weight in this blend, in the order of Source
  std::vector<std::int32_t> source_weights_q16; ///< in the order of `sources`
  std::uint16_t newness_q8 = 256;               ///< of the user (profiles/choices.hpp)
  bool ranked = false;                          ///< the weights are the question's ranker's
  bool item_item = false;                       ///< the question's item-item model was asked
  std::vector<Choice> choices;                  ///< by slot
  std::vector<records::Candidate> candidates;   ///< at most kCandidatesMax, best first
  /// Scores of the candidates' sources, without their weights: candidate by candidate, each in the order of `sources`.
  std::vector<std::int32_t> source_scores_q8;
  std::string fallback; ///< one of fallbacks
  std::uint32_t stages_done = 0;
};

/// Candidates → blend → filters → exploration → reasons. Pure: equal questions give equal answers, bit for bit.
/// Never fails: an empty catalog gives an empty answer with fallback "empty". Without consent for personalization the
/// profile is not read at all, not even for the filters. Exploration picks among the candidates recorded (explore.hpp);
/// slots beyond them are filled as ranked.
/// Cost: linear in the tenant's items (3,000 items, 50 events: bench/speed/decide_bench.cpp).
Answer decide(const Question& question, Workspace& workspace);

/// The context a decision uses: the request's, and where it tells no country or device class, the user's default
/// context's, then his last one's. Without consent for personalization: the request's alone. Idempotent.
records::Context context_used(const Question& question);

/// Fills the parts of the decision record that come from question and answer; ids, user and positions are the caller's.
void describe(const Question& question, const Answer& answer, records::Decided& decided);

/// The record in words, for `explain`: one line per fact, most important first.
std::vector<std::string> explain(const records::Decided& decided, const catalog::Catalog& catalog);

/// What each source added to the score of the item in a slot of the record, largest first: "4.10 successors". Empty
/// where the record has no such candidate. Requires: slot < shown.size().
std::vector<std::string> contributions(const records::Decided& decided, std::size_t slot);

/// Law replay: same items in the same slots with the same propensities and candidate scores.
bool same_decision(const records::Decided& then, const records::Decided& now);

} // namespace kindred::decisions
