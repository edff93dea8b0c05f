#include "engine/decisions/add_evidence.hpp"

#include <bit>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"

namespace kindred::decisions {
namespace {

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

TEST(EvidenceOf, IsTheLogarithmOfOneMore) {
  EXPECT_EQ(evidence_of(0, 32), 0);
  EXPECT_EQ(evidence_of(3, 1), 2);
  EXPECT_NEAR(evidence_of(0.5f, 32), std::log2(17.0), 1e-6);
  EXPECT_EQ(evidence_of(-5, 32), 0);
}

TEST(AddEvidence, AddsToWhatIsThereAndLeavesTheRest) {
  std::vector<float> out{1, 2, 3, 4, 5};
  add_evidence(std::vector<float>{3, 0, -9, 1}, 1, 10, out);
  EXPECT_EQ(out, (std::vector<float>{21, 2, 3, 14, 5}));
}

TEST(AddEvidence, OfNothingChangesNothing) {
  std::vector<float> out{1, 2};
  add_evidence({}, 32, 5, out);
  EXPECT_EQ(out, (std::vector<float>{1, 2}));
}

// Every width, and one at a time, give the same bits; zeros and negatives among them.
RC_GTEST_PROP(AddEvidence, EveryWayGivesTheSameBits, (std::uint64_t seed, std::uint8_t size)) {
  Random chance(seed);
  std::vector<float> x, start;
  for (std::uint8_t i = 0; i < size; ++i) {
    const double magnitude = std::exp2(chance.uniform() * 60 - 20);
    const std::uint64_t kind = chance.below(4);
    x.push_back(kind == 0 ? 0.0f : static_cast<float>(kind == 1 ? -magnitude : magnitude));
    start.push_back(static_cast<float>(chance.uniform() * 20 - 10));
  }
  std::vector<float> one_by_one = start, narrow = start, wide = start, chosen = start;
  for (std::size_t i = 0; i < x.size(); ++i) one_by_one[i] += 0.7f * evidence_of(x[i], 32);
  add_evidence_narrow(x, 32, 0.7f, narrow);
  if (has_wide_evidence())
    add_evidence_wide(x, 32, 0.7f, wide);
  else
    wide = narrow;
  add_evidence(x, 32, 0.7f, chosen);
  RC_ASSERT(bits_of(narrow) == bits_of(one_by_one));
  RC_ASSERT(bits_of(wide) == bits_of(one_by_one));
  RC_ASSERT(bits_of(chosen) == bits_of(one_by_one));
}

} // namespace
} // namespace kindred::decisions
