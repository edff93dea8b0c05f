#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "actors/ports/log.hpp"
#include "nodes/adapters/rocksdb/log_probe.hpp"
#include "nodes/adapters/rocksdb/open_failure.hpp"

namespace rocksdb {
class FileSystem;
}

namespace kindred::adapters {

/// The port Log on one RocksDB database: durable by fsync with group commit, for a node that stands alone.
///
/// The directory holds OWNER (lock), FORMAT (version, incarnation, partitions), ENDS (where streams ended when it was
/// last closed) and db/. Offsets are dense. Two threads: one writes, one reads for tails that are behind.
/// Tells apart at the start: used by another process, newer version, other partitions, damaged, ends too early, no
/// permission, full disk. While running, a full disk or a failing one refuses appends with a reason and recovers by
/// itself (log_writer.hpp). What an entry holds is not looked at.
class RocksLog final : public ports::Log {
public:
  struct Settings {
    std::filesystem::path directory;
    std::uint16_t partitions = 16;
    std::uint64_t incarnation = 0; ///< of a log made now; 0: by chance
    std::size_t queue_max = ports::kProduceQueueMax;
    std::size_t queue_bytes_max = ports::kProduceQueueBytesMax;
    std::size_t tail_bytes_max = ports::kTailBytesMax;
    std::size_t group_entries_max = 256;              ///< per fsync
    std::size_t group_bytes_max = 4 << 20;            ///< per fsync
    std::uint64_t free_bytes_min = 64 << 20;          ///< less room on the disk: kDiskFull
    std::chrono::milliseconds try_again{200};         ///< between attempts to recover
    std::shared_ptr<rocksdb::FileSystem> file_system; ///< null: the real one; tests put faults here
  };

  static Result<std::unique_ptr<RocksLog>, OpenFailure> open(Settings settings);
  /// Writes what is queued and gives every verdict. Requires: no subscription is left.
  ~RocksLog() override;

  std::uint64_t incarnation() const override;
  std::uint16_t partitions() const override;
  void produce(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) override;
  std::unique_ptr<ports::Subscription> tail(const records::Stream& stream, std::uint64_t from,
                                            ports::TailSink sink) override;
  Result<Bounds, ports::LogError> bounds(const records::Stream& stream) override;
  Result<std::vector<ports::LogEntry>, ports::LogError>
  read(const records::Stream& stream, std::uint64_t from, std::size_t bytes_max) override;
  Result<Done, ports::LogError> trim(const records::Stream& stream, std::uint64_t before) override;
  Result<std::uint64_t, ports::LogError> next_epoch() override;
  Result<Done, ports::LogError> health() const override;

  /// Why appends are refused, in words for an operator; empty if they are not.
  std::string why() const;
  const LogProbe& probe() const;

private:
  struct Parts;
  explicit RocksLog(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

} // namespace kindred::adapters
