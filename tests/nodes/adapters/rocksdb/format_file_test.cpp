#include "nodes/adapters/rocksdb/format_file.hpp"

#include <gtest/gtest.h>

#include "nodes/adapters/rocksdb/directory_lock.hpp"
#include "tests/nodes/adapters/rocksdb/damage.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::adapters {
namespace {

struct FormatFileTest : testing::Test {
  const support::TempDir place;
  const std::filesystem::path path = place.path() / "FORMAT";
  const FormatFile format{"log", 1, {{"incarnation", ~std::uint64_t{0}}, {"partitions", 16}}};
};

TEST_F(FormatFileTest, ReadsWhatItWrote) {
  EXPECT_EQ(read_format(path, "log", 1).value(), std::nullopt);
  ASSERT_TRUE(write_format(path, format).ok());
  EXPECT_EQ(read_format(path, "log", 1).value(), format);
  EXPECT_EQ(format.field("partitions"), 16u);
  EXPECT_EQ(format.field("made", 7), 7u);
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".new"));
}

TEST_F(FormatFileTest, NoticesEveryFlippedBitAndEveryCut) {
  ASSERT_TRUE(write_format(path, format).ok());
  const std::string good = content_of(path);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    flip_bit(path, byte);
    ASSERT_FALSE(read_format(path, "log", 1).ok()) << "byte " << byte;
    overwrite(path, good.substr(0, byte));
    ASSERT_EQ(read_format(path, "log", 1).error().code, OpenError::kCorrupt) << "cut at " << byte;
    overwrite(path, good);
  }
}

TEST_F(FormatFileTest, TellsAForeignKindAndANewerVersion) {
  ASSERT_TRUE(write_format(path, format).ok());
  EXPECT_EQ(read_format(path, "state", 1).error().code, OpenError::kCorrupt);
  EXPECT_EQ(read_format(path, "log", 0).error().code, OpenError::kNewerVersion);
}

TEST_F(FormatFileTest, CannotBeWrittenWhereThereIsNoDirectory) {
  const auto failure = write_format(place.path() / "none" / "FORMAT", format);
  ASSERT_FALSE(failure.ok());
  EXPECT_EQ(failure.error().code, OpenError::kIo);
}

TEST(DirectoryLock, IsHeldByOneAndGivenUpAtItsEnd) {
  const support::TempDir place;
  const auto directory = place.path() / "a" / "b";
  {
    auto lock = DirectoryLock::take(directory);
    ASSERT_TRUE(lock.ok());
    const DirectoryLock moved = lock.take();
    EXPECT_EQ(DirectoryLock::take(directory).error().code, OpenError::kInUse);
  }
  EXPECT_TRUE(DirectoryLock::take(directory).ok());
}

TEST(DirectoryLock, SaysWhatStandsInTheWay) {
  const support::TempDir place;
  overwrite(place.path() / "file", "");
  EXPECT_EQ(DirectoryLock::take(place.path() / "file" / "below").error().code, OpenError::kIo);
}

} // namespace
} // namespace kindred::adapters
