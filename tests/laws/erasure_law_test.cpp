// Law erasure: state, statistics and fast models equal those of a run that never saw the user. Left out by name:
// tombstones, the ids of the erased users' records (hashes, gone with the window) with their timers, and the positions of
// the log.

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/profiles/erased_ids.hpp"
#include "tests/support/round_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;

/// A random tenth of the users.
bool chosen(const UserKey& user) { return !user.user.empty() && user_hash(user).low % 10 == 3; }

records::Record tick_at(Instant time) {
  return support::record_of(records::RecordType::kTick, records::Tick{time}, {98, 1}, time);
}

class ErasureLaw : public ::testing::Test {
protected:
  static UserKey user_of(const records::Record& record) {
    return {record.header.tenant, std::string(records::user_of(record.body))};
  }
  static records::Record erasure(const UserKey& user, Instant stamp, std::uint64_t id) {
    return support::record_of(records::RecordType::kErase, records::Erase{user.user, "asked", ""}, {99, id},
                              stamp, user.tenant);
  }

  static bool is_of_erased_ids(const Bytes& key) { return key.front() == 'e' || key.front() == 'f'; }
  static support::Dump without_traces(support::Dump dump) {
    std::erase_if(
        dump, [](const auto& entry) { return entry.first.front() == 'x' || is_of_erased_ids(entry.first); });
    return dump;
  }
  static std::size_t erased_ids_in(const support::Dump& dump) {
    return static_cast<std::size_t>(std::count_if(
        dump.begin(), dump.end(), [](const auto& entry) { return is_of_erased_ids(entry.first); }));
  }

  static Bytes model(const stats::FastDelta& changes, TenantId tenant) {
    stats::FastModel model;
    model.add(changes, tenant);
    return model.canonical(tenant);
  }

  static void expect_same(FoldRun& erased, FoldRun& never_saw) {
    EXPECT_EQ(without_traces(erased.dump()), without_traces(never_saw.dump()));
    EXPECT_EQ(erased.changes, never_saw.changes);
    for (const TenantId tenant : {TenantId{1}, TenantId{2}})
      EXPECT_EQ(model(erased.changes, tenant), model(never_saw.changes, tenant));
    EXPECT_EQ(erased.state().users(), never_saw.state().users());
    expect_same_after(kDay * 60, erased, never_saw);
  }

  /// The windows close: what was due has happened in both alike, and the ids are gone.
  static void expect_same_after(Duration time, FoldRun& erased, FoldRun& never_saw) {
    const auto lattice = records::kTickLattice.us;
    const Instant later{(support::kStreamStart + kDay * 40 + time).us / lattice * lattice};
    const auto tick = tick_at(later);
    EXPECT_GT(erased_ids_in(erased.dump()), 0u);
    erased.apply(tick);
    never_saw.apply(tick);
    EXPECT_EQ(erased_ids_in(erased.dump()), 0u);
    EXPECT_EQ(without_traces(erased.dump()), without_traces(never_saw.dump()));
    EXPECT_EQ(erased.state().next_due(), std::nullopt);
    EXPECT_EQ(never_saw.state().next_due(), std::nullopt);
    EXPECT_EQ(erased.state().digest(), support::digest_of(erased.dump()));
  }

  const std::vector<records::Record> stream_ = support::make_stream({.seed = 33, .users = 300});
};

TEST_F(ErasureLaw, AnErasedTenthWasNeverThere) {
  FoldRun erased, never_saw;
  erased.apply(support::one_each(stream_));
  std::vector<records::Record> others;
  std::set<UserKey> gone;
  for (const auto& record : stream_) {
    if (chosen(user_of(record)))
      gone.insert(user_of(record));
    else
      others.push_back(record);
  }
  ASSERT_GT(gone.size(), 10u);
  ASSERT_GT(stream_.size() - others.size(), 200u);
  const Instant end = stream_.back().header.stamp + kMinute;
  std::uint64_t id = 0;
  for (const UserKey& user : gone) EXPECT_EQ(erased.apply(erasure(user, end, ++id)), Outcome::kApplied);
  never_saw.apply(support::one_each(others));
  expect_same(erased, never_saw);
  for (const UserKey& user : gone) {
    EXPECT_EQ(erased.profile(user.user, user.tenant), nullptr);
    EXPECT_TRUE(erased.state().tombstone_of(user).value().has_value());
  }
}

class ErasureLawOfModels : public ErasureLaw, public ::testing::WithParamInterface<const char*> {};

