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

/// Who has no work for a moment, since a batch is written, would be the last again each time.
TEST(Turn, KeepsItsPlaceWhileItIsWaitedFor) {
  Turn turn(Work::kRounds);
  Effects out;
  turn.want(true, out);
  turn.want(false, out);
  turn.want(true, out);
  ASSERT_EQ(out.size(), 1u);
  turn.want(false, out);
  const auto take = std::get<TakeTurn>(out[0]);
  EXPECT_TRUE(turn.came({take.work, take.number}));
  turn.want(false, out);
  ASSERT_EQ(out.size(), 2u) << "and is given back when it comes too late";
  EXPECT_TRUE(std::holds_alternative<GiveTurn>(out[1]));
}

TEST(Turn, AnotherThanTheOneAskedForIsNone) {
  Turn turn(Work::kReplay);
  Effects out;
  turn.want(true, out);
  const auto first = std::get<TakeTurn>(out[0]);
  EXPECT_TRUE(turn.came({first.work, first.number}));
  turn.want(false, out);
  turn.want(true, out);
  EXPECT_FALSE(turn.came({first.work, first.number}));
  EXPECT_FALSE(turn.had());
}

} // namespace
} // namespace kindred::actors::user_shard
