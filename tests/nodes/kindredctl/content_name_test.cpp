#include "nodes/kindredctl/content_name.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/support/temp_dir.hpp"

namespace kindred::ctl {
namespace {

class ContentNameTest : public testing::Test {
protected:
  std::string written(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string packed(const std::string& name, const std::string& text) {
    gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path(name);
  }
  std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
  static std::string name_of(const std::string& path) {
    auto lines = LineSource::open(path);
    EXPECT_TRUE(lines.ok());
    const auto content = content_name(lines.value());
    return content.ok() ? content.value().name : "broken";
  }

  support::TempDir dir_;
};

TEST_F(ContentNameTest, TheSameLinesHaveOneNameWhateverTheFileIsCalled) {
  const std::string text = "{\"a\":1}\n{\"b\":2}\n";
  const std::string name = name_of(written("one.ndjson", text));
  EXPECT_TRUE(name.starts_with("content:"));
  EXPECT_EQ(name.size(), 8u + 32);
  EXPECT_EQ(name_of(written("two", text)), name);
  EXPECT_EQ(name_of(packed("three.gz", text)), name) << "packed";
}

TEST_F(ContentNameTest, AnyOtherLineMakesAnother) {
  const std::string name = name_of(written("one", "a\nb\n"));
  EXPECT_NE(name_of(written("two", "a\nb\nc\n")), name) << "grown";
  EXPECT_NE(name_of(written("two", "b\na\n")), name) << "turned";
  EXPECT_NE(name_of(written("two", "ab\n")), name);
  EXPECT_NE(name_of(written("two", "a\n\nb\n")), name) << "an empty line moves the numbers";
  EXPECT_NE(name_of(written("two", "")), name);
}

TEST_F(ContentNameTest, SaysHowManyLinesThereAre) {
  auto lines = LineSource::open(written("one", "a\n\nb"));
  EXPECT_EQ(content_name(lines.value()).value().lines, 3u);
}

TEST_F(ContentNameTest, ABrokenInputHasNone) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "line " + std::to_string(i) + "\n";
  const std::string whole = packed("whole.gz", text);
  std::ifstream in(whole, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(name_of(written("cut.gz", bytes.substr(0, bytes.size() / 2))), "broken");
}

} // namespace
} // namespace kindred::ctl
