#include "engine/rounds/ranker_pass.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/learners/prediction/ranker.hpp"

namespace kindred::rounds {
namespace {

using Kind = RankerPass::Kind;
constexpr std::size_t kFeatures = learners::Ranker::kFeatures;

std::vector<double> any_weights(Random& random) {
  std::vector<double> weights(kFeatures);
  for (double& weight : weights) weight = random.uniform() * 200 - 100;
  return weights;
}

Kind any_kind(Random& random) { return static_cast<Kind>(1 + random.below(3)); }
std::string any_name(Random& random) {
  return std::string(random.below(4), static_cast<char>(random.below(256)));
}

RankerPass any_pass(Random& random) {
  RankerPass pass{any_kind(random), {}};
  if (pass.kind == Kind::kCount) return pass;
  for (std::uint64_t left = random.below(6); left > 0; --left) {
    RankerTarget target{
        any_name(random), any_weights(random), {}, {static_cast<std::int64_t>(random.next())}};
    if (pass.kind == Kind::kCompare) target.others = any_weights(random);
    pass.targets.push_back(std::move(target));
  }
  return pass;
}

stats::LogitSums any_sums(Random& random, std::uint64_t generation) {
  stats::LogitSums sums(kFeatures, generation);
  std::vector<double> gradient = any_weights(random), curvature(kFeatures * (kFeatures + 1) / 2);
  for (double& part : curvature) part = random.uniform() * 1e6;
  EXPECT_TRUE(sums.add(static_cast<std::int64_t>(random.below(65)), -random.uniform(), gradient, curvature));
  return sums;
}

/// Of one pass with `targets` targets: statistics of one kind can be added.
RankerStatistic any_statistic(Random& random, Kind kind, std::size_t targets) {
  RankerStatistic statistic;
  statistic.kind = kind;
  if (kind == Kind::kCount)
    for (std::uint64_t left = random.below(6); left > 0; --left)
      statistic.counts[any_name(random)] = {1 + static_cast<std::int64_t>(random.below(1'000)),
                                            static_cast<std::int64_t>(random.below(1'000))};
  for (std::size_t i = 0; i < targets && kind == Kind::kSums; ++i)
    statistic.sums.push_back(any_sums(random, 5));
  for (std::size_t i = 0; i < targets && kind == Kind::kCompare; ++i)
    statistic.differences.push_back(
        stats::Moments::of(Fixed{static_cast<std::int64_t>(random.next() >> 20)}));
  return statistic;
}

RankerPass a_pass(Kind kind, std::size_t targets) {
  RankerPass pass{kind, {}};
  for (std::size_t i = 0; i < targets; ++i)
    pass.targets.push_back({"p" + std::to_string(i),
                            std::vector<double>(kFeatures, 0.5),
                            std::vector<double>(kind == Kind::kCompare ? kFeatures : 0, 0.25),
                            {77}});
  return pass;
}

// ---- passes

RC_GTEST_PROP(RankerPass, ComesBack, (std::uint64_t seed)) {
  Random random(seed);
  const RankerPass pass = any_pass(random);
  const auto read = RankerPass::from(pass.canonical());
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == pass);
  RC_ASSERT(read->canonical() == pass.canonical());
}

TEST(RankerPass, TellsOtherWeightsPlacementsAndTimesApart) {
  const RankerPass pass = a_pass(Kind::kCompare, 2);
  const auto differs = [&](auto change) {
    RankerPass other = pass;
    change(other);
    return other.canonical() != pass.canonical();
  };
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets[1].weights[3] += 1e-15; })) << "bits, not decimals";
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets[1].others[3] = -0.25; }));
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets[0].placement = "p"; }));
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets[0].since.us = 78; }));
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets[0].from_lists = true; }));
  EXPECT_TRUE(differs([](RankerPass& p) { p.targets.pop_back(); }));
  EXPECT_TRUE(differs([](RankerPass& p) { p.kind = Kind::kSums; }));
}

