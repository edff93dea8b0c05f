#include "nodes/kindred/exit_code.hpp"

#include <gtest/gtest.h>

namespace kindred::node {
namespace {

TEST(ExitCode, SaysWhetherWaitingHelps) {
  EXPECT_EQ(exit_code_of(DirectoryError::kInUse), 5);
  EXPECT_EQ(exit_code_of(DirectoryError::kUnusable), 5);
}

TEST(ExitCode, SaysThatThisBuildMayNotServeIt) {
  EXPECT_EQ(exit_code_of(DirectoryError::kNewerVersion), 4);
  EXPECT_EQ(exit_code_of(DirectoryError::kCorrupt), 4);
  EXPECT_EQ(exit_code_of(DirectoryError::kNotOurs), 4);
}

TEST(ExitCode, SaysThatItWasMadeOtherwise) {
  EXPECT_EQ(exit_code_of(DirectoryError::kOtherPartitions), 7);
  EXPECT_EQ(exit_code_of(DirectoryError::kOtherClock), 7);
  EXPECT_EQ(exit_code_of(DirectoryError::kOtherNode), 7);
}

} // namespace
} // namespace kindred::node
