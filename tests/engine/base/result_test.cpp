#include "engine/base/result.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kindred {
namespace {

enum class DoorError { kLocked, kGone };

Result<std::string, DoorError> open_door(bool locked) {
  if (locked) return DoorError::kLocked;
  return std::string("hall");
}

TEST(Result, HoldsTheValueWhenItWentWell) {
  const auto room = open_door(false);
  ASSERT_TRUE(room.ok());
  EXPECT_EQ(room.value(), "hall");
}

TEST(Result, HoldsTheReasonWhenItDidNot) {
  const auto room = open_door(true);
  ASSERT_FALSE(room.ok());
  EXPECT_EQ(room.error(), DoorError::kLocked);
}

TEST(ResultDeathTest, AskingForAValueThatIsNotThereIsOurBug) {
  EXPECT_DEATH({ [[maybe_unused]] const auto& value = open_door(true).value(); }, "ok\\(\\)");
}

TEST(ResultDeathTest, AskingForAReasonThatIsNotThereIsOurBug) {
  EXPECT_DEATH({ [[maybe_unused]] const auto code = open_door(false).error(); }, "ok\\(\\)");
}

} // namespace
} // namespace kindred
