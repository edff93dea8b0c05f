#include "engine/base/sliding_vector.hpp"

#include <deque>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred {
namespace {

TEST(SlidingVector, HoldsNothingWhileEmpty) {
  const SlidingVector<int> empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.capacity(), 0u);
  EXPECT_EQ(empty.begin(), empty.end());
}

TEST(SlidingVector, DoesWhatADequeDoes) {
  Random random(5);
  SlidingVector<std::string> ours;
  std::deque<std::string> theirs;
  for (int step = 0; step < 20'000; ++step) {
    const std::string value = std::to_string(step) + std::string(20, 'x');
    const auto place = static_cast<std::ptrdiff_t>(random.below(theirs.size() + 1));
    switch (random.below(6)) {
    case 0:
      ours.insert(ours.begin() + place, value);
      theirs.insert(theirs.begin() + place, value);
      break;
    case 1:
      if (place == static_cast<std::ptrdiff_t>(theirs.size())) break;
      ours.erase(ours.begin() + place);
      theirs.erase(theirs.begin() + place);
      break;
    case 2:
    case 3:
      ours.push_back(value);
      theirs.push_back(value);
      break;
    default:
      if (theirs.empty()) break;
      ours.pop_front();
      theirs.pop_front();
    }
    ASSERT_EQ(ours.size(), theirs.size());
    if (theirs.empty()) continue;
    ASSERT_EQ(ours.front(), theirs.front());
    ASSERT_EQ(ours.back(), theirs.back());
    const auto any = random.below(theirs.size());
    ASSERT_EQ(ours[any], theirs[any]);
    ASSERT_TRUE(step % 100 != 0 || std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end()));
    ASSERT_TRUE(step % 100 != 50 || std::equal(ours.rbegin(), ours.rend(), theirs.rbegin(), theirs.rend()));
  }
}

TEST(SlidingVector, AWindowThatSlidesStaysSmall) {
  SlidingVector<std::shared_ptr<int>> window;
  const auto one = std::make_shared<int>(1);
  for (int i = 0; i < 10'000; ++i) {
    window.push_back(one);
    if (window.size() > 96) window.pop_front();
  }
  EXPECT_LE(window.capacity(), 96u * 2) << "of the next power of two";
  EXPECT_EQ(one.use_count(), 97) << "what went holds nothing";
}

TEST(SlidingVector, EqualIsWhatHoldsTheSame) {
  SlidingVector<int> a, b;
  for (int i = 0; i < 10; ++i) a.push_back(i);
  for (int i = 1; i < 10; ++i) b.push_back(i);
  EXPECT_FALSE(a == b);
  a.pop_front();
  EXPECT_EQ(a, b);
  a.erase(a.begin(), a.begin() + 9);
  EXPECT_TRUE(a.empty());
}

} // namespace
} // namespace kindred
