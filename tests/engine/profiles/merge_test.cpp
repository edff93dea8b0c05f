#include "engine/profiles/merge.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/counters.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

/// A visitor's story beside ann's: what he does before he says that he is ann.
class Merge : public ::testing::Test {
protected:
  Merge() { visitor_.user.user = "visitor"; }

  static records::Event of(records::Event event, const std::string& user) {
    event.user_id = user;
    return event;
  }
  void visit(EventType type, const std::string& item, Instant t) {
    visitor_.tell(of(event_of(type, item, t), "visitor"));
  }
  /// The visitor is ann; answers the record that her partition gets.
  records::Record link(std::uint64_t id = 1) {
    const Instant stamp = kNoon + kDay;
    records::MergeIn merge = leave(visitor_.user, "ann", visitor_.profile, visitor_.changes);
    return record_of(records::RecordType::kMergeIn, std::move(merge), {7, id}, stamp);
  }
  const Profile& ann() const { return *ann_.profile; }

  Story ann_, visitor_;
};

TEST_F(Merge, WhatOneGivesAwayTheOtherTakes) {
  ann_.tell(EventType::kView, "a", kNoon);
  visit(EventType::kView, "b", kNoon + kMinute);
  visit(EventType::kView, "c", kNoon - kMinute);
  const auto record = link();
  EXPECT_FALSE(visitor_.profile.has_value());
  EXPECT_TRUE(visitor_.changes.is_zero()) << "nothing of him is counted where he was";
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);

  Story one; // who had one id all along
  one.tell(event_of(EventType::kView, "c", kNoon - kMinute));
  one.tell(event_of(EventType::kView, "a", kNoon));
  one.tell(event_of(EventType::kView, "b", kNoon + kMinute));
  EXPECT_EQ(ann_.changes, one.changes);
  ASSERT_EQ(ann().personalization.history.size(), 3u);
  EXPECT_EQ(ann().personalization.history.front().item, item_id("c"));
  EXPECT_EQ(ann().personalization.history.back().item, item_id("b"));
  EXPECT_EQ(ann().personalization.items.size(), 3u);
  EXPECT_EQ(ann().personalization.counters, one.profile->personalization.counters);
  EXPECT_EQ(ann().personalization.events, 3u);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
}

TEST_F(Merge, ItemsOfBothAreOneUse) {
  ann_.tell(EventType::kPurchase, "a", kNoon);
  visit(EventType::kView, "a", kNoon - kDay * 2);
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.items.size(), 1u);
  const ItemUse& use = ann().personalization.items.front();
  EXPECT_EQ(use.count, 2u);
  EXPECT_EQ(use.purchases, 1u);
  EXPECT_EQ(use.first, kNoon - kDay * 2);
  EXPECT_EQ(use.last, kNoon);
  EXPECT_TRUE(use.has(EventType::kView) && use.has(EventType::kPurchase));
}

TEST_F(Merge, TheCartIsWhatBothLeftInIt) {
  ann_.tell(EventType::kRemoveFromCart, "a", kNoon + kMinute);
  visit(EventType::kAddToCart, "a", kNoon);
  visit(EventType::kAddToCart, "b", kNoon + kMinute * 2);
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.cart.size(), 1u) << "a was taken out behind it was put in";
  EXPECT_EQ(ann().personalization.cart.front().item, item_id("b"));
  EXPECT_EQ(ann().personalization.cart_due, kNoon + kMinute * 2 + ann_.tenant.cart_abandoned_after);
}

TEST_F(Merge, HerTraitsWinAndHisFillIn) {
  records::ProfileUpdate hers{"ann", {{"city", std::string("Oslo")}}, {}, {}, ""};
  records::ProfileUpdate his{"visitor", {{"city", std::string("Bergen")}, {"size", 41.0 > 0}}, {}, {}, ""};
  ann_.tell(record_of(records::RecordType::kProfileUpdate, hers, {8, 1}, kNoon));
  visitor_.tell(record_of(records::RecordType::kProfileUpdate, his, {8, 2}, kNoon));
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.traits.size(), 2u);
  EXPECT_EQ(std::get<std::string>(ann().personalization.traits[0].value), "Oslo");
  EXPECT_EQ(ann().personalization.traits[1].name, "size");
}

TEST_F(Merge, TheStricterConsentHolds) {
  const auto consent = [](const std::string& user, records::Purposes withdrawn, std::uint64_t id) {
    return record_of(records::RecordType::kConsent, records::Consent{user, {}, withdrawn, "", ""}, {9, id},
                     kNoon);
  };
  ann_.tell(EventType::kView, "a", kNoon);
  visit(EventType::kView, "b", kNoon);
  visitor_.tell(consent("visitor", records::kTraining, 1));
  ann_.tell(link());
  EXPECT_TRUE(ann().consent_told);
  EXPECT_FALSE(ann().consent.has(records::kTraining));
  EXPECT_TRUE(ann().consent.has(records::kPersonalization));
  EXPECT_TRUE(ann().training.marks.empty()) << "hers go, too: both are one, who withdrew it";
  EXPECT_TRUE(ann_.changes.is_zero());
  EXPECT_EQ(ann().personalization.events, 2u);
  EXPECT_TRUE(ann().personalization.beyond_training);
}

