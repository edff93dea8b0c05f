// The measurement lane against a slow, obvious model, and what its counts may not depend on.

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"
#include "engine/profiles/measurement.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

constexpr std::uint64_t kDecisions = 5;
constexpr std::uint16_t kSlots = 4;

DecisionId decision_id(std::uint64_t id) { return {1, id}; }
std::string item_of(std::uint64_t item) { return "i" + std::to_string(item); }

/// Decision `id` shows items id, id + 1, …: so that one item stands in several decisions.
records::Decided decided_of(std::uint64_t id, bool assume_shown = false) {
  records::Decided decided;
  decided.decision = decision_id(id);
  decided.request_id = "r" + std::to_string(id);
  decided.as_of = kNoon;
  for (std::uint64_t slot = 0; slot < kSlots; ++slot)
    decided.shown.push_back({item_id(item_of(id + slot)), 0, false, 1});
  decided.assume_shown = assume_shown;
  return decided;
}

/// One thing that is told: what, of which decision, which slot or item.
struct Told {
  enum What {
    kDecided,
    kAssumed,
    kExposed,
    kAllExposed,
    kClick,
    kPurchase,
    kRewardClick,
    kRewardPurchase
  } what;
  std::uint64_t decision = 0;
  std::uint16_t slot = 0;
};

void tell(MeasurementLane& lane, const Told& told) {
  const std::string item = item_of(told.decision + told.slot);
  const auto engage = [&](EventType type) {
    records::Event event;
    event.type = type;
    event.item = item;
    event.decision = decision_id(told.decision);
    std::vector<Use> uses;
    find_uses(event, uses);
    take_engagement(lane, {event, {kNoon, 0, {1, 1}}, 0, uses});
  };
  switch (told.what) {
  case Told::kDecided: return take_decided(lane, decided_of(told.decision));
  case Told::kAssumed: return take_decided(lane, decided_of(told.decision, true));
  case Told::kExposed:
    return take_exposed(lane, {"ann", decision_id(told.decision), "", {told.slot}, kNoon, {}});
  case Told::kAllExposed: return take_exposed(lane, {"ann", decision_id(told.decision), "", {}, kNoon, {}});
  case Told::kClick: return engage(EventType::kClick);
  case Told::kPurchase: return engage(EventType::kPurchase);
  case Told::kRewardClick:
    return take_reward(lane, {"ann", decision_id(told.decision), item, "click", Fixed{3}, kNoon});
  case Told::kRewardPurchase:
    return take_reward(lane, {"ann", decision_id(told.decision), item, "purchase", Fixed{5}, kNoon});
  }
}

/// Sets of (decision, slot); a click or a purchase needs the decision's record before it, an exposure does not.
struct Slow {
  std::set<std::uint64_t> recorded;
  std::set<std::pair<std::uint64_t, std::uint16_t>> exposed, clicked, bought;
  std::int64_t reward = 0;

  void take(const Told& told) {
    const std::pair at{told.decision, told.slot};
    const bool known = recorded.contains(told.decision), is_slot = told.slot < kSlots;
    switch (told.what) {
    case Told::kAssumed:
      if (!known) expose_all(told.decision);
      [[fallthrough]];
    case Told::kDecided: recorded.insert(told.decision); break;
    case Told::kExposed: exposed.insert(at); break;
    case Told::kAllExposed: expose_all(told.decision); break;
    case Told::kRewardClick: reward += 3; [[fallthrough]];
    case Told::kClick:
      if (known && is_slot) clicked.insert(at);
      break;
    case Told::kRewardPurchase: reward += 5; [[fallthrough]];
    case Told::kPurchase:
      if (known && is_slot) bought.insert(at);
      break;
    }
  }
  void expose_all(std::uint64_t decision) {
    for (std::uint16_t slot = 0; slot < kSlots; ++slot) exposed.insert({decision, slot});
  }
  /// Slots that were filled, of decisions whose record came.
  std::uint32_t exposures() const {
    return static_cast<std::uint32_t>(std::count_if(exposed.begin(), exposed.end(), [&](const auto& at) {
      return at.second < kSlots && recorded.contains(at.first);
    }));
  }
};

