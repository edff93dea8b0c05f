#include "nodes/kindredctl/line_source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace kindred::ctl {
namespace {

namespace fs = std::filesystem;

struct Lines : testing::Test {
  void SetUp() override {
    char name[] = "/tmp/kindred-lines-XXXXXX";
    place = mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(place); }

  std::string write(const std::string& bytes) {
    const auto path = place / std::to_string(++files);
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  fs::path place;
  int files = 0;
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::vector<std::string> all(LineSource& lines) {
  std::vector<std::string> texts;
  LineSource::Line line;
  while (lines.next(line)) {
    texts.emplace_back(line.text);
    EXPECT_EQ(line.number, texts.size());
  }
  return texts;
}

std::string many_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + std::string(i % 50, 'x') + "\n";
  return text;
}

TEST_F(Lines, PlainWithAndWithoutALastBreak) {
  auto lines = LineSource::open(write("a\r\n\nb"));
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(all(lines.value()), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_FALSE(lines.value().failed());
}

TEST_F(Lines, PackedOnesReadAsPlainOnes) {
  const std::string text = many_lines(100'000); // several blocks
  auto plain = LineSource::open(write(text));
  auto zipped = LineSource::open(write(gzip(text)));
  auto zstandard = LineSource::open(write(zstd(text)));
  const auto expected = all(plain.value());
  ASSERT_EQ(expected.size(), 100'000u);
  EXPECT_EQ(all(zipped.value()), expected);
  EXPECT_EQ(all(zstandard.value()), expected);
  EXPECT_DOUBLE_EQ(zstandard.value().progress(), 1.0);
}

TEST_F(Lines, SeveralMembersFollowEachOther) {
  auto lines = LineSource::open(write(gzip("a\n") + gzip("b\n")));
  EXPECT_EQ(all(lines.value()), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Lines, ACutStreamIsAnErrorAndNotAnEnd) {
  for (const std::string& packed : {gzip(many_lines(5'000)), zstd(many_lines(5'000))}) {
    auto lines = LineSource::open(write(packed.substr(0, packed.size() / 2)));
    ASSERT_TRUE(lines.ok());
    all(lines.value());
    EXPECT_TRUE(lines.value().failed());
  }
}

TEST_F(Lines, BrokenBytesAreAnError) {
  std::string packed = gzip(many_lines(5'000));
  for (std::size_t i = 20; i < 60; ++i) packed[i] = static_cast<char>(~packed[i]);
  auto lines = LineSource::open(write(packed));
  all(lines.value());
  EXPECT_TRUE(lines.value().failed());
}

TEST_F(Lines, ATooLongLineIsCutAndTheNextOneIsWhole) {
  auto lines = LineSource::open(write(std::string(kLineBytesMax + 10, 'x') + "\nnext\n"));
  LineSource::Line line;
  ASSERT_TRUE(lines.value().next(line));
  EXPECT_TRUE(line.too_long);
  EXPECT_EQ(line.text.size(), kLineBytesMax);
  ASSERT_TRUE(lines.value().next(line));
  EXPECT_FALSE(line.too_long);
  EXPECT_EQ(line.text, "next");
}

TEST_F(Lines, WhatIsNoFileCannotBeOpened) {
  EXPECT_EQ(LineSource::open((place / "nothing").string()).error(), LineError::kCannotOpen);
  EXPECT_EQ(LineSource::open(place.string()).error(), LineError::kCannotOpen);
}

} // namespace
} // namespace kindred::ctl
