#include "actors/gateway/durations.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

TEST(Durations, CountsByBucketAndAddsUp) {
  Durations durations;
  for (const std::int64_t us : {0, 100, 101, 10'000'001}) durations.saw(us);
  durations.saw(-5); // a clock that stepped back
  EXPECT_EQ(durations.counts.front(), 3u) << "a bound belongs to its bucket";
  EXPECT_EQ(durations.counts[1], 1u);
  EXPECT_EQ(durations.counts.back(), 1u) << "past the last bound";
  EXPECT_EQ(durations.sum_us, 10'000'202u);
}

} // namespace
} // namespace kindred::actors::gateway
