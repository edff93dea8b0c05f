// Law link: two ids that were linked are one user in every sum over users, as if there had been one id all along; over any
// number of partitions, however long what they send each other takes, and sent twice (records.md §11). It is what the laws
// sharding, erasure and once ask of merges.

#include <map>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/support/linked_run.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::RecordType;
using support::LinkedRun;

constexpr std::uint64_t kUsers = 40;

std::string user_named(std::uint64_t number) { return "user" + std::to_string(number); }
std::string visitor_named(std::uint64_t number) { return "visitor" + std::to_string(number); }

records::Record addressed(records::Record record, const std::string& user) {
  std::visit(
      [&](auto& body) {
        if constexpr (requires { body.user_id; }) body.user_id = user;
      },
      record.body);
  record.header.slot = slot_of(kDefaultTenant, user);
  return record;
}

class LinkLaw : public ::testing::TestWithParam<std::uint16_t> {
protected:
  /// Events of users and of the visitors that some of them were, and the links, each somewhere in between. `linked`: as
  /// they come; else everything of a visitor's comes under the user's id, and there are no links.
  std::vector<records::Record> stream(std::uint64_t seed, bool linked) const {
    Random random(seed);
    std::vector<records::Record> records;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
      const std::uint64_t who = random.below(kUsers);
      const Instant stamp{support::kStreamStart.us + static_cast<std::int64_t>(i) * kMinute.us};
      const bool visits = random.below(2) == 0 && who % 2 == 0;
      records::Event event;
      event.type = random.below(4) == 0 ? EventType::kPurchase : EventType::kView;
      event.item = "item" + std::to_string(random.below(30));
      event.event_time = {stamp.us - static_cast<std::int64_t>(random.below(5)) * kMinute.us};
      event.session_id = "s" + std::to_string(who) + "-" + std::to_string(i / 200);
      event.message_id = "m" + std::to_string(i);
      records::Record record = support::record_of(RecordType::kEvent, event, {1, i + 1}, stamp);
      records.push_back(addressed(record, visits && linked ? visitor_named(who) : user_named(who)));
      if (i % 50 != 49 || i / 50 >= kUsers || (i / 50) % 2 != 0 || !linked) continue;
      const std::string visitor = visitor_named(i / 50);
      records.push_back(
          addressed(support::record_of(RecordType::kLink, records::Link{visitor, user_named(i / 50), ""},
                                       {2, i + 1}, stamp),
                    visitor));
    }
    return records;
  }

  static void run(LinkedRun& run, const std::vector<records::Record>& records, bool again) {
    for (const auto& record : records) {
      run.apply(record);
      if (again) run.deliver_again();
    }
    run.settle();
  }
};

TEST_P(LinkLaw, SumsAreThoseOfOneIdAllAlong) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    LinkedRun two(GetParam(), seed), one(1, seed);
    run(two, stream(seed, true), false);
    run(one, stream(seed, false), false);
    EXPECT_EQ(two.changes(), one.changes()) << "seed " << seed;
    for (std::uint64_t who = 0; who < kUsers; ++who) {
      const auto* ours = two.profile(user_named(who));
      const auto* theirs = one.profile(user_named(who));
      ASSERT_TRUE(ours != nullptr && theirs != nullptr);
      EXPECT_EQ(ours->training.marks, theirs->training.marks);
      EXPECT_EQ(ours->personalization.history, theirs->personalization.history);
      EXPECT_EQ(ours->personalization.items, theirs->personalization.items);
      EXPECT_EQ(ours->personalization.counters, theirs->personalization.counters);
      EXPECT_EQ(ours->personalization.cart, theirs->personalization.cart);
      EXPECT_EQ(ours->personalization.orders.spent, theirs->personalization.orders.spent);
      EXPECT_EQ(ours->personalization.events, theirs->personalization.events);
      EXPECT_EQ(two.profile(visitor_named(who)), nullptr);
    }
  }
}

TEST_P(LinkLaw, WhatIsSentTwiceChangesNothing) {
  LinkedRun once(GetParam(), 7), twice(GetParam(), 7);
  run(once, stream(7, true), false);
  run(twice, stream(7, true), true);
  EXPECT_EQ(once.changes(), twice.changes());
  for (std::uint64_t who = 0; who < kUsers; ++who)
    EXPECT_EQ(*once.profile(user_named(who)), *twice.profile(user_named(who)));
}

