#include "engine/profiles/presence.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"

namespace kindred::profiles {
namespace {

Id128 user(int number) { return hash128("user" + std::to_string(number)); }

TEST(Presence, KnowsNobodyWhileEmpty) {
  const Presence presence;
  EXPECT_FALSE(presence.may_have(user(1)));
  EXPECT_EQ(presence.footprint(), 0u);
}

TEST(Presence, ForgetsNobodyAndTakesFewForPresent) {
  constexpr int kUsers = 50'000;
  Presence presence;
  for (int i = 0; i < kUsers; ++i) presence.add(user(i));
  for (int i = 0; i < kUsers; ++i) ASSERT_TRUE(presence.may_have(user(i))) << i;
  int wrong = 0;
  for (int i = kUsers; i < 2 * kUsers; ++i) wrong += presence.may_have(user(i)) ? 1 : 0;
  EXPECT_LT(wrong, kUsers * 3 / 100);
}

TEST(Presence, TakesAtMost24BitsAUser) {
  Presence presence;
  int users = 0;
  for (const int most : {2'000, 20'000, 200'000}) {
    for (; users < most; ++users) presence.add(user(users));
    EXPECT_LE(presence.footprint(), static_cast<std::size_t>(users) * 3 + 4096) << users;
  }
}

TEST(Presence, HoldsWhoIsToldAgainOnce) {
  Presence presence;
  for (int round = 0; round < 100; ++round)
    for (int i = 0; i < 1'000; ++i) presence.add(user(i));
  EXPECT_LE(presence.footprint(), 4096u);
}

} // namespace
} // namespace kindred::profiles
