#include "nodes/kindredctl/csv_items.hpp"

#include <gtest/gtest.h>

namespace kindred::ctl {
namespace {

using api::ErrorCode;
using Cells = std::vector<std::string>;

CsvItems items_of(const Cells& header, const CsvTyping& typing = {}) {
  auto items = CsvItems::of(header, typing);
  EXPECT_TRUE(items.ok()) << (items.ok() ? "" : items.error().error.message);
  return items.take();
}

records::Item item_of(const CsvItems& items, const Cells& cells) {
  auto item = items.item_of(cells);
  EXPECT_TRUE(item.ok()) << (item.ok() ? "" : item.error().error.message);
  return item.ok() ? item.take() : records::Item{};
}

TEST(CsvItems, ColumnsMeanWhatTheyMeanInJson) {
  const auto items =
      items_of({"Item", " title ", "PRICE", "currency", "available", "published", "removed", "colour"});
  const auto item = item_of(
      items, {"007", "12", "19.90", "EUR", "FALSE", "1970-01-01T00:00:01Z", "0", "red, \"or\"\nblue"});
  EXPECT_EQ(item.item, "007");
  EXPECT_EQ(item.title, "12");
  EXPECT_EQ(item.price, (Money{199'000, 4, {'E', 'U', 'R'}}));
  EXPECT_FALSE(item.available);
  EXPECT_FALSE(item.removed);
  EXPECT_EQ(item.published, Instant{kSecond.us});
  EXPECT_EQ(item.attributes, (std::vector<records::Property>{{"colour", "red, \"or\"\nblue"}}));
}

TEST(CsvItems, AnEmptyCellIsNotTold) {
  const auto items = items_of({"item", "title", "price", "currency", "available", "published", "colour"});
  records::Item bare;
  bare.item = "a";
  EXPECT_EQ(item_of(items, {"a", "", "", "", "", "", ""}), bare);
}

TEST(CsvItems, FlagsAndTimesHaveTheirForms) {
  const auto items = items_of({"item", "available", "published"});
  for (const char* yes : {"true", "TRUE", "True", "1", " true"})
    EXPECT_TRUE(item_of(items, {"a", yes, ""}).available);
  for (const char* no : {"false", "FALSE", "0"}) EXPECT_FALSE(item_of(items, {"a", no, ""}).available);
  EXPECT_EQ(item_of(items, {"a", "", "1700000000000"}).published, Instant{1'700'000'000'000'000});
  EXPECT_EQ(item_of(items, {"a", "", "-1"}).published, Instant{-1000});
  EXPECT_EQ(item_of(items, {"a", "", "1970-01-02"}).published, Instant{kDay.us});
}

TEST(CsvItems, AttributesAreTypedAsJsonTypesThem) {
  const struct {
    std::string cell;
    records::PropertyValue value;
  } kTyped[] = {
      {"7", std::int64_t{7}},
      {"-7", std::int64_t{-7}},
      {"0", std::int64_t{0}},
      {"4006381333931", std::int64_t{4'006'381'333'931}},
      {"1.5", Fixed::from(1.5).value()},
      {"-0.25", Fixed::from(-0.25).value()},
      {"25e-2", Fixed::from(0.25).value()},
      {"true", true},
      {"false", false},
      {"TRUE", "TRUE"},
      {"null", "null"},
      {"007", "007"},
      {"+7", "+7"},
      {".5", ".5"},
      {"5.", "5."},
      {"1e", "1e"},
      {"1e400", "1e400"},
      {"-", "-"},
      {" 7", " 7"},
      {"12345678901234567890", "12345678901234567890"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"NaN", "NaN"},
      {"0x10", "0x10"},
      {"[1]", "[1]"},
      {"{\"a\":1}", "{\"a\":1}"},
      {"2026-01-01", "2026-01-01"},
  };
  const auto items = items_of({"item", "x"});
  for (const auto& typed : kTyped) {
    const auto item = item_of(items, {"a", typed.cell});
    ASSERT_EQ(item.attributes.size(), 1u) << typed.cell;
    EXPECT_EQ(item.attributes[0].value, typed.value) << typed.cell;
  }
}

TEST(CsvItems, TextAndListsAreToldByFlag) {
  CsvTyping typing{{"code"}, {{"tags", "|"}, {"sizes", ", "}}};
  const auto items = items_of({"item", "code", "category", "brand", "publisher", "tags", "sizes"}, typing);
  const auto item = item_of(items, {"a", "1", "2", "3", "4", "x| y ||7", "S, M"});
  using List = std::vector<std::string>;
  const std::vector<records::Property> attributes{{"code", "1"},
                                                  {"category", "2"},
                                                  {"brand", "3"},
                                                  {"publisher", "4"},
                                                  {"tags", List{"x", "y", "7"}},
                                                  {"sizes", List{"S", "M"}}};
  EXPECT_EQ(item.attributes, attributes);
}

TEST(CsvItems, AnErrorIsPassedOver) {
  const auto items = items_of({"item", "error", "colour", "error"});
  EXPECT_TRUE(items.error_is_last());
  EXPECT_EQ(item_of(items, {"a", "\xff", "red", "line 7"}).attributes,
            (std::vector<records::Property>{{"colour", "red"}}));
  EXPECT_FALSE(items_of({"error", "item"}).error_is_last());
}

TEST(CsvItems, AWrongCellNamesItsColumn) {
  const auto items = items_of({"item", "price", "currency", "published", "available", "colour", "x.y"});
  const std::string long_text(5000, 'x');
  const struct {
    Cells cells;
    std::string column;
    ErrorCode code;
  } kWrong[] = {
      {{"", "1", "", "", "", "", ""}, "item", ErrorCode::kMissingField},
      {{"a", "cheap", "", "", "", "", ""}, "price", ErrorCode::kInvalidPrice},
      {{"a", "19,90", "", "", "", "", ""}, "price", ErrorCode::kInvalidPrice},
      {{"a", "inf", "", "", "", "", ""}, "price", ErrorCode::kInvalidPrice},
      {{"a", "1", "EURO", "", "", "", ""}, "currency", ErrorCode::kInvalidValue},
      {{"a", "", "", "soon", "", "", ""}, "published", ErrorCode::kInvalidTime},
      {{"a", "", "", "", "maybe", "", ""}, "available", ErrorCode::kInvalidValue},
      {{"a", "", "", "", "", "\xff", ""}, "colour", ErrorCode::kInvalidText},
      {{"a", "", "", "", "", long_text, ""}, "colour", ErrorCode::kTooLarge},
      {{"a", "", "", "", "", "", long_text}, "x.y", ErrorCode::kTooLarge},
      {{"a", "", "", "", "", ""}, "", ErrorCode::kMalformed},
      {{"a", "", "", "", "", "", "", ""}, "", ErrorCode::kMalformed},
      {{}, "", ErrorCode::kMalformed},
  };
  for (const auto& wrong : kWrong) {
    const auto item = items.item_of(wrong.cells);
    ASSERT_FALSE(item.ok()) << wrong.column;
    EXPECT_EQ(item.error().field, wrong.column) << item.error().error.message;
    EXPECT_EQ(item.error().error.code, wrong.code) << item.error().error.message;
  }
}

TEST(CsvItems, AHeaderThatSaysTooLittleIsRefused) {
  const struct {
    Cells header;
    CsvTyping typing;
    std::string field;
  } kWrong[] = {
      {{"id", "title"}, {}, "item"},
      {{"item;title"}, {}, "item"},
      {{"item", "colour", " colour "}, {}, "colour"},
      {{"item", "ITEM"}, {}, "item"},
      {{"item", ""}, {}, "column 2"},
      {{"item", "\xff\xfe"}, {}, "column 2"},
      {{"item"}, {{"code"}, {}}, "code"},
      {{"item"}, {{}, {{"tags", "|"}}}, "tags"},
  };
  for (const auto& wrong : kWrong) {
    const auto items = CsvItems::of(wrong.header, wrong.typing);
    ASSERT_FALSE(items.ok()) << wrong.field;
    EXPECT_EQ(items.error().field, wrong.field);
    EXPECT_FALSE(items.error().error.message.empty());
  }
}

} // namespace
} // namespace kindred::ctl
