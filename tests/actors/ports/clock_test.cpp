#include "actors/ports/clock.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kindred::ports {
namespace {

TEST(WallClock, StandsInThisCenturyAndGoesOn) {
  WallClock clock;
  const Instant first = clock.now();
  EXPECT_GT(first.us, 1'700'000'000'000'000);
  EXPECT_LE(first, clock.now());
  EXPECT_FALSE(clock.follows_events());
}

TEST(WallClock, CannotBeMoved) {
  WallClock clock;
  const Instant far{clock.now().us + kDay.us};
  clock.advance(far);
  EXPECT_LT(clock.now(), far);
}

TEST(EventsClock, IsTheGreatestTimeMet) {
  EventsClock clock({100});
  EXPECT_TRUE(clock.follows_events());
  EXPECT_EQ(clock.now(), Instant{100});
  clock.advance({300});
  clock.advance({200});
  EXPECT_EQ(clock.now(), Instant{300});
}

TEST(EventsClock, KnowsTimesBeforeTheEpoch) {
  EventsClock clock({-500});
  clock.advance({-400});
  clock.advance({-450});
  EXPECT_EQ(clock.now(), Instant{-400});
}

TEST(EventsClock, LosesNoneOfManyThreads) {
  EventsClock clock;
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < 4; ++t)
    threads.emplace_back([&clock, t] {
      for (std::int64_t n = 0; n < 1000; ++n) clock.advance({n * 4 + t});
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(clock.now(), Instant{3999});
}

} // namespace
} // namespace kindred::ports
