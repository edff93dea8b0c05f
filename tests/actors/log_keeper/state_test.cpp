#include "actors/log_keeper/state.hpp"

#include <map>

#include <gtest/gtest.h>

namespace kindred::actors::log_keeper {
namespace {

constexpr Instant kNow{1'000'000'000'000};
constexpr Duration kKept{kDay * 7};

struct LogKeeper : testing::Test {
  Look look(const Effects& effects) {
    EXPECT_EQ(effects.size(), 1u);
    return std::get<Look>(effects.at(0));
  }
  std::map<std::uint16_t, std::uint64_t> stored; ///< nothing: not this node's
  Probe probe;
  State state{{4, kKept},
              [this](PartitionId partition) {
                const auto known = stored.find(partition.value);
                return known == stored.end() ? std::nullopt : std::optional(known->second);
              },
              probe};
};

TEST_F(LogKeeper, GoesThroughThePartitionsThatAreItsOwn) {
  stored = {{1, 100}, {3, 200}};
  const Look first = look(state.handle(Pulse{kNow}));
  EXPECT_EQ(first.partition, PartitionId{1});
  EXPECT_EQ(first.than, kNow - kKept);
  EXPECT_EQ(first.below, 100u);
  const auto trims = state.handle(Looked{{1}, std::uint64_t{60}});
  ASSERT_EQ(trims.size(), 1u);
  EXPECT_EQ(std::get<Trim>(trims[0]).before, 60u);
  EXPECT_EQ(look(state.handle(Trimmed{{1}, Done{}})).partition, PartitionId{3});
  EXPECT_EQ(std::get<Trim>(state.handle(Looked{{3}, std::uint64_t{7}}).at(0)).partition, PartitionId{3});
  EXPECT_TRUE(state.handle(Trimmed{{3}, Done{}}).empty());
  EXPECT_EQ(probe.trims, 2u);
  EXPECT_EQ(look(state.handle(Pulse{kNow})).partition, PartitionId{1}) << "and again";
}

TEST_F(LogKeeper, NeverAboveWhatEverybodyHasStored) {
  stored = {{0, 100}};
  state.handle(Pulse{kNow});
  stored[0] = 40; // a replica came back with less while the log was looked at
  EXPECT_EQ(std::get<Trim>(state.handle(Looked{{0}, std::uint64_t{90}}).at(0)).before, 40u);
  state.handle(Trimmed{{0}, Done{}});
  state.handle(Pulse{kNow});
  stored.clear(); // or the map changed
  EXPECT_TRUE(state.handle(Looked{{0}, std::uint64_t{40}}).empty());
  EXPECT_EQ(probe.not_all, 1u);
}

TEST_F(LogKeeper, NothingStoredIsNothingToTrim) {
  stored = {{0, 0}, {2, 0}};
  EXPECT_TRUE(state.handle(Pulse{kNow}).empty());
}

TEST_F(LogKeeper, WhatFailsIsLeftForTheNextPulse) {
  stored = {{0, 100}, {1, 100}};
  state.handle(Pulse{kNow});
  EXPECT_TRUE(state.handle(Looked{{0}, ports::LogError::kIo}).empty()) << "the others would wait as long";
  state.handle(Pulse{kNow});
  state.handle(Looked{{0}, std::uint64_t{10}});
  EXPECT_TRUE(state.handle(Trimmed{{0}, ports::LogError::kIo}).empty());
  EXPECT_EQ(probe.failed, 2u);
  EXPECT_EQ(look(state.handle(Pulse{kNow})).partition, PartitionId{0});
}

TEST_F(LogKeeper, APulseInTheMiddleChangesNothing) {
  stored = {{0, 100}};
  state.handle(Pulse{kNow});
  EXPECT_TRUE(state.handle(Pulse{kNow}).empty());
  EXPECT_TRUE(state.handle(Trimmed{{3}, Done{}}).empty()) << "nobody asked";
}

TEST(LogKeeperPulse, IsATenthOfWhatIsKeptWithinBounds) {
  EXPECT_EQ(pulse_of(kSecond), kPulseMin);
  EXPECT_EQ(pulse_of(kMinute), kSecond * 6);
  EXPECT_EQ(pulse_of(kDay * 7), kPulseMax);
}

} // namespace
} // namespace kindred::actors::log_keeper
