#include "engine/profiles/marks.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using stats::FastDelta;

constexpr TenantId kTenant{1};

Mark mark_of(std::uint64_t item, Instant t, std::uint64_t session = 0) {
  Mark mark;
  mark.order = {t, 0, {1, static_cast<std::uint64_t>(t.us) * 31 + item}};
  mark.item = {item};
  mark.session_hash = session;
  mark.kinds = 2;
  return mark;
}

/// f(marks) as the header says it, written without any of the code under test.
FastDelta by_the_book(const TrainingLane& lane) {
  FastDelta sum;
  for (std::size_t k = 0; k < lane.marks.size(); ++k) {
    const Mark& mark = lane.marks[k];
    const auto trend = [&](std::uint64_t scope, std::uint8_t h) {
      const Duration half_life = stats::kHalfLives[h];
      sum.add_trend({kTenant, {scope}, h, stats::generation_of(mark.order.time, half_life), mark.item},
                    stats::weight_at(mark.order.time, half_life));
    };
    trend(0, 0);
    trend(0, 2);
    trend(0, 3);
    if (mark.country_scope != 0) trend(mark.country_scope, 2);
    if (mark.device_scope != 0) trend(mark.device_scope, 2);
    if (mark.segment_scope != 0) trend(mark.segment_scope, 2);
    sum.add_count({kTenant, 0, mark.item}, 1);
    for (std::size_t back = 1; back <= 10 && back <= k; ++back) {
      const Mark& before = lane.marks[k - back];
      if (before.item == mark.item) continue;
      sum.add_pair({kTenant, 1, std::min(before.item, mark.item), std::max(before.item, mark.item), 0}, 1);
      const bool told = before.session_hash != 0 && mark.session_hash != 0;
      const bool near = mark.order.time - before.order.time <= kMinute * 30;
      if (back == 1 && (told ? before.session_hash == mark.session_hash : near))
        sum.add_pair({kTenant, 0, before.item, mark.item, 0}, 1);
    }
  }
  return sum;
}

TEST(Marks, AMarkIsOneItemAndDay) {
  TrainingLane lane;
  FastDelta changes;
  add_mark(lane, mark_of(1, kNoon), kTenant, changes);
  add_mark(lane, mark_of(1, kNoon + kHour), kTenant, changes);
  ASSERT_EQ(lane.marks.size(), 1u);
  EXPECT_EQ(lane.marks[0].order.time, kNoon) << "the first of the day";
  add_mark(lane, mark_of(1, kNoon + kHour * 12), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), 2u) << "midnight UTC";
  add_mark(lane, mark_of(2, kNoon), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), 3u);
  EXPECT_EQ(changes, by_the_book(lane));
}

TEST(Marks, ALateEventMovesTheMarkAndBringsItsCircumstances) {
  TrainingLane lane;
  FastDelta changes;
  Mark late = mark_of(1, kNoon - kHour, 5);
  late.country_scope = 77;
  late.kinds = 4;
  add_mark(lane, mark_of(1, kNoon, 6), kTenant, changes);
  add_mark(lane, mark_of(2, kNoon - kMinute, 6), kTenant, changes);
  add_mark(lane, late, kTenant, changes);
  ASSERT_EQ(lane.marks.size(), 2u);
  EXPECT_EQ(lane.marks[0].item, ItemId{1});
  EXPECT_EQ(lane.marks[0].session_hash, 5u);
  EXPECT_EQ(lane.marks[0].country_scope, 77u);
  EXPECT_EQ(lane.marks[0].kinds, 6u) << "kinds are gathered";
  EXPECT_EQ(changes, by_the_book(lane));
}

