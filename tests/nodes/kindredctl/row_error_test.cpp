#include "nodes/kindredctl/row_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kindred::ctl {
namespace {

TEST(RowError, SaysLineColumnCodeAndWhatToDo) {
  const RowError error{7, {"price", {api::ErrorCode::kInvalidPrice, "no amount: send one", 0}}};
  EXPECT_EQ(words_of(error), "line 7, price: invalidPrice: no amount: send one");
  EXPECT_EQ(json::dump(to_json(error)),
            R"({"line":7,"column":"price","code":"invalidPrice","message":"no amount: send one"})");
}

TEST(RowError, OfTheRowAsAWholeHasNoColumnAndStaysInOneLine) {
  const RowError error{8, {"", {api::ErrorCode::kMalformed, "a\nb", 0}}};
  EXPECT_EQ(words_of(error), "line 8: malformed: a b");
  EXPECT_FALSE(to_json(error).contains("column"));
}

} // namespace
} // namespace kindred::ctl
