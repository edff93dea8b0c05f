#include "actors/ports/turns.hpp"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kindred::ports {
namespace {

TEST(Turns, AreGivenInOrderAndNotMoreThanThereAre) {
  Turns turns(2);
  std::vector<int> began;
  std::vector<std::optional<Turns::Turn>> all(5);
  for (int n = 0; n < 5; ++n) all[n].emplace(turns.ask([&began, n] { began.push_back(n); }));
  EXPECT_EQ(began, (std::vector<int>{0, 1}));
  all[3].reset(); // it does not wait any more
  all[1].reset();
  EXPECT_EQ(began, (std::vector<int>{0, 1, 2}));
  all[0].reset();
  EXPECT_EQ(began, (std::vector<int>{0, 1, 2, 4}));
  all[2].reset();
  all[4].reset();
  auto again = turns.ask([&began] { began.push_back(9); });
  EXPECT_EQ(began.back(), 9);
}

TEST(Turns, AreOneAtATimeFromManyThreads) {
  Turns turns(1);
  std::atomic<int> at_once = 0, most = 0, done = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        std::atomic<bool> mine = false;
        const auto turn = turns.ask([&] {
          mine = true;
          mine.notify_one();
        });
        mine.wait(false);
        most = std::max(most.load(), ++at_once);
        ++done;
        --at_once;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(done, 8'000);
}

} // namespace
} // namespace kindred::ports
