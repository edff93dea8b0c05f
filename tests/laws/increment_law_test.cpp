// Law increment, for solved models: a round that looks only at who changed since the one before, and adds it to the sums
// kept from there, offers what a round over everybody offers, byte for byte: whoever changed, was erased, withdrew his
// consent, went cold or came back meanwhile, and whatever else was lost on the way. Fast models have theirs in
// fast_models_law_test.cpp.

#include <gtest/gtest.h>

#include "engine/rounds/change_log.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "tests/support/round_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;
using support::GatherRun;

constexpr TenantId kTenant{1}; // another one's users are in the same partitions
const std::string kLearner(rounds::kItemItem);
/// The first model serves whatever it explains: what the law needs is comparisons.
const rounds::Limits kLimits{.verdict_users = 25, .rows_min = 5, .explained_min = -9};

/// What a round came to; equal or not.
struct Found {
  std::vector<rounds::Offer> offers;
  std::string outcome;
  std::unique_ptr<rounds::Sums> sums;

  std::string told() const {
    std::string all = outcome;
    for (const auto& offer : offers) {
      all += "\n" + offer.learner + " " + offer.reason + (offer.is_challenger ? " promoted" : "") +
             (offer.role == records::ModelRole::kChampion ? " champion" : " challenger");
      for (const auto& [name, value] : offer.metrics) all += " " + name + "=" + std::to_string(value.raw);
    }
    return all;
  }
  std::vector<Bytes> parameters() const {
    std::vector<Bytes> all;
    for (const auto& offer : offers) all.push_back(offer.parameters);
    return all;
  }
};

Bytes pass_of(rounds::Gatherer& gatherer, BytesView parameters) {
  EXPECT_TRUE(gatherer.begin(parameters));
  while (!gatherer.go_on(3)) {
  }
  return gatherer.statistic();
}

/// None: the sums that were kept do not suffice.
template <class Pass>
std::optional<Found> solved(const rounds::KnownModels& known, std::unique_ptr<rounds::Sums> base,
                            const Pass& pass) {
  const auto solver = rounds::solver_of(kLearner, {{kLearner, known}}, kLimits, std::move(base));
  for (int passes = 0; passes < 100; ++passes) {
    const auto done = solver->absorb(pass(solver->parameters()));
    if (!done.ok()) {
      EXPECT_EQ(done.error(), rounds::RoundError::kNotByChanges);
      return std::nullopt;
    }
    if (done.value()) return Found{solver->offers(), solver->outcome(), solver->take_sums()};
  }
  ADD_FAILURE() << "a round without an end";
  return std::nullopt;
}

/// One partition: a fold whose users are nearly all cold, its log of changes, and the two gatherings of a round.
class Partition {
public:
  bool cut(const rounds::ChangeLog::Cut& cut) {
    end();
    gatherer_ = rounds::gatherer_of(kLearner, cut.as_of);
    if (!log_) log_.emplace(fold.state(), kTenant, *rounds::incremental_of(kLearner));
    by_changes_ = log_->cut(cut, *gatherer_);
    if (!by_changes_) sweep_ = fold.state().begin_sweep(kTenant, *log_);
    everybody.emplace(fold, kLearner, kTenant, cut.as_of);
    return by_changes_;
  }
  bool go_on(std::size_t users) {
    const auto complete = by_changes_ ? log_->go_on(users) : fold.state().go_on_sweeping(sweep_, users);
    EXPECT_TRUE(complete.ok());
    return complete.value();
  }
  void finish() {
    while (!go_on(5)) {
    }
    everybody->finish();
    if (sweep_ != 0) fold.state().end_sweep(std::exchange(sweep_, 0));
    log_->stop(true);
  }
  /// Gathered or not.
  void end() {
    if (sweep_ != 0) fold.state().end_sweep(std::exchange(sweep_, 0));
    if (log_) log_->stop(false);
    everybody.reset();
  }
  /// Everything that is not durable is gone.
  void restart() {
    end();
    fold.flush();
    log_.reset();
    fold.restart();
  }
  Bytes pass(BytesView parameters) { return pass_of(*gatherer_, parameters); }

  FoldRun fold{5};
  std::optional<GatherRun> everybody;

private:
  std::optional<rounds::ChangeLog> log_;
  std::unique_ptr<rounds::Gatherer> gatherer_;
  std::uint32_t sweep_ = 0;
  bool by_changes_ = false;
};

class IncrementLaw : public ::testing::TestWithParam<std::uint16_t> {
protected:
  static constexpr std::size_t kRounds = 24;
  static constexpr std::size_t kRecords = 7'200;

  Random random_{GetParam()};
  std::vector<records::Record> stream_ = ahead(support::make_stream({.seed = 100u + GetParam(),
                                                                     .records = kRecords,
                                                                     .users = 90,
                                                                     .items = 50,
                                                                     .consents = 20,
                                                                     .erasures = 12,
                                                                     .adoptions = 0,
                                                                     .span = kDay * 20}));
  std::vector<Partition> partitions_ = std::vector<Partition>(GetParam());
  std::size_t folded_ = 0;

