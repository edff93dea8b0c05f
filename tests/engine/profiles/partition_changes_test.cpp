// Who changes is told before he does, once a watch.

#include <gtest/gtest.h>

#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"
#include "tests/engine/profiles/shown_profiles.hpp"

namespace kindred::profiles {
namespace {

/// Writes down what it hears: "ann 2" had two events, "bob -" no profile, "ann erased".
struct Heard : ChangeWatcher {
  std::vector<std::string> told;
  void before_change(const UserKey& user, const Profile* profile) override {
    told.push_back(user.user + (profile != nullptr ? " " + std::to_string(profile->personalization.events)
                                                   : std::string(" -")));
  }
  void erased(const UserKey& user) override { told.push_back(user.user + " erased"); }
};
using Told = std::vector<std::string>;

class PartitionChangesTest : public PartitionWorld {
protected:
  Heard heard_;
};

TEST_F(PartitionChangesTest, EachIsToldBeforeHisFirstChange) {
  view_by("ann");
  EXPECT_NE(state_->begin_watch(kDefaultTenant, heard_), 0u);
  view_by("ann");
  view_by("bob");
  view_by("ann");
  view_by("bob");
  EXPECT_EQ(heard_.told, (Told{"ann 1", "bob -"}));
}

TEST_F(PartitionChangesTest, WhoIsLookedAtOnlyOrSentAgainDoesNotChange) {
  view_by("ann");
  flush();
  (void)state_->begin_watch(kDefaultTenant, heard_);
  (void)find("ann");
  const auto once = record_of(event_of(EventType::kView, "b", kNoon));
  outcome(once);
  heard_.told.clear();
  outcome(once);
  EXPECT_TRUE(heard_.told.empty());
}

TEST_F(PartitionChangesTest, ANewWatchIsToldAgainAndAnEndedOneNothing) {
  view_by("ann");
  const auto first = state_->begin_watch(kDefaultTenant, heard_);
  view_by("ann");
  state_->end_watch(first);
  view_by("ann");
  Heard second;
  (void)state_->begin_watch(kDefaultTenant, second);
  view_by("ann");
  EXPECT_EQ(heard_.told, (Told{"ann 1"}));
  EXPECT_EQ(second.told, (Told{"ann 3"}));
}

TEST_F(PartitionChangesTest, WhoWentColdInBetweenMayBeToldAgain) {
  restart(1);
  (void)state_->begin_watch(kDefaultTenant, heard_);
  view_by("ann");
  flush();
  for (const char* other : {"bob", "eve", "joe"}) {
    view_by(other);
    flush();
  }
  view_by("ann");
  EXPECT_EQ(heard_.told.front(), "ann -");
  EXPECT_EQ(heard_.told.back(), "ann 1") << "the watcher knows whom it heard of";
}

TEST_F(PartitionChangesTest, WhoComesBackAfterHisErasureIsNew) {
  outcome(EventType::kView, "a", kNoon);
  (void)state_->begin_watch(kDefaultTenant, heard_);
  outcome(erase_ann(kNoon + kHour, 1));
  outcome(EventType::kView, "b", kNoon + kHour * 2);
  EXPECT_EQ(heard_.told, (Told{"ann 1", "ann erased", "ann -"}));
}

TEST_F(PartitionChangesTest, TenantsAreApartAndSoManyAreWatched) {
  for (std::uint32_t tenant = 2; tenant < 2 + kWatchesMax; ++tenant)
    EXPECT_NE(state_->begin_watch({tenant}, heard_), 0u);
  view_by("ann");
  EXPECT_TRUE(heard_.told.empty());
  EXPECT_EQ(state_->begin_watch(kDefaultTenant, heard_), 0u);
}

TEST_F(PartitionChangesTest, OneUserIsShownAsHeIsAndStaysCold) {
  view_by("ann");
  flush();
  restart();
  view_by("bob");
  Shown shown;
  ASSERT_TRUE(state_->show({kDefaultTenant, "ann"}, shown).ok());
  const std::size_t loads = cold_.loads;
  ASSERT_TRUE(state_->show({kDefaultTenant, "ann"}, shown).ok());
  EXPECT_EQ(cold_.loads, loads + 1) << "read again: he was not kept";
  ASSERT_TRUE(state_->show({kDefaultTenant, "bob"}, shown).ok());
  ASSERT_TRUE(state_->show({kDefaultTenant, "nobody"}, shown).ok());
  EXPECT_EQ(shown.events_of("ann"), 1u);
  EXPECT_EQ(shown.events_of("bob"), 1u);
  EXPECT_EQ(shown.profiles.size(), 2u);
}

TEST_F(PartitionChangesTest, WhoWasLinkedToAnotherIsToldAndThenNobody) {
  view_by("ann");
  (void)state_->begin_watch(kDefaultTenant, heard_);
  outcome(record_of(RecordType::kLink, records::Link{"ann", "ada", ""}, {7, 7}, kNoon));
  EXPECT_EQ(heard_.told, (Told{"ann 1"}));
  flush();
  restart();
  Shown shown;
  ASSERT_TRUE(state_->show(ann_, shown).ok());
  EXPECT_TRUE(shown.profiles.empty()) << "an alias is nobody";
}

TEST_F(PartitionChangesTest, AStoreThatFailsIsToldWhenOneIsShown) {
  view_by("ann");
  flush();
  restart();
  Shown shown;
  cold_.failing = true;
  EXPECT_EQ(state_->show({kDefaultTenant, "ann"}, shown).error(), FoldError::kStoreFailed);
  cold_.failing = false;
  cold_.values[profile_key({kDefaultTenant, "ann"})] = "not a profile";
  EXPECT_EQ(state_->show({kDefaultTenant, "ann"}, shown).error(), FoldError::kBadState);
  EXPECT_TRUE(shown.profiles.empty());
}

} // namespace
} // namespace kindred::profiles
