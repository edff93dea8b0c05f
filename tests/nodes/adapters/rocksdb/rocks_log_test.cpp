#include "nodes/adapters/rocksdb/rocks_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "nodes/adapters/rocksdb/format_file.hpp"
#include "tests/actors/ports/log_world.hpp"
#include "tests/nodes/adapters/rocksdb/damage.hpp"
#include "tests/nodes/adapters/rocksdb/fault_file_system.hpp"
#include "tests/support/temp_dir.hpp"

// What is RocksLog's own: opening, damage, disk room. The port itself: rocks_log_conformance_test.cpp.

namespace kindred::adapters {
namespace {

using ports::LogError;
using ports::Verdict;
using ports::Verdicts;
using records::Stream;

constexpr Stream kZero{records::Topic::kEvents, {0}};

struct RocksLogTest : testing::Test {
  const support::TempDir place;
  const std::filesystem::path directory = place.path() / "log";
  const std::shared_ptr<FaultFileSystem> faults = std::make_shared<FaultFileSystem>();

  RocksLog::Settings settings() const {
    RocksLog::Settings settings;
    settings.directory = directory;
    settings.partitions = 2;
    settings.free_bytes_min = 0;
    settings.try_again = std::chrono::milliseconds(1);
    settings.file_system = faults;
    return settings;
  }
  std::unique_ptr<RocksLog> open() const {
    auto log = RocksLog::open(settings());
    if (!log.ok()) {
      ADD_FAILURE() << log.error().what;
      return nullptr;
    }
    return log.take();
  }
  OpenFailure refused(RocksLog::Settings with) const {
    auto log = RocksLog::open(std::move(with));
    if (!log.ok()) return log.error();
    ADD_FAILURE() << "opened";
    return {};
  }
  static Verdict put(RocksLog& log, Bytes entry) {
    Verdicts verdicts;
    log.produce(kZero, std::move(entry), verdicts.taker());
    EXPECT_TRUE(verdicts.wait_for(1));
    return verdicts.got().front().second;
  }
  void fill(int entries, std::size_t bytes = 40) const {
    const auto log = open();
    for (int i = 0; i < entries; ++i) {
      ASSERT_EQ(put(*log, "entry-" + std::to_string(i) + "-" + Bytes(bytes, 'x')).kind,
                Verdict::Kind::kAcked);
    }
  }
};

TEST_F(RocksLogTest, ASecondOwnerIsToldWhoHasIt) {
  const auto log = open();
  const auto failure = refused(settings());
  EXPECT_EQ(failure.code, OpenError::kInUse);
  EXPECT_NE(failure.what.find(std::to_string(::getpid())), std::string::npos) << failure.what;
}

TEST_F(RocksLogTest, ANewerVersionIsLeftAlone) {
  fill(3);
  auto format = *read_format(directory / "FORMAT", "log", 1).value();
  format.version = 2;
  ASSERT_TRUE(write_format(directory / "FORMAT", format).ok());
  EXPECT_EQ(refused(settings()).code, OpenError::kNewerVersion);
}

TEST_F(RocksLogTest, TheNumberOfPartitionsIsFixed) {
  fill(1);
  auto other = settings();
  other.partitions = 3;
  const auto failure = refused(other);
  EXPECT_EQ(failure.code, OpenError::kOtherPartitions);
  EXPECT_NE(failure.what.find("2 partitions"), std::string::npos) << failure.what;
}

TEST_F(RocksLogTest, AFlippedBitInTheFormatIsNoticed) {
  fill(1);
  flip_bit(directory / "FORMAT", 20);
  EXPECT_EQ(refused(settings()).code, OpenError::kCorrupt);
}

TEST_F(RocksLogTest, AMissingDatabaseIsALossAndNotANewLog) {
  fill(1);
  std::filesystem::remove_all(directory / "db");
  EXPECT_EQ(refused(settings()).code, OpenError::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(directory / "db" / "CURRENT"));
}

TEST_F(RocksLogTest, AMakingThatWasInterruptedIsFinished) {
  std::filesystem::create_directories(directory);
  const FormatFile begun{"log", 1, {{"incarnation", 77}, {"made", 0}, {"partitions", 2}}};
  ASSERT_TRUE(write_format(directory / "FORMAT", begun).ok());
  const auto log = open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->incarnation(), 77u);
  EXPECT_EQ(put(*log, "x").kind, Verdict::Kind::kAcked);
}

TEST_F(RocksLogTest, AFlippedBitInTheWriteAheadLogIsNoticed) {
  fill(50);
  std::filesystem::path file;
  const auto at = find_in_files(files_ending(directory / "db", ".log"), "entry-20-", file);
  ASSERT_NE(at, std::string::npos);
  flip_bit(file, at + 2);
  EXPECT_EQ(refused(settings()).code, OpenError::kCorrupt) << "acknowledged entries would be gone in silence";
}

TEST_F(RocksLogTest, ATornLastRecordIsCutOffWhenItWasNeverAcknowledged) {
  fill(20);
  std::filesystem::remove(directory / "ENDS"); // as after a crash
  const auto wal = files_ending(directory / "db", ".log").back();
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) - 10);
  const auto log = open();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->bounds(kZero).value().end, 19u);
  EXPECT_EQ(put(*log, "next").offset, 19u);
}

