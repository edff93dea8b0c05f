#include "schemas/api.hpp"

#include <gtest/gtest.h>

namespace kindred::api {
namespace {

TEST(Queries, SayWhetherTheyAppend) {
  EXPECT_TRUE(is_write(Track{}));
  EXPECT_TRUE(is_write(LinkUsers{}));
  EXPECT_TRUE(is_write(SetTenant{}));
  EXPECT_FALSE(is_write(Decide{}));
  EXPECT_FALSE(is_write(TrainModel{}));
}

TEST(Queries, SayWhomTheyAreAbout) {
  Track track;
  track.event.user_id = "ada";
  EXPECT_EQ(user_of(track), "ada");
  Decide decide;
  decide.user_id = "bob";
  EXPECT_EQ(user_of(decide), "bob");
  EXPECT_EQ(user_of(GetStatus{}), "");
}

} // namespace
} // namespace kindred::api
