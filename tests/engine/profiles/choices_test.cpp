#include "engine/profiles/choices.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/records/candidate_source.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

std::vector<ItemId> only(ItemId item) { return {item}; }

using records::CandidateSource;
using records::Decided;
using Score = std::pair<std::uint8_t, std::int32_t>;

constexpr std::uint32_t kCertain = 1u << 24;
constexpr std::uint8_t kNewest = index_of(CandidateSource::kNewest);

DecisionId id_of(std::uint64_t number) { return {1, number}; }

/// A decision about the items 1 to `items`. One source, whose score is the item's number: examples have no items.
Decided decided_of(std::uint64_t number, std::uint64_t items, Instant as_of = kNoon) {
  Decided decided;
  decided.decision = id_of(number);
  decided.placement = "home";
  decided.request_id = "request " + std::to_string(number);
  decided.as_of = as_of;
  decided.newness_q8 = 128;
  decided.sources = {"newest"};
  decided.source_weights_q16 = {1 << 16};
  for (std::uint64_t item = 1; item <= items; ++item) {
    decided.candidates.push_back({{item}, 0});
    decided.source_scores_q8.push_back(static_cast<std::int32_t>(item));
  }
  return decided;
}

/// The items of an example of decided_of, in its order; 0: none that it decided about.
std::vector<std::uint64_t> items_of(const Example& example) {
  std::vector<std::uint64_t> items;
  for (const Alternative& one : alternatives_of(example)) {
    const bool has_score = one.scores_q8.size() == 1 && one.scores_q8[0].first == kNewest;
    items.push_back(has_score ? static_cast<std::uint64_t>(one.scores_q8[0].second) : 0);
  }
  return items;
}

/// The one example that is left when `taken` was taken.
Example example_of(const Decided& decided, std::uint64_t taken) {
  Choices choices;
  open_choice(choices, decided);
  take_choice(choices, only({taken}), decided.as_of, decided.decision);
  EXPECT_EQ(choices.examples.size(), 1u);
  return choices.examples.empty() ? Example{} : choices.examples.front();
}

std::vector<std::uint64_t> open_ones(const Choices& choices) {
  std::vector<std::uint64_t> open;
  for (const OpenChoice& choice : choices.open) open.push_back(choice.decision.low);
  return open;
}

// ---- taking

TEST(Choices, AnEventThatNamesTheDecisionTakesFromItWheneverItComes) {
  for (const Duration later : {Duration{}, kTakenWithin * 100, kDay * -1}) {
    Choices choices;
    open_choice(choices, decided_of(1, 3));
    ASSERT_EQ(choices.open.size(), 1u);
    take_choice(choices, only({2}), kNoon + later, id_of(1));
    EXPECT_TRUE(choices.open.empty());
    ASSERT_EQ(choices.examples.size(), 1u) << later.us;
    const Example& example = choices.examples.front();
    EXPECT_EQ(example.as_of, kNoon) << "when it was decided, not when it was taken";
    EXPECT_EQ(example.placement, "home");
    EXPECT_EQ(example.newness, 128u);
    EXPECT_FALSE(example.found_elsewhere);
    EXPECT_EQ(items_of(example).at(example.taken), 2u);
    EXPECT_EQ(items_of(example).size(), 3u);
  }
}

TEST(Choices, AnOrganicEventTakesWithinTheWindowBordersIncluded) {
  const auto takes = [](Duration later) {
    Choices choices;
    open_choice(choices, decided_of(1, 3));
    take_choice(choices, only({2}), kNoon + later, {});
    EXPECT_NE(choices.open.empty(), choices.examples.empty()) << "either it waits or there is an example";
    return choices.examples.size() == 1 && choices.examples.front().found_elsewhere;
  };
  EXPECT_TRUE(takes({0}));
  EXPECT_TRUE(takes(kTakenWithin));
  EXPECT_FALSE(takes(kTakenWithin + Duration{1}));
  EXPECT_FALSE(takes({-1})) << "a late event of before the decision";
}

TEST(Choices, AnOrganicEventOfAnotherItemLeavesItOpen) {
  Choices choices;
  open_choice(choices, decided_of(1, 3));
  take_choice(choices, only({4}), kNoon + kMinute, {});
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{1}));
  EXPECT_TRUE(choices.examples.empty());
  take_choice(choices, only({3}), kNoon + kMinute * 2, {});
  EXPECT_TRUE(choices.open.empty()) << "he looked elsewhere first";
  EXPECT_EQ(choices.examples.size(), 1u);
}

