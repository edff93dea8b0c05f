#include "engine/rounds/ranker_gatherer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/math.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::rounds {
namespace {

using learners::Ranker;
using profiles::Profile;
using Kind = RankerPass::Kind;
using Users = std::vector<Profile>;

/// Two candidates, the second with a score of one source; it is taken.
Profile one_choice(double score, const std::string& placement = "home", Instant as_of = kAsOf - kHour) {
  Profile user;
  Scores scores(2, std::vector<double>(Ranker::kSources));
  scores[1][0] = score;
  auto decided = decided_of(1, scores, as_of);
  decided.placement = placement;
  choose(user, decided, 1);
  return user;
}

std::vector<double> weights_of(double first) {
  std::vector<double> weights(Ranker::kFeatures);
  weights[0] = first;
  return weights;
}

Bytes sums_pass(const std::vector<RankerTarget>& targets) {
  return RankerPass{Kind::kSums, targets}.canonical();
}
Bytes compare_pass(const std::vector<RankerTarget>& targets) {
  return RankerPass{Kind::kCompare, targets}.canonical();
}

RankerStatistic answer(Gatherer& gatherer, const Bytes& parameters) {
  auto statistic = RankerStatistic::from(pass_of(gatherer, parameters));
  EXPECT_TRUE(statistic.has_value());
  return statistic.value_or(RankerStatistic{});
}

RankerStatistic answer(const Users& users, const Bytes& parameters) {
  return answer(*gathered(users), parameters);
}

/// A pass of each kind, over a tenant, a placement that has examples and one that has none.
std::vector<Bytes> passes() {
  Random random(3);
  const auto weights = [&] {
    std::vector<double> some(Ranker::kFeatures);
    for (double& weight : some) weight = random.uniform() * 2 - 1;
    return some;
  };
  std::vector<RankerTarget> sums, compared;
  for (const std::string placement : {"", "home", "nowhere"}) {
    sums.push_back({placement, weights(), {}, {}});
    compared.push_back({placement, weights(), weights(), kAsOf - kDay + kMinute});
  }
  return {RankerPass{}.canonical(), sums_pass(sums), compare_pass(compared)};
}

// ---- an example as the conditional logit sees it

TEST(ChoiceOf, FeaturesByHand) {
  Scores scores(2, std::vector<double>(Ranker::kSources));
  scores[0][1] = 1.5;
  scores[0][Ranker::kFirstFresh + 2] = -2;
  scores[1][0] = 0.25;
  auto decided = decided_of(1, scores);
  decided.newness_q8 = 64;
  decided.shown = {{{2}, 0, true, 1u << 20}, {{5}, 0, false, 1u << 24}, {{1}, 0, false, 1u << 24}};
  Profile user;
  choose(user, decided, 0);
  const auto choice = choice_of(user.training.choices.examples.at(0));
  ASSERT_TRUE(choice.has_value());
  ASSERT_EQ(choice->features, Ranker::kFeatures);
  ASSERT_EQ(choice->candidates(), 2u);
  std::vector<float> first(Ranker::kFeatures), second(Ranker::kFeatures);
  first[1] = 1.5f;
  first[Ranker::kFirstFresh + 2] = -2;
  first[Ranker::kSources + 2] = -0.5f; // a quarter as new as can be
  second[0] = 0.25f;
  first[Ranker::kShown] = second[Ranker::kShown] = 1;
  first[Ranker::kPlace] = portable_log2(3.0f);
  second[Ranker::kPlace] = 0; // the first place
  const auto of = [&](std::size_t i) {
    return std::vector<float>(choice->candidate(i).begin(), choice->candidate(i).end());
  };
  EXPECT_EQ(of(choice->taken), first);
  EXPECT_EQ(of(1 - choice->taken), second);
}

/// What he took he chose out of what he saw: the third candidate is none, and in what place the others were counts.
TEST(ChoiceOf, OutOfAListTheAlternativesAreWhatWasShown) {
  auto decided = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources, 1)));
  decided.shown = {{{2}, 0, false, 1u << 24}, {{1}, 0, false, 1u << 24}};
  Profile user;
  choose(user, decided, 0);
  const auto& example = user.training.choices.examples.at(0);
  const auto choice = choice_of(example, true);
  ASSERT_TRUE(choice.has_value());
  ASSERT_EQ(choice->candidates(), 2u);
  EXPECT_EQ(choice->candidate(choice->taken)[Ranker::kPlace], 1) << "the second place";
  EXPECT_EQ(choice->candidate(1 - choice->taken)[Ranker::kPlace], 0);
  EXPECT_EQ(answer({user}, RankerPass{}.canonical()).counts.at("home"), (ExampleCounts{1, 1}));
}

