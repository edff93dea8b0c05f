#include "engine/learners/linear_algebra/aligned_floats.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace kindred::learners {
namespace {

TEST(AlignedFloats, BeginAtACacheLine) {
  for (const std::size_t count : {1u, 7u, 100u, 4'097u})
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(AlignedFloats(count).data()) % 64, 0u) << count;
}

TEST(AlignedFloats, GrowAndNeverShrink) {
  AlignedFloats floats;
  EXPECT_EQ(floats.size(), 0u);
  floats.at_least(10);
  EXPECT_EQ(floats.size(), 10u);
  floats.data()[9] = 3;
  floats.at_least(5);
  EXPECT_EQ(floats.size(), 10u);
  EXPECT_EQ(floats.data()[9], 3) << "what fits stays";
  floats.at_least(11);
  EXPECT_EQ(floats.size(), 11u);
}

TEST(AlignedFloats, HaveOneOwner) {
  AlignedFloats first(3);
  float* const at = first.data();
  const AlignedFloats second = std::move(first);
  EXPECT_EQ(second.data(), at);
}

} // namespace
} // namespace kindred::learners
