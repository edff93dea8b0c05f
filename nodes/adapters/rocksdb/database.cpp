#include "nodes/adapters/rocksdb/database.hpp"
#include "nodes/adapters/rocksdb/write_pace.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <mutex>

namespace kindred::adapters {

namespace {
constexpr std::size_t kBlockCacheBytes = 32 << 20;
constexpr double kFilterBits =
    16; // of a key: one look in 2,000 for what is not there reads a block in vain, with 10 one in 100
constexpr std::size_t kInfoLogBytesMax = 4 << 20;
constexpr std::int64_t kBehindBytesPerSecond = 128 << 20; // flushes and compactions of one database
constexpr Duration kBehindBurst{5'000}; // what they may write at once is what comes in within this
constexpr std::uint64_t kForgetWithin_s = 24 * 3600; // what was trimmed or erased leaves the disk in so long

/// RocksDB's own threads: told at each job, since they belong to no database and begin when they like.
class Behind : public rocksdb::EventListener {
public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override {
    take_role("rocksdbFlush", Share::kBehind);
  }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    take_role("rocksdbCompact", Share::kBehind);
  }
};
} // namespace

rocksdb::Options base_options() {
  rocksdb::Options options;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = 2;
  options.write_buffer_size = 16 << 20;
  options.max_write_buffer_number = 3;
  options.max_total_wal_size = 128 << 20;
  options.max_open_files = 512;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = kInfoLogBytesMax;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.periodic_compaction_seconds = kForgetWithin_s;
  options.compression = rocksdb::kLZ4Compression;
  options.rate_limiter = std::make_shared<WritePace>(kBehindBytesPerSecond, kBehindBurst);
  options.listeners.push_back(std::make_shared<Behind>());
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBits));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Database::Database(Settings settings) : settings_(std::move(settings)) {
  if (settings_.file_system) env_ = rocksdb::NewCompositeEnv(settings_.file_system);
}

Database::~Database() { close(); }

rocksdb::Status Database::open(bool make) {
  const std::unique_lock lock(mutex_);
  return open_locked(make);
}

rocksdb::Status Database::reopen() {
  const std::unique_lock lock(mutex_);
  db_.reset();
  return open_locked(false);
}

rocksdb::Status Database::open_locked(bool make) {
  rocksdb::Options options = settings_.options;
  options.create_if_missing = make;
  if (env_) options.env = env_.get();
  options.listeners.push_back(stalls_);
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, settings_.directory.string(), &db);
  db_.reset(db);
  ++opening_;
  return status;
}

void Database::close() {
  const std::unique_lock lock(mutex_);
  db_.reset();
}

Database::Access Database::access() const {
  std::shared_lock lock(mutex_);
  return Access(std::move(lock), db_.get(), opening_);
}

std::optional<std::uint64_t> Database::free_bytes() const {
  auto* env = env_ ? env_.get() : rocksdb::Env::Default();
  std::uint64_t bytes = 0;
  if (!env->GetFileSystem()->GetFreeSpace(settings_.directory.string(), {}, &bytes, nullptr).ok())
    return std::nullopt;
  return bytes;
}

ports::LogError log_error(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return ports::LogError::kDiskFull;
  if (status.IsCorruption()) return ports::LogError::kCorrupt;
  if (status.IsShutdownInProgress()) return ports::LogError::kClosed;
  return ports::LogError::kIo;
}

ports::StoreError store_error(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return ports::StoreError::kDiskFull;
  if (status.IsCorruption()) return ports::StoreError::kCorrupt;
  if (status.IsShutdownInProgress()) return ports::StoreError::kClosed;
  return ports::StoreError::kIo;
}

OpenFailure open_failure(const std::filesystem::path& directory, const rocksdb::Status& status) {
  const std::string why = directory.string() + ": " + status.ToString() + ". ";
  if (status.IsNoSpace()) return {OpenError::kDiskFull, why + "Make room on this disk and start again."};
  if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() || status.IsPathNotFound()) {
    return {OpenError::kCorrupt, why + "Its files were damaged or removed: restore them from a backup."};
  }
  if (why.find("Permission denied") != std::string::npos) {
    return {OpenError::kNoPermission, why + "The server's user must own the data directory."};
  }
  return {OpenError::kIo, why + "Check the disk (dmesg, smartctl)."};
}

std::string_view name_of(OpenError error) {
  switch (error) {
  case OpenError::kInUse: return "inUse";
  case OpenError::kNewerVersion: return "newerVersion";
  case OpenError::kCorrupt: return "corrupt";
  case OpenError::kOtherPartitions: return "otherPartitions";
  case OpenError::kWentBack: return "wentBack";
  case OpenError::kNoPermission: return "noPermission";
  case OpenError::kDiskFull: return "diskFull";
  case OpenError::kIo: return "io";
  }
  return "unknown";
}

} // namespace kindred::adapters
