#include "nodes/kindredctl/catalog_rows.hpp"

#include <gtest/gtest.h>

#include "nodes/kindredctl/reject_text.hpp"
#include "tests/nodes/kindredctl/lines_of.hpp"

namespace kindred::ctl {
namespace {

CatalogRows rows_of(std::string_view text, std::optional<CatalogFormat> told = std::nullopt) {
  auto rows = CatalogRows::open(lines_of(text), told, {});
  EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().error.message);
  return rows.take();
}

std::vector<CatalogRow> all(CatalogRows& rows) {
  std::vector<CatalogRow> found;
  for (CatalogRow row; rows.next(row);) found.push_back(row);
  return found;
}

TEST(CatalogRows, TheFormatIsSaidByTheNameOrTheFirstLine) {
  EXPECT_EQ(format_of("a.csv"), CatalogFormat::kCsv);
  EXPECT_EQ(format_of("a.csv.gz"), CatalogFormat::kCsv);
  EXPECT_EQ(format_of("a.ndjson.zst"), CatalogFormat::kNdjson);
  EXPECT_EQ(format_of("a.jsonl"), CatalogFormat::kNdjson);
  EXPECT_EQ(format_of("-"), std::nullopt);
  EXPECT_EQ(rows_of("\xEF\xBB\xBF\n {\"item\":1}\n").format(), CatalogFormat::kNdjson);
  EXPECT_EQ(rows_of("item\n").format(), CatalogFormat::kCsv);
  EXPECT_EQ(rows_of("item\n", CatalogFormat::kNdjson).format(), CatalogFormat::kNdjson);
}

TEST(CatalogRows, OfACsvStandBehindItsHeader) {
  auto rows = rows_of("item,title\na,\"x\ny\"\nb,\"oops\nc,z\n");
  EXPECT_EQ(rows.header(), "item,title");
  const auto found = all(rows);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].item.value().title, "x\ny");
  EXPECT_EQ(found[1].line, 4u);
  EXPECT_EQ(found[1].item.error().error.code, api::ErrorCode::kMalformed);
  EXPECT_EQ(found[1].text, "b,\"oops");
  EXPECT_EQ(found[2].item.value().item, "c");
}

TEST(CatalogRows, OfNdjsonAreItsLines) {
  auto rows =
      rows_of("{\"item\":\"a\"}\r\n\n{\"item\":\n{\"error\":{\"line\":1}}\n{\"item\":\"b\",\"error\":1}\n");
  const auto found = all(rows);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].item.value().item, "a");
  EXPECT_EQ(found[1].line, 3u);
  EXPECT_FALSE(found[1].item.ok());
  EXPECT_EQ(found[1].text, "{\"item\":");
  EXPECT_EQ(found[2].item.value().item, "b");
}

TEST(CatalogRows, AFileOfNothingHasNone) {
  for (const char* text : {"", "\n", "\xEF\xBB\xBF"})
    for (const auto told : {std::optional<CatalogFormat>(), std::optional(CatalogFormat::kCsv)}) {
      auto rows = rows_of(text, told);
      EXPECT_TRUE(all(rows).empty());
    }
  auto header = rows_of("item,title\r\n");
  EXPECT_TRUE(all(header).empty());
}

TEST(CatalogRows, WithoutAHeaderNoRowMeansAnything) {
  for (const char* text : {"a,b\nc,d\n", "item,\"title\n", "item,item\n"})
    EXPECT_FALSE(CatalogRows::open(lines_of(text), std::nullopt, {}).ok()) << text;
}

TEST(CatalogRows, WhatWasRejectedTwiceHasOneError) {
  const RowError error{9, {"", {api::ErrorCode::kMalformed, "mend it", 0}}};
  std::string text = csv_reject_header("item,price") + "\n";
  const std::vector<std::string> bad{"a,cheap", "b,\"1", "c", "d,1,2", "\"e\nf\",x"};
  for (const auto& row : bad) text += csv_reject(row, error) + "\n";
  text += "g,x,\nh,1,\n";
  auto rows = rows_of(text);
  EXPECT_EQ(rows.header(), "item,price");
  const auto found = all(rows);
  ASSERT_EQ(found.size(), bad.size() + 2);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_FALSE(found[i].item.ok()) << bad[i];
    EXPECT_EQ(found[i].text, bad[i]);
  }
  EXPECT_EQ(found[bad.size()].text, "g,x") << "an error cell that somebody emptied";
  EXPECT_TRUE(found.back().item.ok());
}

} // namespace
} // namespace kindred::ctl
