#include "nodes/kindredctl/csv_reader.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/nodes/kindredctl/lines_of.hpp"

namespace kindred::ctl {
namespace {

using Cells = std::vector<std::string>;
using State = CsvRow::State;

TEST(CsvRow, CellsArePartedByCommas) {
  const struct {
    const char* line;
    Cells cells;
  } kRows[] = {
      {"", {""}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {",,", {"", "", ""}},
      {" a , b ", {" a ", " b "}},
      {R"("a","b")", {"a", "b"}},
      {R"("","")", {"", ""}},
      {R"("a,b",c)", {"a,b", "c"}},
      {R"("a ""b""",c)", {R"(a "b")", "c"}},
      {R"("""")", {"\""}},
      {R"("""",x)", {"\"", "x"}},
      {R"(a,"")", {"a", ""}},
  };
  for (const auto& row : kRows) {
    CsvRow parsed;
    EXPECT_EQ(parsed.feed(row.line), State::kComplete) << row.line;
    EXPECT_EQ(parsed.cells(), row.cells) << row.line;
  }
}

TEST(CsvRow, ACellInQuotesMayHaveSeveralLines) {
  CsvRow row;
  EXPECT_EQ(row.feed(R"(a,"one)"), State::kOpen);
  EXPECT_EQ(row.feed(""), State::kOpen);
  EXPECT_EQ(row.feed(R"(say ""two)"), State::kOpen);
  EXPECT_EQ(row.feed(R"(",b)"), State::kComplete);
  EXPECT_EQ(row.cells(), (Cells{"a", "one\n\nsay \"two\n", "b"}));
}

TEST(CsvRow, KnowsWhereItsLastCellBegins) {
  CsvRow row;
  row.feed("a,\"x");
  row.feed("y\",last");
  const std::string text = "a,\"x\ny\",last";
  EXPECT_EQ(text.substr(0, row.before_last()), "a,\"x\ny\"");
}

TEST(CsvRow, AQuoteWhereNoneMayBeIsNotGuessedAbout) {
  for (const char* line : {"a\"b", "a,b\"", R"( "a")", R"("a" ,b)", R"("a"b)", R"("a""b"c,d)"}) {
    CsvRow row;
    EXPECT_EQ(row.feed(line), State::kBroken) << line;
  }
}

struct Read {
  std::vector<CsvRecord> records;
  explicit Read(std::string_view text) {
    auto lines = lines_of(text);
    for (CsvRecord record; next_record(lines, record);) records.push_back(record);
  }
};

TEST(NextRecord, ReadsWhatSpreadsheetsWrite) {
  const Read read("\xEF\xBB\xBFitem,title\r\n\r\na,\"two\r\nlines\"\r\nb,\"c\"");
  ASSERT_EQ(read.records.size(), 3u);
  EXPECT_EQ(read.records[0].cells, (Cells{"item", "title"}));
  EXPECT_EQ(read.records[1].cells, (Cells{"a", "two\nlines"}));
  EXPECT_EQ(read.records[1].line, 3u);
  EXPECT_EQ(read.records[1].text, "a,\"two\nlines\"");
  EXPECT_EQ(read.records[2].cells, (Cells{"b", "c"}));
  EXPECT_EQ(read.records[2].line, 5u);
}

TEST(NextRecord, OneStrayQuoteCostsOneRow) {
  // Closed by a later row's quote, closed by nothing, and in the middle of a cell.
  const Read read("a,\"oops\nb,fine\nc,\"fine, too\"\nd,19\" wide\ne,\"open\nf,fine\n");
  ASSERT_EQ(read.records.size(), 6u);
  for (const std::size_t bad : {0, 3, 4}) {
    ASSERT_TRUE(read.records[bad].error) << bad;
    EXPECT_EQ(read.records[bad].error->code, api::ErrorCode::kMalformed);
    EXPECT_EQ(read.records[bad].line, bad + 1);
    EXPECT_TRUE(read.records[bad].cells.empty());
  }
  EXPECT_EQ(read.records[0].text, "a,\"oops");
  EXPECT_EQ(read.records[1].cells, (Cells{"b", "fine"}));
  EXPECT_EQ(read.records[2].cells, (Cells{"c", "fine, too"}));
  EXPECT_EQ(read.records[5].cells, (Cells{"f", "fine"}));
}

TEST(NextRecord, AnOpenQuoteEndsAtTheBoundOfARow) {
  std::string text = "a,\"open\n";
  const std::size_t rows = 3 * kCsvRecordBytesMax / 4;
  for (std::size_t i = 0; i < rows; ++i) text += "b,c\n";
  const Read read(text);
  ASSERT_EQ(read.records.size(), rows + 1);
  EXPECT_TRUE(read.records[0].error);
  for (std::size_t i = 1; i <= rows; ++i) ASSERT_EQ(read.records[i].cells, (Cells{"b", "c"}));
}

TEST(NextRecord, ARowIsBounded) {
  const std::string most(kCsvRecordBytesMax - 2, 'x');
  const Read read("a," + most + "\nb," + most + "x\nc," + std::string(2 * kLineBytesMax, 'x') + "\nd,e\n");
  ASSERT_EQ(read.records.size(), 4u);
  EXPECT_EQ(read.records[0].cells, (Cells{"a", most}));
  for (const std::size_t bad : {1, 2}) {
    ASSERT_TRUE(read.records[bad].error);
    EXPECT_EQ(read.records[bad].error->code, api::ErrorCode::kTooLarge);
  }
  EXPECT_EQ(read.records[3].cells, (Cells{"d", "e"}));
}

TEST(NextRecord, ARowOfSeveralLinesIsBounded) {
  const std::string half(kCsvRecordBytesMax / 2, 'x');
  const Read read("a,\"" + half + "\n" + half + "\"\nd,e\n");
  ASSERT_EQ(read.records.size(), 3u);
  ASSERT_TRUE(read.records[0].error);
  EXPECT_EQ(read.records[0].error->code, api::ErrorCode::kTooLarge);
  EXPECT_TRUE(read.records[1].error) << "its second line";
  EXPECT_EQ(read.records[2].cells, (Cells{"d", "e"}));
}

TEST(NextRecord, ReadsBackWhateverIsQuoted) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    std::vector<Cells> rows(1 + random.below(5));
    std::string text;
    for (Cells& cells : rows) {
      cells.resize(1 + random.below(4));
      for (std::size_t i = 0; i < cells.size(); ++i) {
        for (auto size = random.below(6); size > 0; --size) cells[i] += "a,\"\n b"[random.below(6)];
        text += (i > 0 ? "," : "") + csv_quoted(cells[i]);
      }
      text += random.below(2) == 0 ? "\n" : "\r\n";
    }
    const Read read(text);
    ASSERT_EQ(read.records.size(), rows.size()) << "seed " << seed;
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(read.records[i].cells, rows[i]) << "seed " << seed;
  }
}

TEST(NextRecord, AnEmptyFileHasNone) {
  EXPECT_TRUE(Read("").records.empty());
  EXPECT_TRUE(Read("\xEF\xBB\xBF\r\n\r\n").records.empty());
}

} // namespace
} // namespace kindred::ctl
