#include "engine/learners/clustering/lineage.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::learners {
namespace {

using Ids = std::vector<std::optional<std::size_t>>;

std::int64_t gained(const Overlap& gain, const Ids& ids) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < ids.size(); ++j) sum += ids[j] ? gain.at(*ids[j], j) : 0;
  return sum;
}

/// All permutations of the longer side over the shorter one.
std::int64_t best_of_all(const Overlap& gain) {
  const std::size_t longer = std::max(gain.before, gain.after);
  std::vector<std::size_t> order(longer);
  std::iota(order.begin(), order.end(), 0);
  std::int64_t best = 0;
  do {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < std::min(gain.before, gain.after); ++k)
      sum += gain.before < gain.after ? gain.at(k, order[k]) : gain.at(order[k], k);
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

RC_GTEST_PROP(Assign, IsTheBestOfAllAssignments, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  Overlap gain{1 + random.below(6), 1 + random.below(6), {}};
  for (std::size_t i = 0; i < gain.before * gain.after; ++i)
    gain.members.push_back(random.below(3) == 0 ? 0 : static_cast<std::int64_t>(random.below(50)));
  const Ids ids = assign(gain);
  RC_ASSERT(ids.size() == gain.after);
  std::vector<std::size_t> used;
  for (std::size_t j = 0; j < ids.size(); ++j) {
    if (!ids[j]) continue;
    RC_ASSERT(gain.at(*ids[j], j) > 0);
    used.push_back(*ids[j]);
  }
  std::sort(used.begin(), used.end());
  RC_ASSERT(std::adjacent_find(used.begin(), used.end()) == used.end());
  RC_ASSERT(gained(gain, ids) == best_of_all(gain));
}

TEST(Assign, OfNothingIsNothing) {
  EXPECT_EQ(assign({0, 2, {}}), Ids(2));
  EXPECT_EQ(assign({2, 0, {}}), Ids());
  EXPECT_EQ(assign({1, 1, {0}}), Ids(1)) << "no member, no id";
}

TEST(TraceLineage, NumbersMayChangeMembersKeepTheirIds) {
  const Lineage lineage = trace_lineage({3, 3, {0, 95, 5, 90, 2, 8, 1, 3, 96}}, 0.2);
  EXPECT_EQ(lineage.continues, (Ids{1, 0, 2}));
  EXPECT_TRUE(lineage.splits.empty());
  EXPECT_TRUE(lineage.merges.empty());
}

TEST(TraceLineage, NamesASplitAndAMerge) {
  // 0 falls in two, 1 and 2 become one, 3 stays.
  const Lineage lineage = trace_lineage({4, 4, {60, 40, 0, 0, 1, 0, 50, 0, 0, 1, 45, 0, 0, 0, 2, 80}}, 0.2);
  EXPECT_EQ(lineage.continues, (Ids{0, std::nullopt, 1, 3})) << "one member of 41 does not carry an id over";
  ASSERT_EQ(lineage.splits.size(), 1u);
  EXPECT_EQ(lineage.splits[0], (Lineage::Split{0, {0, 1}}));
  ASSERT_EQ(lineage.merges.size(), 1u);
  EXPECT_EQ(lineage.merges[0], (Lineage::Merge{{1, 2}, 2}));
}

TEST(TraceLineage, MoreNewGroupsThanOldGetNewIds) {
  const Lineage lineage = trace_lineage({1, 3, {10, 70, 20}}, 0.2);
  EXPECT_EQ(lineage.continues, (Ids{std::nullopt, 0, std::nullopt}));
  EXPECT_EQ(lineage.splits.at(0), (Lineage::Split{0, {1, 2}}));
}

TEST(TraceLineage, AnOldGroupWithoutMembersEnds) {
  const Lineage lineage = trace_lineage({2, 1, {0, 30}}, 0.2);
  EXPECT_EQ(lineage.continues, (Ids{1}));
  EXPECT_TRUE(lineage.splits.empty());
  EXPECT_TRUE(lineage.merges.empty());
}

} // namespace
} // namespace kindred::learners