TEST(ChoiceOf, AListOfOneTellsNothing) {
  auto decided = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources, 1)));
  decided.shown = {{{2}, 0, false, 1u << 24}};
  Profile user;
  choose(user, decided, 1);
  const auto& example = user.training.choices.examples.at(0);
  EXPECT_FALSE(choice_of(example, true).has_value());
  EXPECT_EQ(choice_of(example)->candidates(), 1u);
  EXPECT_EQ(answer({user}, RankerPass{}.canonical()).counts.at("home"), (ExampleCounts{1, 0}));
}

/// A long list: of 40 candidates an example keeps 16, and of these the choice keeps what was shown.
TEST(ChoiceOf, OfASampleWhatWasShownStays) {
  Scores scores(40, std::vector<double>(Ranker::kSources, 1));
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i][0] = static_cast<double>(i);
  auto decided = decided_of(1, scores);
  for (std::uint64_t slot = 0; slot < 20; ++slot) decided.shown.push_back({{40 - slot}, 0, false, 1u << 24});
  Profile user;
  choose(user, decided, 29); // item 30, in the eleventh place
  const auto& example = user.training.choices.examples.at(0);
  const auto sampled = profiles::alternatives_of(example);
  const auto shown =
      std::count_if(sampled.begin(), sampled.end(), [](const auto& one) { return one.place != 0; });
  ASSERT_GT(shown, 1);
  ASSERT_LT(shown, 16);
  const auto choice = choice_of(example, true);
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->candidates(), static_cast<std::size_t>(shown));
  EXPECT_EQ(choice->candidate(choice->taken)[0], 29);
  for (std::size_t i = 0; i < choice->candidates(); ++i) {
    EXPECT_GE(choice->candidate(i)[0], 20);
    EXPECT_EQ(choice->candidate(i)[Ranker::kShown], 1);
  }
}

TEST(ChoiceOf, WhatWasFoundElsewhereIsNoChoiceOutOfAList) {
  auto decided = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources, 1)));
  decided.shown = {{{2}, 0, false, 1u << 24}, {{1}, 0, false, 1u << 24}};
  Profile elsewhere, not_shown;
  choose(elsewhere, decided, 0, false);
  choose(not_shown, decided, 2);
  for (const Profile& user : {elsewhere, not_shown}) {
    const auto& example = user.training.choices.examples.at(0);
    EXPECT_FALSE(choice_of(example, true).has_value());
    EXPECT_EQ(choice_of(example)->candidates(), example.found_elsewhere ? 3u : 1u);
    EXPECT_EQ(answer({user}, RankerPass{}.canonical()).counts.at("home"), (ExampleCounts{1, 0}));
  }
}

TEST(ChoiceOf, WhereChanceHadNoSayDisplayIsNoFeature) {
  auto decided = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources, 1)));
  decided.shown = {{{2}, 0, false, 1u << 24}, {{1}, 0, false, 1u << 24}};
  Profile user;
  choose(user, decided, 0, false);
  const auto choice = choice_of(user.training.choices.examples.at(0));
  ASSERT_TRUE(choice.has_value());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(choice->candidate(i)[Ranker::kShown], 0) << i;
    EXPECT_EQ(choice->candidate(i)[Ranker::kPlace], 0) << i;
  }
}

TEST(ChoiceOf, WhatIsNoExampleIsNone) {
  profiles::Example example = one_choice(1).training.choices.examples.at(0);
  ASSERT_TRUE(choice_of(example).has_value());
  example.taken = 2;
  EXPECT_FALSE(choice_of(example).has_value()) << "none of the alternatives";
  example.taken = 0;
  example.alternatives.pop_back();
  EXPECT_FALSE(choice_of(example).has_value());
  example.alternatives.clear();
  EXPECT_FALSE(choice_of(example).has_value());
}

// ---- what is gathered

