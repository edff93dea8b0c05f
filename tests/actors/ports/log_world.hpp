#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/ports/log.hpp"

namespace kindred::ports {

/// Bounds a conformance case wants from the log it opens.
struct LogBounds {
  std::size_t queue_max = kProduceQueueMax;
  std::size_t queue_bytes_max = kProduceQueueBytesMax;
  std::size_t tail_bytes_max = kTailBytesMax;
};

/// One kind of log with the world it lives in: what stays when it is closed, and the faults that can befall it.
/// Each case gets a fresh one. At most one log is open at a time; faults may be set while it is open.
class LogWorld {
public:
  virtual ~LogWorld() = default;
  static constexpr std::uint16_t kPartitions = 4;

  /// Why this world cannot be had on this machine; empty: it can.
  virtual std::string missing() const { return {}; }
  /// Opens the log with kPartitions on what is there.
  virtual std::unique_ptr<Log> open(LogBounds bounds = {}) = 0;
  /// Makes the log anew: another life. No log is open.
  virtual void remake() = 0;
  /// While held, nothing becomes durable: what is produced stays queued.
  virtual void hold(bool held) = 0;
  /// The next commit gets no verdict: it is written or not.
  virtual void lose_next_verdict() = 0;
  /// While failing, the storage takes nothing.
  virtual void fail(bool failing) = 0;
};

inline constexpr std::chrono::seconds kPatience{
    20}; ///< longer than any log needs; only a broken one is waited for so long

/// Collects verdicts in the order in which they come. Thread-safe.
class Verdicts {
public:
  Log::OnVerdict taker(std::uint64_t tag = 0) {
    return [this, tag](Verdict verdict) {
      const std::lock_guard lock(mutex_);
      got_.emplace_back(tag, verdict);
      changed_.notify_all();
    };
  }
  /// Waits until `count` have come; false if they do not.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return got_.size() >= count; });
  }
  /// (tag, verdict) as they came.
  std::vector<std::pair<std::uint64_t, Verdict>> got() const {
    const std::lock_guard lock(mutex_);
    return got_;
  }
  std::size_t count(Verdict::Kind kind) const {
    const std::lock_guard lock(mutex_);
    std::size_t n = 0;
    for (const auto& [tag, verdict] : got_) n += verdict.kind == kind;
    return n;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::uint64_t, Verdict>> got_;
};

/// Collects a tail. Thread-safe. With `eager` it consumes at once.
class Reader {
public:
  explicit Reader(bool eager = true) : eager_(eager) {}

  void open(Log& log, const Stream& stream, std::uint64_t from) {
    TailSink sink;
    sink.on_entries = [this](std::vector<LogEntry> entries) { take(std::move(entries)); };
    sink.on_caught_up = [this](std::uint64_t end) {
      const std::lock_guard lock(mutex_);
      caught_up_at_ = end;
      ++caught_ups_;
      changed_.notify_all();
    };
    sink.on_error = [this](LogError error) {
      const std::lock_guard lock(mutex_);
      errors_.push_back(error);
      changed_.notify_all();
    };
    auto subscription = log.tail(stream, from, std::move(sink));
    {
      const std::lock_guard lock(mutex_);
      subscription_ = std::move(subscription);
    }
    if (eager_) consume_all();
  }
  /// Frees the window for what was received so far.
  void consume_all() {
    const auto owed = locked([&] { return std::exchange(owed_, 0); });
    subscription_->consumed(owed);
  }
  void close() {
    const auto ended = locked([&] { return std::move(subscription_); });
  }

  bool wait_for(std::size_t entries) {
    return wait([&] { return got_.size() >= entries; });
  }
  bool wait_caught_up(std::uint64_t end) {
    return wait([&] { return caught_ups_ > 0 && caught_up_at_ >= end; });
  }
  bool wait_error() {
    return wait([&] { return !errors_.empty(); });
  }
  std::vector<LogEntry> got() const {
    return locked([&] { return got_; });
  }
  std::vector<LogError> errors() const {
    return locked([&] { return errors_; });
  }
  std::size_t bytes() const {
    return locked([&] { return bytes_; });
  }

private:
  void take(std::vector<LogEntry> entries) {
    const std::lock_guard lock(mutex_);
    for (auto& entry : entries) {
      bytes_ += entry.bytes.size();
      owed_ += entry.bytes.size();
      got_.push_back(std::move(entry));
    }
    changed_.notify_all();
    if (eager_ && subscription_) subscription_->consumed(std::exchange(owed_, 0));
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  template <class Read>
  std::invoke_result_t<Read> locked(Read read) const {
    const std::lock_guard lock(mutex_);
    return read();
  }

  const bool eager_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LogEntry> got_;
  std::vector<LogError> errors_;
  std::size_t bytes_ = 0;
  std::size_t owed_ = 0;
  std::uint64_t caught_up_at_ = 0;
  std::size_t caught_ups_ = 0;
  std::unique_ptr<Subscription> subscription_;
};

} // namespace kindred::ports
