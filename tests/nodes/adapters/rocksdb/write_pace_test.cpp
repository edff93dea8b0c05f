#include "nodes/adapters/rocksdb/write_pace.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

constexpr std::int64_t kRate = 1'000'000; // a byte a microsecond
constexpr Duration kBurst{5'000};

TEST(WriteSchedule, ABurstPassesAtOnceThenTheRateHolds) {
  WriteSchedule schedule(kRate, kBurst);
  EXPECT_EQ(schedule.burst_bytes(), 5'000);
  EXPECT_EQ(schedule.reserve(3'000, 1'000).us, 0);
  EXPECT_EQ(schedule.reserve(3'000, 1'000).us, 0) << "not all of the burst was taken";
  EXPECT_EQ(schedule.reserve(1'000, 1'000).us, 1'000) << "so much more than the burst was";
  EXPECT_EQ(schedule.reserve(1'000, 1'000).us, 2'000);
}

TEST(WriteSchedule, WhatNobodyAskedForIsNotSavedUp) {
  WriteSchedule schedule(kRate, kBurst);
  schedule.reserve(1'000, 0);
  EXPECT_EQ(schedule.reserve(5'000, 1'000'000'000).us, 0);
  EXPECT_EQ(schedule.reserve(1, 1'000'000'000).us, 0);
  EXPECT_EQ(schedule.reserve(1, 1'000'000'000).us, 1);
}

TEST(WriteSchedule, OverALongTimeTheRateIsWhatPasses) {
  WriteSchedule schedule(kRate, kBurst);
  std::int64_t now_us = 77, bytes = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t some = 1 + (i * 7919) % 5'000;
    now_us += schedule.reserve(some, now_us).us;
    bytes += some;
  }
  EXPECT_NEAR(static_cast<double>(now_us - 77), static_cast<double>(bytes), 11'000.0);
}

/// Flushes count for compactions, too, and do not wait themselves: what is owed would grow without limit.
TEST(WriteSchedule, NobodyWaitsLongerThanTheMostThatIsOwed) {
  WriteSchedule schedule(kRate, kBurst);
  for (int i = 0; i < 1'000; ++i) EXPECT_LE(schedule.reserve(5'000, 0).us, WriteSchedule::kDebtMax.us);
  EXPECT_EQ(schedule.reserve(1, 0).us, WriteSchedule::kDebtMax.us);
}

/// A flush has IO_HIGH, or IO_USER where writes are slowed or stopped already, and so has a compaction then.
TEST(WritePace, WhatWritesWaitForDoesNotWaitForCompactions) {
  for (const auto urgent : {rocksdb::Env::IO_HIGH, rocksdb::Env::IO_USER}) {
    WritePace pace(kRate, kBurst);
    pace.reserve(50'000, rocksdb::Env::IO_LOW, 0);
    EXPECT_EQ(pace.reserve(5'000, rocksdb::Env::IO_LOW, 0).us, 45'000) << "the burst passed at once";
    EXPECT_EQ(pace.reserve(6'000, urgent, 0).us, 0);
    EXPECT_EQ(pace.reserve(5'000, urgent, 0).us, 1'000) << "they wait for each other";
    EXPECT_EQ(pace.reserve(1, rocksdb::Env::IO_LOW, 0).us, 61'000) << "compactions have what they leave";
  }
}

/// The one it stands in for could forget somebody who waits.
TEST(WritePace, EverybodyWhoAsksGoesOn) {
  WritePace pace(std::int64_t{1} << 40, kBurst);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5'000; ++i)
        pace.Request(1 << 20, t % 2 == 0 ? rocksdb::Env::IO_HIGH : rocksdb::Env::IO_LOW, nullptr);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pace.GetTotalRequests(rocksdb::Env::IO_HIGH), 10'000);
  EXPECT_EQ(pace.GetTotalRequests(rocksdb::Env::IO_TOTAL), 20'000);
  EXPECT_EQ(pace.GetTotalBytesThrough(rocksdb::Env::IO_LOW), std::int64_t{10'000} << 20);
  pace.SetBytesPerSecond(kRate);
  EXPECT_EQ(pace.GetBytesPerSecond(), kRate);
  EXPECT_EQ(pace.GetSingleBurstBytes(), 5'000);
}

} // namespace
} // namespace kindred::adapters
