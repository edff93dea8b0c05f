#include "engine/rounds/change_log.hpp"

#include <map>

#include <gtest/gtest.h>

#include "engine/rounds/item_item_image.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "tests/engine/profiles/partition_world.hpp"

namespace kindred::rounds {
namespace {

using profiles::event_of;
using profiles::kNoon;
using profiles::record_of;

std::size_t items_in(BytesView image) { return items_of_image(image).value().size(); }

/// Whom it was shown: by name "before>now" in numbers of items; who is not there any more has no name.
struct Shown final : Gatherer {
  std::map<std::string, std::string> changed;
  std::vector<std::string> gone, all;

  void visit(const profiles::Profile& profile) override { all.push_back(profile.key.user); }
  void visit_change(BytesView before, const profiles::Profile* now) override {
    const std::string had = std::to_string(items_in(before)) + ">";
    if (now == nullptr) return gone.push_back(had);
    EXPECT_TRUE(changed.emplace(now->key.user, had + std::to_string(items_in(item_item_image(*now)))).second)
        << now->key.user << " twice";
  }
  std::size_t bytes() const override { return 0; }
  bool begin(BytesView) override { return true; }
  bool go_on(std::size_t) override { return true; }
  Bytes statistic() override { return {}; }
};
using Changed = std::map<std::string, std::string>;

class ChangeLogTest : public profiles::PartitionWorld {
protected:
  void use(const std::string& user, const std::string& item, Instant time = kNoon) {
    records::Record record = of_user(record_of(event_of(EventType::kView, item, time)), user);
    record.header.id = {9, ++uses_};
    EXPECT_EQ(outcome(record), profiles::Outcome::kApplied);
  }
  void erase(const std::string& user) {
    EXPECT_EQ(
        outcome(record_of(RecordType::kErase, records::Erase{user, "", ""}, {11, ++uses_}, kNoon + kHour)),
        profiles::Outcome::kApplied);
  }
  /// Another partition's life: what was not durable is gone.
  ChangeLog& log() {
    if (!log_) log_.emplace(*state_, kDefaultTenant, *incremental_of(kItemItem));
    return *log_;
  }
  bool cut(std::uint64_t round, std::uint64_t base, Instant as_of = kNoon,
           std::optional<Instant> since = {}) {
    shown_ = Shown();
    return log().cut({round, as_of, base, since}, shown_);
  }
  void sweep() {
    const auto number = state_->begin_sweep(kDefaultTenant, log());
    while (!state_->go_on_sweeping(number, 2).value()) {
    }
    state_->end_sweep(number);
    log().stop(true);
  }
  void show() {
    while (!log().go_on(2).value()) {
    }
    log().stop(true);
  }
  /// The first cut, with everybody looked at.
  void begin() {
    EXPECT_FALSE(cut(1, 0));
    sweep();
  }

  Shown shown_;
  std::optional<ChangeLog> log_;
  std::uint64_t uses_ = 0;
};

TEST_F(ChangeLogTest, TheFirstCutLooksAtEverybody) {
  use("ann", "a");
  EXPECT_FALSE(cut(1, 0));
  EXPECT_FALSE(cut(2, 0)) << "the one before was given up";
  sweep();
  EXPECT_EQ(shown_.all, (std::vector<std::string>{"ann"}));
}

TEST_F(ChangeLogTest, TheNextLooksAtWhoChangedAsHeWasAndAsHeIs) {
  use("ann", "a");
  use("bob", "a");
  begin();
  use("ann", "b");
  use("ann", "c");
  use("new", "a");
  ASSERT_TRUE(cut(2, 1));
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>3"}, {"new", "0>1"}}));
  EXPECT_TRUE(shown_.all.empty());
}

TEST_F(ChangeLogTest, WhoChangesAfterTheCutIsShownAsHeWasAtIt) {
  use("ann", "a");
  begin();
  use("ann", "b");
  use("bob", "a");
  ASSERT_TRUE(cut(2, 1));
  use("ann", "c");
  use("eve", "a"); // the next round's
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>2"}})) << "at once";
  erase("bob");
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>2"}, {"bob", "0>1"}}));
  ASSERT_TRUE(cut(3, 2));
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "2>3"}, {"eve", "0>1"}}));
  EXPECT_EQ(shown_.gone, (std::vector<std::string>{"1>"}));
}

TEST_F(ChangeLogTest, ARoundThatCameToNothingIsNoBase) {
  use("ann", "a");
  use("bob", "a");
  begin();
  use("ann", "b");
  ASSERT_TRUE(cut(2, 1));
  log().stop(false);
  use("ann", "c");
  use("bob", "b");
  ASSERT_TRUE(cut(3, 1));
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>3"}, {"bob", "1>2"}})) << "once each, from the base on";
}

TEST_F(ChangeLogTest, AnotherBaseIsNotKnown) {
  begin();
  use("ann", "a");
  EXPECT_FALSE(cut(3, 2)) << "it was of another life, or of another actor";
  sweep();
  EXPECT_FALSE(cut(4, 1)) << "only the last ones are";
}

TEST_F(ChangeLogTest, ACutThatNotEverybodyWasLookedAtIsNoBase) {
  use("ann", "a", kNoon + kHour); // ahead of it
  EXPECT_FALSE(cut(1, 0));
  log().stop(false); // folded again in another life, its round is over
  EXPECT_FALSE(cut(2, 1, kNoon + kHour * 2, kNoon)) << "ann would be missing in the comparison";
}

