// Law fold: the same records in any batching give byte-identical shard state.

#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;

class FoldLaw : public ::testing::Test {
protected:
  const std::vector<records::Record> stream_ = support::make_stream({});

  /// The reference: every record in an entry of its own, nothing ever flushed.
  struct Truth {
    support::Dump dump;
    Id128 digest;
    Bytes changes;
  };
  Truth truth() const {
    FoldRun run;
    run.apply(support::one_each(stream_));
    return {run.dump(), run.state().digest(), run.changes.canonical()};
  }
};

TEST_F(FoldLaw, TheStreamReachesEverything) {
  FoldRun run;
  std::map<Outcome, int> outcomes;
  std::map<std::string, int> effects;
  for (const auto& entry : support::one_each(stream_)) {
    const AppliedEntry applied = run.apply(entry);
    ++outcomes[applied.outcomes.at(0)];
    for (const Effect& effect : applied.effects) ++effects[effect.kind];
  }
  EXPECT_GT(outcomes[Outcome::kApplied], 5'000);
  EXPECT_GT(outcomes[Outcome::kNoConsent], 200);
  EXPECT_GT(outcomes[Outcome::kIgnored], 0);
  EXPECT_GT(effects["cartAbandoned"], 10);
  EXPECT_GT(effects["erased"], 10);
  EXPECT_GT(effects["consentChanged"], 50);
}

TEST_F(FoldLaw, AnyCutIntoEntriesGivesTheSameBytes) {
  const Truth expected = truth();
  Random random(11);
  for (const std::size_t most : {1u, 2u, 7u, 60u, 1'000u, 4'096u}) {
    FoldRun run;
    run.apply(support::cut_into_entries(stream_, most, random));
    EXPECT_EQ(run.state().digest(), expected.digest) << "entries of up to " << most;
    EXPECT_EQ(run.dump(), expected.dump) << "entries of up to " << most;
    EXPECT_EQ(run.changes.canonical(), expected.changes);
  }
}

TEST_F(FoldLaw, FlushRestartAndEvictionLeaveNoTrace) {
  const Truth expected = truth();
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Random random(seed);
    FoldRun run(3 + random.below(20)); // most users are cold most of the time
    for (const auto& entry : support::cut_into_entries(stream_, 40, random)) {
      run.apply(entry);
      const std::uint64_t draw = random.below(20);
      if (draw < 6) run.flush();
      if (draw == 0) run.restart();
    }
    EXPECT_EQ(run.state().digest(), expected.digest);
    EXPECT_EQ(run.dump(), expected.dump);
    EXPECT_EQ(run.changes.canonical(), expected.changes);
    run.flush();
    run.restart();
    EXPECT_EQ(run.state().digest(), expected.digest) << "the stored digest";
    EXPECT_EQ(run.dump(), expected.dump) << "the stored values";
  }
}

TEST_F(FoldLaw, SlowStoresWithManyBatchesInFlightLeaveNoTrace) {
  const Truth expected = truth();
  Random random(5);
  FoldRun run(5);
  std::deque<PartitionState::Batch> queue;
  for (const auto& entry : support::cut_into_entries(stream_, 20, random)) {
    run.apply(entry);
    if (auto batch = run.state().take_dirty(); !batch.empty()) queue.push_back(std::move(batch));
    while (queue.size() > random.below(6)) {
      run.cold.write(queue.front());
      queue.pop_front();
      run.state().flushed();
    }
  }
  EXPECT_EQ(run.state().digest(), expected.digest);
  EXPECT_EQ(run.dump(), expected.dump);
}

// Batches are as of where they began; crashes come at any moment of their making.
TEST_F(FoldLaw, BatchesMadeInSlicesWhileFoldingGoesOnLeaveNoTrace) {
  const Truth expected = truth();
  for (const std::uint64_t seed : {21u, 22u, 23u}) {
    Random random(seed);
    const auto entries = support::cut_into_entries(stream_, 30, random);
    std::map<std::uint64_t, Id128> digests; // by the entries folded, without any batch
    FoldRun plain;
    for (const auto& entry : entries) {
      plain.apply(entry);
      digests[plain.offset()] = plain.state().digest();
    }
    FoldRun run(5 + random.below(20));
    for (int crashes = 0; run.offset() < entries.size();) {
      run.apply(entries[run.offset()]);
      const bool whole = run.state().prepare_batch(random.below(3));
      if (whole && random.below(4) == 0) {
        const auto batch = run.state().take_dirty();
        if (!batch.empty()) {
          EXPECT_EQ(batch.digest, digests.at(batch.end));
          run.cold.write(batch);
          run.state().flushed();
        }
      }
      if (crashes < 20 && random.below(15) == 0) {
        run.restart();
        const auto digest = digests.find(run.offset());
        EXPECT_EQ(run.state().digest(), digest == digests.end() ? Id128{} : digest->second);
        ++crashes;
      }
    }
    EXPECT_EQ(run.state().digest(), expected.digest);
    EXPECT_EQ(run.dump(), expected.dump);
  }
}

TEST_F(FoldLaw, ACrashIsFoldedAgainFromTheLog) {
  const Truth expected = truth();
  Random random(8);
  const auto entries = support::cut_into_entries(stream_, 30, random);
  FoldRun run(10);
  for (int crashes = 0; run.offset() < entries.size();) {
    run.apply(entries[run.offset()]);
    if (random.below(10) == 0) run.flush();
    if (crashes < 20 && random.below(15) == 0) {
      run.restart(); // loses what was not flushed, and reads the log again from there
      ++crashes;
    }
  }
  EXPECT_EQ(run.state().digest(), expected.digest);
  EXPECT_EQ(run.dump(), expected.dump);
}

TEST_F(FoldLaw, TheDigestIsTheSumOverTheStateBytes) {
  FoldRun run;
  std::size_t count = 0;
  for (const auto& entry : support::one_each(stream_)) {
    run.apply(entry);
    if (++count % 1'111 != 0) continue;
    EXPECT_EQ(run.state().digest(), support::digest_of(run.dump()));
  }
}

// Law increment: statistics kept incrementally equal those of one full pass over the profiles.
TEST_F(FoldLaw, ChangesAddUpToAFullPass) {
  FoldRun run;
  std::size_t count = 0;
  for (const auto& entry : support::one_each(stream_)) {
    run.apply(entry);
    if (++count % 997 != 0) continue;
    ASSERT_EQ(run.changes, support::full_pass(run.dump())) << "after " << count;
  }
  EXPECT_GT(run.changes.size(), 1'000u);
}

} // namespace
} // namespace kindred::profiles
