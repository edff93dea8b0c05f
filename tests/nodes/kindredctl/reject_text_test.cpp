#include "nodes/kindredctl/reject_text.hpp"

#include <gtest/gtest.h>

#include "nodes/kindredctl/csv_reader.hpp"

namespace kindred::ctl {
namespace {

const RowError kError{7, {"price", {api::ErrorCode::kInvalidPrice, "no \"amount\", send one", 0}}};

TEST(RejectText, OfACsvIsARowWithOneMoreCell) {
  EXPECT_EQ(csv_reject_header("item,price"), "item,price,error");
  CsvRow row;
  ASSERT_EQ(row.feed(csv_reject("a,\"x, y\"", kError)), CsvRow::State::kComplete);
  EXPECT_EQ(row.cells(), (std::vector<std::string>{"a", "x, y", words_of(kError)}));
}

TEST(RejectText, ABrokenRowStaysBrokenUntilItIsMended) {
  for (const char* row : {"a,\"open", "a,19\" wide", "a,\"b\"c", "a,\"", "a,\"b\"\""}) {
    CsvRow parsed;
    EXPECT_EQ(parsed.feed(csv_reject(row, kError)), CsvRow::State::kBroken) << row;
  }
}

TEST(RejectText, ItsErrorIsFoundAgain) {
  for (const std::string row : {"a,\"open", "a,b", "a,19\" wide", ""})
    EXPECT_EQ(before_error_cell(csv_reject(row, kError)), row.size()) << row;
  for (const std::string row : {"a,b", "a,\"line 7", "a,\"b\""})
    EXPECT_EQ(before_error_cell(row), row.size()) << row;
}

TEST(RejectText, OfNdjsonIsALineInFrontOfTheLine) {
  const std::string text = ndjson_reject("{\"item\": \xff", kError);
  const auto end = text.find('\n');
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(text.substr(end + 1), "{\"item\": \xff") << "as it stood";
  EXPECT_TRUE(is_error_line(text.substr(0, end)));
}

TEST(RejectText, AnItemWithAnErrorIsNoErrorLine) {
  for (const char* line : {R"({"error":"x","item":"a"})", R"({"item":"a"})", R"({"error":)", "", "[]"})
    EXPECT_FALSE(is_error_line(line)) << line;
}

} // namespace
} // namespace kindred::ctl
