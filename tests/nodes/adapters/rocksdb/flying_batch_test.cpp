#include "nodes/adapters/rocksdb/flying_batch.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

std::vector<Bytes> keys_of(const std::vector<const FlyingBatch::Change*>& changes) {
  std::vector<Bytes> keys;
  for (const auto* change : changes) keys.push_back(change->key);
  return keys;
}

TEST(FlyingBatch, FindsTheLastChangeOfAKey) {
  const FlyingBatch batch(
      {{{"b", "1"}, {"a", "1"}, {"b", std::nullopt}, {"c", "1"}, {"b", "3"}, {"a", std::nullopt}}});
  ASSERT_NE(batch.find("b"), nullptr);
  EXPECT_EQ(batch.find("b")->value, "3");
  ASSERT_NE(batch.find("a"), nullptr);
  EXPECT_EQ(batch.find("a")->value, std::nullopt);
  EXPECT_EQ(batch.find("aa"), nullptr);
  EXPECT_EQ(batch.find("d"), nullptr);
  EXPECT_EQ(batch.changes().size(), 6u) << "what is written is what was given, in its order";
}

TEST(FlyingBatch, ShowsAPrefixInKeyOrderFromAKeyOn) {
  const FlyingBatch batch({{{"u/2", "2"},
                            {"v", "x"},
                            {"u/10", "10"},
                            {"t", "x"},
                            {"u/1", "1"},
                            {"u/2", "again"},
                            {"\xff", "x"}}});
  EXPECT_EQ(keys_of(batch.with_prefix("u/", "")), (std::vector<Bytes>{"u/1", "u/10", "u/2"}));
  EXPECT_EQ(batch.with_prefix("u/", "").back()->value, "again");
  EXPECT_EQ(keys_of(batch.with_prefix("u/", "u/10")), (std::vector<Bytes>{"u/10", "u/2"}));
  EXPECT_EQ(keys_of(batch.with_prefix("\xff", "")), (std::vector<Bytes>{"\xff"}));
  EXPECT_TRUE(batch.with_prefix("w", "").empty());
  EXPECT_EQ(batch.with_prefix("", "").size(), 6u);
}

TEST(FlyingBatch, SharesWhatItWasMadeFrom) {
  const ports::StoreBatch kept({{"a", Bytes(1000, 'x')}});
  const FlyingBatch flying(kept);
  EXPECT_EQ(flying.find("a"), &kept.changes().front());
}

} // namespace
} // namespace kindred::adapters
