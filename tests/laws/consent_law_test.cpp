// Law consent: two runs that differ only in data without consent for a purpose give identical state and statistics for
// that purpose. What decisions may read is the personalization lane, what models learn from the training lane.

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tests/support/fold_run.hpp"
#include "tests/support/questions.hpp"
#include "tests/support/server_process.hpp"

namespace kindred::profiles {
namespace {

using records::Purposes;
using support::FoldRun;

constexpr Purposes kLanes[] = {records::kPersonalization, records::kMeasurement, records::kTraining};

/// The lane of one purpose of every user, as bytes.
std::map<Bytes, Bytes> lanes_of(const support::Dump& dump, Purposes purpose) {
  std::map<Bytes, Bytes> lanes;
  for (const auto& [key, value] : dump) {
    const auto user = support::user_of_profile_key(key);
    if (!user) continue;
    const Profile whole = profile_from_canonical(*user, value).value();
    Profile lane;
    if (purpose == records::kPersonalization) lane.personalization = whole.personalization;
    if (purpose == records::kTraining) lane.training = whole.training;
    if (purpose == records::kMeasurement) lane.measurement = whole.measurement;
    if (lane != Profile{}) lanes[key] = canonical(lane);
  }
  return lanes;
}

bool carries_data(const records::Record& record) {
  switch (record.header.type) {
  case records::RecordType::kEvent:
  case records::RecordType::kProfileUpdate:
  case records::RecordType::kDecided:
  case records::RecordType::kExposed:
  case records::RecordType::kReward: return true;
  default: return false;
  }
}

/// Another record with the same id and purposes, which says something else.
records::Record altered(records::Record record) {
  if (auto* event = std::get_if<records::Event>(&record.body)) {
    event->item = "altered-" + event->item;
    event->type = records::EventType::kAddToCart;
    event->event_time = event->event_time + kHour;
    event->context.country = "XX";
    event->page = "/altered";
    event->lines.clear();
  }
  if (auto* update = std::get_if<records::ProfileUpdate>(&record.body)) update->traits = {{"altered", true}};
  if (auto* decided = std::get_if<records::Decided>(&record.body)) decided->shown.clear();
  if (auto* reward = std::get_if<records::Reward>(&record.body)) reward->value.raw += 17;
  return record;
}

class ConsentLaw : public ::testing::TestWithParam<int> {
protected:
  Purposes purpose() const { return kLanes[GetParam()]; }

  records::Record consent(Purposes granted, Purposes withdrawn, std::uint64_t id, Instant stamp) const {
    return support::record_of(records::RecordType::kConsent,
                              records::Consent{"ann", granted, withdrawn, "", ""}, {77, id}, stamp);
  }