// Solved cold from the sums: parameters know nothing of who was erased before the cut.
TEST_P(ErasureLawOfModels, ASolvedModelNeverSawTheErased) {
  const std::string learner = GetParam();
  const auto stream = support::make_stream({.seed = 35,
                                            .records = 12'000,
                                            .users = 200,
                                            .items = 40,
                                            .partial = 1, // of whom one record may not train is in no segment
                                            .consents = 2,
                                            .decisions = 200,
                                            .taken = 500,
                                            .adoptions = 0,
                                            .span = kDay * 20});
  const Instant end = stream.back().header.stamp + kMinute;
  FoldRun erased, never_saw;
  std::set<UserKey> gone;
  erased.apply(support::one_each(stream));
  const auto before = support::solved({&erased}, learner, kDefaultTenant, end);
  for (const auto& record : stream) {
    if (chosen(user_of(record)))
      gone.insert(user_of(record));
    else
      never_saw.apply(record);
  }
  std::uint64_t id = 0;
  for (const UserKey& user : gone) erased.apply(erasure(user, end, ++id));
  const auto ours = support::solved({&erased}, learner, kDefaultTenant, end);
  const auto theirs = support::solved({&never_saw}, learner, kDefaultTenant, end);
  ASSERT_FALSE(ours.empty());
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].learner, theirs[i].learner);
    EXPECT_EQ(ours[i].parameters, theirs[i].parameters);
    EXPECT_EQ(ours[i].metrics, theirs[i].metrics);
  }
  EXPECT_NE(ours[0].parameters, before.at(0).parameters) << "they had left nothing: a law about nothing";
}

INSTANTIATE_TEST_SUITE_P(Learners, ErasureLawOfModels,
                         ::testing::Values("ranker", "itemItem", "segments", "rfm"));

/// A tenth of the users is erased at the end of the stream; their records come again afterwards.
class Resent {
public:
  using Erasure = records::Record (*)(const UserKey&, Instant, std::uint64_t);
  Resent(const std::vector<records::Record>& stream, Erasure erasure)
      : end_(stream.back().header.stamp + kMinute) {
    Random random(2);
    run.apply(support::cut_into_entries(stream, 30, random));
    std::set<UserKey> gone;
    for (const auto& record : stream) {
      const UserKey user{record.header.tenant, std::string(records::user_of(record.body))};
      if (!chosen(user)) continue;
      gone.insert(user);
      theirs_.push_back(record);
    }
    std::uint64_t id = 0;
    for (const UserKey& user : gone) {
      theirs_.push_back(erasure(user, end_, ++id));
      run.apply(theirs_.back());
    }
  }

  /// Sends again what is no older than that at the erasure, stamped so much later; with its own stamps where not later.
  void expect_nothing_comes_back(Duration later, Duration no_older_than) {
    const support::Dump before = run.dump();
    const stats::FastDelta changes = run.changes;
    std::size_t resent = 0;
    for (records::Record record : theirs_) {
      if (record.header.stamp < end_ - no_older_than) continue;
      if (later > Duration{}) record.header.stamp = end_ + later;
      EXPECT_EQ(run.apply(record), Outcome::kErased);
      ++resent;
    }
    EXPECT_GT(resent, 20u);
    EXPECT_EQ(run.dump(), before);
    EXPECT_EQ(run.changes, changes);
  }
  void restart() {
    run.flush();
    run.restart();
  }
  Instant end() const { return end_; }
  const records::Record& last_erasure() const { return theirs_.back(); }

  FoldRun run{10};

private:
  const Instant end_;
  std::vector<records::Record> theirs_; ///< and the erasures themselves
};

TEST_F(ErasureLaw, AResentBatchBringsNobodyBack) {
  Resent resent(stream_, erasure);
  resent.restart();
  resent.expect_nothing_comes_back({}, kDay * 100);
}

/// The client's ids are the old ones, the gateway's stamps are new: the tombstone alone would let them pass.
TEST_F(ErasureLaw, AResentBatchWithNewStampsBringsNobodyBack) {
  Resent resent(stream_, erasure);
  resent.expect_nothing_comes_back(kMinute, kOnceWindow - kMinute);
  resent.restart();
  resent.expect_nothing_comes_back(kHour, kOnceWindow - kHour);
  resent.expect_nothing_comes_back(kDay * 6, kDay);
  resent.expect_nothing_comes_back(kOnceWindow, Duration{});
}

/// A restart may come before the ids were flushed, or while they are on their way.
TEST_F(ErasureLaw, NorFromWhatWasTakenButNotYetStored) {
  Resent resent(stream_, erasure);
  const auto batch = resent.run.state().take_dirty();
  resent.expect_nothing_comes_back(kMinute, kOnceWindow - kMinute);
  resent.run.cold.write(batch);
  resent.run.state().flushed();
  resent.expect_nothing_comes_back(kMinute, kOnceWindow - kMinute);
  resent.restart();
  resent.expect_nothing_comes_back(kMinute, kOnceWindow - kMinute);
}

