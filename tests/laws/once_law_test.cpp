// Law once: a record id applied twice changes nothing the second time, within a stated window; what is older is refused.

#include <map>

#include <gtest/gtest.h>

#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

using support::FoldRun;

/// The stream with every tenth record sent again later: soon, within the window, or long after it.
std::vector<records::Record> with_repeats(const std::vector<records::Record>& stream, Random& random) {
  std::multimap<std::size_t, records::Record> again; // by the index before which it comes again
  std::vector<records::Record> all;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    for (auto due = again.begin(); due != again.end() && due->first <= i; due = again.erase(due))
      all.push_back(due->second);
    all.push_back(stream[i]);
    if (i % 10 != 0) continue;
    const std::size_t spans[] = {3, 200, stream.size() / 6, stream.size() / 2};
    again.emplace(i + 1 + random.below(spans[random.below(4)]), stream[i]);
  }
  for (const auto& [index, record] : again) all.push_back(record);
  return all;
}

class OnceLaw : public ::testing::Test {
protected:
  const std::vector<records::Record> stream_ = support::make_stream({.seed = 21, .consents = 80});
};

TEST_F(OnceLaw, EveryTenthRecordTwiceIsTheSameState) {
  FoldRun once, twice;
  once.apply(support::one_each(stream_));
  Random random(3);
  const auto repeated = with_repeats(stream_, random);
  ASSERT_EQ(repeated.size(), stream_.size() + stream_.size() / 10);
  twice.apply(support::cut_into_entries(repeated, 50, random));
  EXPECT_EQ(twice.state().digest(), once.state().digest());
  EXPECT_EQ(twice.dump(), once.dump());
  EXPECT_EQ(twice.changes, once.changes);
}

TEST_F(OnceLaw, AcrossRestartsToo) {
  FoldRun once;
  once.apply(support::one_each(stream_));
  Random random(4);
  const auto repeated = with_repeats(stream_, random);
  FoldRun twice(8); // hardly anybody stays in memory
  for (const auto& entry : support::cut_into_entries(repeated, 50, random)) {
    twice.apply(entry);
    if (random.below(4) != 0) continue;
    twice.flush();
    if (random.below(4) == 0) twice.restart();
  }
  EXPECT_EQ(twice.dump(), once.dump());
  EXPECT_EQ(twice.changes, once.changes);
}

TEST_F(OnceLaw, RepeatsAreCalledByTheirName) {
  FoldRun run;
  std::map<RecordId, Outcome> first;
  Random random(5);
  std::map<Outcome, int> second;
  for (const auto& record : with_repeats(stream_, random)) {
    const Outcome outcome = run.apply(record);
    if (first.emplace(record.header.id, outcome).second || records::user_of(record.body).empty()) continue;
    EXPECT_TRUE(outcome == Outcome::kSeenBefore || outcome == Outcome::kTooOld ||
                outcome == Outcome::kErased);
    ++second[outcome];
  }
  EXPECT_GT(second[Outcome::kSeenBefore], 100);
  EXPECT_GT(second[Outcome::kTooOld], 30);
  EXPECT_GT(second[Outcome::kErased], 5);
}

TEST_F(OnceLaw, WholeEntriesSentAgainAreDropped) {
  FoldRun once, twice;
  Random random(6);
  const auto entries = support::cut_into_entries(stream_, 20, random);
  once.apply(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_FALSE(twice.apply(entries[i]).repeated);
    if (i % 7 != 0) continue;
    const std::size_t back = random.below(std::min<std::size_t>(i, 20) + 1);
    EXPECT_TRUE(twice.apply(entries[i - back]).repeated);
  }
  EXPECT_EQ(twice.dump(), once.dump());
  EXPECT_EQ(twice.changes, once.changes);
}