TEST(Choices, ANamedEventOfAnotherItemClosesItWithoutAnExample) {
  Choices choices;
  open_choice(choices, decided_of(1, 3));
  take_choice(choices, only({4}), kNoon, id_of(1));
  EXPECT_TRUE(choices.empty());
}

TEST(Choices, AnEventThatNamesNothingDoesNotNameADecisionWithoutId) {
  Choices choices;
  Decided decided = decided_of(1, 3);
  decided.decision = {};
  open_choice(choices, decided);
  take_choice(choices, only({2}), kNoon + kTakenWithin * 2, {});
  take_choice(choices, only({9}), kNoon, {});
  EXPECT_EQ(choices.open.size(), 1u);
  EXPECT_TRUE(choices.examples.empty());
}

TEST(Choices, OneEventClosesEveryChoiceThatOfferedIt) {
  Choices choices;
  open_choice(choices, decided_of(1, 3, kNoon - kHour)); // too long ago
  open_choice(choices, decided_of(2, 9));
  open_choice(choices, decided_of(3, 4)); // does not have it
  open_choice(choices, decided_of(4, 5));
  take_choice(choices, only({5}), kNoon + kMinute, id_of(4));
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{1, 3}));
  ASSERT_EQ(choices.examples.size(), 2u);
  EXPECT_TRUE(choices.examples[0].found_elsewhere);
  EXPECT_EQ(items_of(choices.examples[0]).size(), 9u);
  EXPECT_FALSE(choices.examples[1].found_elsewhere);
  EXPECT_EQ(items_of(choices.examples[1]).size(), 5u);
}

TEST(Choices, WhatWasTakenIsTakenOnce) {
  Choices choices;
  open_choice(choices, decided_of(1, 3));
  take_choice(choices, only({1}), kNoon, {});
  take_choice(choices, only({2}), kNoon, {});
  take_choice(choices, only({2}), kNoon, id_of(1));
  ASSERT_EQ(choices.examples.size(), 1u);
  EXPECT_EQ(items_of(choices.examples[0]).at(choices.examples[0].taken), 1u);
}

// ---- bounds

TEST(Choices, TheOldestOpenChoiceMakesRoom) {
  Choices choices;
  for (std::uint64_t number = 1; number <= kOpenChoicesMax; ++number)
    open_choice(choices, decided_of(number, 2));
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{1, 2, 3, 4}));
  open_choice(choices, decided_of(5, 2, kNoon - kDay)); // order of the fold, not of time
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{2, 3, 4, 5}));
}

TEST(Choices, TheOldestExampleMakesRoom) {
  Choices choices;
  for (std::uint64_t number = 1; number <= kExamplesMax + 3; ++number) {
    open_choice(choices, decided_of(number, 2, kNoon + kMinute * static_cast<std::int64_t>(number)));
    take_choice(choices, only({1}), kNoon, id_of(number));
    EXPECT_EQ(choices.examples.size(), std::min<std::size_t>(number, kExamplesMax));
  }
  EXPECT_EQ(choices.examples.front().as_of, kNoon + kMinute * 4);
  EXPECT_EQ(choices.examples.back().as_of, kNoon + kMinute * (kExamplesMax + 3));
}

TEST(Choices, ManyExamplesAtOnceKeepTheBound) {
  Choices choices;
  for (std::uint64_t number = 1; number < kExamplesMax; ++number) {
    open_choice(choices, decided_of(number, 2));
    take_choice(choices, only({1}), kNoon, id_of(number));
  }
  for (std::uint64_t number = 1'000; number < 1'000 + kOpenChoicesMax; ++number)
    open_choice(choices, decided_of(number, 2));
  take_choice(choices, only({2}), kNoon, {});
  EXPECT_TRUE(choices.open.empty());
  EXPECT_EQ(choices.examples.size(), kExamplesMax);
}

TEST(Choices, APlacementsNameIsCut) {
  Decided decided = decided_of(1, 2);
  decided.placement = std::string(kPlacementNameMax + 5, 'p');
  EXPECT_EQ(example_of(decided, 1).placement, std::string(kPlacementNameMax, 'p'));
}

// ---- what opens a choice, and what does not

TEST(Choices, ACopyOfARequestTakesThePlaceOfItsTwin) {
  Choices choices;
  Decided twin = decided_of(2, 5);
  twin.request_id = decided_of(1, 3).request_id;
  open_choice(choices, decided_of(1, 3));
  open_choice(choices, decided_of(7, 3));
  open_choice(choices, twin);
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{7, 2}));
  Decided elsewhere = decided_of(3, 2);
  elsewhere.request_id = twin.request_id;
  elsewhere.placement = "basket";
  open_choice(choices, elsewhere);
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{7, 2, 3}))
      << "one page asks for several placements";
}