std::vector<Told> any_story(std::uint64_t seed, std::size_t length) {
  Random random(seed);
  std::vector<Told> story(length);
  for (Told& told : story)
    told = {static_cast<Told::What>(random.below(8)), random.below(kDecisions),
            static_cast<std::uint16_t>(random.below(kSlots + 2))};
  return story;
}

RC_GTEST_PROP(MeasurementModel, CountsSlotsAsSetsWould, (std::uint64_t seed)) {
  MeasurementLane lane;
  Slow slow;
  for (const Told& told : any_story(seed, 80)) {
    tell(lane, told);
    slow.take(told);
    RC_ASSERT(lane.exposures == slow.exposures());
    RC_ASSERT(lane.clicks == slow.clicked.size());
    RC_ASSERT(lane.purchases == slow.bought.size());
    RC_ASSERT(lane.reward_raw == slow.reward);
  }
}

// Whoever tells it first and however often: after the decision's record, order makes no difference to the counts.
RC_GTEST_PROP(MeasurementModel, OrderAndRepetitionMakeNoDifference, (std::uint64_t seed)) {
  std::vector<Told> story = any_story(seed, 30);
  std::erase_if(story, [](const Told& told) { return told.what >= Told::kRewardClick; }); // values add up
  const auto counts = [&] {
    MeasurementLane lane;
    for (std::uint64_t id = 0; id < kDecisions; ++id) take_decided(lane, decided_of(id));
    for (const Told& told : story) tell(lane, told);
    return std::tuple(lane.exposures, lane.clicks, lane.purchases);
  };
  const auto once = counts();
  story.insert(story.end(), story.begin(), story.end());
  RC_ASSERT(counts() == once);
  Random random(seed + 1);
  for (std::size_t i = story.size(); i > 1; --i) std::swap(story[i - 1], story[random.below(i)]);
  RC_ASSERT(counts() == once);
}

// An exposure may overtake its decision: wherever the record comes among the exposures, the same slots were seen.
RC_GTEST_PROP(MeasurementModel, WhereTheRecordComesAmongItsExposuresMakesNoDifference, (std::uint64_t seed)) {
  Random random(seed);
  std::vector<Told> story;
  for (int i = 0; i < 6; ++i)
    story.push_back({random.below(4) == 0 ? Told::kAllExposed : Told::kExposed, 1,
                     static_cast<std::uint16_t>(random.below(kSlots + 3))});
  std::set<std::uint32_t> exposures;
  for (std::size_t place = 0; place <= story.size(); ++place) {
    MeasurementLane lane;
    for (std::size_t i = 0; i <= story.size(); ++i) {
      if (i == place) take_decided(lane, decided_of(1));
      if (i < story.size()) tell(lane, story[i]);
    }
    exposures.insert(lane.exposures);
    RC_ASSERT(lane.decisions.size() == 1u);
    RC_ASSERT(lane.decisions[0].shown.size() == std::size_t{kSlots});
  }
  RC_ASSERT(exposures.size() == 1u);
}

TEST(MeasurementModel, EveryTypeOfEventMeansWhatItSays) {
  const std::set<EventType> engaging{EventType::kView,          EventType::kClick, EventType::kAddToCart,
                                     EventType::kSave,          EventType::kShare, EventType::kFollow,
                                     EventType::kMessageClicked};
  for (int number = 0; number < records::kEventTypeCount; ++number) {
    const auto type = static_cast<EventType>(number);
    MeasurementLane lane;
    take_decided(lane, decided_of(0));
    records::Event event;
    event.type = type;
    event.item = item_of(0);
    event.decision = decision_id(0);
    std::vector<Use> uses;
    find_uses(event, uses);
    take_engagement(lane, {event, {kNoon, 0, {1, 1}}, 0, uses});
    EXPECT_EQ(lane.clicks, engaging.contains(type) ? 1u : 0u) << records::name_of(type);
    EXPECT_EQ(lane.purchases, type == EventType::kPurchase ? 1u : 0u) << records::name_of(type);
  }
}

