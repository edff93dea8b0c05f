#include "nodes/kindred/data_directory.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

class DataDirectoryTest : public testing::Test {
protected:
  Config config(std::optional<std::uint16_t> partitions = {}, std::optional<ClockKind> clock = {}) const {
    Config config;
    config.data_dir = dir_.path() / "data";
    config.partitions = partitions;
    config.clock = clock;
    return config;
  }
  static DirectoryError refusal(const Config& config) {
    const auto opened = DataDirectory::open(config, 2);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? DirectoryError{} : opened.error().code;
  }
  support::TempDir dir_;
};

TEST_F(DataDirectoryTest, IsMadeWithTheDefaults) {
  const auto made = DataDirectory::open(config(), 77);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made.value().partitions(), kPartitionsDefault);
  EXPECT_EQ(made.value().clock(), ClockKind::kWall);
  EXPECT_EQ(made.value().incarnation(), 77u);
  EXPECT_EQ(made.value().log(), dir_.path() / "data" / "log");
  EXPECT_EQ(made.value().state(), dir_.path() / "data" / "state");
}

TEST_F(DataDirectoryTest, KeepsWhatItWasMadeWith) {
  { ASSERT_TRUE(DataDirectory::open(config(4, ClockKind::kEvents), 77).ok()); }
  const auto again = DataDirectory::open(config(), 78);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().partitions(), 4);
  EXPECT_EQ(again.value().clock(), ClockKind::kEvents);
  EXPECT_EQ(again.value().incarnation(), 77u);
}

TEST_F(DataDirectoryTest, RefusesToBecomeAnother) {
  { ASSERT_TRUE(DataDirectory::open(config(4, ClockKind::kEvents), 77).ok()); }
  EXPECT_EQ(refusal(config(8)), DirectoryError::kOtherPartitions);
  EXPECT_EQ(refusal(config(4, ClockKind::kWall)), DirectoryError::kOtherClock);
  Config other = config(4);
  other.node = 2;
  EXPECT_EQ(refusal(other), DirectoryError::kOtherNode);
  EXPECT_TRUE(DataDirectory::open(config(4), 1).ok());
}

TEST_F(DataDirectoryTest, TheRefusalSaysWhatToDo) {
  { ASSERT_TRUE(DataDirectory::open(config(4), 77).ok()); }
  const auto opened = DataDirectory::open(config(8), 1);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().what.find("was made with partitions 4, asked for is 8"), std::string::npos);
  EXPECT_NE(opened.error().what.find("leave the flag out"), std::string::npos);
}

TEST_F(DataDirectoryTest, IsServedOnce) {
  const auto first = DataDirectory::open(config(), 1);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(refusal(config()), DirectoryError::kInUse);
}

TEST_F(DataDirectoryTest, LeavesSomebodyElsesFilesAlone) {
  std::filesystem::create_directories(config().data_dir);
  std::ofstream(config().data_dir / "thesis.txt") << "years";
  EXPECT_EQ(refusal(config()), DirectoryError::kNotOurs);
  EXPECT_FALSE(std::filesystem::exists(config().data_dir / "MANIFEST"));
}

TEST_F(DataDirectoryTest, AManifestThatWasChangedIsNotTrusted) {
  { ASSERT_TRUE(DataDirectory::open(config(4), 1).ok()); }
  std::ofstream(config().data_dir / "MANIFEST") << "torn";
  EXPECT_EQ(refusal(config(4)), DirectoryError::kCorrupt);
}

TEST(DirectoryFailure, EveryFailureOfAnAdapterHasAName) {
  using adapters::OpenError;
  const std::pair<OpenError, DirectoryError> all[] = {
      {OpenError::kInUse, DirectoryError::kInUse},
      {OpenError::kNewerVersion, DirectoryError::kNewerVersion},
      {OpenError::kCorrupt, DirectoryError::kCorrupt},
      {OpenError::kWentBack, DirectoryError::kCorrupt},
      {OpenError::kNoPermission, DirectoryError::kUnusable},
      {OpenError::kDiskFull, DirectoryError::kUnusable},
      {OpenError::kIo, DirectoryError::kUnusable},
      {OpenError::kOtherPartitions, DirectoryError::kOtherPartitions}};
  for (const auto& [from, to] : all) {
    adapters::OpenFailure failure;
    failure.code = from;
    failure.what = "why";
    EXPECT_EQ(failure_of(failure).code, to);
    EXPECT_EQ(failure_of(failure).what, "why");
  }
}

} // namespace
} // namespace kindred::node