TEST(RankerGatherer, AUserWithoutExamplesAddsNothing) {
  Profile waiting;
  profiles::open_choice(waiting.training.choices,
                        decided_of(1, Scores(2, std::vector<double>(Ranker::kSources))));
  const auto none = gathered(Users{});
  const auto some = gathered(Users{Profile{}, waiting});
  EXPECT_EQ(some->bytes(), 0u);
  for (const Bytes& pass : passes()) EXPECT_EQ(pass_of(*some, pass), pass_of(*none, pass));
  auto users = users_of({.users = 3});
  const auto before = gathered(users);
  users.insert(users.begin() + 1, waiting);
  const auto after = gathered(users);
  for (const Bytes& pass : passes()) EXPECT_EQ(pass_of(*after, pass), pass_of(*before, pass));
}

TEST(RankerGatherer, ExamplesOlderThanTheWindowAreLeft) {
  const auto count = [](Instant as_of) {
    return answer({one_choice(1, "home", as_of)}, RankerPass{}.canonical()).counts;
  };
  const std::map<std::string, ExampleCounts> one{{"home", {1, 0}}};
  EXPECT_EQ(count(kAsOf), one);
  EXPECT_EQ(count(kAsOf - kRankerWindow), one) << "the border is in it";
  EXPECT_TRUE(count(kAsOf - kRankerWindow - Duration{1}).empty());
  EXPECT_EQ(count(kAsOf + kHour), one) << "by another clock";
}

TEST(RankerGatherer, OldExamplesOfAUserGoTheYoungStay) {
  Profile user;
  for (std::int64_t day = 40; day > 0; --day) {
    auto decided = decided_of(static_cast<std::uint64_t>(day),
                              Scores(2, std::vector<double>(Ranker::kSources, 1)), kAsOf - kDay * day);
    choose(user, decided, 0);
  }
  EXPECT_EQ(answer({user}, RankerPass{}.canonical()).counts.at("home").all, 28);
}

TEST(RankerGatherer, BytesGrowWithWhatIsKept) {
  RankerGatherer gatherer(kAsOf);
  EXPECT_EQ(gatherer.bytes(), 0u);
  const auto users = users_of({.users = 20, .choices = 3});
  std::size_t least = 0;
  for (const Profile& user : users) {
    for (const auto& example : user.training.choices.examples) least += example.alternatives.size();
    gatherer.visit(user);
    EXPECT_GE(gatherer.bytes(), least);
  }
  const std::size_t before = gatherer.bytes();
  gatherer.visit(one_choice(1, "home", kAsOf - kDay * 100));
  EXPECT_EQ(gatherer.bytes(), before) << "nothing of what is too old";
}

TEST(RankerGatherer, WhatIsGatheredIsFrozen) {
  auto users = users_of({.users = 4});
  const auto gatherer = gathered(users);
  const Bytes before = pass_of(*gatherer, passes()[1]);
  for (Profile& user : users) user.training.choices = {};
  EXPECT_EQ(pass_of(*gatherer, passes()[1]), before);
}

// ---- passes

TEST(RankerGatherer, CountsByPlacement) {
  const auto users = users_of({.users = 4, .choices = 6, .placements = {"home", "basket", "home"}});
  const auto statistic = answer(users, RankerPass{}.canonical());
  ASSERT_EQ(statistic.counts.size(), 2u);
  EXPECT_EQ(statistic.counts.at("basket").all, 8);
  EXPECT_EQ(statistic.counts.at("home").all, 16);
  EXPECT_TRUE(statistic.sums.empty());
  EXPECT_TRUE(statistic.differences.empty());
}

TEST(RankerGatherer, SumsByHand) {
  // Scores 0 and 1, w = ln 3: chances 1/4 and 3/4.
  const auto statistic =
      answer({one_choice(1), one_choice(1)}, sums_pass({{"", weights_of(std::log(3.0)), {}, {}}}));
  ASSERT_EQ(statistic.sums.size(), 1u);
  const auto& sums = statistic.sums[0];
  EXPECT_EQ(sums.examples(), 2);
  EXPECT_NEAR(sums.log_likelihood(), 2 * std::log(0.75), 1e-6);
  EXPECT_NEAR(sums.gradient(0), 2 * 0.25, 1e-6);
  EXPECT_NEAR(sums.curvature(0, 0), 2 * 0.1875, 1e-6);
  EXPECT_EQ(sums.gradient(1), 0);
}

