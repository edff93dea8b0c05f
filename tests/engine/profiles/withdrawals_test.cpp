#include "engine/profiles/withdrawals.hpp"

#include <array>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::profiles {
namespace {

using records::Purposes;

constexpr Instant kThen{1'000'000};

TEST(Withdrawals, OfEachPurposeTheLatestStays) {
  Withdrawals all;
  withdraw(all, records::kTraining | records::kMeasurement, kThen);
  withdraw(all, records::kTraining, kThen + kSecond);
  EXPECT_EQ(all, (Withdrawals{{kThen, records::kMeasurement}, {kThen + kSecond, records::kTraining}}));
  withdraw(all, records::kTraining, kThen);
  EXPECT_EQ(all.size(), 2u) << "an older one changes nothing";
  withdraw(all, records::kMeasurement, kThen + kSecond);
  EXPECT_EQ(all, (Withdrawals{{kThen + kSecond, records::kTraining | records::kMeasurement}}));
}

TEST(Withdrawals, OfNoPurposeIsNone) {
  Withdrawals all;
  withdraw(all, records::kNoPurpose, kThen);
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(withdrawn_since(all, kThen), records::kNoPurpose);
}

TEST(Withdrawals, AtTheSameInstantCountsAsLater) {
  Withdrawals all;
  withdraw(all, records::kTraining, kThen);
  EXPECT_EQ(withdrawn_since(all, kThen), records::kTraining);
  EXPECT_EQ(withdrawn_since(all, {kThen.us + 1}), records::kNoPurpose);
}

/// Against a table of all 32 purposes.
TEST(Withdrawals, AreThoseOfATableInAnyOrder) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    Withdrawals all;
    std::array<std::int64_t, 32> table{};
    for (int i = 0; i < 60; ++i) {
      const Purposes purposes{static_cast<std::uint32_t>(random.next() & random.next())};
      const Instant stamp{1 + static_cast<std::int64_t>(random.below(40))};
      withdraw(all, purposes, stamp);
      for (std::size_t p = 0; p < table.size(); ++p)
        if (purposes.has({1u << p})) table[p] = std::max(table[p], stamp.us);
      ASSERT_LE(all.size(), kWithdrawalsMax);
      const Instant asked{static_cast<std::int64_t>(random.below(42))};
      Purposes expected;
      for (std::size_t p = 0; p < table.size(); ++p)
        if (table[p] != 0 && table[p] >= asked.us) expected.bits |= 1u << p;
      ASSERT_EQ(withdrawn_since(all, asked), expected) << "seed " << seed;
    }
  }
}

} // namespace
} // namespace kindred::profiles
