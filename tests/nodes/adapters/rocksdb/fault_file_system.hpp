#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace kindred::adapters {

/// The real file system with faults that a test switches on and off. Thread-safe. Files opened before a fault feel it too.
class FaultFileSystem final : public rocksdb::FileSystemWrapper {
public:
  enum class Fault { kNone, kIo, kNoSpace };

  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  ~FaultFileSystem() override {
    hold_syncs(false);
    hold_tables(false);
  }
  static const char* kClassName() { return "FaultFileSystem"; }
  const char* Name() const override { return kClassName(); }

  /// From now on every write and sync fails.
  void fail_with(Fault fault) { fault_ = fault; }
  /// The next sync of a write-ahead log fails, after its bytes were written; then all is well.
  void fail_next_log_sync() { fail_next_log_sync_ = true; }
  /// Syncs of write-ahead logs wait until they are let go.
  void hold_syncs(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    let_go_.notify_all();
  }
  /// What is written to tables waits until they are let go: flushes and compactions stand still.
  void hold_tables(bool held) {
    const std::lock_guard lock(mutex_);
    tables_held_ = held;
    let_go_.notify_all();
  }
  /// What GetFreeSpace says; nullopt: the truth.
  void set_free_bytes(std::optional<std::uint64_t> bytes) {
    const std::lock_guard lock(mutex_);
    free_bytes_ = bytes;
  }
  std::uint64_t log_syncs() const { return log_syncs_; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 std::uint64_t* bytes, rocksdb::IODebugContext* dbg) override;

private:
  class File;
  rocksdb::IOStatus status() const;
  rocksdb::IOStatus before_sync(bool log_file);
  rocksdb::IOStatus before_append(bool table);

  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<bool> fail_next_log_sync_{false};
  std::atomic<std::uint64_t> log_syncs_{0};
  std::mutex mutex_;
  std::condition_variable let_go_;
  bool held_ = false, tables_held_ = false;
  std::optional<std::uint64_t> free_bytes_;
};

} // namespace kindred::adapters
