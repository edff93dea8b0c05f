#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::decisions {

inline constexpr std::uint32_t kEngineVersion = 1;

/// All that a decision depends on. References are good until `decide` returns.
struct Question {
  TenantId tenant;
  const profiles::Profile* profile = nullptr;  ///< null: unknown user
  records::Purposes consent;                   ///< that holds for the user now
  const catalog::Catalog& catalog;
  const stats::FastModel* fast = nullptr;      ///< null: nothing was ever learnt
  const records::Placement& placement;
  std::string_view placement_name;             ///< as asked (may be one that was not set)
  const records::Context& context;
  Instant as_of;
  std::uint16_t count = 10;
  std::vector<ItemId> exclude;                 ///< by ItemId
  std::string_view request_id;                 ///< with tenant and placement the seed of exploration
};

struct Reason {
  std::uint8_t source = 0;
  std::string words;
};
struct Choice {
  const catalog::Entry* item = nullptr;
  float score = 0;
  std::uint8_t source = 0;  ///< strongest source, index into Answer::sources
  bool explored = false;
  std::uint32_t propensity_q24 = 1u << 24;
  std::vector<std::string> reasons;
};
struct Answer {
  std::vector<std::string> sources;
  std::vector<Choice> choices;
  std::vector<records::Candidate> candidates;  ///< at most kCandidatesMax, best first
  std::string fallback;  ///< "none", "context", "trending", "newest", "empty"
  std::uint32_t stages_done = 0;
};

/// Scratch memory reused between decisions; owner: whoever calls decide, one per thread.
class Workspace;

/// Candidates → blend → filters → exploration → reasons. Pure: equal questions give equal answers, bit for bit.
/// Never fails: an empty catalog gives an empty answer with fallback "empty".
Answer decide(const Question& question, Workspace& workspace);

/// Fills the parts of the decision record that come from the answer.
void describe(const Question& question, const Answer& answer, records::Decided& decided);

/// The record in words, for `explain`: one line per fact, most important first.
std::vector<std::string> explain(const records::Decided& decided, const catalog::Catalog& catalog);

/// Law replay: same items in the same slots with the same propensities and candidate scores.
bool same_decision(const records::Decided& then, const records::Decided& now);

}  // namespace kindred::decisions
