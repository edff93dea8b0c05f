#include "engine/rounds/learner.hpp"

#include <array>

#include "engine/learners/prediction/ranker.hpp"
#include "engine/rounds/ranker_gatherer.hpp"
#include "engine/rounds/ranker_solver.hpp"

namespace kindred::rounds {

namespace {
constexpr std::array<std::string_view, 1> kLearners{kRanker};
}

std::span<const std::string_view> learners() { return kLearners; }

std::string_view learner_of(std::string_view model) {
  const std::string_view root = model.substr(0, model.find('/'));
  for (const std::string_view learner : kLearners)
    if (root == learner) return learner;
  return {};
}

bool are_parameters(std::string_view model, BytesView parameters) {
  return learner_of(model) == kRanker && learners::Ranker::from(parameters).has_value();
}

std::vector<std::pair<std::string, double>> described(std::string_view model, BytesView parameters) {
  std::vector<std::pair<std::string, double>> named;
  if (learner_of(model) != kRanker) return named;
  const auto ranker = learners::Ranker::from(parameters);
  if (!ranker) return named;
  const auto names = learners::Ranker::names();
  const auto weights = ranker->weights();
  for (std::size_t i = 0; i < names.size(); ++i) named.emplace_back(names[i], weights[i]);
  return named;
}

std::unique_ptr<Gatherer> gatherer_of(std::string_view learner, Instant as_of) {
  if (learner == kRanker) return std::make_unique<RankerGatherer>(as_of);
  return nullptr;
}

std::unique_ptr<Solver> solver_of(std::string_view learner, const std::map<std::string, KnownModels>& known,
                                  const Limits& limits) {
  if (learner == kRanker) return std::make_unique<RankerSolver>(known, limits);
  return nullptr;
}

} // namespace kindred::rounds
