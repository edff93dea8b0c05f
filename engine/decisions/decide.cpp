#include "engine/decisions/decide.hpp"

#include <algorithm>
#include <array>

#include "engine/decisions/explore.hpp"
#include "engine/decisions/reasons.hpp"

namespace kindred::decisions {
namespace {

using SourceScores = std::array<float, kSourceCount>;
using Contributions = std::array<float, kSourceCount>; // weight times score

const profiles::Profile* readable_profile(const Question& question) {
  return question.consent.has(records::kPersonalization) ? question.profile : nullptr;
}

std::uint16_t newness_of(const Question& question) {
  const auto* profile = readable_profile(question);
  return profiles::newness_q8(profile == nullptr ? 0 : profile->personalization.events);
}

Blend usable_blend(const Question& question) {
  const Blend blend = blend_of(question.placement, question.ranker, newness_of(question));
  return question.consent.has(records::kPersonalization) ? blend : impersonal(blend);
}

// What the user did with an item that makes this placement leave it out.
bool left_out(const profiles::ItemUse& use, records::Filter filter) {
  if (use.has(records::EventType::kHide)) return true;
  switch (filter) {
  case records::Filter::kNone: return false;
  case records::Filter::kNeverSeen: return use.kinds != 0;
  case records::Filter::kNeverBought: return use.purchases != 0;
  }
  return false;
}

void filter_items(const Question& question, std::vector<std::uint8_t>& eligible) {
  eligible = question.catalog.columns().live;
  const auto leave_out = [&](ItemId item) {
    const catalog::Entry* entry = question.catalog.find(item);
    if (entry != nullptr) eligible[entry->ordinal] = 0;
  };
  for (const ItemId item : question.exclude) leave_out(item);
  const profiles::Profile* profile = readable_profile(question);
  if (profile == nullptr) return;
  for (const profiles::ItemUse& use : profile->personalization.items) {
    if (left_out(use, question.placement.filter)) leave_out(use.item);
  }
}

std::size_t slots_asked(const Question& question) {
  const std::size_t asked = question.count == 0 ? question.placement.count_default : question.count;
  return std::min({asked, std::size_t{question.placement.count_max}, records::kSlotsMax});
}

std::vector<Source> sources_of(const Blend& blend) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < kSourceCount; ++i) {
    if (blend.weights[i] != 0) sources.push_back(static_cast<Source>(i));
  }
  if (sources.empty()) sources.push_back(Source::kNewest); // ties are broken by publication
  return sources;
}

// Index into `sources` of the largest contribution; the first of equals.
std::uint8_t strongest(const Contributions& each, const std::vector<Source>& sources) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < sources.size(); ++i) {
    if (each[index_of(sources[i])] > each[index_of(sources[best])]) best = i;
  }
  return static_cast<std::uint8_t>(best);
}

std::string_view fallback_of(const Question& question, const std::vector<Contributions>& best) {
  if (best.empty()) return fallbacks::kEmpty;
  if (!question.consent.has(records::kPersonalization)) return fallbacks::kNoConsent;
  bool personal = false, segment = false, context = false, trending = false;
  for (const Contributions& each : best) {
    for (std::size_t i = 0; i < kSourceCount; ++i) {
      const auto source = static_cast<Source>(i);
      if (each[i] <= 0) continue;
      if (source == Source::kTrendingSegment)
        segment = true;
      else if (is_personal(source))
        personal = true;
      else if (source == Source::kTrendingCountry || source == Source::kTrendingDevice)
        context = true;
      else if (i < kTrendCount)
        trending = true;
    }
  }
  if (personal) return fallbacks::kNone;
  if (segment) return fallbacks::kSegment;
  if (context) return fallbacks::kContext;
  return trending ? fallbacks::kTrending : fallbacks::kNewest;
}

// Chance chooses among the recorded candidates alone, so that whoever reads the record knows what it chose from; slots
// beyond them are filled as ranked.
std::vector<Pick> pick_ranks(const Question& question, std::size_t ranked, std::size_t slots) {
  const std::size_t recorded = std::min(ranked, records::kCandidatesMax);
  auto picks = explore(recorded, slots, exploration_q24(question.placement.exploration),
                       exploration_seed(question.tenant, question.placement_name, question.request_id));
  while (picks.size() < std::min(ranked, slots)) picks.push_back({static_cast<std::uint32_t>(picks.size())});
  return picks;
}

