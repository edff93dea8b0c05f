#include "engine/base/key_changes.hpp"

#include <gtest/gtest.h>

namespace kindred {
namespace {

TEST(KeyChanges, CopiesShareWhatNobodyChanges) {
  const KeyChanges none;
  EXPECT_TRUE(none.empty());
  KeyChanges changes(std::vector<KeyChange>{{"a", "1"}, {"b", std::nullopt}});
  const KeyChanges copy = changes;
  EXPECT_EQ(&copy.all(), &changes.all());
  changes = none;
  ASSERT_EQ(copy.size(), 2u);
  EXPECT_EQ(copy[0].value, "1");
  EXPECT_EQ(copy[1].key, "b");
  EXPECT_EQ(copy[1].value, std::nullopt);
  std::size_t seen = 0;
  for (const KeyChange& change : copy) seen += change.key.size();
  EXPECT_EQ(seen, 2u);
}

} // namespace
} // namespace kindred
