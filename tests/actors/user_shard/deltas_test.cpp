#include "actors/user_shard/deltas.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"

namespace kindred::actors::user_shard {
namespace {

using fast_models::marks;
using Learnt = Deltas::Learnt;
constexpr PartitionId kPartition{3};

fast_models::DeltaSeen applied(std::uint64_t from, std::uint64_t to, const stats::FastDelta& changes,
                               std::uint64_t end = 0) {
  return {kPartition, from, to, true, to, std::make_shared<const stats::FastDelta>(changes), end};
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
  EXPECT_FALSE(deltas.owes()) << "that is not known yet";
  ASSERT_EQ(deltas.learn(0, 1), Learnt::kYes);
  EXPECT_TRUE(deltas.owes());
  EXPECT_TRUE(deltas.cut(1));
}

TEST_F(DeltasTest, CutsWhatWasFoldedAndWaitsUntilItIsSeen) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
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
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(1, 5, 2);
  fold(2, 5, -2);
  EXPECT_FALSE(deltas.cut(2));
  EXPECT_TRUE(deltas.settled());
}

TEST_F(DeltasTest, ALargeDeltaComesInPartsThatBelongTogether) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
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
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(1, 5, 2);
  fold(2, 6, 1);
  EXPECT_EQ(deltas.see(applied(0, 1, marks(5, 2)), 2), Deltas::Seen::kForeign);
  ASSERT_TRUE(deltas.cut(2));
  EXPECT_EQ(sum_of(deltas.records({})), marks(6, 1));
}

TEST_F(DeltasTest, AnothersDeltaInPlaceOfTheOwnOneOnItsWay) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
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
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(1, 5, 2);
  auto both = marks(5, 2);
  both.add(marks(6, 1));
  EXPECT_EQ(deltas.see(applied(0, 2, both), 1), Deltas::Seen::kForeign);
  EXPECT_FALSE(deltas.cut(1));
  EXPECT_FALSE(deltas.settled()) << "the fold has not come so far";
  EXPECT_FALSE(deltas.owes()) << "they have more than it";
  fold(2, 6, 1);
  EXPECT_TRUE(deltas.settled());
  fold(3, 7, 4);
  ASSERT_TRUE(deltas.cut(3));
  EXPECT_EQ(sum_of(deltas.records({})), marks(7, 4));
}

TEST_F(DeltasTest, OldNewsAndRefusalsChangeNothing) {
  ASSERT_EQ(deltas.learn(5, 5), Learnt::kYes);
  fold(6, 5, 2);
  EXPECT_EQ(deltas.see(applied(0, 5, marks(1, 1)), 6), Deltas::Seen::kKnown);
  EXPECT_EQ(deltas.see({kPartition, 5, 6, false, 5, nullptr}, 6), Deltas::Seen::kKnown);
  ASSERT_TRUE(deltas.cut(6));
  EXPECT_EQ(sum_of(deltas.records({})), marks(5, 2));
}

TEST_F(DeltasTest, AGapInWhatWasToldIsNoticed) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  EXPECT_EQ(deltas.see(applied(3, 5, marks(1, 1)), 2), Deltas::Seen::kMissed);
}

// ---- restarts ----

TEST_F(DeltasTest, ARestartBeforeTheDeltaWasAppliedSendsItAgain) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1);
  auto next = restored(3);
  ASSERT_EQ(next.learn(0, 3), Learnt::kYes);
  ASSERT_TRUE(next.in_flight());
  EXPECT_EQ(next.records({}), deltas.records({}));
  EXPECT_EQ(next.see(applied(0, 2, marks(5, 2)), 3), Deltas::Seen::kOwn);
  ASSERT_TRUE(next.cut(3));
  EXPECT_EQ(sum_of(next.records({})), marks(6, 1));
}

TEST_F(DeltasTest, ARestartAfterTheDeltaWasAppliedDropsIt) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1);
  auto next = restored(3);
  ASSERT_EQ(next.learn(2, 3), Learnt::kYes);
  EXPECT_FALSE(next.in_flight());
  ASSERT_TRUE(next.cut(3));
  EXPECT_EQ(sum_of(next.records({})), marks(6, 1));
}

