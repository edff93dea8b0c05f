// Users as they were at a cut, each once, whatever the fold, the flushes and the memory do meanwhile.

#include <gtest/gtest.h>

#include "engine/profiles/profile_codec.hpp"
#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"
#include "tests/engine/profiles/shown_profiles.hpp"

namespace kindred::profiles {
namespace {

class PartitionSweepTest : public PartitionWorld {
protected:
  void view_by_all(int users) {
    for (int i = 0; i < users; ++i) view_by(name(i));
  }
  std::uint32_t begin(SweepVisitor& shown, TenantId tenant = kDefaultTenant) {
    return state_->begin_sweep(tenant, shown);
  }
  /// To the end, so many at a time; how many calls that took.
  int finish(std::uint32_t sweep, std::size_t at_a_time = 3) {
    for (int calls = 1; calls < 10'000; ++calls) {
      const auto complete = state_->go_on_sweeping(sweep, at_a_time);
      EXPECT_TRUE(complete.ok());
      if (!complete.ok() || complete.value()) return calls;
    }
    ADD_FAILURE() << "a sweep without an end";
    return 0;
  }
  records::Record cut(std::uint64_t round, Instant stamp = kNoon) {
    return record_of(RecordType::kCut, records::Cut{"ranker", round}, {8, round}, stamp);
  }
};

TEST_F(PartitionSweepTest, NobodyIsShownWhereNobodyIs) {
  Shown shown;
  finish(begin(shown));
  EXPECT_TRUE(shown.profiles.empty());
}

TEST_F(PartitionSweepTest, WhoIsInMemoryWhoIsStoredAndWhoIsBothIsShownOnce) {
  view_by_all(6);
  flush();
  restart(50); // all six stored alone
  (void)find("u1");
  view_by("u2");
  view_by("new");
  Shown shown;
  const auto sweep = begin(shown);
  EXPECT_TRUE(shown.profiles.empty()) << "beginning looks at nobody";
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 7u);
  EXPECT_EQ(shown.again, 0);
  EXPECT_EQ(shown.events_of("u2"), 2u) << "newer than what is stored of him";
  EXPECT_EQ(shown.events_of("u1"), 1u);
  EXPECT_EQ(shown.events_of("new"), 1u);
}

TEST_F(PartitionSweepTest, WhoChangesIsShownBeforeAtOnceAndNotAgain) {
  view_by_all(3);
  Shown shown;
  const auto sweep = begin(shown);
  view_by("u1");
  ASSERT_EQ(shown.profiles.size(), 1u) << "copy on write";
  EXPECT_EQ(shown.events_of("u1"), 1u);
  view_by("u1");
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 3u);
  EXPECT_EQ(shown.events_of("u1"), 1u);
  EXPECT_EQ(shown.again, 0);
}

TEST_F(PartitionSweepTest, AnErasedUserIsShownAsHeWasANewOneNever) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  Shown shown;
  const auto sweep = begin(shown);
  outcome(erase_ann(kNoon + kHour, 1));
  outcome(EventType::kView, "a", kNoon + kDay); // a user who returns is a new user
  view_by("late");
  flush();
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 1u);
  EXPECT_EQ(shown.events_of("ann"), 1u);
  EXPECT_EQ(shown.again, 0);
}

TEST_F(PartitionSweepTest, WhoWasErasedBeforeIsNotShown) {
  outcome(EventType::kView, "a", kNoon);
  flush();
  outcome(erase_ann(kNoon + kHour, 1)); // his stored profile goes with the next batch
  Shown shown;
  finish(begin(shown));
  EXPECT_TRUE(shown.profiles.empty());
}

TEST_F(PartitionSweepTest, ARecordThatChangesNothingShowsNobody) {
  const auto event = record_of(event_of(EventType::kView, "a", kNoon));
  outcome(event);
  Shown shown;
  const auto sweep = begin(shown);
  EXPECT_EQ(outcome(event), Outcome::kSeenBefore);
  EXPECT_NE(find("ann"), nullptr);
  EXPECT_TRUE(shown.profiles.empty());
  finish(sweep);
  EXPECT_EQ(shown.events_of("ann"), 1u);
}

TEST_F(PartitionSweepTest, ATimerChangesAUserToo) {
  outcome(EventType::kAddToCart, "a", kNoon);
  flush();
  restart(0);
  Shown shown;
  const auto sweep = begin(shown);
  outcome(tick(kNoon + kDay));
  finish(sweep);
  ASSERT_EQ(shown.profiles.size(), 1u);
  const auto profile = profile_from_canonical(ann_, shown.profiles.begin()->second);
  EXPECT_EQ(profile.value().personalization.carts_abandoned, 0u) << "as before the tick";
  EXPECT_EQ(find("ann")->personalization.carts_abandoned, 1u);
}