TEST_F(RocksLogTest, ATailThatWasCutOffAfterwardsIsNoticed) {
  fill(20);
  const auto wal = files_ending(directory / "db", ".log").back();
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) - 10);
  const auto failure = refused(settings());
  EXPECT_EQ(failure.code, OpenError::kWentBack);
  EXPECT_EQ(refused(settings()).code, OpenError::kWentBack) << "looking at it must not make it right";
  std::filesystem::remove(directory / "ENDS"); // what the message offers the operator
  EXPECT_NE(open(), nullptr);
}

TEST_F(RocksLogTest, AFlippedBitInStoredEntriesIsCorruptForReadersAndTails) {
  fill(50, 2000);
  { // opening again moves what stood in the write-ahead log into files of its own
    const auto log = open();
  }
  const auto blobs = files_ending(directory / "db", ".blob");
  ASSERT_FALSE(blobs.empty());
  flip_bit(blobs.front(), std::filesystem::file_size(blobs.front()) / 2);
  const auto log = open();
  ASSERT_NE(log, nullptr);
  std::uint64_t at = 0;
  std::optional<LogError> error;
  while (!error && at < 50) {
    auto entries = log->read(kZero, at, 1);
    if (entries.ok()) {
      at = entries.value().back().offset + 1;
    } else {
      error = entries.error();
    }
  }
  EXPECT_EQ(error, LogError::kCorrupt);
  EXPECT_GT(at, 0u) << "what stands before it can be read";
  ports::Reader reader;
  reader.open(*log, kZero, 0);
  ASSERT_TRUE(reader.wait_error());
  EXPECT_EQ(reader.errors(), std::vector{LogError::kCorrupt});
  EXPECT_EQ(reader.got().size(), at);
  reader.close();
}

TEST_F(RocksLogTest, LittleRoomIsRefusedBeforeItIsUsedUp) {
  auto with = settings();
  with.free_bytes_min = 1000;
  auto opened = RocksLog::open(with);
  ASSERT_TRUE(opened.ok());
  const auto log = opened.take();
  faults->set_free_bytes(999);
  const Verdict verdict = put(*log, "x");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRefused) << "nothing was written: not unknown";
  EXPECT_EQ(verdict.error, LogError::kDiskFull);
  EXPECT_EQ(log->health().error(), LogError::kDiskFull);
  EXPECT_NE(log->why().find("Make room"), std::string::npos);
  const auto syncs = faults->log_syncs();
  EXPECT_EQ(put(*log, "y").error, LogError::kDiskFull);
  EXPECT_EQ(faults->log_syncs(), syncs);

  faults->set_free_bytes(std::nullopt);
  const auto give_up = std::chrono::steady_clock::now() + ports::kPatience;
  while (put(*log, "z").kind != Verdict::Kind::kAcked) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_TRUE(log->health().ok());
  EXPECT_EQ(log->why(), "");
  EXPECT_EQ(log->probe().reopenings(), 0u) << "nothing had failed";
}

TEST_F(RocksLogTest, OneFsyncCarriesManyEntries) {
  const auto log = open();
  faults->hold_syncs(true);
  Verdicts verdicts;
  for (int i = 0; i < 1001; ++i) log->produce(kZero, "x", verdicts.taker());
  EXPECT_EQ(log->probe().queued(), 1001u);
  const auto before = faults->log_syncs();
  faults->hold_syncs(false);
  ASSERT_TRUE(verdicts.wait_for(1001));
  EXPECT_LE(faults->log_syncs() - before, 5u) << "1000 entries in groups of 256, and one in hand";
  EXPECT_EQ(log->probe().entries(), 1001u);
  EXPECT_EQ(log->probe().queued(), 0u);
}

TEST_F(RocksLogTest, ClosingGivesEveryVerdict) {
  Verdicts verdicts;
  {
    const auto log = open();
    for (int i = 0; i < 2000; ++i) log->produce(kZero, "x", verdicts.taker());
  }
  EXPECT_EQ(verdicts.count(Verdict::Kind::kAcked), 2000u);
  EXPECT_EQ(open()->bounds(kZero).value().end, 2000u);
}

} // namespace
} // namespace kindred::adapters
