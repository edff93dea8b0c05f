// What may be kept of a record is what it states and what the user (or his tenant) consents to: every combination of
// both, for every type of record, against the table that says which lane reads what.

#include <gtest/gtest.h>

#include "engine/profiles/marks.hpp"
#include "engine/profiles/user_fold.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::Purposes;
using records::RecordType;

/// Personalization, measurement and training by three bits; messaging is a purpose that no lane has.
Purposes purposes_of(std::uint32_t bits) { return {bits}; }
constexpr std::uint32_t kCombinations = 16;

/// Which lanes differ from those of a profile that was never told anything.
struct Lanes {
  bool personalization = false;
  bool measurement = false;
  bool training = false;
  friend bool operator==(const Lanes&, const Lanes&) = default;
};
std::ostream& operator<<(std::ostream& out, const Lanes& lanes) {
  return out << "personalization " << lanes.personalization << ", measurement " << lanes.measurement
             << ", training " << lanes.training;
}
Lanes written_lanes(const std::optional<Profile>& profile) {
  if (!profile) return {};
  return {!(profile->personalization == PersonalizationLane{}), !(profile->measurement == MeasurementLane{}),
          !(profile->training == TrainingLane{})};
}

struct Case {
  const char* name;
  records::Record record;
  Lanes reads; ///< the lanes that a record of this type feeds
};

std::vector<Case> cases() {
  records::Decided decided;
  decided.decision = {1, 1};
  decided.user_id = "ann";
  decided.shown = {{item_id("a"), 0, false, 1}};
  const records::Exposed exposed{"ann", {1, 1}, "r", {0}, kNoon, {}};
  const records::Reward reward{"ann", {1, 1}, "a", "stars", Fixed{7}, kNoon};
  const records::ProfileUpdate update{"ann", {{"name", std::string("Ann")}}, {}, {}, ""};
  return {
      {"view", record_of(event_of(EventType::kView, "a", kNoon)), {true, false, true}},
      {"hide", record_of(event_of(EventType::kHide, "a", kNoon)), {true, false, false}},
      {"search", record_of(event_of(EventType::kSearch, "", kNoon)), {true, false, false}},
      {"update", record_of(RecordType::kProfileUpdate, update, {2, 2}, kNoon), {true, false, false}},
      {"decided", record_of(RecordType::kDecided, decided, {2, 3}, kNoon), {false, true, false}},
      {"exposed", record_of(RecordType::kExposed, exposed, {2, 4}, kNoon), {false, true, false}},
      {"reward", record_of(RecordType::kReward, reward, {2, 5}, kNoon), {false, true, false}},
  };
}

Lanes allowed(const Lanes& reads, Purposes kept) {
  return {reads.personalization && kept.has(records::kPersonalization),
          reads.measurement && kept.has(records::kMeasurement),
          reads.training && kept.has(records::kTraining)};
}

/// An event is kept for any purpose it may serve, the others only for the one they have.
bool is_taken(const Case& one, Purposes kept) {
  if (one.record.header.type == RecordType::kEvent) return !kept.empty();
  return !(allowed(one.reads, kept) == Lanes{});
}

TEST(UserFoldConsent, LanesAreFedByWhatIsStatedAndConsented) {
  for (const Case& one : cases()) {
    for (std::uint32_t stated = 0; stated < kCombinations; ++stated) {
      for (std::uint32_t consent = 0; consent < kCombinations; ++consent) {
        Story story;
        story.tenant.consent_default = purposes_of(consent);
        records::Record record = one.record;
        record.header.stated = purposes_of(stated);
        const Purposes kept = purposes_of(stated & consent);
        const Outcome outcome = story.tell(record);
        ASSERT_EQ(outcome, is_taken(one, kept) ? Outcome::kApplied : Outcome::kNoConsent)
            << one.name << " stated " << stated << " consent " << consent;
        ASSERT_EQ(story.profile.has_value(), outcome == Outcome::kApplied);
        ASSERT_EQ(written_lanes(story.profile), allowed(one.reads, kept))
            << one.name << " stated " << stated << " consent " << consent;
        ASSERT_EQ(!story.changes.is_zero(), allowed(one.reads, kept).training);
      }
    }
  }
}

