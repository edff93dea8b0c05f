#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "actors/ports/log.hpp"
#include "nodes/adapters/rocksdb/database.hpp"
#include "nodes/adapters/rocksdb/directory_lock.hpp"

namespace kindred::adapters {

/// The entries of all streams in the database `log/`, with the bounds of each stream in memory.
///
/// Thread-safe, except that `append` and `reopen` belong to one thread, the log's writer.
/// Invariant: `end` of a stream is above every acknowledged offset and at or below the first that a reader must not see.
class LogTable {
public:
  struct Settings {
    std::filesystem::path directory;
    std::uint16_t partitions = 16;
    std::uint64_t incarnation = 0;                    ///< of a log made now; 0: by chance
    std::shared_ptr<rocksdb::FileSystem> file_system; ///< null: the real one
  };

  static Result<std::unique_ptr<LogTable>, OpenFailure> open(Settings settings);
  /// Closes, and leaves a note of where each stream ended, so that a tail cut off meanwhile is noticed.
  ~LogTable();

  std::uint64_t incarnation() const { return incarnation_; }
  std::uint16_t partitions() const { return settings_.partitions; }
  bool known(const records::Stream& stream) const;

  /// Requires: known(stream).
  ports::Log::Bounds bounds(const records::Stream& stream) const;
  std::uint64_t end(const records::Stream& stream) const;

  /// One entry to append. `offset` is set by append.
  struct Append {
    records::Stream stream;
    BytesView bytes;
    std::uint64_t offset = 0;
  };
  /// Writes all of them in one batch with fsync, then moves the ends. On failure nothing is visible, the batch may or
  /// may not be found after a reopen, and nothing can be appended until then. Requires: every stream known.
  Result<Done, ports::LogError> append(std::span<Append> entries);

  Result<std::vector<ports::LogEntry>, ports::LogError> read(const records::Stream& stream,
                                                             std::uint64_t from, std::size_t bytes_max) const;
  Result<Done, ports::LogError> trim(const records::Stream& stream, std::uint64_t before);
  Result<std::uint64_t, ports::LogError> next_epoch();

  /// Closes, opens, verifies that each stream still reaches its end (kWentBack) and that its last entry can be read
  /// (kCorrupt). Entries of a failed append that are found become visible. After an error it stays closed: try again.
  Result<Done, OpenFailure> reopen();

  std::optional<std::uint64_t> free_bytes() const { return database_.free_bytes(); }
  const std::filesystem::path& directory() const { return settings_.directory; }

private:
  struct StreamBounds {
    std::atomic<std::uint64_t> begin{0};
    std::atomic<std::uint64_t> end{0};
  };
  LogTable(Settings settings, DirectoryLock lock);

  std::size_t index_of(const records::Stream& stream) const;
  std::vector<records::Stream> streams() const;
  Result<Done, OpenFailure> make_or_check();
  Result<Done, OpenFailure> check_noted_ends();
  Result<Done, OpenFailure> load();
  Result<Done, OpenFailure> load(rocksdb::DB& db, const records::Stream& stream);
  void note_ends() const;

  const Settings settings_;
  DirectoryLock lock_; ///< taken before, and given up after the database
  Database database_;
  std::uint64_t incarnation_ = 0;
  bool opened_ = false;                    ///< the ends in memory are the truth
  std::unique_ptr<StreamBounds[]> bounds_; ///< events by partition, then control, models, library
  std::mutex settings_mutex_;              ///< one trim or epoch at a time
};

} // namespace kindred::adapters
