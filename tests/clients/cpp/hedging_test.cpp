#include "clients/cpp/hedging.hpp"

#include <gtest/gtest.h>

namespace kindred::client {
namespace {

TEST(Hedging, WaitsLongUntilItHasMeasured) {
  Hedging hedging;
  for (std::size_t n = 0; n + 1 < Hedging::kSamples; ++n) hedging.took(3'000);
  EXPECT_EQ(hedging.after_us(), Hedging::kAfterMax_us);
  hedging.took(3'000);
  EXPECT_EQ(hedging.after_us(), 3'000);
}

TEST(Hedging, WaitsAsLongAsMostTookLately) {
  Hedging hedging;
  for (std::size_t n = 0; n < Hedging::kSamples; ++n) hedging.took(n % 10 == 0 ? 50'000 : 4'000);
  EXPECT_EQ(hedging.after_us(), 50'000); // one in ten is slow: 95 % are not below it
  for (std::size_t n = 0; n < Hedging::kSamples; ++n) hedging.took(n % 50 == 0 ? 50'000 : 4'000);
  EXPECT_EQ(hedging.after_us(), 4'000);
}

TEST(Hedging, StaysWithinItsBounds) {
  Hedging hedging;
  for (std::size_t n = 0; n < Hedging::kSamples; ++n) hedging.took(10);
  EXPECT_EQ(hedging.after_us(), Hedging::kAfterMin_us);
  for (std::size_t n = 0; n < Hedging::kSamples; ++n) hedging.took(10'000'000);
  EXPECT_EQ(hedging.after_us(), Hedging::kAfterMax_us);
}

TEST(Hedging, AtMostOneReadInTwentyBesideWhatWasSaved) {
  Hedging hedging;
  std::uint32_t taken = 0;
  while (hedging.take()) ++taken;
  EXPECT_EQ(taken, Hedging::kHedgesSavedMax);
  for (int n = 0; n < 1'000; ++n) {
    hedging.took(1'000);
    taken += hedging.take() ? 1 : 0;
  }
  EXPECT_EQ(taken, Hedging::kHedgesSavedMax + 1'000 / Hedging::kOneIn);
}

} // namespace
} // namespace kindred::client