// Whoever leaves memory gives his place to the last, who must not be passed over there.
TEST_F(PartitionSweepTest, WhoTakesThePlaceOfOneWhoLeftIsShown) {
  restart(1);
  view_by("u0");
  view_by("u1");
  const auto batch = state_->take_dirty();
  view_by("u2");
  view_by("u3");
  Shown shown;
  const auto sweep = begin(shown);
  EXPECT_FALSE(state_->go_on_sweeping(sweep, 100).value()) << "nothing is stored";
  EXPECT_FALSE(state_->go_on_sweeping(sweep, 1).value());
  EXPECT_EQ(shown.profiles.size(), 1u);
  cold_.write(batch);
  state_->flushed(); // u0 and u1 leave
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 4u);
  EXPECT_EQ(shown.again, 0);
}

TEST_F(PartitionSweepTest, TenantsAreApart) {
  auto elsewhere = record_of(event_of(EventType::kView, "a", kNoon));
  outcome(elsewhere);
  for (const std::uint32_t tenant : {0u, 2u, 255u, 256u}) {
    elsewhere.header.tenant = {tenant};
    outcome(elsewhere);
  }
  flush();
  for (const std::size_t users : {0u, 50u}) {
    restart(users);
    for (const std::uint32_t tenant : {0u, 1u, 2u, 3u, 255u, 256u}) {
      Shown shown;
      const auto sweep = begin(shown, {tenant});
      finish(sweep);
      state_->end_sweep(sweep);
      EXPECT_EQ(shown.profiles.size(), tenant == 3 ? 0u : 1u) << tenant;
      for (const auto& [user, bytes] : shown.profiles) EXPECT_EQ(user.tenant, TenantId{tenant});
    }
  }
}

TEST_F(PartitionSweepTest, NamesThatLookLikeKeysAreApart) {
  const std::string zeros("\0\0", 2), longest(kExternalIdBytesMax, '\xff');
  const std::vector<std::string> names{"a",   "ap",    "ao", "o", "p", std::string("a\0p", 3),
                                       zeros, longest, "b"};
  for (const std::string& name : names) view_by(name);
  flush();
  for (const std::size_t at_a_time : {1u, 2u, 100u}) {
    restart(2);
    Shown shown;
    const auto sweep = begin(shown);
    for (const std::string& name : names) {
      view_by(name);
      if (name.size() != 1) flush();
      (void)state_->go_on_sweeping(sweep, at_a_time);
    }
    finish(sweep, at_a_time);
    EXPECT_EQ(shown.profiles.size(), names.size());
    EXPECT_EQ(shown.again, 0);
  }
}