TEST(Choices, RequestsWithoutIdHaveNoTwins) {
  Choices choices;
  for (const std::uint64_t number : {1u, 2u, 2u}) {
    Decided decided = decided_of(number, 2);
    decided.request_id.clear();
    open_choice(choices, decided);
  }
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{1, 2})) << "but a decision is open once";
}

TEST(Choices, ARecordThatDoesNotTellItsScoresOpensNothing) {
  const auto opens = [](auto change) {
    Decided decided = decided_of(1, 3);
    change(decided);
    Choices choices;
    open_choice(choices, decided);
    return !choices.empty();
  };
  EXPECT_TRUE(opens([](Decided&) {}));
  EXPECT_FALSE(opens([](Decided& d) { d.source_weights_q16.clear(); })) << "older than the ranker";
  EXPECT_FALSE(opens([](Decided& d) { d.source_weights_q16.push_back(1); }));
  EXPECT_FALSE(opens([](Decided& d) { d.source_scores_q8.pop_back(); }));
  EXPECT_FALSE(opens([](Decided& d) { d.source_scores_q8.push_back(1); }));
  EXPECT_FALSE(opens([](Decided& d) { d.source_scores_q8.clear(); }));
  EXPECT_FALSE(opens([](Decided& d) {
    d.candidates.clear();
    d.source_scores_q8.clear();
  }));
}

TEST(Choices, ARecordThatOpensNothingLeavesItsTwinAlone) {
  Choices choices;
  open_choice(choices, decided_of(1, 3));
  Decided old = decided_of(1, 3);
  old.source_weights_q16.clear();
  open_choice(choices, old);
  EXPECT_EQ(open_ones(choices), (std::vector<std::uint64_t>{1}));
}

TEST(Choices, SourcesThatThisBuildDoesNotKnowAreDropped) {
  Decided decided = decided_of(1, 1);
  decided.sources = {"affinity", "telepathy", "newest", "", "affinity", "trending1h"};
  decided.source_weights_q16.assign(6, 1);
  decided.source_scores_q8 = {7, 8, 0, 9, 10, -3};
  const auto alternatives = alternatives_of(example_of(decided, 1));
  ASSERT_EQ(alternatives.size(), 1u);
  EXPECT_EQ(alternatives[0].scores_q8, (std::vector<Score>{{index_of(CandidateSource::kTrending1h), -3},
                                                           {index_of(CandidateSource::kAffinity), 7}}))
      << "by index, without zeros, each once";
}

TEST(Choices, PlacesAreThoseOfTheListFromOne) {
  Decided decided = decided_of(1, 4);
  for (const std::uint64_t item : {3u, 1u, 77u, 4u}) decided.shown.push_back({{item}, 0, false, kCertain});
  const Example example = example_of(decided, 2);
  const auto items = items_of(example);
  const auto alternatives = alternatives_of(example);
  std::map<std::uint64_t, int> places;
  for (std::size_t i = 0; i < items.size(); ++i) places[items[i]] = alternatives[i].place;
  EXPECT_EQ(places, (std::map<std::uint64_t, int>{{1, 2}, {2, 0}, {3, 1}, {4, 4}}));
}

TEST(Choices, ChanceHadASayWhereASlotWasNotCertain) {
  const auto explored = [](std::vector<std::uint32_t> propensities) {
    Decided decided = decided_of(1, 3);
    for (std::size_t slot = 0; slot < propensities.size(); ++slot)
      decided.shown.push_back({{slot + 1}, 0, false, propensities[slot]});
    return example_of(decided, 1).explored;
  };
  EXPECT_FALSE(explored({}));
  EXPECT_FALSE(explored({kCertain, kCertain}));
  EXPECT_TRUE(explored({kCertain, kCertain - 1}));
  EXPECT_TRUE(explored({0}));
}

// Three lanes, three purposes: without training neither a decision nor an event leaves anything here.
TEST(Choices, BothRecordsMustBeForTraining) {
  const auto examples = [](records::Purposes decision, records::Purposes event, records::EventType type) {
    Story story;
    Decided body = decided_of(1, 1);
    body.user_id = "ann";
    body.candidates[0].item = item_id("a");
    auto decided = record_of(records::RecordType::kDecided, body, {6, 1}, kNoon);
    auto taken = record_of(event_of(type, "a", kNoon + kMinute));
    decided.header.stated = decision;
    taken.header.stated = event;
    story.tell(decided);
    story.tell(taken);
    return story.profile->training.choices.examples.size();
  };
  using records::EventType;
  const auto all = records::kAllPurposes, no_training = records::kMeasurement | records::kPersonalization;
  EXPECT_EQ(examples(all, all, EventType::kView), 1u);
  EXPECT_EQ(examples(records::kTraining, records::kTraining, EventType::kView), 1u);
  EXPECT_EQ(examples(no_training, all, EventType::kView), 0u);
  EXPECT_EQ(examples(all, no_training, EventType::kView), 0u);
  EXPECT_EQ(examples(all, all, EventType::kHide), 0u) << "no use that models learn from";
}

