#include "schemas/node_messages.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::peers {
namespace {

TEST(NodeMessages, EveryRefusalHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRefusals; ++i) names.insert(name_of(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusals);
  EXPECT_FALSE(names.contains("unknown"));
}

} // namespace
} // namespace kindred::peers