TEST_F(Merge, WhatHerConsentRefusesDoesNotComeInWithHim) {
  ann_.tell(record_of(records::RecordType::kConsent,
                      records::Consent{"ann", {}, records::kPersonalization | records::kMeasurement, "", ""},
                      {9, 1}, kNoon));
  visit(EventType::kView, "b", kNoon);
  ann_.tell(link());
  EXPECT_EQ(ann().personalization, PersonalizationLane{});
  EXPECT_EQ(ann().measurement, MeasurementLane{});
  EXPECT_EQ(ann().training.marks.size(), 1u) << "that purpose both grant";
}

TEST_F(Merge, AnUnknownUserTakesOverTheKeyThatVariantsAreGivenBy) {
  visit(EventType::kView, "b", kNoon);
  ann_.tell(link());
  EXPECT_EQ(ann().assignment_key, "visitor");
  EXPECT_FALSE(ann().mixed_keys);
}

TEST_F(Merge, WhoWasShownThingsUnderTwoKeysIsMarked) {
  for (Story* story : {&ann_, &visitor_}) {
    records::Decided decided;
    decided.user_id = story->user.user;
    decided.decision = {1, story == &ann_ ? 1u : 2u};
    decided.shown = {{item_id("a"), 0, false, 1 << 24}};
    decided.assume_shown = true;
    story->tell(record_of(records::RecordType::kDecided, decided, {6, decided.decision.low}, kNoon));
  }
  ann_.tell(link());
  EXPECT_EQ(ann().assignment_key, "ann");
  EXPECT_TRUE(ann().mixed_keys);
  EXPECT_EQ(ann().measurement.exposures, 2u);
  EXPECT_EQ(ann().measurement.decisions.size(), 2u);
}

TEST_F(Merge, NobodyMayBeLinked) {
  const auto record = link();
  EXPECT_TRUE(std::get<records::MergeIn>(record.body).image.empty());
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
  EXPECT_EQ(ann().personalization, PersonalizationLane{});
  EXPECT_EQ(ann().assignment_key, "ann");
}

TEST_F(Merge, ADamagedImageLinksTheIdsAlone) {
  visit(EventType::kView, "b", kNoon);
  auto record = link();
  std::get<records::MergeIn>(record.body).image.resize(10);
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
  EXPECT_EQ(ann().personalization.events, 0u);
}

TEST_F(Merge, EverythingStaysWithinItsBound) {
  for (std::size_t i = 0; i < kHistoryMax; ++i) {
    const Instant t = kNoon + kMinute * static_cast<std::int64_t>(i);
    ann_.tell(EventType::kView, "a" + std::to_string(i), t);
    visit(EventType::kView, "b" + std::to_string(i), t + kSecond);
  }
  ann_.tell(link());
  EXPECT_EQ(ann().personalization.history.size(), kHistoryMax);
  EXPECT_EQ(ann().personalization.history.back().item, item_id("b" + std::to_string(kHistoryMax - 1)));
  EXPECT_EQ(ann().personalization.items.size(), kHistoryMax * 2);
  const auto back = profile_from_canonical(ann_.user, canonical(ann()));
  ASSERT_TRUE(back.ok()) << "what is united can be stored";
  EXPECT_EQ(back.value(), ann());
}

TEST_F(Merge, TheIdLinkedLongestAgoGoesWhereThereAreTooMany) {
  for (std::size_t i = 0; i <= records::kLinkedMax; ++i) {
    Story visitor;
    visitor.user.user = "visitor" + std::to_string(i);
    records::MergeIn merge = leave(visitor.user, "ann", visitor.profile, visitor.changes);
    ann_.tell(record_of(records::RecordType::kMergeIn, std::move(merge), {7, i + 1}, kNoon));
  }
  EXPECT_EQ(ann().linked.size(), records::kLinkedMax);
  ASSERT_EQ(ann_.outbox.size(), 1u);
  const auto* unlink = std::get_if<records::Unlink>(&ann_.outbox[0].body);
  ASSERT_NE(unlink, nullptr);
  EXPECT_EQ(unlink->user_id, "visitor0");
  EXPECT_EQ(unlink->to, "ann");
  EXPECT_EQ(ann_.outbox[0].header.slot, slot_of(kDefaultTenant, "visitor0"));
}

TEST_F(Merge, WhatTheLinkedOneWasPassesOnHisOwnLinks) {
  visit(EventType::kView, "b", kNoon);
  visitor_.profile->linked = {"earlier"};
  ann_.tell(link());
  EXPECT_EQ(ann().linked, (std::vector<std::string>{"earlier", "visitor"}));
}

} // namespace
} // namespace kindred::profiles
