#include "nodes/kindredctl/demo/replay_score.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace kindred::demo {
namespace {

using Items = std::vector<std::uint32_t>;
constexpr std::int64_t kHour_us = 3'600'000'000;

PlannedEvent event(std::uint32_t user, std::uint32_t item, double hours, bool target = true,
                   bool first = false) {
  PlannedEvent e;
  e.user = user;
  e.item = item;
  e.time_us = static_cast<std::int64_t>(hours * double(kHour_us));
  e.target = target;
  e.first = first;
  e.hides = true;
  return e;
}

ReplayPlan plan_with(std::vector<PlannedEvent> events, std::uint32_t users, std::uint32_t items) {
  ReplayPlan plan;
  for (std::uint32_t n = 0; n < events.size(); ++n) events[n].basket = n;
  plan.events = std::move(events);
  plan.users = users;
  plan.items = items;
  plan.baskets = static_cast<std::uint32_t>(plan.events.size());
  return plan;
}

TEST(Tally, RanksByHand) {
  Tally tally;
  for (std::size_t rank : {1u, 2u, 10u, 11u, 0u}) tally.add(rank);
  EXPECT_EQ(tally.targets, 5u);
  EXPECT_DOUBLE_EQ(tally.hr_10(), 0.6);
  EXPECT_DOUBLE_EQ(tally.hr_1(), 0.2);
  EXPECT_DOUBLE_EQ(tally.mrr_10(), (1.0 + 0.5 + 0.1) / 5);
}

TEST(Tally, WithoutTargetsEverythingIsZero) {
  EXPECT_EQ(Tally{}.hr_10(), 0.0);
  EXPECT_EQ(Tally{}.mean_recall_20(), 0.0);
}

TEST(Tally, BasketsByHand) {
  Tally tally;
  tally.add(Items{5, 6, 7}, Items{7, 9}); // one of two, first at rank 3
  tally.add(Items{1, 2}, Items{3});       // none
  EXPECT_DOUBLE_EQ(tally.mean_recall_20(), 0.25);
  EXPECT_DOUBLE_EQ(tally.hr_10(), 0.5);
  EXPECT_DOUBLE_EQ(tally.mrr_10(), (1.0 / 3) / 2);
}

TEST(Tally, ALargeBasketIsMeasuredAgainstTwenty) {
  Items list, basket;
  for (std::uint32_t n = 0; n < 30; ++n) {
    list.push_back(n);
    basket.push_back(29 - n);
  }
  Tally tally;
  tally.add(list, basket);
  EXPECT_DOUBLE_EQ(tally.mean_recall_20(), 1.0);
}

TEST(ReplayPopularity, ByHand) {
  // users 0..2, items 0..1. Item 0 met at 0 h by users 0 and 1, item 1 at 2 h by user 0; user 2 then meets both.
  const auto plan = plan_with({event(0, 0, 0, true, true), event(1, 0, 0), event(0, 1, 2, true, true),
                               event(2, 1, 4), event(2, 0, 4)},
                              3, 2);
  // half-life 1 h: at 4 h item 0 has 2/16, item 1 has 1/4: ranks 1 (user 1, the only item), 1 (item 1), 1 (item 0 alone)
  const auto fast = replay_popularity(plan, 1.0, PopularityCounts::kTargets);
  EXPECT_EQ(fast.all.targets, 5u);
  EXPECT_EQ(fast.all.hits_1, 3u);
  // never decayed: item 0 has 2, item 1 has 1: item 1 comes second
  const auto slow = replay_popularity(plan, 0, PopularityCounts::kTargets);
  EXPECT_EQ(slow.all.hits_1, 2u);
  EXPECT_DOUBLE_EQ(slow.all.reciprocal_10, 2.5);
  // the last fifth: from place 4 on
  EXPECT_EQ(slow.late.targets, 1u);
  EXPECT_EQ(slow.late.hits_1, 1u);
}

TEST(ReplayPopularity, RepeatsCountOnlyWhereAllDo) {
  // item 0 met once and repeated twice, item 1 met by two users: who wins for user 3?
  auto plan = plan_with({event(0, 0, 0, true, true), event(0, 0, 0, false), event(0, 0, 0, false),
                         event(1, 1, 0, true, true), event(2, 1, 0), event(3, 0, 0)},
                        4, 2);
  plan.baskets = 7; // so that only the last event is late
  EXPECT_EQ(replay_popularity(plan, 0, PopularityCounts::kAll).late.hits_1, 1u);
  EXPECT_EQ(replay_popularity(plan, 0, PopularityCounts::kTargets).late.hits_1, 0u);
}

TEST(ReplayPopularity, NewestFirstAmongEquals) {
  const auto plan = plan_with({event(0, 0, 0, true, true), event(0, 1, 0, true, true), event(1, 1, 0)}, 2, 2);
  EXPECT_EQ(replay_popularity(plan, 1.0, PopularityCounts::kTargets).all.hits_1, 1u);
}

/// The protocol said plainly: decayed sums held per item, everything compared with everything.
Tally slow_model(const ReplayPlan& plan, double half_life_hours) {
  Tally tally;
  std::vector<double> sum(plan.items, 0.0);
  std::vector<bool> met(plan.items, false);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::int64_t last = 0;
  for (const PlannedEvent& e : plan.events) {
    for (double& s : sum) s *= std::exp2(-double(e.time_us - last) / double(kHour_us) / half_life_hours);
    last = e.time_us;
    if (seen.insert({e.user, e.item}).second) {
      std::size_t rank = 1;
      for (std::uint32_t i = 0; i < plan.items; ++i)
        if (i != e.item && met[i] && !seen.contains({e.user, i}))
          rank += sum[i] > sum[e.item] || (sum[i] == sum[e.item] && i > e.item);
      tally.add(met[e.item] ? rank : 0);
      sum[e.item] += 1;
    }
    met[e.item] = true;
  }
  return tally;
}

TEST(ReplayPopularity, EqualsThePlainProtocolOnRandomStreams) {
  std::mt19937 chance(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<PlannedEvent> events;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    std::uint32_t items = 0;
    for (int n = 0; n < 300; ++n) {
      const std::uint32_t user = chance() % 12;
      const std::uint32_t item = std::min<std::uint32_t>(chance() % (items + 2), items);
      const bool first = item == items;
      items += first;
      events.push_back(event(user, item, n * 0.25, seen.insert({user, item}).second, first));
    }
    const auto plan = plan_with(events, 12, items);
    const Tally got = replay_popularity(plan, 4.0, PopularityCounts::kTargets).all;
    const Tally want = slow_model(plan, 4.0);
    EXPECT_EQ(got.targets, want.targets);
    EXPECT_EQ(got.hits_10, want.hits_10);
    EXPECT_EQ(got.hits_1, want.hits_1);
    EXPECT_DOUBLE_EQ(got.reciprocal_10, want.reciprocal_10);
  }
}

TEST(BasketAt, GivesDistinctItemsInOrder) {
  ReplayPlan plan;
  for (std::uint32_t item : {4u, 2u, 4u, 9u}) plan.events.push_back(event(0, item, 0));
  plan.events[3].basket = 1;
  EXPECT_EQ(basket_at(plan, 0), (Items{4, 2}));
  EXPECT_EQ(basket_at(plan, 3), (Items{9}));
}

} // namespace
} // namespace kindred::demo