void record_candidates(const Question& question, const std::vector<Ranked>& ranked,
                       const std::vector<SourceScores>& each, const std::vector<Source>& sources,
                       Answer& answer) {
  const std::size_t recorded = std::min(ranked.size(), records::kCandidatesMax);
  answer.candidates.reserve(recorded);
  answer.source_scores_q8.reserve(recorded * sources.size());
  for (std::size_t i = 0; i < recorded; ++i) {
    answer.candidates.push_back(
        {question.catalog.columns().ids[ranked[i].ordinal], quantized_q8(ranked[i].score)});
    for (const Source source : sources)
      answer.source_scores_q8.push_back(quantized_q8(each[i][index_of(source)]));
  }
}

Contributions weighted(const Blend& blend, SourceScores scores) {
  for (std::size_t i = 0; i < kSourceCount; ++i) scores[i] *= blend.weights[i];
  return scores;
}

} // namespace

std::int32_t quantized_q8(float score) {
  constexpr double kMost = 2147483647.0;
  const double halves_up = std::clamp(static_cast<double>(score) * 256 + 0.5, -kMost, kMost);
  const auto cut =
      static_cast<std::int64_t>(halves_up); // towards zero; the floor is one less for what is negative
  return static_cast<std::int32_t>(cut - (static_cast<double>(cut) > halves_up ? 1 : 0));
}

records::Context context_used(const Question& question) {
  records::Context context = question.context;
  const profiles::Profile* profile = readable_profile(question);
  if (profile == nullptr) return context;
  const auto complete = [&](const records::Context& with) {
    if (context.country.empty()) context.country = with.country;
    if (context.device == records::DeviceClass::kUnknown) context.device = with.device;
  };
  const profiles::PersonalizationLane& lane = profile->personalization;
  if (lane.default_context) complete(*lane.default_context);
  complete(lane.last_context);
  return context;
}

Answer decide(const Question& question, Workspace& workspace) {
  const records::Context context = context_used(question);
  Scorer& scorer = workspace.scorer;
  scorer.evidence.clear();
  if (const auto* profile = readable_profile(question)) {
    gather(*profile, question.catalog, question.as_of, scorer.evidence);
  }
  const ScoringInput input{question.catalog, question.fast,          context,
                           question.as_of,   usable_blend(question), question.item_item};
  filter_items(question, scorer.eligible);
  const std::size_t slots = slots_asked(question);
  std::vector<Ranked>& ranked = workspace.ranked;
  scorer.rank(input, std::max(slots, records::kCandidatesMax), ranked);

  Answer answer;
  const std::vector<Source> sources = sources_of(input.blend);
  for (const Source source : sources) {
    answer.sources.emplace_back(name_of(source));
    answer.source_weights_q16.push_back(input.blend.weight_q16(source));
  }
  answer.newness_q8 = newness_of(question);
  answer.ranked = question.ranker != nullptr && is_ranked(question.placement);
  answer.item_item = question.item_item != nullptr && input.blend.weight(Source::kItemItem) != 0;
  std::vector<SourceScores> each;
  each.reserve(ranked.size());
  for (const Ranked& one : ranked) each.push_back(scorer.source_scores(input, one.ordinal));
  const auto& entries = question.catalog.entries();
  record_candidates(question, ranked, each, sources, answer);
  for (SourceScores& scores : each) scores = weighted(input.blend, scores);
  const std::vector<Pick> picks = pick_ranks(question, ranked.size(), slots);
  const Words words{question, context, scorer.evidence};
  answer.choices.reserve(picks.size());
  for (const Pick& pick : picks) {
    const catalog::Entry& entry = *entries[ranked[pick.rank].ordinal];
    answer.choices.push_back({&entry, ranked[pick.rank].score, strongest(each[pick.rank], sources),
                              pick.explored, pick.propensity_q24,
                              words.reasons(entry, each[pick.rank], pick.explored)});
  }
  each.resize(std::min(each.size(), slots));
  answer.fallback = fallback_of(question, each);
  answer.stages_done = stages::kAll;
  return answer;
}

} // namespace kindred::decisions
