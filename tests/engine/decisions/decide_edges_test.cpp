// Decisions at their edges: every filter with every kind of event, every fallback, the order of a cold start, how often
// chance chooses what it says it does, and bounds reached and passed.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/decisions/explore.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using records::EventType;
using records::Filter;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- filters

/// Whether an item with which the user once did this is left to be shown.
bool is_left(EventType type, Filter filter) {
  Shop shop;
  shop.did(shop.item("met"), kDay, type);
  shop.placement.filter = filter;
  return !shop.shown().empty();
}

TEST(DecideFilters, EveryFilterWithEveryKindOfEvent) {
  for (int number = 0; number < records::kEventTypeCount; ++number) {
    const auto type = static_cast<EventType>(number);
    const bool hides = type == EventType::kHide;
    EXPECT_EQ(is_left(type, Filter::kNone), !hides) << records::name_of(type);
    EXPECT_EQ(is_left(type, Filter::kNeverBought), !hides && type != EventType::kPurchase)
        << records::name_of(type);
    EXPECT_FALSE(is_left(type, Filter::kNeverSeen)) << records::name_of(type);
  }
}

TEST(DecideFilters, WhatWasDoneWithOtherItemsLeavesNothingOut) {
  Shop shop;
  shop.item("new");
  shop.did(item_id("gone from the catalog"), kDay, EventType::kHide);
  shop.placement.filter = Filter::kNeverSeen;
  EXPECT_THAT(shop.shown(), ElementsAre("new"));
}

TEST(DecideFilters, WithoutConsentOrProfileNobodyIsKnownToHaveSeenAnything) {
  Shop shop;
  shop.did(shop.item("seen"), kDay);
  shop.did(shop.item("hidden"), kDay, EventType::kHide);
  shop.placement.filter = Filter::kNeverSeen;
  EXPECT_THAT(shop.shown(), IsEmpty());
  shop.consent = ~records::kPersonalization;
  EXPECT_EQ(shop.shown().size(), 2u);
  shop.consent = records::kAllPurposes;
  shop.known = false;
  EXPECT_EQ(shop.shown().size(), 2u);
}

TEST(DecideFilters, WhatTheCallerExcludesIsExcludedWithoutConsent) {
  Shop shop;
  shop.exclude = {shop.item("a"), item_id("unknown")};
  shop.item("b");
  shop.consent = records::kNoPurpose;
  EXPECT_THAT(shop.shown(), ElementsAre("b"));
}

TEST(DecideFilters, AFilteredItemIsNoCandidateEither) {
  Shop shop;
  const ItemId seen = shop.item("seen"), fresh = shop.item("fresh");
  shop.did(seen, kDay);
  shop.placement.filter = Filter::kNeverSeen;
  shop.placement.exploration = Fixed::from(1).value();
  const Answer answer = shop.ask();
  ASSERT_EQ(answer.candidates.size(), 1u);
  EXPECT_EQ(answer.candidates[0].item, fresh);
  EXPECT_EQ(answer.choices[0].propensity_q24, kCertain_q24) << "chance has nothing to choose from";
}

// ---- the order of a cold start

TEST(DecideColdStart, EachStepIsColderThanTheOneBefore) {
  Shop shop;
  const ItemId old = shop.item("old"), used = shop.item("used"), here = shop.item("here");
  shop.item("new", kHour);
  const auto step = [&] { return std::pair(shop.shown().front(), shop.ask().fallback); };
  shop.placement.sources = {{"trending1d", Fixed::from(2).value()},
                            {"trendingCountry", Fixed::from(4).value()},
                            {"newest", Fixed::from(0.125).value()},
                            {"coOccurrence", Fixed::from(9).value()}};
  EXPECT_EQ(step(), (std::pair<std::string, std::string>("new", "newest")));
  shop.trend(used, kHour, 3);
  EXPECT_EQ(step(), (std::pair<std::string, std::string>("used", "trending")));
  shop.trend(here, kHour, 3, stats::country_scope("BR"));
  EXPECT_EQ(step(), (std::pair<std::string, std::string>("here", "context")));
  shop.together(old, used, 9);
  shop.did(used, kDay);
  EXPECT_EQ(step(), (std::pair<std::string, std::string>("old", "none")));
}

TEST(DecideColdStart, TheFallbackSpeaksOfWhatIsShownNotOfWhatIsThere) {
  Shop shop;
  const ItemId known = shop.item("known");
  shop.item("newer", kMinute);
  shop.item("new", kHour);
  shop.together(known, shop.item("kin"), 1);
  shop.did(known, kDay);
  shop.placement.sources = {{"newest", Fixed::from(9).value()}, {"coOccurrence", Fixed::from(0.125).value()}};
  shop.count = 2;
  EXPECT_EQ(shop.ask().fallback, "newest") << "kin is only third";
  shop.count = 4;
  EXPECT_EQ(shop.ask().fallback, "none");
}