TEST_F(DeltasTest, ARestartBehindALaterDeltaCountsNothingTwice) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  fold(3, 6, 1); // flushed here; after it, (0, 2) and (2, 5) were applied
  auto next = restored(3);
  ASSERT_EQ(next.learn(5, 3), Learnt::kYes);
  next.rest().add(marks(7, 1));
  next.folded(4);
  EXPECT_FALSE(next.cut(4));
  auto again = Deltas(kPartition);
  ASSERT_TRUE(again.restore(next.canonical(), 4)) << "and once more in between";
  ASSERT_EQ(again.learn(5, 4), Learnt::kYes);
  again.rest().add(marks(8, 1));
  again.folded(5);
  EXPECT_TRUE(again.settled());
  again.rest().add(marks(9, 3));
  again.folded(6);
  ASSERT_TRUE(again.cut(6));
  EXPECT_EQ(sum_of(again.records({})), marks(9, 3));
}

// An earlier life had cut (0, 2); it was applied only after this one had flushed (0, 5) as on its way.
TEST_F(DeltasTest, AnEarlierLifesDeltaInTheMiddleOfTheOneOnItsWayIsSubtracted) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  fold(5, 6, 1);
  ASSERT_TRUE(deltas.cut(5));
  fold(6, 7, 4);
  auto next = restored(6);
  ASSERT_EQ(next.learn(2, 6), Learnt::kBehind);
  EXPECT_EQ(next.models_from(), 0u);
  EXPECT_EQ(next.last_to(), 0u);
  next.catch_up(applied(0, 2, marks(5, 2), 9), 6);
  ASSERT_EQ(next.learn(2, 6), Learnt::kYes);
  EXPECT_EQ(next.models_from(), 9u);
  ASSERT_FALSE(next.in_flight()) << "what was on its way would be refused";
  ASSERT_TRUE(next.cut(6));
  const auto records = next.records({});
  EXPECT_EQ(std::get<records::Delta>(records[0].body).from_offset, 2u);
  auto left = marks(6, 1);
  left.add(marks(7, 4));
  EXPECT_EQ(sum_of(records), left);
}

TEST_F(DeltasTest, AChainOfDeltasBeyondTheOneOnItsWayIsSubtracted) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  fold(3, 6, 1);
  ASSERT_TRUE(deltas.cut(3));
  fold(4, 7, 4);
  fold(5, 8, 8);
  auto next = restored(5);
  ASSERT_EQ(next.learn(4, 5), Learnt::kBehind);
  next.catch_up(applied(0, 2, marks(5, 2)), 5);
  EXPECT_EQ(next.learn(4, 5), Learnt::kBehind) << "not all of it";
  auto rest = marks(6, 1);
  rest.add(marks(7, 4));
  next.catch_up(applied(2, 4, rest), 5);
  ASSERT_EQ(next.learn(4, 5), Learnt::kYes);
  ASSERT_TRUE(next.cut(5));
  EXPECT_EQ(sum_of(next.records({})), marks(8, 8));
}

TEST_F(DeltasTest, AChainThatRunsAheadOfTheFoldIsNotCountedAgain) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(3, 5, 2);
  auto next = restored(3);
  ASSERT_EQ(next.learn(2, 3), Learnt::kBehind);
  next.catch_up(applied(0, 2, marks(5, 1)), 3);
  auto ahead = marks(5, 1);
  ahead.add(marks(6, 1));
  next.catch_up(applied(2, 4, ahead), 3); // applied while the models log was read
  ASSERT_EQ(next.learn(4, 3), Learnt::kYes);
  EXPECT_FALSE(next.settled());
  next.rest().add(marks(6, 1));
  next.folded(4);
  EXPECT_TRUE(next.settled());
}

TEST_F(DeltasTest, RemembersWhereInTheModelsLogTheLastDeltaStood) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  ASSERT_EQ(deltas.see(applied(0, 2, marks(5, 2), 17), 2), Deltas::Seen::kOwn);
  EXPECT_EQ(deltas.models_from(), 17u);
  EXPECT_EQ(restored(2).models_from(), 17u);
}

TEST_F(DeltasTest, ReadsWhatTheVersionBeforeWrote) {
  ASSERT_EQ(deltas.learn(4, 4), Learnt::kYes);
  fold(5, 5, 2);
  Bytes bytes = deltas.canonical();
  bytes[0] = 1;
  bytes.erase(1 + 8, 8); // it knew no offset of the models log
  Deltas next(kPartition);
  ASSERT_TRUE(next.restore(bytes, 5));
  EXPECT_EQ(next.models_from(), 0u) << "from its beginning";
  EXPECT_EQ(next.last_to(), 4u);
  EXPECT_EQ(next.rest(), marks(5, 2));
}