/// A consent sent again after a withdrawal must not undo it.
TEST_F(OnceLaw, AResentGrantDoesNotUndoAWithdrawal) {
  FoldRun run;
  const auto consent = [](records::Purposes granted, records::Purposes withdrawn, std::uint64_t id,
                          Instant stamp) {
    return support::record_of(records::RecordType::kConsent,
                              records::Consent{"ann", granted, withdrawn, "", ""}, {1, id}, stamp);
  };
  const Instant t = support::kStreamStart;
  const auto grant = consent(records::kAllPurposes, {}, 1, t);
  EXPECT_EQ(run.apply(grant), Outcome::kApplied);
  EXPECT_EQ(run.apply(consent({}, records::kAllPurposes, 2, t + kMinute)), Outcome::kApplied);
  EXPECT_EQ(run.apply(grant), Outcome::kSeenBefore);
  EXPECT_TRUE(run.profile("ann")->consent.empty());
  run.flush();
  run.restart();
  EXPECT_EQ(run.apply(grant), Outcome::kSeenBefore) << "ids survive a restart";
  EXPECT_TRUE(run.profile("ann")->consent.empty());
}

/// An import that is run again: new message ids or forgotten ones, new stamps, after weeks in which its users were busy, and
/// with restarts in between. Its watermark knows it, for ever.
TEST_F(OnceLaw, AnImportCountsOnceForEver) {
  const auto import = [](FoldRun& run, std::uint64_t lines, int again, Instant stamp) {
    std::vector<records::Record> records;
    for (std::uint64_t line = 1; line <= lines; ++line) {
      records::Event event;
      event.message_id = "run " + std::to_string(again) + " line " + std::to_string(line);
      event.item = "i" + std::to_string(line % 13);
      event.event_time = support::kStreamStart - kDay * 30 + kMinute * static_cast<std::int64_t>(line);
      event.producer = records::Producer{"history", 1, line};
      records.push_back(support::event_record("user-" + std::to_string(line % 31), event, stamp));
      records.back().header.flags = records::flags::kImport;
    }
    std::map<Outcome, int> outcomes;
    for (const auto& record : records) ++outcomes[run.apply(record)];
    return outcomes;
  };
  const auto live_for_weeks = [&](FoldRun& run) {
    for (int day = 0; day < 20; ++day) {
      for (int user = 0; user < 31; ++user) {
        records::Event event;
        event.message_id = "day " + std::to_string(day);
        event.event_time = support::kStreamStart + kDay * day;
        run.apply(support::event_record("user-" + std::to_string(user), event, event.event_time));
      }
    }
  };
  FoldRun once, again;
  import(once, 500, 0, support::kStreamStart);
  live_for_weeks(once);
  EXPECT_EQ(import(again, 200, 0, support::kStreamStart)[Outcome::kApplied], 200) << "interrupted";
  again.flush();
  again.restart();
  auto outcomes = import(again, 500, 0, support::kStreamStart);
  EXPECT_EQ(outcomes[Outcome::kSeenBefore], 200);
  EXPECT_EQ(outcomes[Outcome::kApplied], 300);
  live_for_weeks(again);
  again.flush();
  again.restart();
  for (const int run : {0, 1}) {
    const Instant later = support::kStreamStart + kDay * (20 + run);
    EXPECT_EQ(import(again, 500, run, later)[Outcome::kSeenBefore], 500) << "the window has long passed";
  }
  EXPECT_EQ(again.dump(), once.dump());
  EXPECT_EQ(again.changes, once.changes);
}

TEST_F(OnceLaw, TheWindowHasNoGapAtItsBorder) {
  for (const std::int64_t beyond_us : {-1, 0, 1}) {
    FoldRun run;
    const auto event = [](const std::string& message, Instant stamp) {
      records::Event event;
      event.message_id = message;
      event.item = "i";
      event.event_time = stamp;
      return support::event_record("ann", event, stamp);
    };
    const auto old = event("old", support::kStreamStart);
    EXPECT_EQ(run.apply(old), Outcome::kApplied);
    const Instant later = support::kStreamStart + kOnceWindow + Duration{beyond_us};
    EXPECT_EQ(run.apply(event("new", later)), Outcome::kApplied);
    const support::Dump before = run.dump();
    EXPECT_EQ(run.apply(old), beyond_us > 0 ? Outcome::kTooOld : Outcome::kSeenBefore);
    EXPECT_EQ(run.dump(), before);
  }
}

} // namespace
} // namespace kindred::profiles
