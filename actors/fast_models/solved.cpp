#include "actors/fast_models/solved.hpp"

#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/ranker_pass.hpp"

namespace kindred::actors::fast_models {

RankerChoice ranker_of(const Lines& lines, TenantId tenant, std::string_view placement) {
  if (lines.empty()) return {};
  const std::string learner(rounds::kRanker);
  for (const std::string& name : {learner + "/" + std::string(placement), learner}) {
    const auto found = lines.find({tenant, name});
    if (found == lines.end() || !found->second->champion) continue;
    const Placed& champion = *found->second->champion;
    if (champion.model->ranker)
      return {&*champion.model->ranker, found->first.second, champion.generation, champion.model->version};
  }
  return {};
}

ItemItemChoice item_item_of(const Lines& lines, TenantId tenant) {
  const auto found = lines.find({tenant, std::string(rounds::kItemItem)});
  if (found == lines.end() || !found->second->champion) return {};
  const Placed& champion = *found->second->champion;
  if (!champion.model->item_item) return {};
  return {&*champion.model->item_item, champion.generation, champion.model->version};
}

} // namespace kindred::actors::fast_models
