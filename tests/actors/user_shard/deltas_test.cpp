#include "actors/user_shard/deltas.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"

namespace kindred::actors::user_shard {
namespace {

using fast_models::marks;
constexpr PartitionId kPartition{3};

fast_models::DeltaSeen applied(std::uint64_t from, std::uint64_t to, const stats::FastDelta& changes) {
  return {kPartition, from, to, true, to, std::make_shared<const stats::FastDelta>(changes)};
}

/// The changes that the records of a delta add up to.
stats::FastDelta sum_of(const std::vector<records::Record>& records) {
  stats::FastDelta sum;
  for (const auto& record : records)
    sum.add(stats::FastDelta::from_canonical(std::get<records::Delta>(record.body).changes).value());
  return sum;
}

struct DeltasTest : testing::Test {
  Deltas deltas{kPartition};
  void fold(std::uint64_t end, std::uint64_t item, std::int64_t amount) {
    deltas.rest().add(marks(item, amount));
    deltas.folded(end);
  }
  Deltas restored(std::uint64_t applied_end) const {
    Deltas next(kPartition);
    EXPECT_TRUE(next.restore(deltas.canonical(), applied_end));
    return next;
  }
};

TEST_F(DeltasTest, CutsNothingBeforeItKnowsWhatIsApplied) {
  fold(1, 5, 2);
  EXPECT_FALSE(deltas.cut(1));
  ASSERT_TRUE(deltas.learn(0, 1));
  EXPECT_TRUE(deltas.cut(1));
}

TEST_F(DeltasTest, CutsWhatWasFoldedAndWaitsUntilItIsSeen) {
  ASSERT_TRUE(deltas.learn(0, 0));
  EXPECT_TRUE(deltas.settled());
  fold(2, 5, 2);
  EXPECT_FALSE(deltas.settled());
  ASSERT_TRUE(deltas.cut(2));
  const auto records = deltas.records({9});
  ASSERT_EQ(records.size(), 1u);
  const auto& delta = std::get<records::Delta>(records[0].body);
  EXPECT_EQ(delta.from_offset, 0u);
  EXPECT_EQ(delta.to_offset, 2u);
  EXPECT_EQ(delta.partition, kPartition);
  EXPECT_EQ(records[0].header.stamp, Instant{9});
  EXPECT_EQ(sum_of(records), marks(5, 2));
  fold(3, 6, 1);
  EXPECT_FALSE(deltas.cut(3)) << "one at a time";
  EXPECT_EQ(deltas.see(applied(0, 2, marks(5, 2)), 3), Deltas::Seen::kOwn);
  ASSERT_TRUE(deltas.cut(3));
  EXPECT_EQ(sum_of(deltas.records({})), marks(6, 1));
  EXPECT_EQ(deltas.see(applied(2, 3, marks(6, 1)), 3), Deltas::Seen::kOwn);
  EXPECT_TRUE(deltas.settled());
}

TEST_F(DeltasTest, CutsNothingWhereNothingChanged) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(1, 5, 2);
  fold(2, 5, -2);
  EXPECT_FALSE(deltas.cut(2));
  EXPECT_TRUE(deltas.settled());
}

TEST_F(DeltasTest, ALargeDeltaComesInPartsThatBelongTogether) {
  ASSERT_TRUE(deltas.learn(0, 0));
  stats::FastDelta large;
  for (std::uint64_t item = 1; item <= 2 * Deltas::kPartKeysMax + 1; ++item) large.add(marks(item, 1));
  deltas.rest().add(large);
  ASSERT_TRUE(deltas.cut(7));
  const auto records = deltas.records({});
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(sum_of(records), large);
  EXPECT_EQ(std::get<records::Delta>(records[0].body).to_offset, 0u) << "a part";
  EXPECT_EQ(std::get<records::Delta>(records[1].body).to_offset, 0u);
  EXPECT_EQ(std::get<records::Delta>(records[2].body).to_offset, 7u) << "the last";
  EXPECT_EQ(records[0].header.causation, records[2].header.causation);
  EXPECT_NE(records[0].header.id, records[1].header.id);
  EXPECT_EQ(deltas.records({}), records) << "sent again they are the same";
}

TEST_F(DeltasTest, AnothersDeltaIsSubtracted) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(1, 5, 2);
  fold(2, 6, 1);
  EXPECT_EQ(deltas.see(applied(0, 1, marks(5, 2)), 2), Deltas::Seen::kForeign);
  ASSERT_TRUE(deltas.cut(2));
  EXPECT_EQ(sum_of(deltas.records({})), marks(6, 1));
}