// ---- the sample

TEST(Choices, TheSampleHasWhatWasTakenAndIsBounded) {
  for (const std::uint64_t items : {1u, 2u, 15u, 16u, 17u, 64u})
    for (std::uint64_t taken = 1; taken <= items; taken += 3) {
      const Example example = example_of(decided_of(items, items), taken);
      const auto sampled = items_of(example);
      EXPECT_EQ(sampled.size(), std::min<std::size_t>(items, kAlternativesMax));
      EXPECT_EQ(std::set(sampled.begin(), sampled.end()).size(), sampled.size()) << "each once";
      EXPECT_FALSE(std::ranges::count(sampled, 0u));
      EXPECT_EQ(sampled.at(example.taken), taken);
    }
}

RC_GTEST_PROP(Choices, TheSampleDoesNotDependOnTheOrderOfCandidates, (std::uint64_t seed)) {
  Random random(seed);
  const std::uint64_t items = 1 + random.below(64), taken = 1 + random.below(items);
  const Decided decided = decided_of(random.next(), items);
  Decided shuffled = decided;
  for (std::size_t i = items; i > 1; --i) {
    const std::size_t other = random.below(i);
    std::swap(shuffled.candidates[i - 1], shuffled.candidates[other]);
    std::swap(shuffled.source_scores_q8[i - 1], shuffled.source_scores_q8[other]);
  }
  RC_ASSERT(example_of(decided, taken) == example_of(shuffled, taken));
}

/// Whatever is taken, the others are drawn in one order: two samples of a decision differ by little more than what was
/// taken. So what was taken has no say in what it is compared with.
RC_GTEST_PROP(Choices, TheOthersOfASampleAreDrawnAlikeWhateverWasTaken, (std::uint64_t seed)) {
  Random random(seed);
  const Decided decided = decided_of(random.next(), 17 + random.below(48));
  const auto others = [&](std::uint64_t taken) {
    const auto items = items_of(example_of(decided, taken));
    return std::set(items.begin(), items.end());
  };
  const std::uint64_t a = 1 + random.below(decided.candidates.size()),
                      b = 1 + random.below(decided.candidates.size());
  const auto of_a = others(a), of_b = others(b);
  std::vector<std::uint64_t> only_a;
  std::ranges::set_difference(of_a, of_b, std::back_inserter(only_a));
  std::erase(only_a, a);
  RC_ASSERT(only_a.size() <= 1u);
  RC_ASSERT(only_a.empty() || of_b.contains(a)); // one more of the others, as the other one is none
}

// 3,000 decisions about 40 items: each of the 39 others is in the sample with chance 15/39, what was taken is anywhere in
// it. Within five standard deviations; the numbers of decisions are the seed.
TEST(Choices, TheSampleIsUniform) {
  constexpr int kDecisions = 3'000;
  constexpr double kShare = 15.0 / 39;
  std::map<std::uint64_t, int> sampled, places;
  for (std::uint64_t number = 1; number <= kDecisions; ++number) {
    const Example example = example_of(decided_of(number, 40), 7);
    for (const std::uint64_t item : items_of(example)) ++sampled[item];
    ++places[example.taken];
  }
  EXPECT_EQ(sampled[7], kDecisions);
  ASSERT_EQ(sampled.size(), 40u);
  sampled.erase(7);
  for (const auto& [item, count] : sampled)

    EXPECT_NEAR(count, kDecisions * kShare, 5 * std::sqrt(kDecisions * kShare * (1 - kShare))) << item;
  ASSERT_EQ(places.size(), kAlternativesMax);
  for (const auto& [place, count] : places)
    EXPECT_NEAR(count, kDecisions / 16.0, 5 * std::sqrt(kDecisions * 15.0 / 256)) << place;
}

// ---- packing

