#include "actors/ports/snapshots.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace kindred::ports {
namespace {

/// Both numbers are always equal: a reader that sees them differ saw a change in the middle.
struct Pair {
  int left = 0, right = 0;
};
using Cell = SnapshotCell<Pair>;

TEST(SnapshotCell, IsEmptyBeforeTheFirst) { EXPECT_EQ(Cell().get(), nullptr); }

TEST(SnapshotCell, GivesTheNewest) {
  Cell cell;
  cell.publish(std::make_shared<const Pair>(Pair{1, 1}));
  cell.publish(std::make_shared<const Pair>(Pair{2, 2}));
  EXPECT_EQ(cell.get()->left, 2);
}

TEST(SnapshotCell, WhatIsHeldStaysAsItWas) {
  Cell cell;
  cell.publish(std::make_shared<const Pair>(Pair{1, 1}));
  const auto held = cell.get();
  cell.publish(std::make_shared<const Pair>(Pair{2, 2}));
  EXPECT_EQ(held->left, 1);
  EXPECT_EQ(held.use_count(), 1) << "the cell let go of it";
}

TEST(SnapshotCell, ReadersNeverSeeHalfAChange) {
  Cell cell;
  cell.publish(std::make_shared<const Pair>());
  std::atomic<bool> done{false};
  std::thread reader([&] {
    int last = 0;
    while (!done) {
      const auto pair = cell.get();
      ASSERT_EQ(pair->left, pair->right);
      ASSERT_GE(pair->left, last);
      last = pair->left;
    }
  });
  for (int n = 1; n <= 10'000; ++n) cell.publish(std::make_shared<const Pair>(Pair{n, n}));
  done = true;
  reader.join();
}

} // namespace
} // namespace kindred::ports
