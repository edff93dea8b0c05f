#include "engine/profiles/user_fold.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/marks.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::Purposes;
using records::RecordType;

records::Record stating(records::Record record, Purposes stated) {
  record.header.stated = stated;
  return record;
}

records::Record consent_of_ann(Purposes granted, Purposes withdrawn, std::uint64_t id) {
  return record_of(RecordType::kConsent, records::Consent{"ann", granted, withdrawn, "", ""}, {2, id}, kNoon);
}

TEST(UserFold, TheFirstRecordMakesTheProfile) {
  Story story;
  EXPECT_EQ(story.tell(EventType::kView, "a", kNoon), Outcome::kApplied);
  EXPECT_EQ(story.profile->key, story.user);
  EXPECT_EQ(story.profile->assignment_key, "ann");
  EXPECT_EQ(story.profile->now, kNoon);
  EXPECT_EQ(story.profile->records, 1u);
  story.tell(EventType::kView, "b", kNoon - kHour);
  EXPECT_EQ(story.profile->now, kNoon) << "now never goes back";
  EXPECT_EQ(story.profile->records, 2u);
}

TEST(UserFold, EachPurposeFeedsItsLaneAlone) {
  const auto lanes = [](Purposes stated) {
    Story story;
    auto event = event_of(EventType::kView, "a", kNoon);
    story.tell(stating(record_of(event), stated));
    return std::tuple(story.profile->personalization.events, story.profile->training.marks.size(),
                      story.changes.is_zero());
  };
  EXPECT_EQ(lanes(records::kPersonalization), std::tuple(1, 0, true));
  EXPECT_EQ(lanes(records::kTraining), std::tuple(0, 1, false));
  EXPECT_EQ(lanes(records::kMeasurement), std::tuple(0, 0, true));
  EXPECT_EQ(lanes(records::kAllPurposes), std::tuple(1, 1, false));
}

TEST(UserFold, WithoutPurposeNothingChanges) {
  Story story;
  EXPECT_EQ(story.tell(stating(record_of(event_of(EventType::kView, "a", kNoon)), records::kNoPurpose)),
            Outcome::kNoConsent);
  EXPECT_FALSE(story.profile.has_value()) << "not even a profile";
  story.tell(EventType::kView, "a", kNoon);
  const auto before = story.profile;
  EXPECT_EQ(
      story.tell(stating(record_of(event_of(EventType::kView, "b", kNoon + kHour)), records::kNoPurpose)),
      Outcome::kNoConsent);
  EXPECT_EQ(story.profile, before);
}

TEST(UserFold, TheTenantsDefaultHoldsUntilTheUserTells) {
  Story story;
  story.tenant.consent_default = records::kTraining;
  story.tell(EventType::kView, "a", kNoon);
  EXPECT_EQ(story.lane().events, 0u);
  EXPECT_EQ(story.profile->training.marks.size(), 1u);
  EXPECT_EQ(consent_of(&*story.profile, story.tenant), records::kTraining);
  EXPECT_EQ(consent_of(nullptr, story.tenant), records::kTraining);
  story.tell(consent_of_ann(records::kPersonalization, {}, 1));
  EXPECT_EQ(story.profile->consent, records::kPersonalization | records::kTraining)
      << "what is not named stays as it was";
  story.tenant.consent_default = records::kNoPurpose;
  EXPECT_EQ(consent_of(&*story.profile, story.tenant), records::kPersonalization | records::kTraining);
}

TEST(UserFold, WithdrawalWinsOverAGrantInOneRecord) {
  Story story;
  story.tell(consent_of_ann(records::kAllPurposes, records::kTraining, 1));
  EXPECT_FALSE(story.profile->consent.has(records::kTraining));
  EXPECT_TRUE(story.profile->consent.has(records::kPersonalization));
}

TEST(UserFold, WithdrawalClearsTheLaneAndItsContribution) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  story.tell(EventType::kView, "b", kNoon + kMinute);
  ASSERT_FALSE(story.changes.is_zero());
  story.tell(consent_of_ann({}, records::kTraining, 1));
  EXPECT_TRUE(story.changes.is_zero());
  EXPECT_TRUE(story.profile->training.marks.empty());
  EXPECT_EQ(story.lane().events, 2u);
  story.tell(consent_of_ann({}, records::kPersonalization, 2));
  EXPECT_EQ(story.lane(), PersonalizationLane{});
  const auto effects = story.effects.take();
  ASSERT_EQ(effects.size(), 2u);
  EXPECT_EQ(effects[0].kind, kConsentChanged);
}