TEST_F(DeltasTest, AnothersDeltaInPlaceOfTheOwnOneOnItsWay) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(1, 5, 2);
  ASSERT_TRUE(deltas.cut(1));
  fold(2, 6, 1);
  auto both = marks(5, 2);
  both.add(marks(6, 1));
  EXPECT_EQ(deltas.see(applied(0, 2, both), 2), Deltas::Seen::kForeign);
  EXPECT_TRUE(deltas.settled());
  EXPECT_EQ(deltas.last_to(), 2u);
}

TEST_F(DeltasTest, AnothersDeltaFromAheadOfTheFold) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(1, 5, 2);
  auto both = marks(5, 2);
  both.add(marks(6, 1));
  EXPECT_EQ(deltas.see(applied(0, 2, both), 1), Deltas::Seen::kForeign);
  EXPECT_FALSE(deltas.cut(1));
  EXPECT_FALSE(deltas.settled()) << "the fold has not come so far";
  fold(2, 6, 1);
  EXPECT_TRUE(deltas.settled());
  fold(3, 7, 4);
  ASSERT_TRUE(deltas.cut(3));
  EXPECT_EQ(sum_of(deltas.records({})), marks(7, 4));
}

TEST_F(DeltasTest, OldNewsAndRefusalsChangeNothing) {
  ASSERT_TRUE(deltas.learn(5, 5));
  fold(6, 5, 2);
  EXPECT_EQ(deltas.see(applied(0, 5, marks(1, 1)), 6), Deltas::Seen::kKnown);
  EXPECT_EQ(deltas.see({kPartition, 5, 6, false, 5, nullptr}, 6), Deltas::Seen::kKnown);
  ASSERT_TRUE(deltas.cut(6));
  EXPECT_EQ(sum_of(deltas.records({})), marks(5, 2));
}

TEST_F(DeltasTest, AGapInWhatWasToldIsNoticed) {
  ASSERT_TRUE(deltas.learn(0, 0));
  EXPECT_EQ(deltas.see(applied(3, 5, marks(1, 1)), 2), Deltas::Seen::kMissed);
}

// ---- restarts ----

TEST_F(DeltasTest, ARestartBeforeTheDeltaWasAppliedSendsItAgain) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1);
  auto next = restored(3);
  ASSERT_TRUE(next.learn(0, 3));
  ASSERT_TRUE(next.in_flight());
  EXPECT_EQ(next.records({}), deltas.records({}));
  EXPECT_EQ(next.see(applied(0, 2, marks(5, 2)), 3), Deltas::Seen::kOwn);
  ASSERT_TRUE(next.cut(3));
  EXPECT_EQ(sum_of(next.records({})), marks(6, 1));
}

TEST_F(DeltasTest, ARestartAfterTheDeltaWasAppliedDropsIt) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1);
  auto next = restored(3);
  ASSERT_TRUE(next.learn(2, 3));
  EXPECT_FALSE(next.in_flight());
  ASSERT_TRUE(next.cut(3));
  EXPECT_EQ(sum_of(next.records({})), marks(6, 1));
}

