#include "actors/gateway/reject_channel.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

TEST(RejectChannel, KeepsTheNewestAndNoMoreThanItsBound) {
  RejectChannel channel;
  for (std::size_t i = 0; i < kRejectsMax + 10; ++i) channel.add({{}, "u" + std::to_string(i), "", {}});
  EXPECT_EQ(channel.size(), kRejectsMax);
  const auto two = channel.newest(2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].user_id, "u1009");
  EXPECT_EQ(channel.newest(5000).back().user_id, "u10");
}

TEST(RejectChannel, OnlyFaultsOfTheInputGoThere) {
  EXPECT_TRUE(is_fault_of_input(api::ErrorCode::kInvalidPrice));
  EXPECT_TRUE(is_fault_of_input(api::ErrorCode::kMalformed));
  EXPECT_FALSE(is_fault_of_input(api::ErrorCode::kOverloaded));
  EXPECT_FALSE(is_fault_of_input(api::ErrorCode::kLogUnavailable));
}

} // namespace
} // namespace kindred::actors::gateway