TEST(UserFold, AConsentThatChangesNothingTellsNobody) {
  Story story;
  story.tell(consent_of_ann(records::kAllPurposes, {}, 1));
  EXPECT_TRUE(story.effects.take().empty());
  EXPECT_TRUE(story.profile->consent_told);
}

TEST(UserFold, UpdatesNeedPersonalizationAndDecisionsMeasurement) {
  Story story;
  story.tell(consent_of_ann({}, records::kPersonalization | records::kMeasurement, 1));
  const records::ProfileUpdate update{"ann", {{"x", true}}, {}, std::nullopt, ""};
  EXPECT_EQ(story.tell(record_of(RecordType::kProfileUpdate, update, {3, 1}, kNoon)), Outcome::kNoConsent);
  records::Decided decided;
  decided.user_id = "ann";
  EXPECT_EQ(story.tell(record_of(RecordType::kDecided, decided, {3, 2}, kNoon)), Outcome::kNoConsent);
  story.tell(consent_of_ann(records::kAllPurposes, {}, 2));
  EXPECT_EQ(story.tell(record_of(RecordType::kProfileUpdate, update, {3, 3}, kNoon)), Outcome::kApplied);
  EXPECT_EQ(story.tell(record_of(RecordType::kDecided, decided, {3, 4}, kNoon)), Outcome::kApplied);
  EXPECT_EQ(story.lane().traits.size(), 1u);
  EXPECT_EQ(story.profile->measurement.decisions.size(), 1u);
}

TEST(UserFold, EveryLineOfAnOrderIsAUse) {
  Story story;
  auto order = event_of(EventType::kPurchase, "b", kNoon);
  order.order_id = "o1";
  order.context.country = "BR";
  for (const char* item : {"a", "b", "a", "c"}) {
    records::OrderLine line;
    line.item = item;
    order.lines.push_back(line);
  }
  story.tell(order);
  EXPECT_EQ(story.lane().items.size(), 3u);
  EXPECT_EQ(story.lane().history.size(), 3u);
  EXPECT_EQ(story.lane().events, 1u);
  ASSERT_EQ(story.profile->training.marks.size(), 3u);
  EXPECT_EQ(story.profile->training.marks[0].item, item_id("a")) << "in the order of the lines";
  EXPECT_EQ(story.profile->training.marks[2].item, item_id("c"));
  EXPECT_EQ(story.profile->training.marks[0].country_scope, stats::country_scope("BR").value);
  EXPECT_EQ(story.profile->training.marks[0].device_scope, 0u) << "not told";
}

TEST(UserFold, NegativeKindsMakeNoMark) {
  Story story;
  story.tell(EventType::kHide, "a", kNoon);
  EXPECT_TRUE(story.profile->training.marks.empty());
  EXPECT_EQ(story.lane().items.size(), 1u);
  EXPECT_TRUE(story.lane().items[0].has(EventType::kHide));
}

TEST(UserFold, ErasureTakesEverythingBack) {
  Story story;
  for (int i = 0; i < 20; ++i) story.tell(EventType::kView, "i" + std::to_string(i), kNoon + kMinute * i);
  ASSERT_FALSE(story.changes.is_zero());
  FoldOutput out{story.changes, story.effects, story.uses, story.outbox};
  fold_erasure(story.user, kNoon + kDay, story.profile, out);
  EXPECT_FALSE(story.profile.has_value());
  EXPECT_TRUE(story.changes.is_zero());
  const auto effects = story.effects.take();
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects[0].kind, kErased);
  EXPECT_EQ(effects[0].time, kNoon + kDay);
}

TEST(UserFold, EffectsAreNumberedWithinTheirRecord) {
  Effects effects;
  effects.begin_record(4);
  effects.add("one", {}, kNoon, {});
  effects.add("two", {}, kNoon, {});
  effects.begin_record(5);
  effects.add("three", {}, kNoon, {});
  const auto all = effects.take();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(std::pair(all[1].index, all[1].number), std::pair(4u, 1u));
  EXPECT_EQ(std::pair(all[2].index, all[2].number), std::pair(5u, 0u));
}

} // namespace
} // namespace kindred::profiles
