#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/ports/log.hpp"
#include "nodes/adapters/rocksdb/log_probe.hpp"
#include "nodes/adapters/rocksdb/log_table.hpp"
#include "nodes/adapters/rocksdb/log_tails.hpp"

namespace kindred::adapters {

/// Appends by group commit: one thread takes all that is queued (up to the group's bounds), writes it in one batch with
/// one fsync, shows it to the tails, and gives the verdicts. While it waits for the disk the next group gathers.
///
///   taking ──── append fails ───> failed: refuses with kIo or kDiskFull ── reopened, tail verified ──> taking
///     └──── too little room ────> full: refuses with kDiskFull          ── room again ───────────────> taking
///
/// The group whose append failed gets kUnknown, since it may be found in the log after the reopen; what was queued
/// behind it is refused. `produce`, `health` and `why` from any thread; verdicts come on the writer's thread, or from
/// `produce` itself when refused at the door.
class LogWriter {
public:
  struct Settings {
    std::size_t queue_max = ports::kProduceQueueMax;
    std::size_t queue_bytes_max = ports::kProduceQueueBytesMax;
    std::size_t group_entries_max = 256;
    std::size_t group_bytes_max = 4 << 20;
    std::uint64_t free_bytes_min = 64 << 20; ///< less room on the disk: refuse before it is used up
    std::chrono::milliseconds try_again{200};
  };

  /// All outlive it.
  LogWriter(LogTable& table, LogTails& tails, LogProbe& probe, Settings settings);
  /// Writes what is queued, gives every verdict, then ends.
  ~LogWriter();

  void produce(const records::Stream& stream, Bytes entry, ports::Log::OnVerdict on_verdict);
  std::optional<ports::LogError> health() const;
  /// Why it does not take appends, in words; empty if it does.
  std::string why() const;

private:
  struct Pending {
    records::Stream stream;
    Bytes entry;
    ports::Log::OnVerdict on_verdict;
  };
  using Group = std::vector<Pending>;

  std::optional<ports::LogError> refusal(const records::Stream& stream, std::size_t bytes) const;
  void run();
  Group take_group();
  void commit(Group group);
  void acknowledge(Group group, const std::vector<LogTable::Append>& appends);
  void give_up(Group group, ports::LogError error, std::string why);
  void refuse_queued();
  bool recover();
  bool has_room();
  void answered(std::size_t entries, std::size_t bytes);
  void set_state(std::optional<ports::LogError> error, std::string why);

  LogTable& table_;
  LogTails& tails_;
  LogProbe& probe_;
  const Settings settings_;
  mutable std::mutex mutex_; ///< of all below
  std::condition_variable changed_;
  std::deque<Pending> queue_;
  std::size_t outstanding_ = 0; ///< entries without a verdict: queued and in the writer's hand
  std::size_t outstanding_bytes_ = 0;
  std::optional<ports::LogError> failed_;
  std::string why_;
  bool closing_ = false;
  bool reopen_ = false; ///< writer's thread only: the database must be reopened before the next append
  std::thread thread_;
};

} // namespace kindred::adapters
