// Sizes of segments against the slow, obvious way: look at every profile and count. And the fold of partitions that adopt
// models: grouping changes nothing.

#include <array>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/profiles/marks.hpp"
#include "tests/engine/profiles/partition_world.hpp"
#include "tests/engine/profiles/segment_models.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::Purposes;
using records::RecordType;

Purposes any_purposes(Random& random) { return {static_cast<std::uint32_t>(random.below(8))}; }

/// Consents are seldom: who once withdrew his training is never counted again.
records::Record any_record(Random& random, std::uint64_t id, Instant stamp, bool consents = true) {
  const std::uint64_t drawn = random.below(32);
  if (drawn == 0 && consents)
    return record_of(RecordType::kConsent,
                     records::Consent{"ann", any_purposes(random), any_purposes(random), "", ""}, {30, id},
                     stamp);
  if (drawn < 12) return x_is(static_cast<std::int64_t>(random.below(30)), 100 + id, stamp);
  if (drawn == 12) {
    const records::ProfileUpdate forget{"ann", {}, {"x"}, std::nullopt, ""};
    return record_of(RecordType::kProfileUpdate, forget, {31, id}, stamp);
  }
  return record_of(event_of(random.below(2) == 0 ? EventType::kPurchase : EventType::kView,
                            "i" + std::to_string(random.below(5)), stamp));
}

/// What the profiles say: (kind, segment) -> users who are counted.
void count_by_hand(const std::optional<Profile>& profile,
                   std::map<std::pair<std::string, std::uint32_t>, std::int64_t>& sizes) {
  if (!profile) return;
  const PersonalizationLane& lane = profile->personalization;
  for (const auto& [kind, membership] :
       std::array{std::pair(kClusteredKind, lane.clustered), std::pair(kRfmKind, lane.rfm)}) {
    EXPECT_TRUE(!membership.counted || (membership.segment != 0 && !lane.beyond_training));
    if (membership.counted) ++sizes[{std::string(kind), membership.segment}];
  }
}

RC_GTEST_PROP(MembershipModel, SizesAreTheUsersWhoAreThere, (std::uint64_t seed)) {
  Random random(seed);
  stats::FastDelta sums;
  std::map<std::pair<std::string, std::uint32_t>, std::int64_t> sizes;
  for (int user = 0; user < 5; ++user) {
    Story story;
    Instant now = kNoon;
    for (std::uint64_t i = 0; i < 30; ++i) {
      if (i == 5) (void)adopt(adopt_of(parted_at({0, 10, 20}), 1), story.tenant);
      if (i == 8) (void)adopt(adopt_of(quintiles(), 1), story.tenant);
      if (i == 18) (void)adopt(adopt_of(parted_at({5, 15, 25}, 3), 2), story.tenant);
      now = now + Duration{static_cast<std::int64_t>(random.below(kDay.us))};
      auto record = any_record(random, i, now);
      if (random.below(40) == 0) record.header.stated = any_purposes(random);
      story.tell(record);
      if (random.below(60) != 0) continue;
      FoldOutput out{story.changes, story.effects, story.uses, story.outbox};
      fold_erasure(story.user, now, story.profile, out);
    }
    count_by_hand(story.profile, sizes);
    sums.add(story.changes);
  }
  RC_ASSERT(member_counts(sums) == sizes.size());
  for (const auto& [place, users] : sizes) RC_ASSERT(members(sums, place.first, place.second) == users);
}

RC_GTEST_PROP(MembershipModel, WhatMarksContributedIsWhatTheySayNow, (std::uint64_t seed)) {
  Random random(seed);
  Story story;
  (void)adopt(adopt_of(parted_at({0, 10, 20}), 1), story.tenant);
  for (std::uint64_t i = 0; i < 40; ++i) {
    auto record = any_record(random, i, kNoon + kHour * static_cast<std::int64_t>(i));
    if (random.below(40) == 0) record.header.stated = any_purposes(random);
    story.tell(record);
  }
  if (!story.profile) return;
  stats::FastDelta expected;
  contribute(story.profile->training, story.user.tenant, expected);
  leave_segments(*story.profile, story.changes);
  RC_ASSERT(story.changes == expected);
}

class AdoptingPartition : public PartitionWorld {};

// Law fold: one entry for all or an entry for each, stopped and begun anew between: the same digest and effects.
TEST_F(AdoptingPartition, GroupingAndRestartsChangeNothing) {
  const auto records = [] {
    Random random(5);
    std::vector<records::Record> all;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const Instant stamp = kNoon + kMinute * static_cast<std::int64_t>(i);
      if (i == 10)
        all.push_back(record_of(RecordType::kAdopt, adopt_of(parted_at({0, 10, 20}), 1), {40, 1}, stamp));
      if (i == 20) all.push_back(record_of(RecordType::kAdopt, adopt_of(quintiles(), 1), {40, 2}, stamp));
      if (i == 40)
        all.push_back(record_of(RecordType::kAdopt, adopt_of(parted_at({5, 15, 25}, 3), 2), {40, 3}, stamp));
      auto record = any_record(random, i, stamp, false);
      if (auto* event = std::get_if<records::Event>(&record.body)) {
        event->message_id = "m" + std::to_string(i);
        record.header.id = {50, i};
      }
      all.push_back(std::move(record));
    }
    return all;
  }();
  struct Run {
    Id128 digest;
    std::vector<std::string> effects;
    stats::FastDelta changes;
  };
  const auto run = [&](std::size_t group, bool restarts) {
    cold_ = {};
    changes_ = {};
    sequence_ = 0;
    restart();
    Run run;
    for (std::size_t i = 0; i < records.size(); i += group) {
      std::vector<records::Record> part(records.begin() + static_cast<std::ptrdiff_t>(i),
                                        records.begin() +
                                            static_cast<std::ptrdiff_t>(std::min(i + group, records.size())));
      auto applied = apply(std::move(part));
      EXPECT_TRUE(applied.ok());
      for (const Effect& effect : applied.value().effects)
        run.effects.push_back(effect.kind + " " + std::to_string(effect.time.us));
      if (!restarts) continue;
      flush();
      restart();
    }
    run.digest = state_->digest();
    run.changes = changes_;
    return run;
  };
  const Run expected = run(1, false);
  EXPECT_GT(expected.effects.size(), 10u);
  EXPECT_GT(member_counts(expected.changes), 0u);
  for (const std::size_t group : {1u, 7u, 1'000u}) {
    for (const bool restarts : {false, true}) {
      const Run other = run(group, restarts);
      EXPECT_EQ(other.digest, expected.digest) << group;
      EXPECT_EQ(other.effects, expected.effects) << group;
      EXPECT_EQ(other.changes, expected.changes) << group;
    }
  }
}

} // namespace
} // namespace kindred::profiles
