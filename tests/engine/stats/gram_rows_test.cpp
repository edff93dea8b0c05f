#include "engine/stats/gram_rows.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::stats {
namespace {

using Row = std::vector<Gram::Entry>;

std::vector<Row> rows_of(std::uint64_t seed, std::size_t items, std::size_t users) {
  Random random(seed);
  std::vector<Row> rows(users);
  for (Row& row : rows)
    for (std::uint32_t item = 0; item < items; ++item)
      if (random.below(3) == 0)
        row.push_back({item, static_cast<std::uint8_t>(1 + random.below(Gram::kWeightMax))});
  return rows;
}

// Whatever the range: the same bytes as a block of the whole matrix, so that nobody needs to hold one.
RC_GTEST_PROP(GramRows, AreABlockOfTheWholeMatrix, (std::uint64_t seed)) {
  Random random(seed);
  const std::size_t items = 1 + random.below(20);
  const auto rows = rows_of(seed, items, random.below(9));
  Gram whole(items);
  for (const Row& row : rows) RC_ASSERT(whole.add(row).ok());
  const std::size_t first = random.below(items), count = 1 + random.below(items - first);
  GramRows part(items, first, count);
  for (std::size_t i = rows.size(); i-- > 0;) RC_ASSERT(part.add(rows[i]).ok()); // in any order
  RC_ASSERT(part.canonical() == whole.block(first, count));
  RC_ASSERT(GramRows::is_block(part.canonical(), items, first, count));
}

TEST(GramRows, SayHowManyPairsTheyTook) {
  GramRows rows(10, 4, 3); // 4, 5, 6
  EXPECT_EQ(rows.add(Row{{0, 1}, {4, 1}, {6, 1}, {7, 1}}).value(), 2u + 3u);
  EXPECT_EQ(rows.add(Row{{0, 1}, {3, 1}, {9, 1}}).value(), 0u);
  EXPECT_EQ(rows.add(Row{}).value(), 0u);
}

TEST(GramRows, UsersAreCountedOnceInTheFirstBlock) {
  const auto rows = rows_of(3, 9, 7);
  Gram there(9);
  for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 2}, {2, 5}, {7, 2}}) {
    GramRows part(9, first, count);
    for (const Row& row : rows) ASSERT_TRUE(part.add(row).ok());
    ASSERT_TRUE(there.add_block(part.canonical()).ok());
  }
  EXPECT_EQ(there.users(), 7);
}

TEST(GramRows, OtherBytesAreNoBlockOfTheseRows) {
  const Bytes good = GramRows(9, 2, 3).canonical();
  ASSERT_TRUE(GramRows::is_block(good, 9, 2, 3));
  EXPECT_FALSE(GramRows::is_block(good, 9, 2, 4));
  EXPECT_FALSE(GramRows::is_block(good, 9, 1, 3));
  EXPECT_FALSE(GramRows::is_block(good, 8, 2, 3));
  EXPECT_FALSE(GramRows::is_block(good + "x", 9, 2, 3));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(GramRows::is_block(good.substr(0, size), 9, 2, 3)) << size;
}

TEST(GramRows, RangesFillTheirBytesAndCoverEveryRowOnce) {
  for (const std::size_t items : {1u, 2u, 100u, 1'000u}) {
    for (const std::size_t bytes : {1u, 4'000u, 100'000u}) {
      std::size_t first = 0;
      while (first < items) {
        const std::size_t rows = GramRows::rows_within(items, first, bytes);
        ASSERT_GE(rows, 1u);
        ASSERT_LE(first + rows, items);
        const std::size_t header = GramRows(items, first, 0).canonical().size();
        const std::size_t took = GramRows(items, first, rows).canonical().size() - header;
        EXPECT_TRUE(rows == 1 || took <= bytes) << items << ", " << first;
        const bool is_last = first + rows == items;
        EXPECT_TRUE(is_last || GramRows(items, first, rows + 1).canonical().size() - header > bytes)
            << "room was left";
        first += rows;
      }
    }
  }
}

TEST(GramRows, AMatrixOfTheMostItemsTravelsInBlocksOfSomeMebibytes) {
  std::size_t blocks = 0;
  for (std::size_t first = 0; first < Gram::kItemsMax; ++blocks)
    first += GramRows::rows_within(Gram::kItemsMax, first, 4 << 20);
  EXPECT_LT(blocks, 60u);
}

} // namespace
} // namespace kindred::stats
