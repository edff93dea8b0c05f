#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/ports/state_store.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"

namespace rocksdb {
class FileSystem;
}

namespace kindred::adapters {

class Database;
class DirectoryLock;
class FlyingBatch;
class WriteStalls;

/// The port StateStore on one RocksDB database: written behind by one thread, without fsync. A killed process loses
/// nothing that was reported as written, a loss of power the newest part.
///
/// The directory holds OWNER (lock), FORMAT (version) and db/. Keys are (length of space, space, key).
/// `get` looks at the space's batch in flight first, then at the database. After a failed write everything queued is
/// refused, and so is what comes, until the database was opened again; reads wait for that, or fail with kIo while it
/// cannot be opened.
class RocksStateStore final : public ports::StateStore {
public:
  struct Settings {
    std::filesystem::path directory;
    std::uint64_t free_bytes_min = 64 << 20;          ///< less room on the disk: kDiskFull
    std::chrono::milliseconds try_again{200};         ///< between attempts to recover
    Duration slow_write{30 * kSecond.us};             ///< a batch that takes longer is told as what is wrong
    std::shared_ptr<rocksdb::FileSystem> file_system; ///< null: the real one; tests put faults here
    /// How much of a key says what it belongs to, 0 where it belongs to nothing; null: no key does. To scan all of one such
    /// prefix costs no look into files that have nothing of it.
    std::size_t (*group_of)(BytesView key) = nullptr;
  };

  static Result<std::unique_ptr<RocksStateStore>, OpenFailure> open(Settings settings);
  /// Writes what is queued and gives every verdict.
  ~RocksStateStore() override;

  void write(const Space& space, ports::StoreBatch batch, OnWritten on_written) override;
  Result<std::optional<Bytes>, ports::StoreError> get(const Space& space, BytesView key) override;
  Result<Done, ports::StoreError> scan(const Space& space, BytesView prefix,
                                       const std::function<bool(BytesView key, BytesView value)>& each,
                                       BytesView from = {}) override;
  Result<std::unique_ptr<ports::FrozenSpace>, ports::StoreError> freeze(const Space& space) override;

  /// Why writes are refused now; nothing if they are not. Never waits.
  std::optional<ports::StoreError> health() const;
  /// The same in words, or that a batch is written very slowly; empty if all is well.
  std::string why() const;
  /// For how long the batch under way has been written; zero: none is. Never waits.
  Duration writing_for() const;
  const WriteStalls& stalls() const;
  /// What was written until now outlives a loss of power; false: the disk refuses. Waits for the disk.
  bool sync();
  std::size_t queued() const;

private:
  struct Queued {
    Space space;
    std::shared_ptr<const FlyingBatch> batch;
    OnWritten on_written;
  };

  RocksStateStore(Settings settings, std::unique_ptr<DirectoryLock> lock, std::unique_ptr<Database> database);

  std::shared_ptr<const FlyingBatch> in_flight(const Space& space) const;
  void run();
  void write_one(Queued queued);
  Result<Done, ports::StoreError> put(const Queued& queued);
  void answer(Queued queued, Result<Done, ports::StoreError> verdict);
  bool has_room() const;
  bool recover();
  void set_state(std::optional<ports::StoreError> error, std::string why);

  const Settings settings_;
  const std::unique_ptr<DirectoryLock> lock_;
  const std::unique_ptr<Database> database_;
  mutable std::mutex mutex_; ///< of all below
  std::condition_variable changed_;
  std::deque<Queued> queue_;
  std::map<Space, std::shared_ptr<const FlyingBatch>> flying_; ///< queued or in the writer's hand
  std::optional<ports::StoreError> failed_;
  std::string why_;
  bool closing_ = false;
  bool reopen_ = false;                           ///< writer's thread only
  std::atomic<std::int64_t> writing_since_us_{0}; ///< by the steady clock; 0: no batch is written
  std::thread thread_;
};

} // namespace kindred::adapters
