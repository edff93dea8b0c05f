#include "engine/learners/prediction/ranker.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

constexpr std::int32_t kOne = 1 << 16;
constexpr std::int32_t kMost = 64 * kOne;

Ranker any_ranker(Random& random) {
  Ranker ranker;
  for (std::int32_t& weight : ranker.weights_q16)
    weight = static_cast<std::int32_t>(random.below(2 * kMost + 1)) - kMost;
  return ranker;
}

std::vector<double> all(double weight) { return std::vector<double>(Ranker::kFeatures, weight); }

TEST(Ranker, FeaturesAreSourcesThenWhatPersonalOnesAddForTheNewThenDisplay) {
  const std::vector<std::string> names = Ranker::names();
  ASSERT_EQ(names.size(), Ranker::kFeatures);
  EXPECT_EQ(names.front(), "trending1h");
  EXPECT_EQ(names[Ranker::kFirstFresh], "successors") << "the first that reads a profile";
  EXPECT_EQ(names[Ranker::kSources], "successors.fresh");
  EXPECT_EQ(names[Ranker::kSources + Ranker::kFresh - 1], "itemItem.fresh");
  EXPECT_EQ(names[Ranker::kShown], "shown");
  EXPECT_EQ(names[Ranker::kPlace], "place");
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

TEST(Ranker, WeightsAreRoundedToTheGrid) {
  auto weights = all(0.25);
  weights[1] = -1.5;
  weights[2] = 1.0 / 3;
  weights[3] = 0.6 / kOne; // more than half a step
  const Ranker ranker = Ranker::of(weights);
  EXPECT_EQ(ranker.weights_q16[0], kOne / 4);
  EXPECT_EQ(ranker.weights_q16[1], -kOne * 3 / 2);
  EXPECT_EQ(ranker.weights_q16[2], 21'845);
  EXPECT_EQ(ranker.weights_q16[3], 1);
  EXPECT_NEAR(ranker.weights()[2], 1.0 / 3, 0.5 / kOne);
}

TEST(Ranker, WeightsAreClamped) {
  for (const double far : {64.0, 64.1, 1e300, HUGE_VAL}) {
    EXPECT_EQ(Ranker::of(all(far)).weights(), all(64)) << far;
    EXPECT_EQ(Ranker::of(all(-far)).weights(), all(-64)) << far;
  }
  EXPECT_LT(Ranker::of(all(63.99)).weights_q16[0], kMost);
}

TEST(Ranker, ASourceNeverWeighsNothingTheRestMay) {
  for (const double little : {0.0, -0.0, 1e-9, -1e-9, 0.4 / kOne}) {
    const Ranker ranker = Ranker::of(all(little));
    for (std::size_t i = 0; i < Ranker::kFeatures; ++i)
      EXPECT_EQ(ranker.weights_q16[i], i < Ranker::kSources ? 1 : 0) << Ranker::names()[i];
  }
}

TEST(Ranker, WhatANewUserAddsByHand) {
  Ranker ranker;
  const std::size_t source = Ranker::kFirstFresh + 1, fresh = Ranker::kSources + 1;
  ranker.weights_q16[source] = 1'000;
  ranker.weights_q16[fresh] = 512;
  EXPECT_EQ(ranker.weight_q16(source, 256), 1'512) << "who is unknown: all of it";
  EXPECT_EQ(ranker.weight_q16(source, 128), 1'256);
  EXPECT_EQ(ranker.weight_q16(source, 1), 1'002);
  EXPECT_EQ(ranker.weight_q16(source, 0), 1'000);
  ranker.weights_q16[fresh] = -3;
  EXPECT_EQ(ranker.weight_q16(source, 128), 998) << "−1.5 goes down, as −0.5 does";
  EXPECT_EQ(ranker.weight_q16(source, 32), 999);
  EXPECT_EQ(ranker.weight_q16(source, 256), 997);
}

TEST(Ranker, WhatANewUserAddsNeverMakesASourceWeighNothing) {
  Ranker ranker;
  for (std::size_t source = Ranker::kFirstFresh; source < Ranker::kSources; ++source) {
    ranker.weights_q16[source] = 500;
    ranker.weights_q16[Ranker::kSources + source - Ranker::kFirstFresh] = -500;
    EXPECT_EQ(ranker.weight_q16(source, 256), 1);
    EXPECT_EQ(ranker.weight_q16(source, 128), 250);
  }
}

RC_GTEST_PROP(Ranker, ASourcesWeightIsThatOfTheFormula, (std::uint64_t seed)) {
  Random random(seed);
  const Ranker ranker = any_ranker(random);
  const auto newness = static_cast<std::uint16_t>(random.below(257));
  const auto weights = ranker.weights();
  for (std::size_t source = 0; source < Ranker::kSources; ++source) {
    double expected = weights[source];
    if (source >= Ranker::kFirstFresh)
      expected += weights[Ranker::kSources + source - Ranker::kFirstFresh] * newness / 256;
    const double weight = ranker.weight_q16(source, newness) / double{kOne};
    RC_ASSERT(std::fabs(weight - expected) <= 1.0 / kOne);
    RC_ASSERT(source >= Ranker::kFirstFresh || weight == expected);
  }
}

RC_GTEST_PROP(Ranker, BytesAndWeightsComeBack, (std::uint64_t seed)) {
  Random random(seed);
  const Ranker ranker = any_ranker(random);
  RC_ASSERT(Ranker::from(ranker.canonical()) == ranker);
  Ranker again = Ranker::of(ranker.weights());
  for (std::size_t i = 0; i < Ranker::kFeatures; ++i)
    RC_ASSERT(again.weights_q16[i] == ranker.weights_q16[i] || ranker.weights_q16[i] == 0);
}

TEST(Ranker, BytesOfVersionOne) {
  ByteWriter out;
  out.u8(1);
  out.u32(20);
  for (std::int32_t i = 0; i < 20; ++i) out.i32(i * 1'000 - 8'000);
  const auto ranker = Ranker::from(out.view());
  ASSERT_TRUE(ranker.has_value());
  EXPECT_EQ(ranker->weights_q16[0], -8'000);
  EXPECT_EQ(ranker->weights_q16[19], 11'000);
  EXPECT_EQ(ranker->canonical(), out.view());
}

TEST(Ranker, OtherBytesAreRefused) {
  const Bytes good = Ranker::of(all(1)).canonical();
  ASSERT_TRUE(Ranker::from(good).has_value());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(Ranker::from(good.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(Ranker::from(good + '\0').has_value());
  const auto with = [&](std::size_t at, char byte) {
    Bytes bad = good;
    bad[at] = byte;
    return Ranker::from(bad).has_value();
  };
  EXPECT_FALSE(with(0, 0));
  EXPECT_FALSE(with(0, 2)) << "of a newer build";
  EXPECT_FALSE(with(1, static_cast<char>(Ranker::kFeatures - 1)));
  EXPECT_FALSE(with(1, static_cast<char>(Ranker::kFeatures + 1)));
  EXPECT_FALSE(with(4, 1)) << "a count far too great";
  EXPECT_FALSE(with(good.size() - 1, 0x7f)) << "a weight beyond the clamp";
  EXPECT_FALSE(with(good.size() - 1, static_cast<char>(0x80)));
}

// A build before had fewer sources: what it published stays a ranker, though not one to rank with.
TEST(Ranker, OneOfAnotherBuildIsKnownAgainAndNotUsed) {
  const auto of = [](std::uint32_t features, std::int32_t weight = 1) {
    ByteWriter out;
    out.u8(1);
    out.u32(features);
    for (std::uint32_t i = 0; i < features; ++i) out.i32(weight);
    return out.take();
  };
  for (const std::uint32_t features : {16u, 17u, 19u, 256u}) {
    EXPECT_TRUE(Ranker::is_one(of(features))) << features;
    EXPECT_FALSE(Ranker::from(of(features)).has_value()) << features;
  }
  EXPECT_TRUE(Ranker::is_one(of(Ranker::kFeatures)));
  EXPECT_FALSE(Ranker::is_one(of(0)));
  EXPECT_FALSE(Ranker::is_one(of(257)));
  EXPECT_FALSE(Ranker::is_one(of(16, kMost + 1)));
  EXPECT_FALSE(Ranker::is_one(of(16) + "x"));
  EXPECT_FALSE(Ranker::is_one(of(16).substr(0, 40)));
  EXPECT_FALSE(Ranker::is_one(""));
}

TEST(Ranker, WeightsAtTheClampAreTakenBeyondItRefused) {
  Ranker ranker;
  for (const std::int32_t weight : {kMost, -kMost}) {
    ranker.weights_q16[3] = weight;
    EXPECT_EQ(Ranker::from(ranker.canonical()), ranker);
    ranker.weights_q16[3] = weight > 0 ? weight + 1 : weight - 1;
    EXPECT_FALSE(Ranker::from(ranker.canonical()).has_value());
  }
}

} // namespace
} // namespace kindred::learners
