#include "engine/decisions/attribute_counts.hpp"

#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/math.hpp"

namespace kindred::decisions {
namespace {

TEST(AttributeCounts, StartsEmpty) {
  const AttributeCounts counts;
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(counts.count({7}), 0u);
  EXPECT_EQ(counts.evidence({7}), 0.0f);
}

TEST(AttributeCounts, EvidenceIsTheLogarithmOfOneMore) {
  AttributeCounts counts;
  for (int i = 0; i < 3; ++i) counts.add({7});
  counts.freeze();
  EXPECT_EQ(counts.count({7}), 3u);
  EXPECT_EQ(counts.evidence({7}), 2.0f);
}

TEST(AttributeCounts, IdZeroIsNoAttribute) {
  AttributeCounts counts;
  counts.add({0});
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(counts.count({0}), 0u);
}

TEST(AttributeCounts, KeepsTheFirstKMaxAttributesAndCountsThemOn) {
  AttributeCounts counts;
  for (std::uint64_t id = 1; id <= 2 * AttributeCounts::kMax; ++id) counts.add({id});
  counts.add({1});
  counts.freeze();
  EXPECT_EQ(counts.count({1}), 2u);
  EXPECT_EQ(counts.count({AttributeCounts::kMax}), 1u);
  EXPECT_EQ(counts.count({AttributeCounts::kMax + 1}), 0u);
}

// Ids that fall on the same place of the table stay apart.
RC_GTEST_PROP(AttributeCounts, AgreesWithAMap, (const std::vector<std::uint8_t>& chances)) {
  AttributeCounts counts;
  for (int round = 0; round < 2; ++round) { // the second round finds nothing of the first
    counts.clear();
    std::map<std::uint64_t, std::uint32_t> model;
    for (const std::uint8_t chance : chances) {
      const std::uint64_t id = (chance % 16 + 1) * 1024ULL + (chance / 128u);
      counts.add({id});
      ++model[id];
    }
    counts.freeze();
    for (const auto& [id, count] : model) {
      RC_ASSERT(counts.count({id}) == count);
      RC_ASSERT(counts.evidence({id}) == portable_log2(1.0f + static_cast<float>(count)));
    }
    RC_ASSERT(counts.count({99 * 1024}) == 0u);
    RC_ASSERT(counts.empty() == model.empty());
  }
}

} // namespace
} // namespace kindred::decisions
