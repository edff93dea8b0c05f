#include "engine/base/ids.hpp"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred {
namespace {

static_assert(!std::is_convertible_v<ItemId, AttributeId>, "ids of two kinds must not meet");
static_assert(!std::is_convertible_v<std::uint64_t, ItemId>, "a number is no id by accident");

TEST(Ids, OrderLikeTheirNumbers) {
  EXPECT_LT(ItemId{1}, ItemId{2});
  EXPECT_EQ(ItemId{}, ItemId{0});
  EXPECT_EQ((std::unordered_set<ItemId>{{1}, {2}, {1}}).size(), 2u);
}

TEST(Id128, OrdersByHighThenLow) {
  EXPECT_LT((Id128{1, 9}), (Id128{2, 0}));
  EXPECT_LT((Id128{1, 8}), (Id128{1, 9}));
  EXPECT_TRUE(Id128{}.is_zero());
  EXPECT_FALSE((Id128{0, 1}).is_zero());
  EXPECT_FALSE((Id128{1, 0}).is_zero());
}

TEST(Hex, HighHalfFirstInLowercase) {
  EXPECT_EQ(to_hex({0x0123456789abcdef, 0xfedcba9876543210}), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(to_hex({}), "00000000000000000000000000000000");
}

TEST(Hex, ReadsBothCases) {
  Id128 id;
  ASSERT_TRUE(from_hex("0123456789ABCDEFfedcba9876543210", id));
  EXPECT_EQ(id, (Id128{0x0123456789abcdef, 0xfedcba9876543210}));
}

TEST(Hex, RefusesWhatIsNoId) {
  Id128 id{7, 8};
  for (const char* wrong : {"", "0123", "0123456789abcdeffedcba987654321",
                            "0123456789abcdeffedcba98765432100", "0123456789abcdeffedcba987654321g",
                            "0123456789abcdef-edcba9876543210", " 123456789abcdeffedcba9876543210"})
    EXPECT_FALSE(from_hex(wrong, id)) << wrong;
  EXPECT_EQ(id, (Id128{7, 8})) << "a refused text changes nothing";
}

RC_GTEST_PROP(Hex, ComesBack, (std::uint64_t high, std::uint64_t low)) {
  Id128 id;
  RC_ASSERT(from_hex(to_hex({high, low}), id));
  RC_ASSERT(id == (Id128{high, low}));
}

TEST(UserKey, OrdersByTenantThenUser) {
  EXPECT_LT((UserKey{{1}, "zoe"}), (UserKey{{2}, "ada"}));
  EXPECT_LT((UserKey{{1}, "ada"}), (UserKey{{1}, "zoe"}));
}

} // namespace
} // namespace kindred
