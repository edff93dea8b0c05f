#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/ports/log.hpp"
#include "nodes/adapters/rocksdb/log_table.hpp"

namespace kindred::adapters {

/// Serves the subscriptions of a log.
///
/// A tail is *live* while it has received everything: then the writer's thread hands it new entries from memory right
/// after the commit. A tail that is behind (begun early, or its window was full) is read for from disk by one reader
/// thread, in slices and in turn, until it has caught up and is live again.
///
/// Invariant of one tail, under its mutex: everything below `next` was delivered; live only if nothing at or above `next`
/// was committed when it was last looked at, and every later commit is shown to it by `appended`.
class LogTails {
public:
  static constexpr std::size_t kSliceBytes = 1 << 20;

  /// `table` must outlive it.
  LogTails(LogTable& table, std::size_t tail_bytes_max);
  /// Requires: no subscription is left.
  ~LogTails();

  std::unique_ptr<ports::Subscription> add(const records::Stream& stream, std::uint64_t from,
                                           ports::TailSink sink);

  /// Entries just committed to one stream, in order; the stream's end is already behind them. Writer's thread.
  void appended(const records::Stream& stream, std::vector<ports::LogEntry> entries);
  /// The storage was reopened: ends may have moved. Any thread.
  void resumed();

private:
  struct Tail;
  class Handle;
  using TailPtr = std::shared_ptr<Tail>;

  void remove(const TailPtr& tail);
  void consumed(Tail& tail, std::size_t bytes);
  void wake();
  void run();
  bool serve(Tail& tail);
  void hand_over(Tail& tail, std::vector<ports::LogEntry> entries);
  void finish(Tail& tail, ports::LogError error);

  LogTable& table_;
  const std::size_t tail_bytes_max_;
  std::mutex mutex_; ///< of the list and the two flags
  std::condition_variable woken_;
  std::vector<TailPtr> tails_;
  bool work_ = false;
  bool closing_ = false;
  std::thread reader_;
};

} // namespace kindred::adapters
