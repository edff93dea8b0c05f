#include "actors/user_shard/warm_up.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::user_shard {
namespace {

/// A turn whose first entries hold so many records each.
bool runs(std::size_t records, std::uint64_t left, std::uint64_t users) {
  WarmUp warm_up;
  warm_up.begin_turn();
  for (std::uint64_t entry = 0; entry < WarmUp::kLookAt; ++entry) {
    EXPECT_FALSE(warm_up.running()) << entry;
    warm_up.folded(records, left, users);
  }
  return warm_up.running();
}

TEST(WarmUp, RunsWhereAsManyLooksCostMore) {
  EXPECT_TRUE(runs(1, 1'000, 1'000));
  EXPECT_TRUE(runs(1, 1'000, 4'000));
  EXPECT_FALSE(runs(1, 1'000, 4'001));
  EXPECT_TRUE(runs(100, 1'000, 400'000)) << "by records, not by entries";
  EXPECT_FALSE(runs(0, 1'000, 1)) << "of nobody";
}

TEST(WarmUp, RunsOnceATurn) {
  WarmUp warm_up;
  warm_up.begin_turn();
  for (int entry = 0; entry < 100; ++entry) {
    warm_up.folded(1, 1'000, 10);
    warm_up.end();
  }
  EXPECT_FALSE(warm_up.running());
  warm_up.begin_turn();
  for (std::uint64_t entry = 0; entry < WarmUp::kLookAt; ++entry) warm_up.folded(1, 1'000, 10);
  EXPECT_TRUE(warm_up.running());
}

} // namespace
} // namespace kindred::actors::user_shard
