#include "engine/base/tight_vector.hpp"

#include <string>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred {
namespace {

TEST(TightVector, InsertsWhereAVectorDoes) {
  Random random(3);
  std::vector<std::string> ours, theirs;
  for (int step = 0; step < 2'000; ++step) {
    const auto place = static_cast<std::ptrdiff_t>(random.below(theirs.size() + 1));
    const std::string value = std::to_string(step) + std::string(20, 'x');
    const auto at = insert_tight(ours, ours.cbegin() + place, value);
    EXPECT_EQ(at - ours.begin(), place);
    theirs.insert(theirs.begin() + place, value);
    ASSERT_EQ(ours, theirs);
  }
}

TEST(TightVector, HasAQuarterToSpareAtMostAndGrowsSeldom) {
  std::vector<int> list;
  std::size_t moves = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t before = list.capacity();
    grow_tight(list);
    moves += list.capacity() == before ? 0 : 1;
    list.push_back(i);
    ASSERT_LE(list.capacity(), list.size() + list.size() / 4 + 2);
  }
  EXPECT_LT(moves, 80u); // log(100,000) / log(1.25), and the small ones
}

TEST(TightVector, RoomForMoreThanAQuarterIsExactly) {
  std::vector<int> list(100);
  list.shrink_to_fit();
  grow_tight(list, 70);
  EXPECT_EQ(list.capacity(), 170u);
  grow_tight(list, 70);
  EXPECT_EQ(list.capacity(), 170u) << "there is room already";
  list.resize(170);
  grow_tight(list, 3);
  EXPECT_EQ(list.capacity(), 212u);
}

} // namespace
} // namespace kindred
