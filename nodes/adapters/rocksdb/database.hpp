#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "actors/ports/log.hpp"
#include "actors/ports/state_store.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"
#include "nodes/adapters/rocksdb/write_stalls.hpp"

namespace kindred::adapters {

/// One RocksDB instance that can be closed and opened again under its users, which is the only way on after a background
/// error: a failed fsync is never simply tried again.
///
/// Thread-safe. Users hold an Access while they work with the instance; `close` waits for them.
/// Automatic resumption of RocksDB is off: who owns this decides when to reopen.
class Database {
public:
  /// How the owner's options differ; `file_system` null: the real one.
  struct Settings {
    std::filesystem::path directory;
    rocksdb::Options options;
    std::shared_ptr<rocksdb::FileSystem> file_system;
  };

  /// The instance, or nothing while it is closed. Keeps it open as long as it lives: be short.
  class Access {
  public:
    explicit operator bool() const { return db_ != nullptr; }
    rocksdb::DB* operator->() const { return db_; }
    rocksdb::DB& operator*() const { return *db_; }
    std::uint64_t opening() const { return opening_; } ///< which one it is: grows each time it is opened

  private:
    friend class Database;
    Access(std::shared_lock<std::shared_mutex> lock, rocksdb::DB* db, std::uint64_t opening)
        : lock_(std::move(lock)), db_(db), opening_(opening) {}
    std::shared_lock<std::shared_mutex> lock_;
    rocksdb::DB* db_;
    std::uint64_t opening_;
  };

  explicit Database(Settings settings);
  ~Database();

  /// Requires: closed. With `make`, an empty one is made if there is none; without, that is corruption.
  rocksdb::Status open(bool make);
  /// Waits until no one has access. Nothing happens if it is closed.
  void close();
  /// Closes and opens; who asks for access meanwhile waits. Closed if it fails.
  rocksdb::Status reopen();
  Access access() const;

  /// Bytes the file system has left for us; nothing if it does not say.
  std::optional<std::uint64_t> free_bytes() const;
  const std::filesystem::path& directory() const { return settings_.directory; }
  const WriteStalls& stalls() const { return *stalls_; }

private:
  rocksdb::Status open_locked(bool make);

  const Settings settings_;
  const std::shared_ptr<WriteStalls> stalls_ = std::make_shared<WriteStalls>();
  std::unique_ptr<rocksdb::Env> env_; ///< only with a file system of the owner's
  mutable std::shared_mutex mutex_;
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t opening_ = 0;
};

/// What both databases want: every check on, no automatic resumption, two background threads, bounded memory and logs.
rocksdb::Options base_options();

// RocksDB's status in the words of each port.
ports::LogError log_error(const rocksdb::Status& status);
ports::StoreError store_error(const rocksdb::Status& status);
OpenFailure open_failure(const std::filesystem::path& directory, const rocksdb::Status& status);

inline rocksdb::Slice slice_of(BytesView bytes) { return {bytes.data(), bytes.size()}; }
inline BytesView view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

} // namespace kindred::adapters