TEST(MeasurementModel, AnOrderBuysEachSlotThatOneOfItsLinesNames) {
  MeasurementLane lane;
  take_decided(lane, decided_of(0));
  records::Event event;
  event.type = EventType::kPurchase;
  event.decision = decision_id(0);
  for (const std::uint64_t item : {0u, 2u, 2u, 77u})
    event.lines.push_back({item_of(item), 1, {}, {}, {}, ""});
  std::vector<Use> uses;
  find_uses(event, uses);
  take_engagement(lane, {event, {kNoon, 0, {1, 1}}, 0, uses});
  EXPECT_EQ(lane.purchases, 2u);
  EXPECT_EQ(lane.decisions[0].shown[2].happened, ShownItem::kPurchased);
  EXPECT_EQ(lane.decisions[0].shown[1].happened, 0u);
}

TEST(MeasurementModel, OfTwoDecisionsForOneRequestTheNewerIsMeant) {
  MeasurementLane lane;
  records::Decided first = decided_of(0), second = decided_of(1);
  first.request_id = second.request_id = "the same";
  take_decided(lane, first);
  take_decided(lane, second);
  take_exposed(lane, {"ann", {}, "the same", {0}, kNoon, {}});
  EXPECT_EQ(lane.decisions[0].shown[0].happened, 0u);
  EXPECT_EQ(lane.decisions[1].shown[0].happened, ShownItem::kExposed);
}

TEST(MeasurementModel, AnItemShownTwiceIsEngagedWithInItsFirstSlot) {
  MeasurementLane lane;
  records::Decided decided = decided_of(0);
  decided.shown[3].item = decided.shown[0].item;
  take_decided(lane, decided);
  tell(lane, {Told::kClick, 0, 0});
  tell(lane, {Told::kClick, 0, 0});
  EXPECT_EQ(lane.clicks, 1u);
  EXPECT_EQ(lane.decisions[0].shown[0].happened, ShownItem::kClicked);
  EXPECT_EQ(lane.decisions[0].shown[3].happened, 0u);
}

TEST(MeasurementModel, ExposuresThatWaitTakeNoMoreThanADecisionCanShow) {
  MeasurementLane lane;
  take_exposed(lane, {"ann", decision_id(1), "", {0, 99, 100, 65'535}, kNoon, {}});
  EXPECT_EQ(lane.decisions[0].shown.size(), records::kSlotsMax) << "slot 99 is the last there can be";
  EXPECT_EQ(lane.exposures, 0u);
  for (std::uint64_t id = 2; id < 2 + kDecisionsMax; ++id)
    take_exposed(lane, {"ann", decision_id(id), "", {0}, kNoon, {}});
  EXPECT_EQ(lane.decisions.size(), kDecisionsMax);
  EXPECT_EQ(lane.decisions.front().decision, decision_id(2));
}

TEST(MeasurementModel, RewardsWrapInsteadOfBeingUndefined) {
  MeasurementLane lane;
  const Fixed most{std::numeric_limits<std::int64_t>::max()};
  take_reward(lane, {"ann", {}, "", "stars", most, kNoon});
  take_reward(lane, {"ann", {}, "", "stars", Fixed{1}, kNoon});
  EXPECT_EQ(lane.reward_raw, std::numeric_limits<std::int64_t>::min());
  take_reward(lane, {"ann", {}, "", "stars", Fixed{-1}, kNoon});
  EXPECT_EQ(lane.reward_raw, most.raw) << "and taking back still takes back";
}

} // namespace
} // namespace kindred::profiles
