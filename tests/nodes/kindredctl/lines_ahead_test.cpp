#include "nodes/kindredctl/lines_ahead.hpp"

#include <gtest/gtest.h>

#include "tests/nodes/kindredctl/lines_of.hpp"

namespace kindred::ctl {
namespace {

std::vector<std::string> all(LinesAhead& lines) {
  std::vector<std::string> texts;
  LinesAhead::Line line;
  while (lines.next(line)) texts.push_back(std::to_string(line.number) + line.text);
  return texts;
}

TEST(LinesAhead, AMarkIsLeftOutInFrontOfTheFirstLineOnly) {
  auto lines = lines_of("\xEF\xBB\xBFone\r\n\xEF\xBB\xBFtwo");
  EXPECT_EQ(all(lines), (std::vector<std::string>{"1one", "2\xEF\xBB\xBFtwo"}));
  EXPECT_FALSE(lines.failed());
}

TEST(LinesAhead, WhatIsPutBackComesAgainInItsOrder) {
  auto lines = lines_of("a\nb\nc\nd\n");
  LinesAhead::Line a, b, c;
  ASSERT_TRUE(lines.next(a) && lines.next(b) && lines.next(c));
  lines.put_back({c});
  lines.put_back({a, b});
  EXPECT_EQ(all(lines), (std::vector<std::string>{"1a", "2b", "3c", "4d"}));
}

TEST(LinesAhead, LinesOfBlanksArePassedOver) {
  auto lines = lines_of("\n  \r\n\t\nx\n\n");
  LinesAhead::Line line;
  ASSERT_TRUE(lines.next_filled(line));
  EXPECT_EQ(line.text, "x");
  EXPECT_EQ(line.number, 4u);
  EXPECT_FALSE(lines.next_filled(line));
  auto empty = lines_of("");
  EXPECT_FALSE(empty.next_filled(line));
}

TEST(LinesAhead, ALineThatWasCutSaysSo) {
  auto lines = lines_of(std::string(kLineBytesMax + 5, 'x') + "\ny\n");
  LinesAhead::Line line;
  ASSERT_TRUE(lines.next(line));
  EXPECT_TRUE(line.too_long);
  ASSERT_TRUE(lines.next(line));
  EXPECT_FALSE(line.too_long);
  EXPECT_EQ(line.text, "y");
}

} // namespace
} // namespace kindred::ctl
