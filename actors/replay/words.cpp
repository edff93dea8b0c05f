#include "actors/replay/words.hpp"

#include <algorithm>

#include "actors/fast_models/contract.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/ranker_pass.hpp"

namespace kindred::actors::replay {

api::Decision decision_in_words(const records::Decided& decided, const kindred::catalog::Catalog& catalog) {
  api::Decision decision;
  decision.decision = decided.decision;
  decision.user_id = decided.user_id;
  decision.placement = decided.placement;
  decision.fallback = decided.fallback;
  for (const records::Shown& shown : decided.shown) {
    api::DecidedItem item;
    const auto* entry = catalog.find(shown.item);
    item.item = entry != nullptr ? entry->item.item : std::to_string(shown.item.value);
    const auto candidate =
        std::find_if(decided.candidates.begin(), decided.candidates.end(),
                     [&](const records::Candidate& one) { return one.item == shown.item; });
    if (candidate != decided.candidates.end()) item.score = candidate->score_q8 / 256.0;
    if (shown.source < decided.sources.size()) item.source = decided.sources[shown.source];
    item.propensity = shown.propensity_q24 / double(1 << 24);
    item.explored = shown.explored;
    decision.items.push_back(std::move(item));
  }
  return decision;
}

std::vector<std::pair<std::string, std::string>> generations_of(const records::Decided& decided) {
  std::vector<std::pair<std::string, std::string>> generations{
      {fast_models::kLearner, std::to_string(decided.models.offset)}};
  if (decided.ranker.empty())
    generations.emplace_back(rounds::kRanker, "prior");
  else
    generations.emplace_back(decided.ranker, std::to_string(decided.ranker_generation));
  if (decided.item_item_generation != 0)
    generations.emplace_back(rounds::kItemItem, std::to_string(decided.item_item_generation));
  return generations;
}

api::Error model_gone(const records::Decided& decided) {
  std::string models;
  for (const auto& [learner, generation] : generations_of(decided))
    models += (models.empty() ? "" : ", ") + learner + " " + generation;
  return {api::ErrorCode::kModelGone,
          "the models log no longer holds what this decision was made with (" + models +
              "): it can be explained, not made again",
          0};
}

} // namespace kindred::actors::replay