TEST(DecideColdStart, ADeviceClassIsContextToo) {
  Shop shop;
  const ItemId a = shop.item("a");
  shop.trend(a, kHour, 1, stats::device_scope(4));
  EXPECT_EQ(shop.ask().fallback, "newest");
  shop.context.device = records::DeviceClass::kTv;
  EXPECT_EQ(shop.ask().fallback, "context");
  EXPECT_EQ(shop.ask().choices[0].reasons[0], "much used on television sets");
}

TEST(DecideColdStart, NothingAskedIsEmptyWithoutBeingWrong) {
  Shop shop;
  shop.item("a");
  shop.placement.count_max = 0;
  const Answer answer = shop.ask();
  EXPECT_THAT(answer.choices, IsEmpty());
  EXPECT_EQ(answer.fallback, "empty");
  EXPECT_EQ(answer.candidates.size(), 1u) << "what could have been shown is still written down";
}

TEST(DecideColdStart, AModelOfStrangersIsNoKnowledgeOfTheseItems) {
  Shop shop;
  shop.item("a");
  shop.trend(item_id("stranger"), kMinute, 9);
  EXPECT_EQ(shop.ask().fallback, "newest");
}

// ---- chance

/// How often each item stood first, over `requests` requests.
std::map<std::string, int> firsts(Shop& shop, int requests, std::map<std::string, std::uint32_t>& claimed) {
  std::map<std::string, int> count;
  for (int request = 0; request < requests; ++request) {
    shop.request_id = "request " + std::to_string(request);
    const Answer answer = shop.ask();
    const std::string& item = answer.choices.front().item->item.item;
    ++count[item];
    claimed[item] = answer.choices.front().propensity_q24;
  }
  return count;
}

TEST(DecideChance, RequestsSeeEachItemAsOftenAsItsPropensitySays) {
  Shop shop;
  for (int i = 0; i < 5; ++i) shop.item("item" + std::to_string(i), kDay * (i + 1));
  shop.count = 1;
  constexpr int kRequests = 20'000;
  for (const double rate : {0.05, 0.5, 1.0}) {
    shop.placement.exploration = Fixed::from(rate).value();
    std::map<std::string, std::uint32_t> claimed;
    const auto count = firsts(shop, kRequests, claimed);
    ASSERT_EQ(count.size(), 5u) << "none is left out";
    for (const auto& [item, times] : count) {
      // The newest is the best: 1 − ε + ε/5; each other ε/5.
      const double expected = rate / 5 + (item == "item0" ? 1 - rate : 0);
      EXPECT_NEAR(claimed[item] / double(kCertain_q24), expected, 1e-6) << item;
      EXPECT_NEAR(times, kRequests * expected, 5 * std::sqrt(kRequests * expected * (1 - expected)) + 1)
          << item << " at rate " << rate;
    }
  }
}

TEST(DecideChance, WeighingByPropensityUndoesIt) {
  // Inverse propensity scoring: an item that pays 1 whenever it stands first has value 1, estimated from explored slots
  // alone as (1/n) Σ [shown first] / propensity. Its standard error: √((1/p − 1)/n).
  Shop shop;
  for (int i = 0; i < 4; ++i) shop.item("item" + std::to_string(i), kDay * (i + 1));
  shop.count = 1;
  shop.placement.exploration = Fixed::from(0.25).value();
  std::map<std::string, std::uint32_t> claimed;
  constexpr int kRequests = 20'000;
  for (const auto& [item, times] : firsts(shop, kRequests, claimed)) {
    const double p = claimed[item] / double(kCertain_q24);
    EXPECT_NEAR(times / p / kRequests, 1.0, 5 * std::sqrt((1 / p - 1) / kRequests)) << item;
  }
}

TEST(DecideChance, HedgedCopiesOfARequestChooseAlike) {
  Shop shop;
  for (int i = 0; i < 30; ++i) shop.item("item" + std::to_string(i), kHour * i);
  shop.placement.exploration = Fixed::from(1).value();
  const auto once = shop.record(shop.ask());
  shop.context.locale = "pt-BR"; // what does not score does not choose
  EXPECT_EQ(shop.record(shop.ask()).shown, once.shown);
}

