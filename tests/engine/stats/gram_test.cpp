#include "engine/stats/gram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Row = std::vector<Gram::Entry>;

constexpr std::size_t kItems = 12;

Row any_row() {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Random random(seed);
  Row row;
  for (std::uint32_t item = 0; item < kItems; ++item)
    if (random.below(2) == 0)
      row.push_back({item, static_cast<std::uint8_t>(1 + random.below(Gram::kWeightMax))});
  return row;
}

Gram sum_of(const std::vector<Row>& rows) {
  Gram gram(kItems);
  for (const Row& row : rows) EXPECT_TRUE(gram.add(row).ok());
  return gram;
}

std::vector<Row> any_rows() {
  std::vector<Row> rows(*rc::gen::inRange<std::size_t>(0, 8));
  for (Row& row : rows) row = any_row();
  return rows;
}

TEST(Gram, CountsPairs) {
  Gram gram(4);
  ASSERT_TRUE(gram.add(Row{{0, 1}, {2, 3}}).ok());
  ASSERT_TRUE(gram.add(Row{{2, 2}, {3, 15}}).ok());
  EXPECT_EQ(gram.users(), 2);
  EXPECT_EQ(gram.at(0, 0), 1);
  EXPECT_EQ(gram.at(0, 2), 3);
  EXPECT_EQ(gram.at(2, 0), 3);
  EXPECT_EQ(gram.at(2, 2), 9 + 4);
  EXPECT_EQ(gram.at(3, 2), 30);
  EXPECT_EQ(gram.at(3, 3), 225);
  EXPECT_EQ(gram.at(1, 3), 0);
  EXPECT_EQ(gram.row(2).size(), 3u);
}

RC_GTEST_PROP(Gram, IsWhatTheSlowWayCounts, ()) {
  const auto rows = any_rows();
  const Gram gram = sum_of(rows);
  for (std::size_t a = 0; a < kItems; ++a) {
    for (std::size_t b = 0; b < kItems; ++b) {
      std::int64_t sum = 0;
      for (const Row& row : rows)
        for (const auto& x : row)
          for (const auto& y : row) sum += x.item == a && y.item == b ? x.weight * y.weight : 0;
      RC_ASSERT(gram.at(a, b) == sum);
    }
  }
}

RC_GTEST_PROP(Gram, IsAGroup, ()) {
  const Gram a = sum_of(any_rows()), b = sum_of(any_rows()), c = sum_of(any_rows());
  const auto plus = [](Gram x, const Gram& y) {
    RC_ASSERT(x.add(y).ok());
    return x;
  };
  RC_ASSERT(plus(a, b) == plus(b, a));
  RC_ASSERT(plus(plus(a, b), c) == plus(a, plus(b, c)));
  RC_ASSERT(plus(a, Gram(kItems)) == a);
  Gram back = plus(a, b);
  back.subtract(b);
  RC_ASSERT(back == a);
}

RC_GTEST_PROP(Gram, TakesAUserBack, ()) {
  const auto rows = any_rows();
  Gram gram = sum_of(rows);
  for (const Row& row : rows) gram.subtract(row);
  RC_ASSERT(gram == Gram(kItems));
}

RC_GTEST_PROP(Gram, TravelsInBlocksOfAnySize, ()) {
  const Gram gram = sum_of(any_rows());
  Gram there(kItems);
  for (std::size_t at = 0; at < kItems;) {
    const auto rows = *rc::gen::inRange<std::size_t>(1, kItems - at + 1);
    RC_ASSERT(there.add_block(gram.block(at, rows)).ok());
    at += rows;
  }
  RC_ASSERT(there == gram);
}

TEST(Gram, BlocksAreTheBytesOfVersionOne) {
  Gram gram(3);
  ASSERT_TRUE(gram.add(Row{{0, 2}, {2, 3}}).ok());
  ByteWriter first, behind;
  first.u8(1);
  first.u32(3); // items
  first.u32(0); // from row
  first.u32(2); // rows
  first.i64(1); // users
  for (const std::int32_t sum : {4, 0, 0}) first.i32(sum);
  EXPECT_EQ(gram.block(0, 2), first.view());
  behind.u8(1);
  behind.u32(3);
  behind.u32(2);
  behind.u32(1);
  behind.i64(0); // users came with the first
  for (const std::int32_t sum : {6, 0, 9}) behind.i32(sum);
  EXPECT_EQ(gram.block(2, 1), behind.view());
}

TEST(Gram, ABlockThatNoOtherWroteIsRefusedAndChangesNothing) {
  const Gram gram = sum_of({Row{{0, 1}, {5, 2}}});
  const Bytes good = gram.block(0, kItems);
  for (std::size_t size = 0; size < good.size(); ++size) {
    Gram there(kItems);
    EXPECT_EQ(there.add_block(BytesView(good).substr(0, size)).error(), Gram::Refusal::kBadBlock) << size;
    EXPECT_EQ(there, Gram(kItems));
  }
  Gram there(kItems);
  EXPECT_EQ(there.add_block(good + "x").error(), Gram::Refusal::kBadBlock);
  EXPECT_EQ(there.add_block("\2" + good.substr(1)).error(), Gram::Refusal::kBadBlock) << "a newer form";
  EXPECT_EQ(Gram(kItems + 1).add_block(good).error(), Gram::Refusal::kBadBlock) << "of other items";
  Bytes behind = gram.block(1, 2);
  behind[5] = static_cast<char>(kItems - 1);
  EXPECT_EQ(there.add_block(behind).error(), Gram::Refusal::kBadBlock) << "rows beyond the last";
  EXPECT_EQ(there, Gram(kItems));
}

TEST(Gram, MoreUsersThanItsNumbersHoldAreRefused) {
  Gram full(1), one(1);
  ASSERT_TRUE(one.add(Row{{0, Gram::kWeightMax}}).ok());
  while (full.users() <= Gram::kUsersMax / 2) { // doubling: 9 million users in two dozen steps
    Gram more(1);
    ASSERT_TRUE(more.add(full.users() == 0 ? one : full).ok());
    ASSERT_TRUE(full.add(more).ok());
  }
  EXPECT_EQ(full.add(full).error(), Gram::Refusal::kTooManyUsers);
  EXPECT_GT(full.at(0, 0), 0) << "no overflow up to here";
  while (full.users() < Gram::kUsersMax) ASSERT_TRUE(full.add(Row{{0, Gram::kWeightMax}}).ok());
  EXPECT_EQ(full.at(0, 0), Gram::kUsersMax * 225);
  EXPECT_EQ(full.add(Row{{0, 1}}).error(), Gram::Refusal::kTooManyUsers);
  EXPECT_EQ(full.add_block(one.block(0, 1)).error(), Gram::Refusal::kTooManyUsers);
  EXPECT_EQ(full.users(), Gram::kUsersMax);
}

TEST(Gram, OfNoItemsIsEmpty) {
  Gram none(0);
  ASSERT_TRUE(none.add(Row{}).ok());
  EXPECT_EQ(none.users(), 1);
  Gram there(0);
  EXPECT_TRUE(there.add_block(none.block(0, 0)).ok());
  EXPECT_EQ(there, none);
}

} // namespace
} // namespace kindred::stats