TEST_F(ChangeLogTest, ACutThatComesOnceMoreIsNoBase) {
  begin();
  use("ann", "a");
  EXPECT_FALSE(cut(1, 0)) << "the same number, but who changed in between is not in its sums";
  sweep();
  EXPECT_FALSE(cut(2, 1));
  sweep();
  EXPECT_TRUE(cut(3, 2));
}

TEST_F(ChangeLogTest, AnErasedUserIsSubtractedWithoutHisName) {
  use("ann", "a");
  use("ann", "b");
  begin();
  use("ann", "c");
  const std::size_t with_name = log().bytes();
  erase("ann");
  EXPECT_LE(log().bytes(), with_name);
  use("ann", "d", kNoon + kHour * 2); // somebody new
  ASSERT_TRUE(cut(2, 1, kNoon + kHour * 3));
  show();
  EXPECT_EQ(shown_.gone, (std::vector<std::string>{"2>"}));
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "0>1"}}));
}

TEST_F(ChangeLogTest, WhoseTrainingIsWithdrawnIsShownWithNothing) {
  use("ann", "a");
  begin();
  records::Consent consent;
  consent.user_id = "ann";
  consent.withdrawn = records::kTraining;
  outcome(record_of(RecordType::kConsent, consent, {12, 1}, kNoon));
  ASSERT_TRUE(cut(2, 1));
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>0"}}));
}

TEST_F(ChangeLogTest, WhoUsedSomethingAheadOfTheCutIsShownThoughHeDidNotChange) {
  use("ann", "a", kNoon + kHour);
  use("bob", "a", kNoon - kHour);
  begin();
  ASSERT_TRUE(cut(2, 1, kNoon + kHour * 2, kNoon)) << "with a model of the first cut to compare";
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>1"}}));
  ASSERT_TRUE(cut(3, 2, kNoon + kHour * 3, kNoon));
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>1"}})) << "as long as that model serves";
  ASSERT_TRUE(cut(4, 3, kNoon + kHour * 4, kNoon + kHour * 3));
  show();
  ASSERT_TRUE(cut(5, 4, kNoon + kHour * 5, kNoon + kHour * 3));
  show();
  EXPECT_TRUE(shown_.changed.empty());
}

TEST_F(ChangeLogTest, AnOlderModelToCompareNeedsEverybody) {
  begin(); // as of noon
  EXPECT_FALSE(cut(2, 1, kNoon + kHour, kNoon - kHour)) << "promoted again by hand";
  sweep();
  EXPECT_TRUE(cut(3, 2, kNoon + kHour * 2, kNoon - kHour));
  EXPECT_FALSE(cut(4, 3, kNoon - kDay)) << "the clock went back";
}

TEST_F(ChangeLogTest, MoreThanItMayKeepIsLetGoAndTheNextRoundLooksAtEverybody) {
  use("ann", "a");
  begin();
  const std::string name(200, 'x');
  std::size_t users = 0, most = 0;
  for (; users == 0 || log().entries() > 0; ++users) {
    log().before_change({kDefaultTenant, name + std::to_string(users)}, nullptr);
    most = std::max(most, log().bytes());
    ASSERT_LT(users, kChangesBytesMax / 200);
  }
  EXPECT_GT(users, kChangesBytesMax / 1000);
  EXPECT_LE(most, kChangesBytesMax);
  EXPECT_EQ(log().bytes(), 0u);
  use("ann", "b");
  EXPECT_EQ(log().entries(), 0u) << "nothing more is written";
  EXPECT_FALSE(cut(2, 1));
  sweep();
  use("ann", "c");
  EXPECT_TRUE(cut(3, 2));
}

TEST_F(ChangeLogTest, WhatIsBeingShownIsShownToItsEndThoughTheNextIsLost) {
  use("ann", "a");
  begin();
  use("ann", "b");
  use("bob", "b");
  ASSERT_TRUE(cut(2, 1));
  const std::string name(200, 'x');
  for (std::size_t i = 0; i < kChangesBytesMax / 200; ++i)
    log().before_change({kDefaultTenant, name + std::to_string(i)}, nullptr);
  use("ann", "c");
  show();
  EXPECT_EQ(shown_.changed, (Changed{{"ann", "1>2"}, {"bob", "0>1"}}));
  EXPECT_EQ(log().entries(), 0u);
  EXPECT_FALSE(cut(3, 2));
}

TEST_F(ChangeLogTest, WhatNoRoundWillAskForIsLetGoWithTheBase) {
  begin();
  for (int i = 0; i < 20; ++i) use("user" + std::to_string(i), "a");
  ASSERT_TRUE(cut(2, 1));
  show();
  EXPECT_EQ(log().entries(), 20u) << "the round may come to nothing yet";
  ASSERT_TRUE(cut(3, 2));
  show();
  log().trim(1'000);
  EXPECT_EQ(log().entries(), 0u);
  EXPECT_EQ(log().bytes(), 0u);
}

TEST_F(ChangeLogTest, WhereTooManyAreWatchedEveryRoundLooksAtEverybody) {
  ChangeLog others[profiles::kWatchesMax] = {{*state_, {5}, *incremental_of(kItemItem)},
                                             {*state_, {6}, *incremental_of(kItemItem)},
                                             {*state_, {7}, *incremental_of(kItemItem)},
                                             {*state_, {8}, *incremental_of(kItemItem)}};
  Shown theirs;
  for (ChangeLog& other : others) EXPECT_FALSE(other.cut({1, kNoon, 0, {}}, theirs));
  begin();
  use("ann", "a");
  EXPECT_FALSE(cut(2, 1));
  EXPECT_EQ(log().entries(), 0u);
}

} // namespace
} // namespace kindred::rounds
