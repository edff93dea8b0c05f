#include "actors/user_shard/turn.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::user_shard {
namespace {

TEST(Turn, IsAskedForOnceAndGivenBack) {
  Turn turn(Work::kRounds);
  Effects out;
  turn.want(true, out);
  turn.want(true, out);
  ASSERT_EQ(out.size(), 1u);
  const auto take = std::get<TakeTurn>(out[0]);
  EXPECT_EQ(take.work, Work::kRounds);
  EXPECT_FALSE(turn.had());
  EXPECT_FALSE(turn.came({Work::kReplay, take.number})) << "of other work";
  EXPECT_TRUE(turn.came({take.work, take.number}));
  EXPECT_TRUE(turn.had());
  turn.want(false, out);
  turn.want(false, out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(std::get<GiveTurn>(out[1]).work, Work::kRounds);
  EXPECT_FALSE(turn.had());
}

/// It was on its way when it was given back; the one asked for since is not there yet.
TEST(Turn, OneThatCameTooLateIsNoTurn) {
  Turn turn(Work::kReplay);
  Effects out;
  turn.want(true, out);
  const auto first = std::get<TakeTurn>(out[0]);
  turn.want(false, out);
  EXPECT_FALSE(turn.came({first.work, first.number}));
  turn.want(true, out);
  EXPECT_FALSE(turn.came({first.work, first.number}));
  EXPECT_FALSE(turn.had());
  const auto second = std::get<TakeTurn>(out[2]);
  EXPECT_TRUE(turn.came({second.work, second.number}));
}

} // namespace
} // namespace kindred::actors::user_shard
