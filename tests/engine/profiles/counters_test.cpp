#include "engine/profiles/counters.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/stats/decay.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

TEST(Counters, OneEventIsOneAndHalves) {
  std::vector<CounterCell> cells;
  count(cells, EventType::kView, kNoon);
  for (const std::uint8_t half_life : kCounterHalfLives) {
    const Duration h = stats::kHalfLives[half_life];
    EXPECT_NEAR(counter_at(cells, EventType::kView, half_life, kNoon), 1.0, 1e-4);
    EXPECT_NEAR(counter_at(cells, EventType::kView, half_life, kNoon + h), 0.5, 1e-4);
  }
  EXPECT_EQ(counter_at(cells, EventType::kClick, 0, kNoon), 0.0);
  EXPECT_EQ(counter_at(cells, EventType::kView, 5, kNoon), 0.0) << "2 h is not counted for users";
}

TEST(Counters, AgreeWithTheSlowSum) {
  std::vector<CounterCell> cells;
  std::vector<Instant> times;
  Random random(2);
  Instant now = kNoon;
  for (int i = 0; i < 400; ++i) {
    now = now + Duration{static_cast<std::int64_t>(random.below(kHour.us))};
    const Instant t = now - Duration{static_cast<std::int64_t>(random.below(10 * kHour.us))};
    times.push_back(t);
    count(cells, EventType::kView, t);
  }
  for (const std::uint8_t half_life : kCounterHalfLives) {
    double slow = 0;
    for (const Instant t : times)
      slow += std::exp2(-double((now - t).us) / double(stats::kHalfLives[half_life].us));
    EXPECT_NEAR(counter_at(cells, EventType::kView, half_life, now) / slow, 1.0, 1e-4);
  }
}

TEST(Counters, OrderOfArrivalMakesNoDifference) {
  std::vector<Instant> times;
  Random random(6);
  for (int i = 0; i < 200; ++i)
    times.push_back(kNoon + Duration{static_cast<std::int64_t>(random.below(100 * kDay.us))});
  std::vector<CounterCell> one, other;
  for (const Instant t : times) count(one, EventType::kView, t);
  for (std::size_t i = times.size(); i > 1; --i) std::swap(times[i - 1], times[random.below(i)]);
  for (const Instant t : times) count(other, EventType::kView, t);
  EXPECT_EQ(one, other);
}

TEST(Counters, OnlyTheNewestFourGenerationsStay) {
  std::vector<CounterCell> cells;
  for (int i = 0; i < 100; ++i) count(cells, EventType::kView, kNoon + kHour * 16 * i);
  const auto hourly =
      std::count_if(cells.begin(), cells.end(), [](const CounterCell& c) { return c.half_life == 0; });
  EXPECT_EQ(hourly, stats::kGenerationsRead);
  EXPECT_LE(cells.size(), kCounterHalfLives.size() * stats::kGenerationsRead);
  const auto before = cells;
  count(cells, EventType::kView, kNoon - kDay * 3'000);
  EXPECT_EQ(cells, before) << "too old to be worth anything";
}

TEST(Counters, TypesAreApart) {
  std::vector<CounterCell> cells;
  count(cells, EventType::kPurchase, kNoon);
  count(cells, EventType::kView, kNoon);
  count(cells, EventType::kView, kNoon);
  EXPECT_NEAR(counter_at(cells, EventType::kView, 2, kNoon), 2.0, 1e-4);
  EXPECT_NEAR(counter_at(cells, EventType::kPurchase, 2, kNoon), 1.0, 1e-4);
  for (std::size_t i = 1; i < cells.size(); ++i)
    EXPECT_LT(std::tie(cells[i - 1].type, cells[i - 1].half_life, cells[i - 1].generation),
              std::tie(cells[i].type, cells[i].half_life, cells[i].generation));
}

} // namespace
} // namespace kindred::profiles
