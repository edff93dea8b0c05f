#include "engine/rounds/learner.hpp"

#include <array>

#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/learners/prediction/ranker.hpp"
#include "engine/rounds/item_item_gatherer.hpp"
#include "engine/rounds/item_item_solver.hpp"
#include "engine/rounds/ranker_gatherer.hpp"
#include "engine/rounds/ranker_solver.hpp"

namespace kindred::rounds {

namespace {
constexpr std::array<std::string_view, 2> kLearners{kRanker, kItemItem};
}

std::span<const std::string_view> learners() { return kLearners; }

std::string_view learner_of(std::string_view model) {
  const std::string_view root = model.substr(0, model.find('/'));
  for (const std::string_view learner : kLearners)
    if (root == learner) return learner;
  return {};
}

bool are_parameters(std::string_view model, BytesView parameters) {
  const std::string_view learner = learner_of(model);
  if (learner == kRanker) return learners::Ranker::is_one(parameters);
  return learner == kItemItem && model == kItemItem && learners::ItemNeighbours::from(parameters).has_value();
}

namespace {

std::vector<std::pair<std::string, double>> described_ranker(BytesView parameters) {
  std::vector<std::pair<std::string, double>> named;
  const auto ranker = learners::Ranker::from(parameters);
  if (!ranker) return named;
  const auto names = learners::Ranker::names();
  const auto weights = ranker->weights();
  for (std::size_t i = 0; i < names.size(); ++i) named.emplace_back(names[i], weights[i]);
  return named;
}

std::vector<std::pair<std::string, double>> described_item_item(BytesView parameters) {
  const auto model = learners::ItemNeighbours::from(parameters);
  if (!model) return {};
  return {{"items", static_cast<double>(model->items().size())},
          {"neighbours", static_cast<double>(model->neighbours())},
          {"bytes", static_cast<double>(parameters.size())}};
}

} // namespace

std::vector<std::pair<std::string, double>> described(std::string_view model, BytesView parameters) {
  const std::string_view learner = learner_of(model);
  if (learner == kRanker) return described_ranker(parameters);
  if (learner == kItemItem) return described_item_item(parameters);
  return {};
}

std::unique_ptr<Gatherer> gatherer_of(std::string_view learner, Instant as_of) {
  if (learner == kRanker) return std::make_unique<RankerGatherer>(as_of);
  if (learner == kItemItem) return std::make_unique<ItemItemGatherer>();
  return nullptr;
}

std::unique_ptr<Solver> solver_of(std::string_view learner, const std::map<std::string, KnownModels>& known,
                                  const Limits& limits) {
  if (learner == kRanker) return std::make_unique<RankerSolver>(known, limits);
  if (learner == kItemItem) return std::make_unique<ItemItemSolver>(known, limits);
  return nullptr;
}

} // namespace kindred::rounds