RC_GTEST_PROP(Choices, AnyScoresComeBack, (const std::vector<std::int32_t>& some, std::uint64_t seed)) {
  Random random(seed);
  const std::int32_t borders[] = {INT32_MIN, INT32_MAX, -1,    1,     63,      64,
                                  -64,       -65,       8'191, 8'192, 1 << 27, -(1 << 27)};
  Decided decided = decided_of(1, 1);
  decided.sources.clear();
  std::vector<Score> expected;
  for (std::size_t source = 0; source < records::kCandidateSourceCount; ++source) {
    decided.sources.emplace_back(name_of(static_cast<CandidateSource>(source)));
    const std::int32_t score = random.below(3) != 0 ? borders[random.below(std::size(borders))]
                               : some.empty()       ? 0
                                                    : some[random.below(some.size())];
    if (score != 0) expected.emplace_back(static_cast<std::uint8_t>(source), score);
    if (source == 0) decided.source_scores_q8.clear();
    decided.source_scores_q8.push_back(score);
  }
  decided.source_weights_q16.assign(decided.sources.size(), 0);
  const auto alternatives = alternatives_of(example_of(decided, 1));
  RC_ASSERT(alternatives.size() == 1u);
  RC_ASSERT(alternatives[0].scores_q8 == expected);
  RC_ASSERT(alternatives[0].place == 0);
}

TEST(Choices, CutBytesAreNoExample) {
  Decided decided = decided_of(1, 5);
  for (std::int32_t& score : decided.source_scores_q8) score *= -10'000'000; // four bytes each
  Example example = example_of(decided, 2);
  const Bytes whole = example.alternatives;
  const auto all = alternatives_of(example);
  ASSERT_EQ(all.size(), 5u);
  const std::size_t each = whole.size() / all.size();
  ASSERT_EQ(each * all.size(), whole.size());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    example.alternatives = whole.substr(0, size);
    // Bytes are stored with their length, so a cut between two alternatives does not come about; it reads as fewer.
    EXPECT_EQ(alternatives_of(example).size(), size % each == 0 ? size / each : 0) << size;
  }
}

TEST(Choices, BytesThatWeDoNotWriteAreNoExample) {
  Example example;
  const auto read = [&](Bytes bytes) {
    example.alternatives = std::move(bytes);
    return alternatives_of(example).size();
  };
  EXPECT_EQ(read({}), 0u);
  EXPECT_EQ(read(Bytes("\x01\x00", 2)), 1u) << "a place and no score";
  EXPECT_EQ(read(Bytes("\x00\x80\x20\x02", 4)), 0u) << "the source after the last";
  EXPECT_EQ(read(Bytes("\x00\xff\xff\xff\xff\x0f", 6)), 0u) << "all 32";
  EXPECT_EQ(read(Bytes("\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)), 0u)
      << "a number without an end";
  EXPECT_EQ(read(Bytes(64, '\xff')), 0u);
}

RC_GTEST_PROP(Choices, NoBytesAreTooMuch, (const std::string& bytes)) {
  Example example;
  example.alternatives = bytes;
  for (const Alternative& one : alternatives_of(example)) {
    RC_ASSERT(one.scores_q8.size() <= records::kCandidateSourceCount);
    RC_ASSERT(std::ranges::is_sorted(one.scores_q8, {}, &Score::first));
  }
}

TEST(Choices, NewnessHalvesWithTheBitsOfWhatIsKnown) {
  EXPECT_EQ(newness_q8(0), 256u) << "nothing known";
  EXPECT_EQ(newness_q8(1), 128u);
  EXPECT_EQ(newness_q8(2), 85u);
  EXPECT_EQ(newness_q8(3), 85u);
  EXPECT_EQ(newness_q8(4), 64u);
  EXPECT_EQ(newness_q8(63), 36u);
  EXPECT_EQ(newness_q8(64), 32u);
  EXPECT_EQ(newness_q8(127), 32u);
  for (int bit = 0; bit < 63; ++bit) EXPECT_GE(newness_q8(1ULL << bit), newness_q8(1ULL << (bit + 1))) << bit;
  EXPECT_GT(newness_q8(UINT64_MAX), 0u) << "nobody is so well known that he counts for nothing";
}

// An order names its decision: its lines are looked at together, so that the first one does not close the choice on another.
TEST(Choices, OfAnOrderTheFirstLineThatWasACandidateIsTaken) {
  Choices choices;
  open_choice(choices, decided_of(1, 3));
  take_choice(choices, {ItemId{9}, ItemId{3}, ItemId{1}}, kNoon, id_of(1));
  ASSERT_EQ(choices.examples.size(), 1u);
  EXPECT_TRUE(choices.open.empty());
  EXPECT_FALSE(choices.examples[0].found_elsewhere);
  EXPECT_EQ(alternatives_of(choices.examples[0]).size(), 3u);
}

} // namespace
} // namespace kindred::profiles
