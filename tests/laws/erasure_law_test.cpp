// Law erasure: state, statistics and fast models equal those of a run that never saw the user. Left out by name:
// tombstones, and the positions of the log.

#include <set>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;

class ErasureLaw : public ::testing::Test {
protected:
  static UserKey user_of(const records::Record& record) {
    return {record.header.tenant, std::string(records::user_of(record.body))};
  }
  /// A random tenth of the users.
  static bool chosen(const UserKey& user) { return !user.user.empty() && user_hash(user).low % 10 == 3; }

  static records::Record erasure(const UserKey& user, Instant stamp, std::uint64_t id) {
    return support::record_of(records::RecordType::kErase, records::Erase{user.user, "asked", ""}, {99, id},
                              stamp, user.tenant);
  }

  static support::Dump without_tombstones(support::Dump dump) {
    std::erase_if(dump, [](const auto& entry) { return entry.first.front() == 'x'; });
    return dump;
  }

  static Bytes model(const stats::FastDelta& changes, TenantId tenant) {
    stats::FastModel model;
    model.add(changes, tenant);
    return model.canonical(tenant);
  }

  static void expect_same(FoldRun& erased, FoldRun& never_saw) {
    EXPECT_EQ(without_tombstones(erased.dump()), without_tombstones(never_saw.dump()));
    EXPECT_EQ(erased.changes, never_saw.changes);
    for (const TenantId tenant : {TenantId{1}, TenantId{2}})
      EXPECT_EQ(model(erased.changes, tenant), model(never_saw.changes, tenant));
    EXPECT_EQ(erased.state().users(), never_saw.state().users());
    EXPECT_EQ(erased.state().next_due(), never_saw.state().next_due());
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

TEST_F(ErasureLaw, AResentBatchBringsNobodyBack) {
  FoldRun erased(10);
  Random random(2);
  erased.apply(support::cut_into_entries(stream_, 30, random));
  std::vector<records::Record> theirs;
  std::set<UserKey> gone;
  for (const auto& record : stream_) {
    if (!chosen(user_of(record))) continue;
    gone.insert(user_of(record));
    theirs.push_back(record);
  }
  const Instant end = stream_.back().header.stamp + kMinute;
  std::uint64_t id = 0;
  for (const UserKey& user : gone) erased.apply(erasure(user, end, ++id));
  erased.flush();
  erased.restart();
  const support::Dump before = erased.dump();
  const stats::FastDelta changes = erased.changes;
  for (const auto& record : theirs) EXPECT_EQ(erased.apply(record), Outcome::kErased);
  EXPECT_EQ(erased.dump(), before);
  EXPECT_EQ(erased.changes, changes);
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
