#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "nodes/adapters/rocksdb/rocks_log.hpp"
#include "tests/actors/ports/log_world.hpp"
#include "tests/support/temp_dir.hpp"

// A disk that is really full: a small tmpfs.

namespace kindred::adapters {
namespace {

using ports::LogError;
using ports::Verdict;
using ports::Verdicts;
using records::Stream;

constexpr Stream kZero{records::Topic::kEvents, {0}};

struct SmallDisk : testing::Test {
  void SetUp() override {
    if (::mount("kindred-test", place.path().c_str(), "tmpfs", 0, "size=24m") != 0) {
      GTEST_SKIP() << "mounting a tmpfs is not allowed here (2026-11-23): " << std::strerror(errno);
    }
    mounted = true;
  }
  void TearDown() override {
    if (mounted) ::umount2(place.path().c_str(), MNT_DETACH);
  }
  std::unique_ptr<RocksLog> open(std::uint64_t free_bytes_min) const {
    RocksLog::Settings settings;
    settings.directory = place.path() / "log";
    settings.partitions = 1;
    settings.free_bytes_min = free_bytes_min;
    settings.try_again = std::chrono::milliseconds(1);
    auto log = RocksLog::open(settings);
    if (!log.ok()) ADD_FAILURE() << log.error().what;
    return log.ok() ? log.take() : nullptr;
  }
  static Verdict put(RocksLog& log, Bytes entry) {
    Verdicts verdicts;
    log.produce(kZero, std::move(entry), verdicts.taker());
    EXPECT_TRUE(verdicts.wait_for(1));
    return verdicts.got().front().second;
  }
  static Bytes entry(std::uint64_t n) { // not compressible
    Bytes bytes(64 << 10, '\0');
    for (auto& byte : bytes)
      byte = static_cast<char>((n = n * 6364136223846793005u + 1442695040888963407u) >> 56);
    return bytes;
  }
  static std::vector<std::uint64_t> everything(RocksLog& log) {
    std::vector<std::uint64_t> offsets;
    const auto end = log.bounds(kZero).value().end;
    for (std::uint64_t at = 0; at < end;) {
      const auto entries = log.read(kZero, at, 1 << 20);
      if (!entries.ok()) {
        ADD_FAILURE() << name_of(entries.error());
        break;
      }
      for (const auto& got : entries.value()) offsets.push_back(got.offset);
      at = offsets.back() + 1;
    }
    return offsets;
  }
  /// Room taken by others, given back by removing it.
  void ballast(std::size_t bytes) const {
    std::ofstream(place.path() / "ballast") << std::string(bytes, 'x');
  }

  const support::TempDir place;
  bool mounted = false;
};

void fill_and_recover(SmallDisk& disk, std::uint64_t free_bytes_min, const std::filesystem::path& ballast) {
  auto log = disk.open(free_bytes_min);
  ASSERT_NE(log, nullptr);
  std::vector<std::uint64_t> acked;
  Verdict verdict;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    verdict = SmallDisk::put(*log, SmallDisk::entry(n));
    if (verdict.kind != Verdict::Kind::kAcked) break;
    acked.push_back(verdict.offset);
  }
  ASSERT_NE(verdict.kind, Verdict::Kind::kAcked) << "the disk was never full";
  EXPECT_EQ(verdict.error, LogError::kDiskFull);
  const Verdict next = SmallDisk::put(*log, "small");
  EXPECT_EQ(next.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(next.error, LogError::kDiskFull);
  EXPECT_NE(log->why(), "");

  std::filesystem::remove(ballast);
  const auto give_up = std::chrono::steady_clock::now() + ports::kPatience;
  while ((verdict = SmallDisk::put(*log, "after")).kind != Verdict::Kind::kAcked) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << log->why();
  }
  acked.push_back(verdict.offset);
  log.reset();
  log = disk.open(0);
  ASSERT_NE(log, nullptr);
  const auto found = SmallDisk::everything(*log);
  EXPECT_TRUE(std::ranges::includes(found, acked)) << "an acknowledged entry is gone";
}

TEST_F(SmallDisk, WhenItIsReallyFullNothingAcknowledgedIsLost) {
  ballast(10 << 20);
  fill_and_recover(*this, 0, place.path() / "ballast");
}

TEST_F(SmallDisk, WithAReserveTheLogRefusesBeforeItFails) {
  ballast(10 << 20);
  fill_and_recover(*this, 4 << 20, place.path() / "ballast");
}

} // namespace
} // namespace kindred::adapters