  std::uint64_t number_ = 0, base_ = 0;
  std::unique_ptr<rounds::Sums> sums_;
  rounds::KnownModels known_;
  std::size_t by_changes_ = 0, full_ = 0, champions_ = 0;

  /// Some phones' clocks run ahead, so that what is used first after a cut may be folded before it. And items are met
  /// over time.
  std::vector<records::Record> ahead(std::vector<records::Record> stream) {
    for (std::size_t i = 0; i < stream.size(); ++i) {
      auto* event = std::get_if<records::Event>(&stream[i].body);
      if (event == nullptr) continue;
      if (random_.below(40) == 0) event->event_time = event->event_time + kHour * 30;
      if (random_.below(30) == 0) event->item = "of round " + std::to_string(i * kRounds / stream.size());
    }
    return stream;
  }

  void fold(std::size_t records, bool gathering) {
    for (; records > 0 && folded_ < stream_.size(); --records, ++folded_) {
      const records::Record& record = stream_[folded_];
      const bool of_all = records::user_of(record.body).empty();
      for (std::size_t p = 0; p < partitions_.size(); ++p) {
        if (!of_all && partition_of(record.header.slot, GetParam()).value != p) continue;
        Partition& partition = partitions_[p];
        partition.fold.apply(record);
        if (random_.below(20) == 0) partition.fold.flush();
        if (!gathering) continue;
        if (random_.below(4) == 0) partition.go_on(random_.below(3));
        if (random_.below(4) == 0) partition.everybody->go_on(random_.below(6));
      }
    }
  }

  void round() {
    const Instant as_of = stream_[folded_ - 1].header.stamp;
    const auto since = known_.champion ? std::optional(known_.champion->trained_at) : std::nullopt;
    const std::uint64_t base = sums_ ? base_ : 0;
    ++number_;
    bool by_changes = true;
    for (Partition& partition : partitions_) by_changes &= partition.cut({number_, as_of, base, since});
    ASSERT_FALSE(by_changes && base == 0);
    fold(random_.below(60), true);
    if (random_.below(8) == 0) return; // given up while it was gathered: the sums are as they were
    for (Partition& partition : partitions_) partition.finish();
    if (base != 0 && !by_changes) { // not everywhere: again, of everybody
      sums_.reset();
      return round();
    }
    const auto all = [&](BytesView parameters) {
      std::vector<Bytes> statistics;
      for (Partition& partition : partitions_) statistics.push_back(partition.everybody->pass(parameters));
      return statistics;
    };
    const auto these = [&](BytesView parameters) {
      std::vector<Bytes> statistics;
      for (Partition& partition : partitions_) statistics.push_back(partition.pass(parameters));
      return statistics;
    };
    const auto expected = solved(known_, nullptr, all);
    auto found = solved(known_, by_changes ? std::move(sums_) : nullptr, these);
    ASSERT_TRUE(expected && found) << "with fewer items than a matrix holds, sums always suffice";
    EXPECT_EQ(found->told(), expected->told()) << "round " << number_;
    ASSERT_EQ(found->parameters(), expected->parameters()) << "round " << number_;
    ++(by_changes ? by_changes_ : full_);
    base_ = number_;
    sums_ = std::move(found->sums);
    for (const auto& offer : found->offers) take(offer, as_of);
  }

  /// As the models log's fold would.
  void take(const rounds::Offer& offer, Instant as_of) {
    if (offer.role != records::ModelRole::kChampion) {
      known_.challenger = {offer.parameters, as_of};
      return;
    }
    ++champions_;
    if (offer.is_challenger)
      known_.champion = std::exchange(known_.challenger, std::nullopt);
    else
      known_.champion = {offer.parameters, as_of};
  }
};

TEST_P(IncrementLaw, ARoundFromWhoChangedOffersWhatARoundOverEverybodyDoes) {
  fold(kRecords / 4, false);
  while (folded_ < stream_.size()) {
    ASSERT_NO_FATAL_FAILURE(round());
    for (Partition& partition : partitions_) partition.end();
    if (random_.below(9) == 0) sums_.reset(); // the model actor died
    if (random_.below(9) == 0) partitions_[random_.below(partitions_.size())].restart();
    fold(kRecords / kRounds / 2 + random_.below(kRecords / kRounds / 2), false);
  }
  EXPECT_GE(by_changes_, 10u) << "a law about nothing";
  EXPECT_GE(full_, 2u);
  EXPECT_GE(champions_, 2u);
}

INSTANTIATE_TEST_SUITE_P(Partitions, IncrementLaw, ::testing::Values(1, 3, 16));

} // namespace
} // namespace kindred::profiles