TEST_F(DeltasTest, ARestartBehindALaterDeltaCountsNothingTwice) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1); // flushed here; after it, (0, 2) and (2, 5) were applied
  auto next = restored(3);
  ASSERT_TRUE(next.learn(5, 3));
  next.rest().add(marks(7, 1));
  next.folded(4);
  EXPECT_FALSE(next.cut(4));
  auto again = Deltas(kPartition);
  ASSERT_TRUE(again.restore(next.canonical(), 4)) << "and once more in between";
  ASSERT_TRUE(again.learn(5, 4));
  again.rest().add(marks(8, 1));
  again.folded(5);
  EXPECT_TRUE(again.settled());
  again.rest().add(marks(9, 3));
  again.folded(6);
  ASSERT_TRUE(again.cut(6));
  EXPECT_EQ(sum_of(again.records({})), marks(9, 3));
}

TEST_F(DeltasTest, AModelsLogThatWentBackIsNoticed) {
  ASSERT_TRUE(deltas.learn(4, 4));
  fold(5, 5, 2);
  EXPECT_FALSE(restored(5).learn(3, 5)) << "a delta that was applied is gone";
  EXPECT_TRUE(restored(5).learn(4, 5));
}

TEST_F(DeltasTest, RefusesBytesThatAreNone) {
  ASSERT_TRUE(deltas.learn(0, 0));
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  const Bytes bytes = deltas.canonical();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Deltas(kPartition).restore(BytesView(bytes).substr(0, size), 2)) << size;
  }
  EXPECT_FALSE(Deltas(kPartition).restore(bytes + "x", 2));
}

// The law behind it: whatever is lost, repeated or restarted, applied deltas add up to exactly what was folded.
RC_GTEST_PROP(DeltasLaw, NothingIsLostNothingTwice, ()) {
  std::vector<std::int64_t> log; // contribution of each entry
  stats::FastDelta models;       // what the models log's fold holds
  std::uint64_t models_to = 0;
  struct Stored {
    Bytes bytes = Deltas(kPartition).canonical();
    std::uint64_t end = 0;
  } stored;
  auto deltas = std::make_unique<Deltas>(kPartition);
  std::uint64_t end = 0;
  RC_ASSERT(deltas->learn(0, 0));
  const auto apply =
      [&] { // the inflight delta arrives in the models log; the fold takes it only in its place
        if (!deltas->in_flight()) return;
        const auto records = deltas->records({});
        const auto& last = std::get<records::Delta>(records.back().body);
        if (last.from_offset != models_to) return;
        const auto changes = sum_of(records);
        models.add(changes);
        models_to = last.to_offset;
        if (*rc::gen::weightedElement<bool>({{3, true}, {1, false}}))
          deltas->see(applied(last.from_offset, last.to_offset, changes), end);
      };
  const auto fold_one = [&] {
    if (end == log.size()) log.push_back(*rc::gen::inRange(1, 5));
    deltas->rest().add(marks(end % 3 + 1, log[end]));
    deltas->folded(++end);
  };
  const auto restart = [&] {
    deltas = std::make_unique<Deltas>(kPartition);
    end = stored.end;
    RC_ASSERT(deltas->restore(stored.bytes, end));
    RC_ASSERT(deltas->learn(models_to, end));
  };
  const int steps = *rc::gen::inRange(0, 60);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 6)) {
    case 0:
    case 1: fold_one(); break;
    case 2: deltas->cut(end); break;
    case 3: apply(); break;
    case 4: stored = {deltas->canonical(), end}; break;
    default: restart(); break;
    }
  }
  restart();
  while (end < log.size()) fold_one();
  for (int round = 0; round < 3 && !deltas->settled(); ++round) {
    deltas->cut(end);
    const auto records = deltas->records({});
    const auto& last = std::get<records::Delta>(records.back().body);
    models.add(sum_of(records));
    deltas->see(applied(last.from_offset, last.to_offset, sum_of(records)), end);
  }
  stats::FastDelta all;
  for (std::size_t i = 0; i < log.size(); ++i) all.add(marks(i % 3 + 1, log[i]));
  RC_ASSERT(models == all);
}

} // namespace
} // namespace kindred::actors::user_shard
