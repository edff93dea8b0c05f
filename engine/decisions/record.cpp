#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "engine/decisions/decide.hpp"
#include "engine/decisions/reasons.hpp"

namespace kindred::decisions {
namespace {

std::string fixed_point(double value, int digits) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits);
  return {text.data(), end.ptr};
}

std::string name_in(const catalog::Catalog& catalog, ItemId item) {
  const catalog::Entry* entry = catalog.find(item);
  if (entry == nullptr) return "an item that is not in the catalog";
  std::string name(name_of(*entry));
  if (name != entry->item.item) name += " (" + entry->item.item + ')';
  return name;
}

std::string fallback_words(std::string_view fallback) {
  if (fallback == fallbacks::kNone) return "what is known of the user was used";
  if (fallback == fallbacks::kNoConsent)
    return "no consent for personalization: context, trends and newness alone";
  if (fallback == fallbacks::kSegment) return "nothing else fits the user yet: trends of the user's segment";
  if (fallback == fallbacks::kContext)
    return "nothing fits the user yet: trends of the country and device class";
  if (fallback == fallbacks::kTrending) return "nothing fits the user yet: trends of everybody";
  if (fallback == fallbacks::kNewest) return "nothing was learnt of these items yet: newest first";
  return "the filters left no item";
}

/// "4.10 successors": the sources that added to a candidate's score, largest first.
std::vector<std::string> parts_in_words(const records::Decided& decided, std::size_t candidate) {
  if (decided.source_scores_q8.size() < (candidate + 1) * decided.sources.size()) return {};
  std::vector<double> parts;
  for (std::size_t i = 0; i < decided.sources.size(); ++i) {
    const double score = decided.source_scores_q8[candidate * decided.sources.size() + i] / 256.0;
    // Older records have the weights in the scores.
    parts.push_back(decided.source_weights_q16.empty() ? score
                                                       : score * decided.source_weights_q16[i] / 65'536);
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < decided.sources.size(); ++i) {
    if (parts[i] != 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return parts[a] > parts[b]; });
  std::vector<std::string> words;
  for (const std::size_t i : order) words.push_back(fixed_point(parts[i], 2) + ' ' + decided.sources[i]);
  return words;
}

/// The candidate that the slot shows; their number where the record has it not.
std::size_t candidate_of(const records::Decided& decided, std::size_t slot) {
  const auto candidate =
      std::find_if(decided.candidates.begin(), decided.candidates.end(),
                   [&](const records::Candidate& one) { return one.item == decided.shown[slot].item; });
  return static_cast<std::size_t>(candidate - decided.candidates.begin());
}

std::string slot_in_words(const records::Decided& decided, std::size_t slot,
                          const catalog::Catalog& catalog) {
  const records::Shown& shown = decided.shown[slot];
  std::string words = std::to_string(slot + 1) + ". " + name_in(catalog, shown.item);
  if (const std::size_t rank = candidate_of(decided, slot); rank < decided.candidates.size()) {
    words += ": score " + fixed_point(decided.candidates[rank].score_q8 / 256.0, 2);
    const char* sign = " = ";
    for (const std::string& part : parts_in_words(decided, rank)) words += std::exchange(sign, " + ") + part;
    words += "; rank " + std::to_string(rank + 1);
  }
  words += "; chance of this slot " + fixed_point(shown.propensity_q24 / double(1 << 24), 4);
  if (shown.explored) words += "; put there by chance, to learn";
  return words;
}

std::string weights_in_words(const records::Decided& decided) {
  std::string words = decided.ranker.empty()
                          ? "weights of sources: written ones"
                          : "weights of sources: learnt by " + decided.ranker + ", generation " +
                                std::to_string(decided.ranker_generation);
  for (std::size_t i = 0; i < decided.source_weights_q16.size(); ++i)
    words += (i == 0 ? "; " : ", ") + decided.sources[i] + ' ' +
             fixed_point(decided.source_weights_q16[i] / 65'536.0, 3);
  return words;
}

std::string context_in_words(const records::Context& context) {
  std::string words = "context: country " + (context.country.empty() ? "not told" : context.country);
  return words + ", device class " + std::to_string(static_cast<int>(context.device));
}

} // namespace

void describe(const Question& question, const Answer& answer, records::Decided& decided) {
  decided.placement = question.placement_name;
  decided.request_id = question.request_id;
  decided.as_of = question.as_of;
  decided.count = question.count;
  decided.user_records = question.profile == nullptr ? 0 : question.profile->records;
  decided.engine_version = kEngineVersion;
  decided.context = context_used(question);
  decided.excluded.clear();
  for (const ItemId item : question.exclude) {
    if (const catalog::Entry* entry = question.catalog.find(item))
      decided.excluded.push_back(entry->item.item);
  }
  decided.sources = answer.sources;
  decided.source_weights_q16 = answer.source_weights_q16;
  decided.ranker = answer.ranked ? std::string(question.ranker_name) : std::string();
  decided.newness_q8 = answer.newness_q8;
  decided.ranker_generation = answer.ranked ? question.ranker_generation : 0;
  decided.item_item_generation = answer.item_item ? question.item_item_generation : 0;
  decided.candidates = answer.candidates;
  decided.source_scores_q8 = answer.source_scores_q8;
  decided.shown.clear();
  for (const Choice& choice : answer.choices) {
    decided.shown.push_back({choice.item->id, choice.source, choice.explored, choice.propensity_q24});
  }
  decided.fallback = answer.fallback;
  decided.stages_done = answer.stages_done;
}

std::vector<std::string> contributions(const records::Decided& decided, std::size_t slot) {
  const std::size_t rank = candidate_of(decided, slot);
  return rank < decided.candidates.size() ? parts_in_words(decided, rank) : std::vector<std::string>{};
}

std::vector<std::string> explain(const records::Decided& decided, const catalog::Catalog& catalog) {
  std::vector<std::string> lines;
  lines.push_back(std::to_string(decided.shown.size()) + " of " + std::to_string(decided.count) +
                  " asked, for placement " + decided.placement + ": " + fallback_words(decided.fallback));
  for (std::size_t slot = 0; slot < decided.shown.size(); ++slot) {
    lines.push_back(slot_in_words(decided, slot, catalog));
  }
  lines.push_back("chosen from " + std::to_string(decided.candidates.size()) + " recorded candidates; " +
                  std::to_string(decided.excluded.size()) + " items excluded by the caller");
  lines.push_back(context_in_words(decided.context));
  lines.push_back("after " + std::to_string(decided.user_records) + " records of the user; models log at " +
                  std::to_string(decided.models.offset) + ", library log at " +
                  std::to_string(decided.library.offset) + ", engine " +
                  std::to_string(decided.engine_version));
  if (decided.item_item_generation != 0)
    lines.push_back("item-item model: generation " + std::to_string(decided.item_item_generation));
  lines.push_back(weights_in_words(decided));
  return lines;
}

bool same_decision(const records::Decided& then, const records::Decided& now) {
  return then.shown == now.shown && then.sources == now.sources && then.candidates == now.candidates &&
         then.source_scores_q8 == now.source_scores_q8 && then.source_weights_q16 == now.source_weights_q16 &&
         then.ranker == now.ranker && then.fallback == now.fallback && then.stages_done == now.stages_done;
}

} // namespace kindred::decisions
