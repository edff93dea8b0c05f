#include "engine/profiles/membership.hpp"

#include <gtest/gtest.h>

#include "tests/engine/profiles/segment_models.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::Purposes;
using records::RecordType;

std::string text(const Effect& effect, const std::string& name) {
  for (const auto& detail : effect.details)
    if (detail.name == name) return std::get<std::string>(detail.value);
  return "";
}

records::Record stating(records::Record record, Purposes stated) {
  record.header.stated = stated;
  return record;
}
records::Record consent_of_ann(Purposes granted, Purposes withdrawn, std::uint64_t id) {
  return record_of(RecordType::kConsent, records::Consent{"ann", granted, withdrawn, "", ""}, {21, id},
                   kNoon);
}

/// Ann, where a model with clusters at 0 and 10 is adopted.
struct PartedStory : Story {
  explicit PartedStory(const std::vector<double>& places = {0, 10}) {
    EXPECT_EQ(adopt(adopt_of(parted_at(places), 1), tenant), Adoption::kTaken);
  }
  void adopted(const learners::Segmentation& model, std::uint64_t generation) {
    EXPECT_EQ(adopt(adopt_of(model, generation), tenant), Adoption::kTaken);
  }
  Outcome x(std::int64_t value) { return tell(x_is(value, ++updates)); }
  std::vector<Effect> heard() { return effects.take(); }
  std::int64_t in(std::uint32_t segment) const { return members(changes, kClusteredKind, segment); }
  std::uint64_t updates = 0;
};

// ---- names, and what is looked at

TEST(Membership, NamesAreWhatTheOutsideKnows) {
  EXPECT_EQ(segment_name(kClusteredKind, 12), "clustered-12");
  EXPECT_EQ(segment_name(kRfmKind, 1), "rfm-champions");
  EXPECT_EQ(segment_name(kRfmKind, 11), "rfm-lost");
}

TEST(Membership, ABuyerIsWhoOrdered) {
  PersonalizationLane lane;
  EXPECT_FALSE(buyer_of(lane).has_value());
  lane.orders = {3, Fixed::from(-12.5).value(), kNoon, 5};
  const auto buyer = buyer_of(lane);
  ASSERT_TRUE(buyer.has_value());
  EXPECT_EQ(buyer->last_day, day_of(kNoon));
  EXPECT_EQ(buyer->orders, 3u);
  EXPECT_EQ(buyer->spent, -12.5);
}

TEST(Membership, OfWhomNothingIsKnownIsNowhere) {
  PartedStory story;
  story.tenant.rfm = quintiles();
  EXPECT_EQ(standing_of({}, story.tenant), Standing{});
  PersonalizationLane with_a_trait;
  with_a_trait.traits = {{"name", std::string("Ann")}};
  EXPECT_EQ(standing_of(with_a_trait, story.tenant), (Standing{1, 0}))
      << "what he does not have lies at the mean";
  PersonalizationLane with_an_event;
  with_an_event.events = 1;
  EXPECT_EQ(standing_of(with_an_event, TenantInputs{}), Standing{}) << "nothing was adopted";
}

// ---- moving

TEST(Membership, WithTheFirstRecordHeEnters) {
  PartedStory story;
  story.x(1);
  EXPECT_EQ(story.lane().clustered, (Membership{1, 0, kNoon, true}));
  EXPECT_EQ(story.lane().rfm, Membership{});
  const auto heard = story.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, kSegmentEntered);
  EXPECT_EQ(heard[0].time, kNoon);
  EXPECT_EQ(heard[0].details, (std::vector<records::Property>{{"segment", std::string("clustered-1")}}));
  EXPECT_EQ(story.in(1), 1);
}

TEST(Membership, WhoMovesLeavesThenEntersAndWhy) {
  PartedStory story;
  story.x(1);
  story.heard();
  story.tell(x_is(9, 99, kNoon + kHour));
  EXPECT_EQ(story.lane().clustered, (Membership{2, 1, kNoon + kHour, true}));
  const auto heard = story.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].kind, kSegmentLeft);
  EXPECT_EQ(text(heard[0], "segment"), "clustered-1");
  EXPECT_EQ(text(heard[0], "to"), "clustered-2");
  EXPECT_EQ(text(heard[0], "because"), "trait:x");
  EXPECT_EQ(heard[1].kind, kSegmentEntered);
  EXPECT_EQ(text(heard[1], "segment"), "clustered-2");
  EXPECT_EQ(text(heard[1], "from"), "clustered-1");
  EXPECT_EQ(text(heard[1], "because"), "trait:x");
  EXPECT_LT(heard[0].number, heard[1].number);
  EXPECT_EQ(story.in(1), 0);
  EXPECT_EQ(story.in(2), 1);
}

TEST(Membership, WhoStaysIsNotToldOf) {
  PartedStory story;
  story.x(1);
  story.heard();
  for (const std::int64_t x : {2, 0, 5, 4}) story.x(x); // 5 is half way
  story.tell(EventType::kView, "a", kNoon + kHour);
  EXPECT_TRUE(story.heard().empty());
  EXPECT_EQ(story.lane().clustered.since, kNoon);
  EXPECT_EQ(story.in(1), 1);
}

