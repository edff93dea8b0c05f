#include "actors/supervision/restart_delay.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::supervision {
namespace {

TEST(RestartDelay, AtOnceThenLongerUpToABound) {
  RestartDelay delay;
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 20; ++i) {
    delay.started(kSecond * i);
    delays.push_back(delay.ended(kSecond * i + kMillisecond).us);
  }
  EXPECT_EQ(delays[0], 0);
  EXPECT_EQ(delays[1], kRestartDelayMin.us);
  EXPECT_EQ(delays[2], 2 * kRestartDelayMin.us);
  EXPECT_EQ(delays.back(), kRestartDelayMax.us);
}

TEST(RestartDelay, ASteadyLifeForgetsTheQuickEnds) {
  RestartDelay delay;
  for (int i = 0; i < 5; ++i) {
    delay.started({});
    delay.ended(kMillisecond);
  }
  delay.started({});
  EXPECT_EQ(delay.ended(kSteadyAfter).us, 0);
}

} // namespace
} // namespace kindred::actors::supervision