TEST_F(DeltasTest, AModelsLogThatWentBackIsNoticed) {
  ASSERT_EQ(deltas.learn(4, 4), Learnt::kYes);
  fold(5, 5, 2);
  EXPECT_EQ(restored(5).learn(3, 5), Learnt::kWentBack) << "a delta that was applied is gone";
  EXPECT_EQ(restored(5).learn(4, 5), Learnt::kYes);
}

TEST_F(DeltasTest, RefusesBytesThatAreNone) {
  ASSERT_EQ(deltas.learn(0, 0), Learnt::kYes);
  fold(2, 5, 2);
  ASSERT_TRUE(deltas.cut(2));
  const Bytes bytes = deltas.canonical();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Deltas(kPartition).restore(BytesView(bytes).substr(0, size), 2)) << size;
  }
  EXPECT_FALSE(Deltas(kPartition).restore(bytes + "x", 2));
}

/// One partition over several lives, and the fold of the models log beside it.
struct Lives {
  std::vector<std::int64_t> log; // contribution of each entry
  stats::FastDelta models;       // what the models log's fold holds
  std::uint64_t models_to = 0;
  std::vector<fast_models::DeltaSeen> chain; // what it applied
  std::vector<fast_models::DeltaSeen> sent;  // by any life; may arrive at any time, or never, or twice
  Bytes stored = Deltas(kPartition).canonical();
  std::uint64_t stored_end = 0;
  std::unique_ptr<Deltas> deltas;
  std::uint64_t end = 0;

  void begin() {
    deltas = std::make_unique<Deltas>(kPartition);
    end = stored_end;
    RC_ASSERT(deltas->restore(stored, end));
    if (deltas->learn(models_to, end) == Learnt::kYes) return;
    for (const auto& delta : chain) {
      if (delta.from == deltas->last_to()) deltas->catch_up(delta, end);
    }
    RC_ASSERT(deltas->learn(models_to, end) == Learnt::kYes);
  }
  void flush() {
    stored = deltas->canonical();
    stored_end = end;
  }
  void fold_one(std::int64_t amount) {
    if (end == log.size()) log.push_back(amount);
    deltas->rest().add(marks(end % 3 + 1, log[end]));
    deltas->folded(++end);
  }
  void send() {
    deltas->cut(end);
    if (!deltas->in_flight()) return;
    const auto records = deltas->records({});
    const auto& last = std::get<records::Delta>(records.back().body);
    sent.push_back(applied(last.from_offset, last.to_offset, sum_of(records)));
  }
  void arrive(fast_models::DeltaSeen delta, bool told) {
    if (delta.from != models_to) return; // the fold takes it only in its place
    models.add(*delta.changes);
    models_to = delta.to;
    chain.push_back(delta);
    if (told) deltas->see(delta, end);
  }
};

// The law behind it: whatever is lost, late, repeated or restarted, applied deltas add up to exactly what was folded.
RC_GTEST_PROP(DeltasLaw, NothingIsLostNothingTwice, ()) {
  Lives lives;
  lives.begin();
  const int steps = *rc::gen::inRange(0, 80);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 6)) {
    case 0:
    case 1: lives.fold_one(*rc::gen::inRange(1, 5)); break;
    case 2: lives.send(); break;
    case 3:
      if (!lives.sent.empty())
        lives.arrive(lives.sent[*rc::gen::inRange<std::size_t>(0, lives.sent.size())],
                     *rc::gen::weightedElement<bool>({{3, true}, {1, false}}));
      break;
    case 4: lives.flush(); break;
    default: lives.begin(); break;
    }
  }
  lives.begin();
  while (lives.end < lives.log.size()) lives.fold_one(0);
  for (int round = 0; round < 3 && !lives.deltas->settled(); ++round) {
    lives.send();
    lives.arrive(lives.sent.back(), true);
  }
  stats::FastDelta all;
  for (std::size_t i = 0; i < lives.log.size(); ++i) all.add(marks(i % 3 + 1, lives.log[i]));
  RC_ASSERT(lives.models == all);
}

} // namespace
} // namespace kindred::actors::user_shard
