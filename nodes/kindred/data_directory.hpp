#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.hpp"
#include "nodes/adapters/rocksdb/directory_lock.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"
#include "nodes/kindred/config.hpp"

namespace kindred::node {

/// Why a data directory is not served. Closed list; `exit_code_of` says how the process ends.
enum class DirectoryError : std::uint8_t {
  kInUse = 1,           ///< another process serves it
  kNewerVersion = 2,    ///< made by a newer build
  kCorrupt = 3,         ///< bytes are not what was written
  kOtherPartitions = 4, ///< made with another number of partitions
  kOtherClock = 5,      ///< made with another clock
  kOtherNode = 6,       ///< belongs to another node
  kNotOurs = 7,         ///< not empty, and nothing of ours
  kUnusable = 8,        ///< no permission, no room, I/O
};

struct DirectoryFailure {
  DirectoryError code = DirectoryError::kUnusable;
  std::string what; ///< what failed, why, what to do
};
DirectoryFailure failure_of(const adapters::OpenFailure& failure);

/// The node's directory, locked as long as this lives:
///
///     OWNER     locked; names the process
///     MANIFEST  text: format version, incarnation, partitions, clock, node
///     log/      the log (adapters::RocksLog)
///     state/    the state store (adapters::RocksStateStore)
///
/// Partitions, clock and node are fixed when it is made. Move-only.
class DataDirectory {
public:
  /// Makes it where it does not exist or is empty. `chance` becomes the incarnation of one that is made.
  static Result<DataDirectory, DirectoryFailure> open(const Config& config, std::uint64_t chance);

  std::filesystem::path log() const { return path_ / "log"; }
  std::filesystem::path state() const { return path_ / "state"; }
  const std::filesystem::path& path() const { return path_; }
  std::uint16_t partitions() const { return partitions_; }
  ClockKind clock() const { return clock_; }
  std::uint64_t incarnation() const { return incarnation_; }

private:
  DataDirectory(std::filesystem::path path, adapters::DirectoryLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  adapters::DirectoryLock lock_;
  std::uint16_t partitions_ = 0;
  ClockKind clock_ = ClockKind::kWall;
  std::uint64_t incarnation_ = 0;
};

inline constexpr std::uint32_t kDirectoryVersion = 1;

} // namespace kindred::node