/// A tick before the window has closed drops nothing; the one after it drops the ids, stored or in memory.
TEST_F(ErasureLaw, TheIdsGoWithTheWindow) {
  Resent resent(stream_, erasure);
  resent.restart();
  FoldRun& run = resent.run;
  run.apply(tick_at(resent.end() + kOnceWindow));
  resent.expect_nothing_comes_back(kOnceWindow, Duration{});
  const auto due = run.state().next_due();
  ASSERT_TRUE(due.has_value());
  EXPECT_LE(*due, resent.end() + kErasedIdsKept + kMinute);
  run.apply(tick_at(*due));
  EXPECT_EQ(erased_ids_in(run.dump()), 0u);
  EXPECT_EQ(run.state().digest(), support::digest_of(run.dump()));
  resent.restart();
  EXPECT_EQ(run.state().next_due(), std::nullopt);
  EXPECT_EQ(erased_ids_in(run.dump()), 0u);
}

/// The erasure itself, sent again, must not take the user who came back in between.
TEST_F(ErasureLaw, TheErasureItselfCountsOnce) {
  Resent resent(stream_, erasure);
  records::Record again = resent.last_erasure();
  const UserKey user = user_of(again);
  records::Event event;
  event.message_id = "back again";
  event.item = "i";
  event.event_time = resent.end() + kHour;
  auto back = support::event_record(user.user, event, event.event_time);
  back.header.tenant = user.tenant;
  EXPECT_EQ(resent.run.apply(back), Outcome::kApplied) << "a new user";
  again.header.stamp = resent.end() + kHour * 2;
  EXPECT_EQ(resent.run.apply(again), Outcome::kErased);
  ASSERT_NE(resent.run.profile(user.user, user.tenant), nullptr);
  EXPECT_EQ(resent.run.profile(user.user, user.tenant)->records, 1u);
}

/// Nothing stored names an erased user: not a key, not a value.
TEST_F(ErasureLaw, TheNameIsGone) {
  FoldRun run;
  Instant stamp = support::kStreamStart;
  const std::string name = "somebody-quite-particular";
  for (int i = 0; i < 30; ++i) {
    records::Event event;
    event.message_id = "m" + std::to_string(i);
    event.item = "i" + std::to_string(i % 7);
    event.type = i % 3 == 0 ? records::EventType::kAddToCart : records::EventType::kView;
    event.event_time = stamp;
    run.apply(support::event_record(name, event, stamp));
    records::Decided decided;
    decided.user_id = name;
    decided.decision = {5, static_cast<std::uint64_t>(i)};
    run.apply(support::record_of(records::RecordType::kDecided, decided, {6, static_cast<std::uint64_t>(i)},
                                 stamp));
    stamp = stamp + kMinute;
  }
  run.flush();
  run.apply(erasure({kDefaultTenant, name}, stamp, 1));
  run.flush();
  for (const auto& [key, value] : run.cold.values) {
    EXPECT_EQ(key.find(name), Bytes::npos);
    EXPECT_EQ(value.find(name), Bytes::npos);
  }
  EXPECT_TRUE(run.changes.is_zero());
  const auto place = run.state().find_decision({5, 3});
  ASSERT_TRUE(place.ok() && place.value());
  EXPECT_TRUE(place.value()->erased) << "replay answers ERASED";
}

TEST_F(ErasureLaw, WhoComesBackIsANewUser) {
  FoldRun came_back, new_here;
  const std::size_t half = stream_.size() / 2;
  const Instant middle = stream_[half].header.stamp;
  std::set<UserKey> gone;
  std::vector<records::Record> later;
  for (std::size_t i = 0; i < stream_.size(); ++i) {
    const UserKey user = user_of(stream_[i]);
    if (i == half) {
      std::uint64_t id = 0;
      for (const UserKey& erased : gone) came_back.apply(erasure(erased, middle, ++id));
    }
    came_back.apply(stream_[i]);
    if (!chosen(user)) {
      new_here.apply(stream_[i]);
    } else if (i < half) {
      gone.insert(user);
    } else if (stream_[i].header.stamp > middle || !gone.contains(user)) {
      new_here.apply(stream_[i]);
      later.push_back(stream_[i]);
    }
  }
  ASSERT_GT(later.size(), 100u);
  expect_same(came_back, new_here);
}

} // namespace
} // namespace kindred::profiles