TEST(RankerPass, EveryCutAndWhatStandsBehindIsRefused) {
  for (const Kind kind : {Kind::kCount, Kind::kSums, Kind::kCompare}) {
    const Bytes good = a_pass(kind, kind == Kind::kCount ? 0 : 2).canonical();
    ASSERT_TRUE(RankerPass::from(good).has_value());
    for (std::size_t size = 0; size < good.size(); ++size)
      ASSERT_FALSE(RankerPass::from(good.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(RankerPass::from(good + '\0').has_value());
  }
}

TEST(RankerPass, ForeignVersionsAndKindsAreRefused) {
  const Bytes good = a_pass(Kind::kSums, 1).canonical();
  for (int byte = 0; byte < 256; ++byte) {
    Bytes version = good, kind = good;
    version[0] = kind[1] = static_cast<char>(byte);
    EXPECT_EQ(RankerPass::from(version).has_value(), byte == 2) << byte;
    EXPECT_EQ(RankerPass::from(kind).has_value(), byte == 1 || byte == 2)
        << "3 needs other weights: " << byte;
  }
}

TEST(RankerPass, WeightsThatAreNotOnePerFeatureAreRefused) {
  const auto taken = [](Kind kind, std::size_t weights, std::size_t others) {
    RankerPass pass = a_pass(kind, 1);
    pass.targets[0].weights.resize(weights);
    pass.targets[0].others.resize(others);
    return RankerPass::from(pass.canonical()).has_value();
  };
  EXPECT_TRUE(taken(Kind::kSums, kFeatures, 0));
  EXPECT_FALSE(taken(Kind::kSums, 0, 0));
  EXPECT_FALSE(taken(Kind::kSums, kFeatures - 1, 0));
  EXPECT_FALSE(taken(Kind::kSums, kFeatures + 1, 0));
  EXPECT_TRUE(taken(Kind::kCompare, kFeatures, kFeatures));
  EXPECT_FALSE(taken(Kind::kCompare, kFeatures, 0)) << "nothing to compare with";
  EXPECT_FALSE(taken(Kind::kCompare, kFeatures, 1));
  EXPECT_FALSE(taken(Kind::kCompare, 0, kFeatures));
}

TEST(RankerPass, AllThatASolverAsksIsTakenMoreIsNot) {
  EXPECT_TRUE(RankerPass::from(a_pass(Kind::kCompare, 2 * kRankerTargetsMax).canonical()).has_value())
      << "each target's newest and challenger";
  EXPECT_FALSE(RankerPass::from(a_pass(Kind::kCompare, 2 * kRankerTargetsMax + 1).canonical()).has_value());
}

TEST(RankerPass, CountsThatTheBytesCannotHoldAreRefused) {
  for (const std::uint32_t count : {1u, 66u, 1'000'000u, 0xffffffffu}) {
    ByteWriter out;
    out.u8(1);
    out.u8(2);
    out.u32(count);
    EXPECT_FALSE(RankerPass::from(out.view()).has_value()) << count;
    out.text("home");
    out.u32(count);
    EXPECT_FALSE(RankerPass::from(out.view()).has_value()) << count;
  }
}

// ---- statistics

RC_GTEST_PROP(RankerStatistic, ComesBack, (std::uint64_t seed)) {
  Random random(seed);
  const RankerStatistic statistic = any_statistic(random, any_kind(random), random.below(4));
  const auto read = RankerStatistic::from(statistic.canonical());
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == statistic);
  RC_ASSERT(read->canonical() == statistic.canonical());
}

RC_GTEST_PROP(RankerStatistic, AddsInAnyOrderFromZero, (std::uint64_t seed)) {
  Random random(seed);
  const Kind kind = any_kind(random);
  const std::size_t targets = random.below(4);
  const auto a = any_statistic(random, kind, targets), b = any_statistic(random, kind, targets),
             c = any_statistic(random, kind, targets);
  const auto sum = [](RankerStatistic one, const RankerStatistic& other) {
    one.add(other);
    return one;
  };
  RC_ASSERT(sum(a, b) == sum(b, a));
  RC_ASSERT(sum(sum(a, b), c) == sum(a, sum(b, c)));
  RC_ASSERT(sum(sum(a, b), c).canonical() == sum(sum(c, b), a).canonical());
  RankerStatistic zero;
  zero.kind = kind;
  if (kind == Kind::kSums) zero.sums.assign(targets, stats::LogitSums(kFeatures, 5));
  if (kind == Kind::kCompare) zero.differences.resize(targets);
  RC_ASSERT(sum(zero, a) == a);
}

TEST(RankerStatistic, CountsOfPlacementsThatOnlyOneHasAreKept) {
  RankerStatistic a, b;
  a.counts = {{"basket", {2, 1}}, {"home", {3, 3}}};
  b.counts = {{"home", {4, 2}}, {"search", {5, 0}}};
  a.add(b);
  EXPECT_EQ(a.counts,
            (std::map<std::string, ExampleCounts>{{"basket", {2, 1}}, {"home", {7, 5}}, {"search", {5, 0}}}));
}

TEST(RankerStatistic, EveryCutAndWhatStandsBehindIsRefused) {
  Random random(4);
  for (const Kind kind : {Kind::kCount, Kind::kSums, Kind::kCompare}) {
    RankerStatistic statistic = any_statistic(random, kind, 2);
    if (kind == Kind::kCount) statistic.counts["home"] = {1, 1};
    const Bytes good = statistic.canonical();
    ASSERT_TRUE(RankerStatistic::from(good).has_value());
    for (std::size_t size = 0; size < good.size(); ++size)
      ASSERT_FALSE(RankerStatistic::from(good.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(RankerStatistic::from(good + '\0').has_value());
  }
}

TEST(RankerStatistic, ForeignVersionsAndKindsAreRefused) {
  Random random(5);
  const Bytes good = any_statistic(random, Kind::kSums, 1).canonical();
  for (int byte = 0; byte < 256; ++byte) {
    Bytes version = good, kind = good;
    version[0] = kind[1] = static_cast<char>(byte);
    EXPECT_EQ(RankerStatistic::from(version).has_value(), byte == 2) << byte;
    EXPECT_EQ(RankerStatistic::from(kind).has_value(), byte >= 1 && byte <= 3) << byte;
  }
}

TEST(RankerStatistic, SumsThatAreNoneAreRefused) {
  ByteWriter out;
  out.u8(1);
  out.u8(2);
  out.u32(0);
  out.u32(1);
  out.text(Bytes(40, '\7'));
  out.u32(0);
  EXPECT_FALSE(RankerStatistic::from(out.view()).has_value());
}

TEST(RankerStatistic, CountsThatTheBytesCannotHoldAreRefused) {
  for (const std::uint32_t count : {1u, 100'001u, 0xffffffffu})
    for (std::size_t before = 0; before < 3; ++before) {
      ByteWriter out;
      out.u8(1);
      out.u8(3);
      for (std::size_t i = 0; i < before; ++i) out.u32(0);
      out.u32(count);
      EXPECT_FALSE(RankerStatistic::from(out.view()).has_value()) << count << " behind " << before;
    }
}

} // namespace
} // namespace kindred::rounds
