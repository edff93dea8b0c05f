#include "engine/profiles/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::profiles {
namespace {

TEST(Digest, OfNothingIsZeroAndNoPartIs) {
  EXPECT_TRUE(Digest{}.value().is_zero());
  EXPECT_FALSE(Digest::part_of("", "").is_zero());
}

TEST(Digest, KeyAndValueBothCount) {
  EXPECT_NE(Digest::part_of("a", "b"), Digest::part_of("b", "a"));
  EXPECT_NE(Digest::part_of("ab", ""), Digest::part_of("a", "b"));
  EXPECT_EQ(Digest::part_of("a", "b"), Digest::part_of("a", "b"));
}

TEST(Digest, ItsBitsAreFixed) {
  Digest digest;
  digest.add(Digest::part_of("key", "value"));
  digest.add(Digest::part_of("key2", "value"));
  EXPECT_EQ(to_hex(digest.value()), "6d9af7fa82fa7feb2a7ef77bbb9f2456");
}

TEST(Digest, ReplacingIsTakingOutAndPuttingIn) {
  Digest replaced, fresh;
  Id128 part{};
  replaced.replace(part, Digest::part_of("k", "old"));
  replaced.replace(part, Digest::part_of("k", "new"));
  fresh.add(Digest::part_of("k", "new"));
  EXPECT_EQ(replaced.value(), fresh.value());
  EXPECT_EQ(part, Digest::part_of("k", "new"));
  replaced.replace(part, {});
  EXPECT_TRUE(replaced.value().is_zero());
}

TEST(Digest, CarriesOverItsHalves) {
  Digest digest = Digest::of({0, ~0ULL});
  digest.add({0, 1});
  EXPECT_EQ(digest.value(), (Id128{1, 0}));
  digest.subtract({0, 1});
  EXPECT_EQ(digest.value(), (Id128{0, ~0ULL}));
}

RC_GTEST_PROP(Digest, OrderMakesNoDifference, (std::vector<std::string> values)) {
  Digest forward, backward;
  for (const auto& value : values) forward.add(Digest::part_of("k", value));
  for (auto value = values.rbegin(); value != values.rend(); ++value)
    backward.add(Digest::part_of("k", *value));
  RC_ASSERT(forward.value() == backward.value());
  RC_ASSERT(Digest::of(forward.value()).value() == forward.value());
}

} // namespace
} // namespace kindred::profiles
