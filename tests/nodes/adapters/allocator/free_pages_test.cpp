#include "nodes/adapters/allocator/free_pages.hpp"

#include <future>
#include <vector>

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

using std::chrono_literals::operator""ms;

/// An allocator that holds so much free; it tells when it was asked while nothing was left to give.
struct Allocator {
  explicit Allocator(std::size_t free) : free(free) {}
  FreePagesOf pages() {
    return {[this] {
              if (free <= FreePages::kKept && !told) {
                told = true;
                settled.set_value();
              }
              return free;
            },
            [this](std::size_t bytes) {
              given.push_back(bytes);
              free -= bytes;
            }};
  }
  std::size_t free;
  bool told = false;
  std::promise<void> settled;
  std::vector<std::size_t> given;
};

TEST(FreePages, GivesBackALittleAtATimeDownToWhatIsKept) {
  Allocator allocator(FreePages::kKept + 2 * FreePages::kAtOnce + 5);
  {
    const FreePages pages(allocator.pages(), 1ms);
    ASSERT_EQ(allocator.settled.get_future().wait_for(10'000ms), std::future_status::ready);
  }
  EXPECT_EQ(allocator.given, (std::vector<std::size_t>{FreePages::kAtOnce, FreePages::kAtOnce, 5}));
  EXPECT_EQ(allocator.free, FreePages::kKept);
}

TEST(FreePages, KeepsWhatIsLittle) {
  Allocator allocator(FreePages::kKept);
  {
    const FreePages pages(allocator.pages(), 1ms);
    ASSERT_EQ(allocator.settled.get_future().wait_for(10'000ms), std::future_status::ready);
  }
  EXPECT_TRUE(allocator.given.empty());
}

TEST(FreePages, LooksMoreOftenWhereMuchIsFree) {
  EXPECT_EQ(FreePages::pause(FreePages::kMany, 100ms), 100ms);
  EXPECT_EQ(FreePages::pause(FreePages::kMany + 1, 100ms), 20ms);
}

// This program is not linked with tcmalloc.
TEST(FreePages, AnAllocatorThatTellsNothingIsLeftAlone) {
  const FreePagesOf pages = own_free_pages();
  EXPECT_EQ(pages.free_bytes(), 0u);
  pages.give_back(1 << 20);
}

TEST(FreePages, EndsAtOnce) {
  Allocator allocator(0);
  const auto before = std::chrono::steady_clock::now();
  { const FreePages pages(allocator.pages(), 3'600'000ms); }
  EXPECT_LT(std::chrono::steady_clock::now() - before, 60'000ms);
}

} // namespace
} // namespace kindred::adapters