TEST(Membership, NothingIsKnownOfHimAnyMoreAndHeLeaves) {
  PartedStory story;
  story.x(9);
  story.heard();
  const records::ProfileUpdate forget{"ann", {}, {"x"}, std::nullopt, ""};
  story.tell(record_of(RecordType::kProfileUpdate, forget, {22, 1}, kNoon + kDay));
  EXPECT_EQ(story.lane().clustered, (Membership{0, 2, kNoon + kDay, false}));
  const auto heard = story.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, kSegmentLeft);
  EXPECT_EQ(text(heard[0], "segment"), "clustered-2");
  EXPECT_EQ(heard[0].details.size(), 1u) << "to nowhere, and nobody can say why";
  EXPECT_TRUE(story.changes.is_zero());
}

TEST(Membership, AnAdoptionMovesHimWithHisNextRecord) {
  PartedStory story;
  story.x(9);
  story.heard();
  const auto gone = parted_at({9, 50}, 3); // other groups: 3 and 4
  story.adopted(gone, 2);
  EXPECT_EQ(story.lane().clustered.segment, 2u) << "his record has not come yet";
  EXPECT_EQ(standing_of(story.lane(), story.tenant).clustered, 3u) << "and that is where it will find him";
  story.tell(EventType::kView, "a", kNoon + kHour);
  EXPECT_EQ(story.lane().clustered.segment, 3u);
  EXPECT_EQ(story.lane().clustered.before, 2u);
  const auto heard = story.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(text(heard[0], "because"), "") << "where he was is not there any more";
  EXPECT_EQ(text(heard[1], "from"), "clustered-2");
  EXPECT_EQ(story.in(2), 0);
  EXPECT_EQ(story.in(3), 1);
}

// What he was told when he asked between the adoption and his record holds when it comes, hysteresis included.
TEST(Membership, HeStaysWhereAnAdoptionPutHimThoughNoRecordSaidSo) {
  Story story;
  story.tell(x_is(4, 1));
  EXPECT_EQ(adopt(adopt_of(parted_at({0, 10}), 1), story.tenant), Adoption::kTaken);
  EXPECT_EQ(standing_of(story.lane(), story.tenant).clustered, 1u);
  story.tell(x_is(5, 2)); // half way: nearer to none
  EXPECT_EQ(story.lane().clustered.segment, 1u);
  const records::ProfileUpdate nearer{"ann", {{"x", Fixed::from(5.1).value()}}, {}, std::nullopt, ""};
  story.tell(record_of(RecordType::kProfileUpdate, nearer, {20, 3}, kNoon));
  EXPECT_EQ(story.lane().clustered.segment, 1u) << "not by a tenth nearer to the other";

  Story other; // as near to the other, and nobody was told anything before
  EXPECT_EQ(adopt(adopt_of(parted_at({0, 10}), 1), other.tenant), Adoption::kTaken);
  other.tell(record_of(RecordType::kProfileUpdate, nearer, {20, 3}, kNoon));
  EXPECT_EQ(other.lane().clustered.segment, 2u);
}

TEST(Membership, HeLeavesFromWhereAnAdoptionPutHim) {
  PartedStory story;
  story.x(9);
  story.adopted(parted_at({9, 50}, 3), 2); // groups 3 and 4
  story.heard();
  story.x(50);
  EXPECT_EQ(story.lane().clustered.segment, 4u);
  EXPECT_EQ(story.lane().clustered.before, 3u);
  std::vector<std::string> told;
  for (const Effect& effect : story.heard()) told.push_back(effect.kind + " " + text(effect, "segment"));
  EXPECT_EQ(told, (std::vector<std::string>{"segmentLeft clustered-2", "segmentEntered clustered-3",
                                            "segmentLeft clustered-3", "segmentEntered clustered-4"}));
  EXPECT_EQ(member_counts(story.changes), 1u) << "of all these only the last is counted";
}