TEST(RankerGatherer, APlacementsTargetSeesItsExamplesAlone) {
  Profile both = one_choice(1, "home");
  const Profile basket = one_choice(2, "basket");
  both.training.choices.examples.push_back(basket.training.choices.examples.at(0));
  const auto w = weights_of(0.5);
  const auto statistic =
      answer({both}, sums_pass({{"", w, {}, {}}, {"basket", w, {}, {}}, {"nowhere", w, {}, {}}}));
  ASSERT_EQ(statistic.sums.size(), 3u);
  EXPECT_EQ(statistic.sums[0].examples(), 2);
  EXPECT_EQ(statistic.sums[1].examples(), 1);
  const auto alone = answer({basket}, sums_pass({{"basket", w, {}, {}}}));
  EXPECT_EQ(statistic.sums[1].gradient(0), alone.sums[0].gradient(0));
  EXPECT_EQ(statistic.sums[1].log_likelihood(), alone.sums[0].log_likelihood());
  EXPECT_EQ(statistic.sums[2].examples(), 0);
  EXPECT_EQ(statistic.sums[2].log_likelihood(), 0);
  const auto compared = answer({both}, compare_pass({{"basket", w, weights_of(0), {INT64_MIN}},
                                                     {"nowhere", w, weights_of(0), {INT64_MIN}}}));
  EXPECT_EQ(compared.differences[0].count, 1);
  EXPECT_EQ(compared.differences[1], stats::Moments{});
}

TEST(RankerGatherer, ComparesPerUserByHand) {
  Profile twice = one_choice(1);
  twice.training.choices.examples.push_back(one_choice(1).training.choices.examples.at(0));
  const auto statistic =
      answer({one_choice(1), twice}, compare_pass({{"", weights_of(std::log(3.0)), weights_of(0), {}}}));
  const double each = std::log(0.75) - std::log(0.5);
  ASSERT_EQ(statistic.differences.size(), 1u);
  const auto& moments = statistic.differences[0];
  EXPECT_EQ(moments.count, 2) << "users, not examples";
  EXPECT_NEAR(moments.mean(), 1.5 * each, 1e-5);
  EXPECT_NEAR(moments.variance(), 0.25 * each * each, 1e-5);
}

TEST(RankerGatherer, OnlyWhatWasDecidedAfterwardsIsCompared) {
  const Instant then = kAsOf - kHour;
  const auto users_since = [&](Instant since) {
    return answer({one_choice(1, "home", then)}, compare_pass({{"", weights_of(1), weights_of(0), since}}))
        .differences.at(0)
        .count;
  };
  EXPECT_EQ(users_since({INT64_MIN}), 1);
  EXPECT_EQ(users_since(then - Duration{1}), 1);
  EXPECT_EQ(users_since(then), 0) << "the model was trained at that moment: it may have seen it";
  EXPECT_EQ(users_since(then + kDay), 0);
}

TEST(RankerGatherer, EqualModelsDoNotDiffer) {
  const auto statistic =
      answer(users_of({.users = 30}), compare_pass({{"", weights_of(2), weights_of(2), {INT64_MIN}}}));
  EXPECT_EQ(statistic.differences[0].count, 30);
  EXPECT_EQ(statistic.differences[0].sum, 0);
}

TEST(RankerGatherer, BytesThatAreNoPassAreRefused) {
  const auto gatherer = gathered(users_of({.users = 5}));
  const Bytes good = passes()[1], before = pass_of(*gatherer, good);
  for (const Bytes& bad : {Bytes(), Bytes("ranker"), good.substr(1), good + "x"})
    EXPECT_FALSE(gatherer->begin(bad));
  EXPECT_EQ(pass_of(*gatherer, good), before) << "what was gathered is still there";
}

TEST(RankerGatherer, APassBeginsFromZeroHoweverFarTheLastCame) {
  const auto gatherer = gathered(users_of({.users = 9}));
  for (const Bytes& pass : passes()) {
    const Bytes expected = pass_of(*gatherer, pass, 100);
    ASSERT_TRUE(gatherer->begin(pass));
    EXPECT_FALSE(gatherer->go_on(4));
    EXPECT_EQ(pass_of(*gatherer, pass, 1), expected);
  }
}

