#include "nodes/kindredctl/exit_code.hpp"

#include <gtest/gtest.h>

namespace kindred::ctl {
namespace {

TEST(ExitCodes, TellScriptsWhatToDo) {
  EXPECT_EQ(exit_code_of(api::ErrorCode::kNotFound), 3);
  EXPECT_EQ(exit_code_of(api::ErrorCode::kInvalidPrice), 4);
  EXPECT_EQ(exit_code_of(api::ErrorCode::kOverloaded), 5);
  EXPECT_EQ(exit_code_of(api::ErrorCode::kForeignPosition), 7);
  EXPECT_EQ(exit_code_of(api::ErrorCode::kInternal), 1);
  EXPECT_EQ(exit_code_of(client::Failure::kNoAnswer), 5);
  EXPECT_EQ(exit_code_of(client::Failure::kBadEndpoint), 2);
}

TEST(ExitCodes, EveryRefusalHasOneThatIsNotSuccess) {
  for (int code = 1; code <= 29; ++code) {
    EXPECT_NE(exit_code_of(static_cast<api::ErrorCode>(code)), kOk) << code;
  }
}

} // namespace
} // namespace kindred::ctl
