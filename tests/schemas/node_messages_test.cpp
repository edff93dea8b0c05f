#include "schemas/node_messages.hpp"

#include <set>

#include <gtest/gtest.h>

#include "schemas/node_asks.hpp"

namespace kindred::peers {
namespace {

TEST(NodeMessages, EveryRefusalHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRefusals; ++i) names.insert(name_of(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), kRefusals);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(NodeMessages, APartOfACheckpointIsWholeOnlyAsItWasSent) {
  const CheckpointAsk ask{7, 9, "k"};
  CheckpointChunk sent{9, "entries", 0, true, 5};
  sent.checksum = checksum_of(7, sent);
  EXPECT_TRUE(is_whole(ask, sent)) << "of a build that knows no seal";
  sent.seal = seal_of(ask, sent);
  EXPECT_TRUE(is_whole(ask, sent));
  EXPECT_TRUE(is_whole({7, 0, "k"}, sent)) << "the first part tells the number";
  EXPECT_FALSE(is_whole({8, 9, "k"}, sent));
  EXPECT_FALSE(is_whole({7, 8, "k"}, sent));
  EXPECT_FALSE(is_whole({7, 9, "j"}, sent)) << "keys between may be left out";
  CheckpointChunk torn = sent;
  torn.more = false;
  EXPECT_FALSE(is_whole(ask, torn)) << "its rest would never be asked for";
  torn = sent;
  torn.fold_version = 4;
  EXPECT_FALSE(is_whole(ask, torn));
  torn = sent;
  torn.entries += 'x';
  EXPECT_FALSE(is_whole(ask, torn));
}

} // namespace
} // namespace kindred::peers