TEST(RankerGatherer, APassIsCompleteWithItsLastUser) {
  const auto gatherer = gathered(users_of({.users = 9}));
  ASSERT_TRUE(gatherer->begin(RankerPass{}.canonical()));
  EXPECT_FALSE(gatherer->go_on(0));
  EXPECT_FALSE(gatherer->go_on(8));
  EXPECT_TRUE(gatherer->go_on(1));
  EXPECT_TRUE(gatherer->go_on(5)) << "and stays so";
  EXPECT_EQ(RankerStatistic::from(gatherer->statistic())->counts.at("home").all, 45);
}

TEST(RankerGatherer, WeightsAndScoresThatAreNoNumbersOrHugeAddNoNan) {
  auto wild = decided_of(1, Scores(3, std::vector<double>(Ranker::kSources, 1)));
  for (std::size_t i = 0; i < wild.source_scores_q8.size(); ++i)
    wild.source_scores_q8[i] = i % 2 == 0 ? INT32_MAX : INT32_MIN;
  Profile user;
  choose(user, wild, 2);
  for (const double weight : {double(NAN), double(INFINITY), -double(INFINITY)}) {
    const std::vector<double> weights(Ranker::kFeatures, weight);
    EXPECT_FALSE(gathered(Users{user})->begin(sums_pass({{"", weights, {}, {}}}))) << weight;
    EXPECT_FALSE(gathered(Users{user})->begin(compare_pass({{"", weights_of(1), weights, {}}}))) << weight;
  }
  for (const double weight : {-1e300, 1e300, 0.0}) {
    const std::vector<double> weights(Ranker::kFeatures, weight);
    const auto summed = answer({user, one_choice(1)}, sums_pass({{"", weights, {}, {}}})).sums.at(0);
    EXPECT_TRUE(std::isfinite(summed.log_likelihood())) << weight;
    for (std::size_t i = 0; i < Ranker::kFeatures; ++i)
      EXPECT_TRUE(std::isfinite(summed.gradient(i))) << weight;
    const auto compared = answer({user, one_choice(1)}, compare_pass({{"", weights, weights_of(1), {}}}));
    EXPECT_LE(compared.differences[0].count, 2);
    for (const auto& moments : compared.differences)
      EXPECT_TRUE(moments.count == 0 || std::isfinite(moments.mean())) << weight;
  }
}

// ---- law: any split of the users over any number of partitions, in any order, is the same sum, byte for byte

class RankerSharding : public ::testing::TestWithParam<std::size_t> {};

TEST_P(RankerSharding, TheSumOverPartitionsIsThatOfOne) {
  Users users = users_of({.users = 150, .choices = 4, .seed = 8, .placements = {"home", "basket"}});
  const auto whole = gathered(users);
  Random random(GetParam());
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = users.size(); i > 1; --i) std::swap(users[i - 1], users[random.below(i)]);
    std::vector<RankerGatherer> parts(GetParam(), RankerGatherer(kAsOf));
    for (const Profile& user : users) parts[random.below(parts.size())].visit(user);
    for (const Bytes& pass : passes()) {
      std::optional<RankerStatistic> sum;
      for (std::size_t p = parts.size(); p-- > 0;) {
        const auto one = RankerStatistic::from(pass_of(parts[p], pass, 1 + random.below(9)));
        ASSERT_TRUE(one.has_value());
        if (sum)
          sum->add(*one);
        else
          sum = one;
      }
      EXPECT_EQ(sum->canonical(), pass_of(*whole, pass));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Partitions, RankerSharding, ::testing::Values(1, 3, 16, 64));

/// Law erasure at its root: without a user the statistic is what it would be had he never been.
RC_GTEST_PROP(RankerGatherer, AUserLessIsARunThatNeverSawHim, (std::uint64_t seed)) {
  Random random(seed);
  Users users = users_of({.users = 2 + random.below(12), .choices = 1 + random.below(5), .seed = seed});
  const std::size_t gone = random.below(users.size());
  const auto his = gathered(Users{users[gone]}), all = gathered(users);
  users.erase(users.begin() + static_cast<std::ptrdiff_t>(gone));
  const auto others = gathered(users);
  for (const Bytes& pass : passes()) {
    auto sum = answer(*others, pass);
    sum.add(answer(*his, pass));
    RC_ASSERT(sum.canonical() == pass_of(*all, pass));
  }
}

} // namespace
} // namespace kindred::rounds