TEST(Marks, ContributionOfTwoMarksByHand) {
  TrainingLane lane;
  FastDelta changes;
  Mark first = mark_of(20, kNoon);
  first.device_scope = 9;
  add_mark(lane, first, kTenant, changes);
  EXPECT_EQ(changes.trends().size(), 4u);
  EXPECT_EQ(changes.counts().size(), 1u);
  EXPECT_TRUE(changes.pairs().empty());
  add_mark(lane, mark_of(10, kNoon + kMinute), kTenant, changes);
  ASSERT_EQ(changes.pairs().size(), 2u);
  EXPECT_EQ(changes.pairs()[0].key, (FastDelta::PairKey{kTenant, FastDelta::kSuccessor, {20}, {10}, 0}));
  EXPECT_EQ(changes.pairs()[1].key, (FastDelta::PairKey{kTenant, FastDelta::kCoOccurrence, {10}, {20}, 0}));
  EXPECT_EQ(changes.pairs()[0].amount, 1);
}

TEST(Marks, SuccessorsNeedOneSession) {
  const auto successors = [](const Mark& a, const Mark& b) {
    TrainingLane lane;
    FastDelta changes;
    add_mark(lane, a, kTenant, changes);
    add_mark(lane, b, kTenant, changes);
    return std::count_if(changes.pairs().begin(), changes.pairs().end(),
                         [](const auto& entry) { return entry.key.kind == FastDelta::kSuccessor; });
  };
  EXPECT_EQ(successors(mark_of(1, kNoon), mark_of(2, kNoon + kMinute * 30)), 1);
  EXPECT_EQ(successors(mark_of(1, kNoon), mark_of(2, kNoon + kMinute * 31)), 0);
  EXPECT_EQ(successors(mark_of(1, kNoon, 5), mark_of(2, kNoon + kHour, 5)), 1) << "told, and the same";
  EXPECT_EQ(successors(mark_of(1, kNoon, 5), mark_of(2, kNoon + kSecond, 6)), 0) << "told, and another";
  EXPECT_EQ(successors(mark_of(1, kNoon, 5), mark_of(2, kNoon + kSecond)), 1) << "untold: the gap decides";
  EXPECT_EQ(successors(mark_of(1, kNoon), mark_of(1, kNoon + kDay)), 0) << "an item does not follow itself";
}

TEST(Marks, TheOldestGoesWithItsContribution) {
  TrainingLane lane;
  FastDelta changes;
  Instant t = kNoon;
  for (std::uint64_t i = 1; i <= kMarksMax + 25; ++i)
    add_mark(lane, mark_of(i, t = t + kMinute), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), kMarksMax);
  EXPECT_EQ(lane.marks.front().item, ItemId{26});
  EXPECT_EQ(changes, by_the_book(lane));
  add_mark(lane, mark_of(9'999'999, kNoon - kDay), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), kMarksMax) << "older than all that are kept";
  EXPECT_EQ(changes, by_the_book(lane));
  for (std::uint64_t i = 0; i < 5; ++i)
    add_mark(lane, mark_of(8'000'000 + i, lane.marks[i * 700 + 1].order.time + kSecond), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), kMarksMax);
  EXPECT_EQ(changes, by_the_book(lane));
}

TEST(Marks, ClearingTakesEverythingBack) {
  TrainingLane lane;
  FastDelta changes;
  for (std::int64_t i = 0; i < 50; ++i)
    add_mark(lane, mark_of(1 + static_cast<std::uint64_t>(i % 9), kNoon + kHour * i), kTenant, changes);
  EXPECT_FALSE(changes.is_zero());
  clear_marks(lane, kTenant, changes);
  EXPECT_TRUE(lane.marks.empty());
  EXPECT_TRUE(changes.is_zero());
}

TEST(Marks, UsesThatModelsLearnFrom) {
  using records::EventType;
  for (const EventType type : {EventType::kView, EventType::kClick, EventType::kPurchase, EventType::kSave,
                               EventType::kFollow, EventType::kCustom, EventType::kDwell})
    EXPECT_TRUE(makes_mark(type));
  for (const EventType type :
       {EventType::kHide, EventType::kRemoveFromCart, EventType::kRefund, EventType::kError,
        EventType::kMessageSent, EventType::kMessageDelivered, EventType::kMessageOpened,
        EventType::kMessageClicked, EventType::kUnsubscribed})
    EXPECT_FALSE(makes_mark(type));
}