TEST(Membership, OrdersMoveThroughTheQuintiles) {
  Story story;
  ASSERT_EQ(adopt(adopt_of(quintiles(), 1), story.tenant), Adoption::kTaken);
  story.tell(EventType::kView, "a", kNoon);
  EXPECT_EQ(story.lane().rfm, Membership{});
  auto order = event_of(EventType::kPurchase, "a", kNoon);
  story.tell(order);
  EXPECT_EQ(segment_name(kRfmKind, story.lane().rfm.segment), "rfm-lost");
  for (int i = 1; i <= 5; ++i) {
    order = event_of(EventType::kPurchase, "a", kNoon + kDay * i);
    order.value = {10'000, 2, {'E', 'U', 'R'}};
    story.tell(order);
  }
  EXPECT_EQ(segment_name(kRfmKind, story.lane().rfm.segment), "rfm-champions");
  EXPECT_EQ(members(story.changes, kRfmKind, story.lane().rfm.segment), 1);
  EXPECT_EQ(member_counts(story.changes), 1u) << "and in none of those on the way";
  const auto effects = story.effects.take();
  EXPECT_EQ(text(effects.back(), "segment"), "rfm-champions");
  EXPECT_EQ(text(effects.back(), "because"), "");
}

// ---- who is counted

TEST(Membership, WhoMayNotTrainIsNeverCounted) {
  PartedStory story;
  story.tell(stating(x_is(9, 1), ~records::kTraining));
  EXPECT_EQ(story.lane().clustered, (Membership{2, 0, kNoon, false})) << "he is there all the same";
  EXPECT_TRUE(story.changes.is_zero());
  story.x(1);
  EXPECT_EQ(story.lane().clustered.segment, 1u);
  EXPECT_EQ(member_counts(story.changes), 0u);
}

TEST(Membership, ARecordThatMayNotTrainTakesHimOut) {
  PartedStory story;
  story.x(9);
  ASSERT_EQ(story.in(2), 1);
  story.tell(stating(record_of(event_of(EventType::kView, "a", kNoon)), ~records::kTraining));
  EXPECT_EQ(story.lane().clustered.segment, 2u);
  EXPECT_FALSE(story.lane().clustered.counted);
  EXPECT_TRUE(story.changes.is_zero());
}

TEST(Membership, WithdrawalsTakeHimOut) {
  for (const Purposes purpose : {records::kTraining, records::kPersonalization, records::kAllPurposes}) {
    PartedStory story;
    story.x(9);
    story.tell(EventType::kView, "a", kNoon);
    story.tell(consent_of_ann({}, purpose, 1));
    EXPECT_EQ(member_counts(story.changes), 0u);
    EXPECT_EQ(story.lane().clustered.segment != 0, !purpose.has(records::kPersonalization));
    story.tell(consent_of_ann(purpose, {}, 2));
    EXPECT_EQ(member_counts(story.changes), 0u) << "a later grant revives nothing";
  }
}

TEST(Membership, AMeasurementWithdrawnLeavesHimWhereHeIs) {
  PartedStory story;
  story.x(9);
  story.tell(consent_of_ann({}, records::kMeasurement, 1));
  EXPECT_EQ(story.in(2), 1);
  EXPECT_EQ(story.lane().clustered.segment, 2u);
}

TEST(Membership, AnErasedUserLeavesNoTrace) {
  PartedStory story;
  ASSERT_EQ(adopt(adopt_of(quintiles(), 1), story.tenant), Adoption::kTaken);
  story.x(9);
  story.tell(EventType::kPurchase, "a", kNoon);
  story.adopted(parted_at({0, 4, 9}, 3), 2);
  story.tell(EventType::kView, "b", kNoon + kHour);
  ASSERT_EQ(member_counts(story.changes), 2u);
  FoldOutput out{story.changes, story.effects, story.uses, story.outbox};
  fold_erasure(story.user, kNoon + kDay, story.profile, out);
  EXPECT_TRUE(story.changes.is_zero());
}

TEST(Membership, LeavingTwiceTakesBackOnce) {
  PartedStory story;
  story.x(9);
  leave_segments(*story.profile, story.changes);
  leave_segments(*story.profile, story.changes);
  EXPECT_TRUE(story.changes.is_zero());
}

// ---- marks know the segment

TEST(Membership, AMarkKnowsWhereTheUserWas) {
  PartedStory story;
  story.x(9);
  story.tell(EventType::kView, "a", kNoon);
  ASSERT_EQ(story.profile->training.marks.size(), 1u);
  EXPECT_EQ(story.profile->training.marks[0].segment_scope, stats::segment_scope(kClusteredKind, 2).value);
  story.x(1);
  story.tell(EventType::kView, "a", kNoon + kHour);
  EXPECT_EQ(story.profile->training.marks[0].segment_scope, stats::segment_scope(kClusteredKind, 2).value)
      << "that of the first event of the day";
  story.tell(stating(x_is(2, 77), ~records::kTraining));
  story.tell(EventType::kView, "b", kNoon + kHour * 2);
  EXPECT_EQ(story.profile->training.marks[1].segment_scope, 0u) << "it follows from what may not train";
}

// Law consent: what was withdrawn is as if its purpose had never been stated.
TEST(Membership, PersonalizationWithdrawnIsAsIfItHadNeverBeenStated) {
  PartedStory withdrew, never;
  std::uint64_t n = 0;
  const auto tell = [&](records::Record record) {
    withdrew.tell(record);
    record.header.stated = ~records::kPersonalization;
    never.tell(record);
  };
  for (const std::int64_t x : {9, 1, 8}) {
    tell(x_is(x, ++n));
    tell(record_of(event_of(EventType::kView, "i" + std::to_string(n), kNoon + kMinute * x)));
    tell(record_of(event_of(EventType::kPurchase, "p" + std::to_string(n), kNoon + kDay * x)));
  }
  ASSERT_NE(withdrew.profile->training, never.profile->training) << "a law about nothing";
  withdrew.tell(consent_of_ann({}, records::kPersonalization, 1));
  never.tell(consent_of_ann({}, records::kPersonalization, 1));
  EXPECT_EQ(withdrew.profile->training, never.profile->training);
  EXPECT_EQ(withdrew.changes, never.changes);
}

} // namespace
} // namespace kindred::profiles
