#include "engine/rounds/learner.hpp"

#include <array>
#include <cassert>
#include <cmath>

#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/learners/prediction/ranker.hpp"
#include "engine/learners/segmentation/rfm.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/profiles/membership.hpp"
#include "engine/rounds/item_item_gatherer.hpp"
#include "engine/rounds/item_item_image.hpp"
#include "engine/rounds/item_item_solver.hpp"
#include "engine/rounds/ranker_gatherer.hpp"
#include "engine/rounds/ranker_solver.hpp"
#include "engine/rounds/rfm_learner.hpp"
#include "engine/rounds/segments_gatherer.hpp"
#include "engine/rounds/segments_solver.hpp"

namespace kindred::rounds {

namespace {
constexpr std::array<std::string_view, 4> kLearners{kRanker, kItemItem, kSegments, kRfm};

void describe(const learners::Ranker& ranker, std::vector<std::pair<std::string, double>>& named) {
  const auto names = learners::Ranker::names();
  const auto weights = ranker.weights();
  for (std::size_t i = 0; i < names.size(); ++i) named.emplace_back(names[i], weights[i]);
}

void describe(const learners::ItemNeighbours& model, std::vector<std::pair<std::string, double>>& named) {
  named.emplace_back("items", static_cast<double>(model.items().size()));
  named.emplace_back("neighbours", static_cast<double>(model.neighbours()));
}

/// Centres in the features' own units.
void describe(const learners::Segmentation& model, std::vector<std::pair<std::string, double>>& named) {
  for (const auto& segment : model.segments) {
    const std::string beginning = profiles::segment_name(profiles::kClusteredKind, segment.id) + ".";
    named.emplace_back(beginning + "users", static_cast<double>(segment.users));
    for (std::size_t i = 0; i < model.axes.size(); ++i)
      named.emplace_back(beginning + model.axes[i].feature,
                         model.axes[i].mean + std::ldexp(static_cast<double>(segment.centre[i]),
                                                         -stats::LatticeCells::kFractionBits) *
                                                  model.axes[i].scale);
  }
}

void describe(const learners::Rfm& model, std::vector<std::pair<std::string, double>>& named) {
  for (std::size_t i = 0; i < model.day_borders.size(); ++i) {
    const std::string fifth = std::to_string(i + 1);
    named.emplace_back("lastDay." + fifth, model.day_borders[i]);
    named.emplace_back("orders." + fifth, model.order_borders[i]);
    named.emplace_back("spent." + fifth, model.spent_borders[i]);
  }
}
} // namespace

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
  if (learner != model) return false; // only rankers are of a placement
  if (learner == kItemItem) return learners::ItemNeighbours::from(parameters).has_value();
  if (learner == kSegments) return learners::Segmentation::from(parameters).has_value();
  return learner == kRfm && learners::Rfm::from(parameters).has_value();
}

std::vector<std::pair<std::string, double>> described(std::string_view model, BytesView parameters) {
  std::vector<std::pair<std::string, double>> named;
  const auto describe_if = [&](const auto& read) {
    if (read) describe(*read, named);
  };
  const std::string_view learner = learner_of(model);
  if (learner == kRanker) describe_if(learners::Ranker::from(parameters));
  if (learner == kItemItem) describe_if(learners::ItemNeighbours::from(parameters));
  if (learner == kSegments) describe_if(learners::Segmentation::from(parameters));
  if (learner == kRfm) describe_if(learners::Rfm::from(parameters));
  if (learner == kItemItem && !named.empty())
    named.emplace_back("bytes", static_cast<double>(parameters.size()));
  return named;
}

void Gatherer::visit_change(BytesView, const profiles::Profile*) {
  assert(false && "a learner whose rounds are full passes");
}

const Incremental* incremental_of(std::string_view learner) {
  static constexpr Incremental kOfItemItem{item_item_image, item_item_has_after};
  return learner == kItemItem ? &kOfItemItem : nullptr;
}

std::unique_ptr<Gatherer> gatherer_of(std::string_view learner, Instant as_of) {
  if (learner == kRanker) return std::make_unique<RankerGatherer>(as_of);
  if (learner == kSegments) return std::make_unique<SegmentsGatherer>();
  if (learner == kRfm) return std::make_unique<RfmGatherer>();
  if (learner == kItemItem) return std::make_unique<ItemItemGatherer>();
  return nullptr;
}

std::unique_ptr<Solver> solver_of(std::string_view learner, const std::map<std::string, KnownModels>& known,
                                  const Limits& limits, std::unique_ptr<Sums> base) {
  if (learner == kRanker) return std::make_unique<RankerSolver>(known, limits);
  if (learner == kSegments) return std::make_unique<SegmentsSolver>(known, limits);
  if (learner == kRfm) return std::make_unique<RfmSolver>(limits);
  if (learner == kItemItem) return std::make_unique<ItemItemSolver>(known, limits, std::move(base));
  return nullptr;
}

} // namespace kindred::rounds
