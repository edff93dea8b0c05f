#include "nodes/kindredctl/reject_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

namespace kindred::ctl {
namespace {

namespace fs = std::filesystem;

const RowError kError{7, {"", {api::ErrorCode::kMalformed, "mend it", 0}}};

struct Rejects : testing::Test {
  void SetUp() override {
    char name[] = "/tmp/kindred-rejects-XXXXXX";
    place = mkdtemp(name);
    path = (place / "rejects").string();
  }
  void TearDown() override { fs::remove_all(place); }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
  }
  fs::path place;
  std::string path;
};

TEST_F(Rejects, OfACsvBeginWithItsHeader) {
  auto file = RejectFile::create(path, CatalogFormat::kCsv, "item,title");
  ASSERT_TRUE(file);
  file->add("a,b,c", kError);
  file->add("d", kError);
  EXPECT_TRUE(file->close());
  EXPECT_EQ(text(),
            "item,title,error\na,b,c,\"line 7: malformed: mend it\"\nd,\"line 7: malformed: mend it\"\n");
}

TEST_F(Rejects, OfNdjsonHaveTheirErrorsInFront) {
  auto file = RejectFile::create(path, CatalogFormat::kNdjson, "");
  ASSERT_TRUE(file);
  file->add("{", kError);
  EXPECT_TRUE(file->close());
  EXPECT_EQ(text(), "{\"error\":{\"line\":7,\"code\":\"malformed\",\"message\":\"mend it\"}}\n{\n");
}

TEST_F(Rejects, OfAnEarlierImportAreGone) {
  std::ofstream(path) << "old";
  auto file = RejectFile::create(path, CatalogFormat::kCsv, "item");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->close());
  EXPECT_EQ(text(), "");
}

TEST_F(Rejects, ThatCannotBeWrittenSaySo) {
  EXPECT_FALSE(RejectFile::create((place / "nowhere" / "rejects").string(), CatalogFormat::kCsv, "item"));
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full to write to (2026-11-26)";
  auto full = RejectFile::create("/dev/full", CatalogFormat::kCsv, "item");
  ASSERT_TRUE(full);
  full->add("a", kError);
  EXPECT_FALSE(full->close());
}

TEST_F(Rejects, AreNeverWhatIsRead) {
  std::ofstream(path) << "x";
  fs::create_symlink(path, place / "link");
  EXPECT_TRUE(same_file(path, path));
  EXPECT_TRUE(same_file(path, (place / "link").string()));
  EXPECT_FALSE(same_file(path, (place / "other").string()));
  EXPECT_FALSE(same_file("-", path));
}

} // namespace
} // namespace kindred::ctl