TEST(UserFoldConsent, WithdrawalEmptiesExactlyTheLanesWithdrawn) {
  for (std::uint32_t withdrawn = 0; withdrawn < kCombinations; ++withdrawn) {
    Story story;
    for (const Case& one : cases()) story.tell(one.record);
    ASSERT_EQ(written_lanes(story.profile), (Lanes{true, true, true}));
    const auto records_before = story.profile->records;
    const records::Consent consent{"ann", {}, purposes_of(withdrawn), "", ""};
    story.tell(record_of(RecordType::kConsent, consent, {3, withdrawn}, kNoon));
    const Purposes left = ~purposes_of(withdrawn);
    EXPECT_EQ(written_lanes(story.profile), allowed({true, true, true}, left)) << withdrawn;
    EXPECT_EQ(story.changes.is_zero(), !left.has(records::kTraining)) << withdrawn;
    EXPECT_EQ(story.profile->records, records_before + 1) << "that he was here is not in any lane";
    EXPECT_EQ(story.effects.take().size(), withdrawn == 0 ? 0u : 1u);
  }
}

TEST(UserFoldConsent, WhatIsGrantedAgainBeginsEmpty) {
  Story story;
  for (const Case& one : cases()) story.tell(one.record);
  story.tell(record_of(RecordType::kConsent, records::Consent{"ann", {}, records::kAllPurposes, "", ""},
                       {3, 1}, kNoon + kSecond));
  story.tell(record_of(RecordType::kConsent, records::Consent{"ann", records::kAllPurposes, {}, "", ""},
                       {3, 2}, kNoon + kSecond * 2));
  EXPECT_EQ(written_lanes(story.profile), Lanes{});
  EXPECT_TRUE(story.changes.is_zero());
  EXPECT_EQ(story.tell(EventType::kView, "b", kNoon + kMinute), Outcome::kApplied);
  EXPECT_EQ(story.lane().events, 1u);
  EXPECT_EQ(story.lane().sessions, 1u) << "a session like anybody's first";
}

TEST(UserFoldConsent, AConsentMakesAProfileEvenWhereNothingMayBeKept) {
  Story story;
  story.tenant.consent_default = records::kNoPurpose;
  const records::Consent refusal{"ann", {}, records::kAllPurposes, "", ""};
  EXPECT_EQ(story.tell(record_of(RecordType::kConsent, refusal, {3, 1}, kNoon)), Outcome::kApplied);
  ASSERT_TRUE(story.profile.has_value());
  EXPECT_TRUE(story.profile->consent_told) << "or a later default would hold for him";
  story.tenant.consent_default = records::kAllPurposes;
  EXPECT_EQ(story.tell(EventType::kView, "a", kNoon + kSecond), Outcome::kNoConsent);
  EXPECT_EQ(written_lanes(story.profile), Lanes{});
}

TEST(UserFoldConsent, AConsentThatStatesNoPurposeStillHolds) {
  Story story;
  auto record =
      record_of(RecordType::kConsent, records::Consent{"ann", {}, records::kTraining, "", ""}, {3, 1}, kNoon);
  record.header.stated = records::kNoPurpose;
  EXPECT_EQ(story.tell(record), Outcome::kApplied);
  EXPECT_FALSE(story.profile->consent.has(records::kTraining));
}

TEST(UserFoldConsent, AnAbandonedCartThatIsWithdrawnIsToldNoMore) {
  Story story;
  story.tell(EventType::kAddToCart, "a", kNoon);
  ASSERT_EQ(story.lane().cart_due, kNoon + kHour);
  const records::Consent refusal{"ann", {}, records::kPersonalization, "", ""};
  story.tell(record_of(RecordType::kConsent, refusal, {3, 1}, kNoon + kMinute));
  EXPECT_EQ(story.lane().cart_due, std::nullopt);
  EXPECT_FALSE(fold_time(*story.profile, kNoon + kDay, story.effects));
}

} // namespace
} // namespace kindred::profiles
