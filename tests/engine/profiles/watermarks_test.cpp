#include "engine/profiles/watermarks.hpp"

#include <map>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/profiles/digest.hpp"

namespace kindred::profiles {
namespace {

using Verdict = Watermarks::Verdict;

constexpr TenantId kTenant{1};

TEST(Watermarks, WhatIsAtOrBelowTheMarkWasSeen) {
  Watermarks marks;
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 0}), Verdict::kNew) << "the first may be any";
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 0}), Verdict::kSeen);
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 10}), Verdict::kNew) << "others' users stand between";
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 10}), Verdict::kSeen);
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 3}), Verdict::kSeen);
  EXPECT_EQ(marks.take(kTenant, {"shop", 1, 11}), Verdict::kNew);
}

TEST(Watermarks, ANewEpochBeginsAnewAndAnOldOneIsSeen) {
  Watermarks marks;
  EXPECT_EQ(marks.take(kTenant, {"shop", 5, 100}), Verdict::kNew);
  EXPECT_EQ(marks.take(kTenant, {"shop", 6, 1}), Verdict::kNew);
  EXPECT_EQ(marks.take(kTenant, {"shop", 5, 101}), Verdict::kSeen);
  EXPECT_EQ(marks.take(kTenant, {"shop", 6, 2}), Verdict::kNew);
}

TEST(Watermarks, ProducersAndTenantsAreApart) {
  Watermarks marks;
  EXPECT_EQ(marks.take(kTenant, {"a", 1, 5}), Verdict::kNew);
  EXPECT_EQ(marks.take(kTenant, {"b", 1, 5}), Verdict::kNew);
  EXPECT_EQ(marks.take({2}, {"a", 1, 5}), Verdict::kNew);
  EXPECT_EQ(marks.take({2}, {"a", 1, 5}), Verdict::kSeen);
  EXPECT_EQ(marks.size(), 3u);
}

TEST(Watermarks, OneProducerTooManyHasNone) {
  Watermarks marks;
  for (std::size_t i = 0; i < Watermarks::kProducersMax; ++i)
    ASSERT_EQ(marks.take(kTenant, {std::to_string(i), 1, 1}), Verdict::kNew);
  EXPECT_EQ(marks.take(kTenant, {"late", 1, 1}), Verdict::kUnmarked);
  EXPECT_EQ(marks.take(kTenant, {"late", 1, 1}), Verdict::kUnmarked);
  EXPECT_EQ(marks.take(kTenant, {"7", 1, 1}), Verdict::kSeen) << "those it has go on";
  EXPECT_EQ(marks.take(kTenant, {"7", 1, 2}), Verdict::kNew);
  EXPECT_EQ(marks.size(), Watermarks::kProducersMax);
}

/// A store beside the slow model: per producer the greatest pair.
TEST(Watermarks, ComeBackFromWhatWasStored) {
  Random random(6);
  Watermarks marks;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> slow;
  std::map<Bytes, Bytes> stored;
  Digest digest;
  const auto store = [&] {
    for (const auto& change : marks.take_dirty()) {
      digest.subtract(change.before);
      digest.add(change.after);
      stored[change.key] = change.value;
    }
  };
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "p" + std::to_string(random.below(20));
    const std::pair told(random.below(3), random.below(400));
    const auto found = slow.find(name);
    const bool seen = found != slow.end() && told <= found->second;
    EXPECT_EQ(marks.take(kTenant, {name, told.first, told.second}), seen ? Verdict::kSeen : Verdict::kNew);
    if (!seen) slow[name] = told;
    if (random.below(10) == 0) store();
    if (random.below(100) != 0) continue;
    store();
    marks = {};
    for (const auto& [key, value] : stored) ASSERT_TRUE(marks.load(key, value));
  }
  store();
  Digest all;
  for (const auto& [key, value] : stored) all.add(Digest::part_of(key, value));
  EXPECT_EQ(digest.value(), all.value());
  EXPECT_EQ(stored.size(), slow.size());
}

TEST(Watermarks, NothingNewNothingStored) {
  Watermarks marks;
  marks.take(kTenant, {"shop", 1, 5});
  EXPECT_EQ(marks.take_dirty().size(), 1u);
  marks.take(kTenant, {"shop", 1, 5});
  EXPECT_TRUE(marks.take_dirty().empty());
  marks.take(kTenant, {"shop", 1, 6});
  marks.take(kTenant, {"shop", 1, 7});
  EXPECT_EQ(marks.take_dirty().size(), 1u) << "once, however often it moved";
}

TEST(Watermarks, RefuseWhatTheyDoNotWrite) {
  Watermarks marks;
  marks.take(kTenant, {"shop", 1, 5});
  const auto good = marks.take_dirty().front();
  for (std::size_t size = 0; size < good.value.size(); ++size)
    EXPECT_FALSE(Watermarks().load(good.key, good.value.substr(0, size))) << size;
  EXPECT_FALSE(Watermarks().load(good.key, good.value + "x"));
  EXPECT_FALSE(Watermarks().load("x" + good.key.substr(1), good.value));
  Bytes newer = good.value;
  newer[0] = 2;
  EXPECT_FALSE(Watermarks().load(good.key, newer));
  Watermarks read;
  EXPECT_TRUE(read.load(good.key, good.value));
  EXPECT_FALSE(read.load(good.key, good.value)) << "twice";
}

} // namespace
} // namespace kindred::profiles
