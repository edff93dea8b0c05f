#include "engine/profiles/erased_ids.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::profiles {
namespace {

TEST(ErasedIds, KnowsWhatItWasTold) {
  ErasedIds ids;
  EXPECT_TRUE(ids.empty());
  EXPECT_FALSE(ids.contains({1, 1}));
  ids.add({{3, 3}, {1, 1}, {1, 1}});
  ids.add({{}, {3, 3}});
  EXPECT_EQ(ids.size(), 3u) << "each once";
  EXPECT_TRUE(ids.contains({1, 1}));
  EXPECT_TRUE(ids.contains({3, 3}));
  EXPECT_TRUE(ids.contains({})) << "even the zero id is an id";
  EXPECT_FALSE(ids.contains({1, 2}));
  EXPECT_FALSE(ids.contains({2, 1}));
}

TEST(ErasedIds, TheBytesDoNotTellTheOrder) {
  ErasedIds one, other;
  one.add({{1, 2}, {5, 0}, {3, 9}});
  other.add({{3, 9}});
  other.add({{5, 0}, {1, 2}});
  EXPECT_EQ(one.canonical(), other.canonical());
  EXPECT_EQ(one.canonical().size(), 5u + 3 * 16);
}

TEST(ErasedIds, ComeBackFromTheirBytes) {
  Random random(4);
  std::set<RecordId> told;
  ErasedIds ids;
  for (int i = 0; i < 500; ++i) {
    const RecordId id{random.below(7), random.next()};
    told.insert(id);
    ids.add({id});
  }
  const auto read = ErasedIds::from(ids.canonical());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->size(), told.size());
  for (const RecordId& id : told) EXPECT_TRUE(read->contains(id));
  EXPECT_EQ(read->canonical(), ids.canonical());
  EXPECT_TRUE(ErasedIds::from(ErasedIds().canonical())->empty());
}

TEST(ErasedIds, RefusesWhatItDoesNotWrite) {
  ErasedIds ids;
  ids.add({{1, 1}, {2, 2}});
  const Bytes good = ids.canonical();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(ErasedIds::from(BytesView(good).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(ErasedIds::from(good + "x").has_value());
  Bytes newer = good;
  newer[0] = 2;
  EXPECT_FALSE(ErasedIds::from(newer).has_value());
  const Bytes twice = good.substr(0, 5) + good.substr(5, 16) + good.substr(5, 16);
  EXPECT_FALSE(ErasedIds::from(twice).has_value());
  const Bytes turned = good.substr(0, 5) + good.substr(21, 16) + good.substr(5, 16);
  EXPECT_FALSE(ErasedIds::from(turned).has_value());
}

} // namespace
} // namespace kindred::profiles