TEST(DecideChance, EveryPropensityIsPositiveAndAtMostOne) {
  Shop shop;
  for (int i = 0; i < 70; ++i) shop.item("item" + std::to_string(i), kHour * i);
  shop.placement.exploration = Fixed::from(0.01).value();
  shop.count = 64;
  for (int request = 0; request < 100; ++request) {
    shop.request_id = std::to_string(request);
    for (const Choice& choice : shop.ask().choices) {
      EXPECT_GT(choice.propensity_q24, 0u);
      EXPECT_LE(choice.propensity_q24, kCertain_q24);
    }
  }
}

RC_GTEST_PROP(ExploreModel, PropensitiesOfASlotAddUpToOne,
              (std::uint64_t seed, std::uint8_t items, std::uint32_t rate)) {
  // What each item left could have got, from its formula; the sum misses 1 by the cut of rate/n alone.
  const std::size_t n = 2 + items % 60;
  const std::uint32_t rate_q24 = rate % (kCertain_q24 + 1);
  std::size_t left = n;
  for (const Pick& pick : explore(n, n, rate_q24, seed)) {
    if (left > 1) {
      const std::uint64_t each = rate_q24 / left, best = each + kCertain_q24 - rate_q24;
      RC_ASSERT(pick.propensity_q24 == (pick.explored ? each : best));
      const std::uint64_t sum = best + each * (left - 1);
      RC_ASSERT(sum <= kCertain_q24 && kCertain_q24 - sum < left);
    }
    --left;
  }
}

// ---- bounds

TEST(DecideBounds, MoreItemsThanAreRecordedAreStillRanked) {
  Shop shop;
  for (int i = 0; i < 200; ++i) shop.item("item" + std::to_string(i), kHour * i);
  shop.count = 100;
  const Answer answer = shop.ask();
  ASSERT_EQ(answer.choices.size(), records::kSlotsMax);
  ASSERT_EQ(answer.candidates.size(), records::kCandidatesMax);
  for (int i = 0; i < 100; ++i) {
    const auto slot = static_cast<std::size_t>(i);
    EXPECT_EQ(answer.choices[slot].item->item.item, "item" + std::to_string(i));
  }
}

// What is shown by chance must be among what was recorded, or nobody could learn from it.
TEST(DecideBounds, ChanceChoosesAmongTheRecordedAloneHoweverManyAreAsked) {
  Shop shop;
  for (int i = 0; i < 200; ++i) shop.item("item" + std::to_string(i), kHour * i);
  shop.count = 100;
  shop.placement.exploration = Fixed::from(1).value();
  for (int request = 0; request < 20; ++request) {
    shop.request_id = std::to_string(request);
    const Answer answer = shop.ask();
    ASSERT_EQ(answer.choices.size(), 100u);
    std::set<std::string> shown;
    for (std::size_t slot = 0; slot < answer.choices.size(); ++slot) {
      const Choice& choice = answer.choices[slot];
      shown.insert(choice.item->item.item);
      const bool recorded =
          std::any_of(answer.candidates.begin(), answer.candidates.end(),
                      [&](const records::Candidate& one) { return one.item == choice.item->id; });
      EXPECT_EQ(recorded, slot < records::kCandidatesMax) << slot;
      if (recorded) continue;
      EXPECT_EQ(choice.item->item.item, "item" + std::to_string(slot)) << "behind them the ranking stands";
      EXPECT_FALSE(choice.explored);
      EXPECT_EQ(choice.propensity_q24, kCertain_q24);
    }
    EXPECT_EQ(shown.size(), 100u);
  }
}

TEST(DecideBounds, ExtremeWeightsAreCutAndKeepTheOrder) {
  Shop shop;
  shop.item("old", kDay * 20);
  shop.item("new", kMinute);
  shop.placement.sources = {{"newest", Fixed::from(Fixed::kMax).value()}};
  const Answer most = shop.ask();
  EXPECT_THAT(Shop::ids(most), ElementsAre("new", "old"));
  EXPECT_GT(most.candidates[0].score_q8, static_cast<std::int32_t>(kWeightMax) * 256 * 10)
      << "weights end at kWeightMax";
  shop.placement.sources = {{"newest", Fixed::from(-Fixed::kMax).value()}};
  const Answer least = shop.ask();
  EXPECT_THAT(Shop::ids(least), ElementsAre("old", "new"));
  EXPECT_LT(least.candidates[0].score_q8, 0);
}

TEST(DecideBounds, TimesFarAwayAreTimes) {
  Shop shop;
  records::Item ancient = catalog::item_of("ancient", std::numeric_limits<std::int64_t>::min() / 4);
  records::Item future = catalog::item_of("future", std::numeric_limits<std::int64_t>::max());
  shop.put(ancient);
  shop.put(future);
  shop.item("new", kMinute);
  EXPECT_THAT(shop.shown(), ElementsAre("new", "ancient"));
}

} // namespace
} // namespace kindred::decisions
