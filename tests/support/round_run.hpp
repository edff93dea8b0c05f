#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/learner.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::support {

/// A learner's gathering in one partition: begun where the fold is now, like at a Cut.
class GatherRun {
public:
  GatherRun(FoldRun& fold, const std::string& learner, TenantId tenant, Instant as_of)
      : fold_(fold), gatherer_(rounds::gatherer_of(learner, as_of)),
        sweep_(fold.state().begin_sweep(tenant, *gatherer_)) {
    EXPECT_NE(sweep_, 0u);
  }
  ~GatherRun() { fold_.state().end_sweep(sweep_); }
  GatherRun(const GatherRun&) = delete;

  /// True: everybody was looked at.
  bool go_on(std::size_t users) {
    const auto complete = fold_.state().go_on_sweeping(sweep_, users);
    EXPECT_TRUE(complete.ok());
    return complete.value();
  }
  void finish() {
    while (!go_on(7)) {
    }
  }
  Bytes pass(BytesView parameters) {
    EXPECT_TRUE(gatherer_->begin(parameters));
    while (!gatherer_->go_on(3)) {
    }
    return gatherer_->statistic();
  }

private:
  FoldRun& fold_;
  std::unique_ptr<rounds::Gatherer> gatherer_;
  const std::uint32_t sweep_;
};

/// What serves as a learner's round begins, so that there is something to offer whatever it finds: an item-item model that
/// knows nothing, of an early day, is never better. A ranker needs none.
inline std::map<std::string, rounds::KnownModels> serving(const std::string& learner) {
  if (learner != rounds::kItemItem) return {};
  const Bytes nothing = learners::ItemNeighbours::of({}, {}).canonical();
  return {{learner, {rounds::KnownModel{nothing, kStreamStart + kDay * 5}, {}}}};
}

/// What a round over these partitions offers. Requires: all have finished gathering.
inline std::vector<rounds::Offer> solved(const std::vector<std::unique_ptr<GatherRun>>& partitions,
                                         const std::string& learner) {
  const auto solver =
      rounds::solver_of(learner, serving(learner),
                        {.examples_min = 40, .verdict_users = 400, .segment_users = 20, .segments = 5});
  for (int passes = 0; passes < 100; ++passes) {
    std::vector<Bytes> statistics;
    for (const auto& partition : partitions) statistics.push_back(partition->pass(solver->parameters()));
    const auto done = solver->absorb(statistics);
    EXPECT_TRUE(done.ok());
    if (done.ok() && done.value()) {
      EXPECT_FALSE(solver->offers().empty()) << "nothing was learnt: " << solver->outcome();
      return solver->offers();
    }
  }
  ADD_FAILURE() << "a round without an end";
  return {};
}

/// The whole round at once, over folds that stand still.
inline std::vector<rounds::Offer> solved(const std::vector<FoldRun*>& folds, const std::string& learner,
                                         TenantId tenant, Instant as_of) {
  std::vector<std::unique_ptr<GatherRun>> partitions;
  for (FoldRun* fold : folds) {
    partitions.push_back(std::make_unique<GatherRun>(*fold, learner, tenant, as_of));
    partitions.back()->finish();
  }
  return solved(partitions, learner);
}

} // namespace kindred::support