// A slice is so many stored values or users in memory: what bounds how long the shard is busy.
TEST_F(PartitionSweepTest, ASliceIsBounded) {
  view_by_all(20); // a profile and one value of ids each
  flush();
  restart(50);
  view_by("new 1");
  view_by("new 2");
  Shown shown;
  const auto sweep = begin(shown);
  for (std::size_t before = 0; !state_->go_on_sweeping(sweep, 2).value(); before = shown.profiles.size())
    ASSERT_LE(shown.profiles.size(), before + 2);
  EXPECT_EQ(shown.profiles.size(), 22u);
  Shown again;
  const auto one = begin(again);
  EXPECT_EQ(finish(one, 1'000), 2) << "what is stored, then who is in memory";
  EXPECT_EQ(again.profiles, shown.profiles);
}

TEST_F(PartitionSweepTest, OnlySoManyAreOpenAndAnEndedOneMakesRoom) {
  view_by_all(2);
  std::vector<Shown> shown(kSweepsMax + 2);
  std::vector<std::uint32_t> sweeps;
  for (std::size_t i = 0; i < kSweepsMax; ++i) {
    sweeps.push_back(begin(shown[i]));
    EXPECT_NE(sweeps.back(), 0u);
  }
  EXPECT_EQ(begin(shown[kSweepsMax]), 0u);
  EXPECT_EQ(begin(shown[kSweepsMax], {7}), 0u) << "whoever's";
  state_->end_sweep(99'999);
  EXPECT_EQ(begin(shown[kSweepsMax]), 0u) << "one that was never begun ends nothing";
  view_by("u0");
  state_->end_sweep(sweeps[1]);
  state_->end_sweep(sweeps[1]);
  view_by("u1");
  const auto next = begin(shown.back());
  ASSERT_NE(next, 0u);
  EXPECT_EQ(begin(shown[kSweepsMax]), 0u) << "ended twice is one place";
  for (const auto sweep : sweeps) EXPECT_NE(next, sweep) << "a number is not used again";
  EXPECT_FALSE(state_->go_on_sweeping(sweeps[1], 100).value()) << "it is over";
  view_by("u0");
  finish(next);
  finish(sweeps[0]);
  EXPECT_EQ(shown[1].profiles.size(), 1u) << "what changed after its end is not shown to it";
  EXPECT_TRUE(shown[kSweepsMax].profiles.empty());
  EXPECT_EQ(shown[0].events_of("u0"), 1u);
  EXPECT_EQ(shown.back().events_of("u0"), 2u) << "in the place of the ended one, as of its own beginning";
  EXPECT_EQ(shown.back().events_of("u1"), 2u);
  EXPECT_EQ(shown.back().again, 0);
}

// ---- cuts

TEST_F(PartitionSweepTest, ACutIsBetweenTheRecordsOfItsEntry) {
  const auto view = [&](const std::string& user) {
    return of_user(record_of(event_of(EventType::kView, "a", kNoon)), user);
  };
  Shown shown;
  std::vector<std::uint64_t> events;
  std::uint32_t sweep = 0;
  state_->on_cut([&](const records::Record& record) {
    events.push_back(shown.profiles.size());
    if (record.header.type == RecordType::kCut) sweep = begin(shown);
  });
  view_by("u0");
  const auto applied = apply(
      {view("u0"), view("u1"), cut(1), view("u0"), view("u1"), view("u2"), erase_ann(kNoon, 1),
       record_of(RecordType::kCutDone, records::CutDone{"ranker", 1, true}, {8, 2}, kNoon), view("u1")});
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(applied.value().outcomes.at(2), Outcome::kApplied);
  EXPECT_EQ(events, (std::vector<std::uint64_t>{0, 2})) << "both were told, each where it stands";
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 2u);
  EXPECT_EQ(shown.events_of("u0"), 2u) << "what came before it in its entry, not what came behind";
  EXPECT_EQ(shown.events_of("u1"), 1u);
}

TEST_F(PartitionSweepTest, ACutIsToldAsItIsWritten) {
  std::vector<records::Record> told;
  state_->on_cut([&](const records::Record& record) { told.push_back(record); });
  auto elsewhere = cut(7, kNoon + kHour);
  elsewhere.header.tenant = {5};
  const auto done =
      record_of(RecordType::kCutDone, records::CutDone{"ranker", 7, false}, {8, 8}, kNoon + kDay);
  outcome(elsewhere);
  view_by("u0");
  outcome(done);
  EXPECT_EQ(told, (std::vector<records::Record>{elsewhere, done}));
  --sequence_;
  EXPECT_TRUE(applied(done).repeated);
  EXPECT_EQ(told.size(), 2u) << "an entry that comes again cuts nothing";
}

TEST_F(PartitionSweepTest, ACutThatNobodyWaitsForIsFolded) { EXPECT_EQ(outcome(cut(1)), Outcome::kApplied); }

TEST_F(PartitionSweepTest, ASweepLeavesNoTraceInTheState) {
  view_by_all(5);
  flush();
  const auto before = state_->dump().value();
  const auto digest = state_->digest();
  restart(0);
  Shown shown;
  finish(begin(shown), 1);
  EXPECT_EQ(shown.profiles.size(), 5u);
  EXPECT_EQ(state_->dump().value(), before);
  EXPECT_EQ(state_->digest(), digest);
  EXPECT_TRUE(state_->take_dirty().empty());
}

// ---- failures of the store

TEST_F(PartitionSweepTest, AStoreThatFailsIsToldAndAskedAgain) {
  view_by_all(6);
  flush();
  restart(0);
  Shown shown;
  const auto sweep = begin(shown);
  EXPECT_FALSE(state_->go_on_sweeping(sweep, 3).value());
  cold_.failing = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(state_->go_on_sweeping(sweep, 3).error(), FoldError::kStoreFailed);
  cold_.failing = false;
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 6u);
  EXPECT_EQ(shown.again, 0);
}

TEST_F(PartitionSweepTest, ADamagedProfileIsToldEachTimeAndNeverPassedOver) {
  view_by_all(4);
  flush();
  restart(0);
  const Bytes key = profile_key({kDefaultTenant, "u1"}), good = cold_.values.at(key);
  cold_.values[key].pop_back();
  Shown shown;
  const auto sweep = begin(shown);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(state_->go_on_sweeping(sweep, 100).error(), FoldError::kBadState) << i;
  cold_.values[key] = good;
  finish(sweep);
  EXPECT_EQ(shown.profiles.size(), 4u);
  EXPECT_EQ(shown.again, 0);
}

} // namespace
} // namespace kindred::profiles
