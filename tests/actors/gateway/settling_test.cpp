#include "actors/gateway/settling.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

user_shard::Settled settled(std::uint64_t ticket, std::uint16_t partition, std::uint64_t end,
                            std::optional<Instant> next_due = std::nullopt) {
  return {ticket, partition, end, next_due};
}

std::vector<std::uint16_t> asked(const std::vector<std::pair<PartitionId, user_shard::Settle>>& settles) {
  std::vector<std::uint16_t> partitions;
  for (const auto& [partition, settle] : settles) partitions.push_back(partition.value);
  return partitions;
}

/// Two partitions, settled once.
Settling fresh() {
  Settling settling({0, 0});
  settling.open(1, {});
  settling.on(settled(1, 0, 0));
  settling.on(settled(1, 1, 0));
  return settling;
}

TEST(Settling, AtFirstEveryPartitionIsSettled) {
  Settling settling({5, 0});
  const auto settles = settling.open(1, Instant{10});
  EXPECT_EQ(asked(settles), (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(settles[0].second.end, 5u);
  EXPECT_EQ(settles[0].second.now, Instant{10});
  EXPECT_FALSE(settling.on(settled(1, 0, 5)));
  EXPECT_TRUE(settling.on(settled(1, 1, 0)));
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(Settling, AfterAChangeBesideTheLogsEveryPartitionIs) {
  Settling settling = fresh();
  settling.unsettle();
  EXPECT_EQ(asked(settling.open(2, {})), (std::vector<std::uint16_t>{0, 1}));
  settling.on(settled(2, 0, 0));
  EXPECT_TRUE(settling.on(settled(2, 1, 0)));
  EXPECT_TRUE(settling.open(3, {}).empty());
}

TEST(Settling, NothingChangedNothingAsked) {
  Settling settling = fresh();
  EXPECT_TRUE(settling.open(2, Instant{99}).empty());
  EXPECT_EQ(settling.ticket(), 0u);
}

TEST(Settling, OnlyWhatWasWrittenIsAsked) {
  Settling settling = fresh();
  settling.saw_entry(1, 6);
  const auto settles = settling.open(2, {});
  EXPECT_EQ(asked(settles), std::vector<std::uint16_t>{1});
  EXPECT_EQ(settles[0].second.end, 7u);
  EXPECT_TRUE(settling.on(settled(2, 1, 7)));
  EXPECT_TRUE(settling.open(3, {}).empty());
}

TEST(Settling, ATimerThatIsDueIsAsked) {
  Settling settling = fresh();
  settling.saw_entry(0, 0);
  settling.open(2, {});
  ASSERT_TRUE(settling.on(settled(2, 0, 1, Instant{1000})));
  EXPECT_TRUE(settling.open(3, Instant{999}).empty());
  EXPECT_EQ(asked(settling.open(4, Instant{1000})), std::vector<std::uint16_t>{0});
}

TEST(Settling, WhatTheShardAppendedItselfIsSettledToo) {
  Settling settling = fresh();
  settling.saw_entry(0, 0);
  settling.open(2, {});
  settling.on(settled(2, 0, 3)); // with two ticks of its own
  settling.saw_entry(0, 2);      // known by now
  EXPECT_TRUE(settling.open(3, {}).empty());
}

TEST(Settling, AnAbandonedBarrierIsNotPassedLater) {
  Settling settling = fresh();
  settling.saw_entry(0, 0);
  settling.open(2, {});
  settling.abandon();
  EXPECT_FALSE(settling.on(settled(2, 0, 1))) << "but what it says counts";
  EXPECT_TRUE(settling.open(3, {}).empty());
}

TEST(Settling, AnAnswerToAFormerBarrierDoesNotPassThisOne) {
  Settling settling = fresh();
  settling.saw_entry(0, 0);
  settling.open(2, {});
  settling.abandon();
  settling.saw_entry(0, 1);
  settling.open(3, {});
  EXPECT_FALSE(settling.on(settled(2, 0, 1)));
  EXPECT_TRUE(settling.on(settled(3, 0, 2)));
}

TEST(Settling, APartitionThatIsNoneIsIgnored) {
  Settling settling = fresh();
  EXPECT_FALSE(settling.on(settled(1, 9, 1)));
}

} // namespace
} // namespace kindred::actors::gateway
