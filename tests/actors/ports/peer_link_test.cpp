#include "actors/ports/peer_link.hpp"

#include <set>

#include <gtest/gtest.h>

namespace kindred::ports {
namespace {

using peers::MessageKind;

TEST(PeerLink, EveryAskHasAPriorityAndAnAnswer) {
  EXPECT_EQ(priority_of(MessageKind::kForward), PeerPriority::kRequest);
  EXPECT_EQ(priority_of(MessageKind::kStatisticAsk), PeerPriority::kStatistic);
  EXPECT_EQ(priority_of(MessageKind::kModelAsk), PeerPriority::kStatistic);
  EXPECT_EQ(priority_of(MessageKind::kCheckpointAsk), PeerPriority::kCheckpoint);
  EXPECT_EQ(answer_kind_of(MessageKind::kForward), MessageKind::kAnswer);
  for (const auto kind :
       {MessageKind::kNone, MessageKind::kHello, MessageKind::kHeartbeat, MessageKind::kAnswer,
        MessageKind::kStatisticBlock, MessageKind::kCheckpointChunk, MessageKind::kModelChunk})
    EXPECT_EQ(answer_kind_of(kind), MessageKind::kNone);
}

TEST(PeerLink, EveryStateAndErrorHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kPeerStates; ++i) names.insert(name_of(static_cast<PeerState>(i)));
  EXPECT_EQ(names.size(), kPeerStates);
  names.clear();
  for (std::size_t i = 1; i < kPeerErrors; ++i) names.insert(name_of(static_cast<PeerError>(i)));
  EXPECT_EQ(names.size(), kPeerErrors - 1);
}

} // namespace
} // namespace kindred::ports