TEST_P(LinkLaw, ErasingAnyOfTheIdsLeavesNothing) {
  LinkedRun erased(GetParam(), 9), never(1, 9);
  const auto told = stream(9, true);
  run(erased, told, false);
  const auto gone = [](std::uint64_t who) { return who % 3 == 0; };
  const Instant end{told.back().header.stamp.us + kMinute.us};
  for (std::uint64_t who = 0; who < kUsers; ++who) {
    if (!gone(who)) continue;
    const std::string id = who % 4 == 0 ? visitor_named(who) : user_named(who);
    erased.apply(
        addressed(support::record_of(RecordType::kErase, records::Erase{id, "", ""}, {3, who + 1}, end), id));
  }
  erased.settle();
  for (const auto& record : stream(9, false)) {
    const std::string user(records::user_of(record.body));
    if (!gone(std::stoull(user.substr(4)))) never.apply(record);
  }
  EXPECT_EQ(erased.changes(), never.changes());
  for (std::uint64_t who = 0; who < kUsers; ++who) {
    EXPECT_EQ(erased.profile(user_named(who)) == nullptr, gone(who)) << who;
    if (gone(who)) {
      EXPECT_EQ(erased.alias(visitor_named(who)), std::nullopt) << who;
    }
  }
}

/// When a user granted a purpose last, and when he withdrew it; 0: never.
struct Told {
  std::int64_t granted = 0, withdrawn = 0;
};
using ToldByUser = std::map<std::string, std::map<std::uint32_t, Told>>;

/// Five users and their visitors, linked from the start: views and consents under either id.
ToldByUser tell_consents(LinkedRun& run, std::uint64_t seed) {
  constexpr records::Purposes kLanes[] = {records::kPersonalization, records::kMeasurement,
                                          records::kTraining};
  Random random(seed);
  ToldByUser told;
  std::uint64_t number = 0;
  const auto tell = [&](const std::string& id, RecordType type, records::Body body) {
    ++number;
    const Instant stamp{support::kStreamStart.us + static_cast<std::int64_t>(number) * kMinute.us};
    if (auto* event = std::get_if<records::Event>(&body)) {
      event->event_time = stamp;
      event->message_id = "m" + std::to_string(number);
    }
    run.apply(addressed(support::record_of(type, std::move(body), {1, number}, stamp), id));
    return stamp.us;
  };
  records::Event view;
  view.type = EventType::kView;
  for (std::uint64_t who = 0; who < 5; ++who) {
    view.item = "before";
    tell(visitor_named(who), RecordType::kEvent, view);
    tell(visitor_named(who), RecordType::kLink, records::Link{visitor_named(who), user_named(who), ""});
  }
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t who = random.below(5);
    const std::string id = random.below(2) == 0 ? visitor_named(who) : user_named(who);
    view.item = "item" + std::to_string(random.below(9));
    if (random.below(3) != 0) {
      tell(id, RecordType::kEvent, view);
      continue;
    }
    const records::Purposes purpose = kLanes[random.below(3)];
    Told& last = told[user_named(who)][purpose.bits];
    if (random.below(2) == 0)
      last.granted = tell(id, RecordType::kConsent, records::Consent{id, purpose, {}, "", ""});
    else
      last.withdrawn = tell(id, RecordType::kConsent, records::Consent{id, {}, purpose, "", ""});
  }
  return told;
}

/// Consents told under either id, in any order on their way: what was withdrawn last is not granted, and nothing is kept for
/// a purpose that is from before its last withdrawal.
TEST_P(LinkLaw, AWithdrawalHoldsUnderWhicheverIdItWasTold) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LinkedRun run(GetParam(), seed);
    const ToldByUser told = tell_consents(run, seed);
    run.settle();
    for (const auto& [user, purposes] : told) {
      const Profile* profile = run.profile(user);
      ASSERT_NE(profile, nullptr);
      for (const auto& [bits, last] : purposes) {
        const bool granted = profile->consent.has({bits});
        EXPECT_FALSE(granted && last.withdrawn > last.granted) << user << ' ' << bits << " seed " << seed;
        EXPECT_TRUE(granted || last.withdrawn != 0) << user << ' ' << bits << " seed " << seed;
        std::vector<Instant> kept;
        if (bits == records::kTraining.bits)
          for (const Mark& mark : profile->training.marks) kept.push_back(mark.order.time);
        if (bits == records::kPersonalization.bits)
          for (const HistoryEvent& event : profile->personalization.history) kept.push_back(event.order.time);
        for (const Instant time : kept) EXPECT_GT(time.us, last.withdrawn) << user << " seed " << seed;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Partitions, LinkLaw, ::testing::Values(1, 3, 16, 64));

} // namespace
} // namespace kindred::profiles