/// Any order of arrival of any marks: the differences add up to f of what is there in the end.
RC_GTEST_PROP(Marks, DifferencesAddUp, (std::uint64_t seed)) {
  Random random(seed);
  TrainingLane lane;
  FastDelta changes;
  const std::uint64_t items = 1 + random.below(20), sessions = 1 + random.below(4);
  const auto span =
      static_cast<std::uint64_t>((kHour * (1 + static_cast<std::int64_t>(random.below(72)))).us);
  for (std::uint64_t i = random.below(60); i > 0; --i) {
    Mark mark =
        mark_of(1 + random.below(items), kNoon + Duration{static_cast<std::int64_t>(random.below(span))},
                random.below(sessions));
    mark.country_scope = random.below(3);
    mark.device_scope = random.below(2);
    add_mark(lane, mark, kTenant, changes);
    RC_ASSERT(changes == by_the_book(lane));
    FastDelta pass;
    contribute(lane, kTenant, pass);
    RC_ASSERT(changes == pass);
  }
}

/// Below the bound, marks are the same whatever order events arrive in.
RC_GTEST_PROP(Marks, OrderOfArrivalMakesNoDifference, (std::uint64_t seed)) {
  Random random(seed);
  std::vector<Mark> marks;
  for (std::uint64_t i = random.below(40); i > 0; --i)
    marks.push_back(
        mark_of(1 + random.below(8), kNoon + kMinute * static_cast<std::int64_t>(random.below(3'000))));
  TrainingLane one, other;
  FastDelta changes;
  for (const Mark& mark : marks) add_mark(one, mark, kTenant, changes);
  for (std::size_t i = marks.size(); i > 1; --i) std::swap(marks[i - 1], marks[random.below(i)]);
  for (const Mark& mark : marks) add_mark(other, mark, kTenant, changes);
  RC_ASSERT(one == other);
}

// ---- windows and days at their borders

std::int64_t together(const stats::FastDelta& delta, std::uint64_t a, std::uint64_t b) {
  for (const auto& [key, amount] : delta.pairs())
    if (key.kind == stats::FastDelta::kCoOccurrence && key.from.value == a && key.to.value == b)
      return amount;
  return 0;
}

TEST(Marks, TheWindowIsTenMarksAndNoMore) {
  TrainingLane lane;
  stats::FastDelta changes;
  for (std::uint64_t item = 1; item <= 13; ++item)
    add_mark(lane, mark_of(item, kNoon + kSecond * static_cast<std::int64_t>(item)), kTenant, changes);
  EXPECT_EQ(together(changes, 1, 11), 1) << "ten marks before";
  EXPECT_EQ(together(changes, 1, 12), 0) << "eleven marks before";
  EXPECT_EQ(together(changes, 3, 13), 1);
  // Pairs of 13 marks, each with at most 10 before it: 0 + 1 + … + 10 + 10 + 10 = 75.
  std::int64_t pairs = 0;
  for (const auto& [key, amount] : changes.pairs())
    pairs += key.kind == stats::FastDelta::kCoOccurrence ? amount : 0;
  EXPECT_EQ(pairs, 75);
}

TEST(Marks, ALateMarkPushesOthersOutOfTheWindow) {
  TrainingLane lane;
  stats::FastDelta changes;
  for (std::uint64_t item = 1; item <= 11; ++item)
    add_mark(lane, mark_of(item, kNoon + kMinute * static_cast<std::int64_t>(item)), kTenant, changes);
  ASSERT_EQ(together(changes, 1, 11), 1);
  add_mark(lane, mark_of(99, kNoon + kMinute * 5 + kSecond), kTenant, changes);
  EXPECT_EQ(together(changes, 1, 11), 0) << "now eleven marks before";
  EXPECT_EQ(together(changes, 1, 99), 1);
  EXPECT_EQ(together(changes, 11, 99), 1);
  stats::FastDelta whole;
  contribute(lane, kTenant, whole);
  EXPECT_EQ(changes, whole);
}

TEST(Marks, MidnightIsUtcAndBelongsToTheNewDay) {
  const Instant midnight{day_of(kNoon) * kDay.us + kDay.us};
  TrainingLane lane;
  stats::FastDelta changes;
  add_mark(lane, mark_of(1, midnight - Duration{1}), kTenant, changes);
  add_mark(lane, mark_of(1, midnight), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), 2u);
  add_mark(lane, mark_of(1, midnight + kDay - Duration{1}), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), 2u) << "the last moment of a day that has a mark";
  EXPECT_TRUE(changes.pairs().empty()) << "an item is no neighbour of itself";
}

TEST(Marks, DaysBeforeTheEpochAreDaysToo) {
  TrainingLane lane;
  stats::FastDelta changes;
  const std::int64_t times_us[] = {-1, 0, -kDay.us, -kDay.us - 1};
  for (const std::int64_t us : times_us) add_mark(lane, mark_of(1, {us}), kTenant, changes);
  EXPECT_EQ(lane.marks.size(), 3u) << "1970-01-01, 1969-12-31 once, 1969-12-30";
  stats::FastDelta whole;
  contribute(lane, kTenant, whole);
  EXPECT_EQ(changes, whole);
}

TEST(Marks, WhatIsOlderThanAllOfAFullLaneLeavesNoTrace) {
  TrainingLane lane;
  stats::FastDelta changes;
  for (std::uint64_t item = 1; item <= kMarksMax; ++item)
    add_mark(lane, mark_of(item, kNoon + kSecond * static_cast<std::int64_t>(item)), kTenant, changes);
  ASSERT_EQ(lane.marks.size(), kMarksMax);
  stats::FastDelta more;
  add_mark(lane, mark_of(77'777, kNoon - kDay), kTenant, more);
  EXPECT_TRUE(more.is_zero());
  EXPECT_EQ(lane.marks.front().item, ItemId{1});
  add_mark(lane, mark_of(88'888, kNoon + kSecond * 2 + Duration{1}), kTenant, more);
  EXPECT_EQ(lane.marks.front().item, ItemId{2}) << "one that is not the oldest takes its place";
  EXPECT_EQ(lane.marks.size(), kMarksMax);
}

TEST(Marks, TheSegmentIsAScopeOfItsOwn) {
  TrainingLane lane;
  FastDelta changes;
  Mark first = mark_of(20, kNoon), second = mark_of(10, kNoon + kMinute);
  first.segment_scope = 9;
  add_mark(lane, first, kTenant, changes);
  EXPECT_EQ(changes.trends().size(), 4u);
  second.segment_scope = 11;
  second.country_scope = 12;
  add_mark(lane, second, kTenant, changes);
  EXPECT_EQ(changes, by_the_book(lane));
  clear_marks(lane, kTenant, changes);
  EXPECT_TRUE(changes.is_zero());
}

TEST(Marks, ASegmentIsForgottenAndTheRestStays) {
  TrainingLane lane, without;
  FastDelta changes;
  for (std::uint64_t i = 0; i < 5; ++i) {
    Mark mark = mark_of(1 + i % 3, kNoon + kDay * static_cast<std::int64_t>(i), 5);
    mark.country_scope = 7;
    without.marks.push_back(mark);
    mark.segment_scope = i;
    add_mark(lane, mark, kTenant, changes);
  }
  forget_segments(lane, kTenant, changes);
  EXPECT_EQ(lane, without);
  EXPECT_EQ(changes, by_the_book(without));
}

} // namespace
} // namespace kindred::profiles