  /// Events, decisions and what became of them, of user ann.
  std::vector<records::Record> story(int from, int to) const {
    std::vector<records::Record> records;
    for (int i = from; i < to; ++i) {
      const Instant t = support::kStreamStart + kMinute * i;
      records::Event event;
      event.message_id = "m" + std::to_string(i);
      event.item = "i" + std::to_string(i % 11);
      event.type = i % 4 == 0 ? records::EventType::kAddToCart : records::EventType::kView;
      event.event_time = t;
      event.page = "/p" + std::to_string(i % 5);
      event.decision = {5, static_cast<std::uint64_t>(i - 1)};
      records.push_back(support::event_record("ann", event, t));
      records::Decided decided;
      decided.user_id = "ann";
      decided.decision = {5, static_cast<std::uint64_t>(i)};
      decided.shown = {{item_id("i" + std::to_string((i + 1) % 11)), 0, false, 1}};
      decided.assume_shown = true;
      records.push_back(
          support::record_of(records::RecordType::kDecided, decided, {6, static_cast<std::uint64_t>(i)}, t));
    }
    return records;
  }
};

TEST_P(ConsentLaw, WhatHasNoConsentForAPurposeLeavesNoTraceInIt) {
  const auto stream = support::make_stream({.seed = 55, .partial = 400, .consents = 60});
  FoldRun told, other, without;
  std::size_t differing = 0;
  for (const auto& record : stream) {
    const UserKey user{record.header.tenant, std::string(records::user_of(record.body))};
    bool consented = true;
    if (carries_data(record)) {
      const Profile* profile = told.profile(user.user, user.tenant);
      const Purposes now =
          profile != nullptr ? told.state().consent_of(*profile) : told.state().consent_default(user.tenant);
      consented = (record.header.stated & now).has(purpose());
    }
    differing += consented ? 0 : 1;
    told.apply(record);
    other.apply(consented ? record : altered(record));
    if (consented) without.apply(record);
  }
  ASSERT_GT(differing, 1'000u);
  const auto expected = lanes_of(told.dump(), purpose());
  ASSERT_GT(expected.size(), 20u);
  EXPECT_EQ(lanes_of(other.dump(), purpose()), expected);
  EXPECT_EQ(lanes_of(without.dump(), purpose()), expected);
  if (purpose() != records::kTraining) return;
  EXPECT_EQ(other.changes, told.changes);
  EXPECT_EQ(without.changes, told.changes);
}

TEST_P(ConsentLaw, WithdrawalIsAsIfThePurposeHadNeverBeenStated) {
  FoldRun withdrew, never;
  const Instant end = support::kStreamStart + kMinute * 100;
  for (auto record : story(0, 60)) {
    withdrew.apply(record);
    record.header.stated = ~purpose();
    never.apply(record);
  }
  ASSERT_FALSE(lanes_of(withdrew.dump(), purpose()).empty());
  withdrew.apply(consent({}, purpose(), 1, end));
  never.apply(consent({}, purpose(), 1, end));
  EXPECT_TRUE(lanes_of(withdrew.dump(), purpose()).empty());
  for (const Purposes lane : kLanes) {
    if (lane == purpose()) continue;
    EXPECT_EQ(lanes_of(withdrew.dump(), lane), lanes_of(never.dump(), lane)) << "others stay as they were";
  }
  EXPECT_EQ(withdrew.changes, never.changes);
  EXPECT_EQ(withdrew.changes, support::full_pass(withdrew.dump()));
  EXPECT_EQ(withdrew.state().next_due(), never.state().next_due());
}

TEST_P(ConsentLaw, ALaterGrantRevivesNothing) {
  FoldRun granted_again, new_here;
  const Instant middle = support::kStreamStart + kMinute * 50;
  for (const auto& record : story(0, 50)) granted_again.apply(record);
  for (FoldRun* run : {&granted_again, &new_here}) {
    run->apply(consent({}, purpose(), 1, middle));
    run->apply(consent(purpose(), {}, 2, middle));
  }
  EXPECT_TRUE(lanes_of(granted_again.dump(), purpose()).empty());
  for (const auto& record : story(0, 50)) EXPECT_EQ(granted_again.apply(record), Outcome::kSeenBefore);
  EXPECT_TRUE(lanes_of(granted_again.dump(), purpose()).empty()) << "not even by sending it again";
  for (const auto& record : story(50, 80)) {
    granted_again.apply(record);
    new_here.apply(record);
  }
  EXPECT_EQ(lanes_of(granted_again.dump(), purpose()), lanes_of(new_here.dump(), purpose()));
}

/// An event without any purpose leaves only its id.
TEST_P(ConsentLaw, WithoutAnyPurposeOnlyTheIdIsKept) {
  FoldRun run;
  run.apply(consent({}, records::kAllPurposes, 1, support::kStreamStart));
  const auto before = run.dump();
  const auto events = story(0, 20);
  for (const auto& record : events) EXPECT_EQ(run.apply(record), Outcome::kNoConsent);
  std::size_t ids = 0;
  for (const auto& [key, value] : run.dump()) {
    const bool once = key.starts_with(once_prefix({kDefaultTenant, "ann"}));
    ids += once ? 1 : 0;
    EXPECT_TRUE(once || std::find(before.begin(), before.end(), std::pair(key, value)) != before.end());
  }
  EXPECT_GT(ids, 0u);
  EXPECT_TRUE(run.changes.is_zero());
  for (const auto& record : events) EXPECT_EQ(run.apply(record), Outcome::kSeenBefore);
}

/// What a tenant's settings say holds for everything sent after they were acknowledged, in the running server.
TEST(ConsentLaw, ATenantsDefaultHoldsForTheNextTrack) {
  for (const char* clock : {"events", "wall"}) {
    support::TemporaryFolder folder;
    support::ServerProcess server(
        {.data_dir = folder.path() / "data", .partitions = 4, .clock = clock, .more = {}, .before = {}});
    ASSERT_TRUE(server.wait_ready()) << server.log();
    client::Client client(server.client_options());
    for (int round = 0; round < 40; ++round) {
      const bool granted = round % 2 == 1;
      api::SetTenant set;
      set.tenant.name = "default";
      set.tenant.consent_default = granted ? records::kAllPurposes : records::kNoPurpose;
      support::expect<api::Accepted>(client, set);
      const std::string user = "user" + std::to_string(round);
      support::expect<api::Accepted>(client, support::view(user, "lamp"));
      EXPECT_EQ(support::events_of(client, user), granted ? 1u : 0u)
          << "round " << round << ", clock " << clock;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EachLane, ConsentLaw, ::testing::Values(0, 1, 2));

} // namespace
} // namespace kindred::profiles
