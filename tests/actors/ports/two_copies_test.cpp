#include "actors/ports/two_copies.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::ports {
namespace {

using Sum = std::vector<int>;
using Copies = TwoCopies<Sum, int>;

void append(Sum& to, const int& change, bool) { to.push_back(change); }

TEST(TwoCopies, PublishesWhatWasPushed) {
  Copies copies(Sum{}, 10);
  EXPECT_FALSE(copies.pending());
  copies.push(1);
  copies.push(2);
  EXPECT_TRUE(copies.pending());
  EXPECT_EQ(*copies.publish(append), (Sum{1, 2}));
  EXPECT_FALSE(copies.pending());
  copies.push(3);
  EXPECT_EQ(*copies.publish(append), (Sum{1, 2, 3})) << "the other copy caught up";
  copies.push(4);
  EXPECT_EQ(*copies.publish(append), (Sum{1, 2, 3, 4}));
  EXPECT_EQ(copies.copied(), 0u);
}

TEST(TwoCopies, AHeldSnapshotNeverChanges) {
  Copies copies(Sum{}, 10);
  copies.push(1);
  const auto first = copies.publish(append);
  copies.push(2);
  const auto second = copies.publish(append);
  copies.push(3);
  EXPECT_EQ(copies.publish(append), nullptr) << "its turn has come, and it is read";
  EXPECT_EQ(*first, Sum{1});
  EXPECT_EQ(*second, (Sum{1, 2}));
  EXPECT_TRUE(copies.pending());
  EXPECT_EQ(copies.backlog(), 1u);
}

TEST(TwoCopies, GoesOnWhenTheReaderLetsGo) {
  Copies copies(Sum{}, 10);
  copies.push(1);
  auto first = copies.publish(append);
  copies.push(2);
  auto second = copies.publish(append);
  copies.push(3);
  ASSERT_EQ(copies.publish(append), nullptr);
  auto another = first;
  first.reset();
  ASSERT_EQ(copies.publish(append), nullptr) << "a second reader of the same snapshot";
  another.reset();
  EXPECT_EQ(*copies.publish(append), (Sum{1, 2, 3}));
}

TEST(TwoCopies, LeavesAHeldCopyToItsReadersPastTheBacklog) {
  Copies copies(Sum{}, 2);
  copies.push(1);
  const auto first = copies.publish(append);
  copies.push(2);
  const auto second = copies.publish(append);
  for (int change = 3; change <= 4; ++change) {
    copies.push(change);
    ASSERT_EQ(copies.publish(append), nullptr);
  }
  copies.push(5);
  EXPECT_EQ(*copies.publish(append), (Sum{1, 2, 3, 4, 5}));
  EXPECT_EQ(copies.copied(), 1u);
  EXPECT_EQ(*first, Sum{1}) << "still as it was";
}

TEST(TwoCopies, TellsWhichOfTheTwoIsTheFirst) {
  Copies copies(Sum{}, 10);
  int firsts = 0;
  const auto apply = [&](Sum& to, const int& change, bool first) {
    to.push_back(change);
    firsts += first;
  };
  for (int change = 0; change < 5; ++change) {
    copies.push(change);
    copies.publish(apply);
  }
  EXPECT_EQ(firsts, 5);
}

TEST(TwoCopies, SharesTheFrontUnchanged) {
  Copies copies(Sum{7}, 10);
  const auto start = copies.share_front();
  EXPECT_EQ(*start, Sum{7});
  EXPECT_EQ(&copies.front(), start.get());
  copies.push(8);
  const auto next = copies.publish(append);
  EXPECT_EQ(*next, (Sum{7, 8}));
  copies.push(9);
  EXPECT_EQ(copies.publish(append), nullptr) << "the start is still held";
  EXPECT_EQ(*start, Sum{7});
}

TEST(TwoCopies, ASnapshotOutlivesItsOwner) {
  Copies::Ptr kept;
  {
    Copies copies(Sum{}, 10);
    copies.push(1);
    kept = copies.publish(append);
  }
  EXPECT_EQ(*kept, Sum{1});
}

// Whatever readers hold, a publication has all that was pushed, in order, and nothing that is held changes.
RC_GTEST_PROP(TwoCopies, AgreesWithAPlainVector, ()) {
  Copies copies(Sum{}, *rc::gen::inRange<std::size_t>(0, 4));
  Sum model;
  std::vector<std::pair<Copies::Ptr, Sum>> held;
  const int steps = *rc::gen::inRange(0, 50);
  for (int step = 0; step < steps; ++step) {
    const int action = *rc::gen::inRange(0, 4);
    if (action <= 1) {
      copies.push(step);
      model.push_back(step);
    } else if (action == 2) {
      if (auto snapshot = copies.publish(append)) {
        RC_ASSERT(*snapshot == model);
        held.emplace_back(std::move(snapshot), model);
      }
    } else if (!held.empty()) {
      held.erase(held.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, held.size()));
    }
    for (const auto& [snapshot, then] : held) RC_ASSERT(*snapshot == then);
  }
}

// For the thread sanitizer: a reader on another thread lets go while the owner publishes.
TEST(TwoCopies, ReadersOnOtherThreads) {
  Copies copies(Sum{}, 1'000'000);
  copies.push(0);
  for (int round = 1; round <= 200; ++round) {
    auto snapshot = copies.publish(append);
    ASSERT_NE(snapshot, nullptr);
    std::thread reader([snapshot = std::move(snapshot), round]() mutable {
      EXPECT_EQ(snapshot->size(), static_cast<std::size_t>(round));
      snapshot.reset();
    });
    copies.push(round);
    reader.join();
  }
}

} // namespace
} // namespace kindred::ports
