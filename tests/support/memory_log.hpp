#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actors/ports/log.hpp"

namespace kindred::support {

/// What stays when the process dies: the entries of a MemoryLog. Owned by the test, shared by the lives of its logs.
/// Touch it only while no log is open on it.
struct MemoryLogDisk {
  struct Tape {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::map<std::uint64_t, Bytes> entries; ///< by offset; offsets may have gaps
    std::vector<std::uint64_t> unreadable;  ///< offsets whose bytes rotted
    std::map<std::uint64_t, Bytes> trimmed; ///< what it forgot, for who judges a run
  };
  std::uint64_t incarnation = 1;
  std::uint64_t epoch = 0;
  std::map<records::Stream, Tape> tapes;
};

/// The port Log in memory, for tests and the simulator, with the faults that real logs have.
///
/// Nothing happens by itself: a produce queues a commit, a commit queues a verdict, appended entries become deliveries.
/// In automatic mode (the default) the calling thread carries all of that out before its call returns. In manual mode
/// nothing moves until `step` or `pump` is called: the caller chooses the order, also across streams, so that one seed
/// makes one run. Steps of one lane (a stream's commits, a stream's verdicts, a subscription) keep their order.
///
/// Thread-safe; callbacks run without a lock held, one at a time. Destroying it is a crash: what was not committed is
/// gone, verdicts not yet given never come. To stop in order, `pump` first.
class MemoryLog : public ports::Log {
public:
  struct Settings {
    std::uint16_t partitions = 16;
    bool manual = false;
    std::size_t queue_max = ports::kProduceQueueMax;
    std::size_t queue_bytes_max = ports::kProduceQueueBytesMax;
    std::size_t tail_bytes_max = ports::kTailBytesMax;
    std::size_t slice_entries_max = 64; ///< entries handed over by one delivery
  };

  /// What becomes of an entry when its turn comes to be written.
  struct Fate {
    enum class Kind : std::uint8_t {
      kTaken,        ///< written, acknowledged
      kRefused,      ///< not written, refused
      kUnknownTaken, ///< written, but the verdict is lost
      kUnknownLost,  ///< not written, and nobody knows
    } kind = Kind::kTaken;
    ports::LogError error = ports::LogError::kIo; ///< of the verdict unless taken
    std::uint32_t copies = 1; ///< 2: written twice, as after a retry inside a client library
    std::uint64_t gap = 0;    ///< offsets skipped before it
  };
  using Judge = std::function<Fate(const records::Stream&, BytesView entry)>;

  /// One thing that can happen next.
  struct Step {
    enum class Kind : std::uint8_t { kCommit, kVerdict, kDeliver } kind = Kind::kCommit;
    records::Stream stream;
    std::uint64_t subscription = 0; ///< kDeliver
    friend auto operator<=>(const Step&, const Step&) = default;
  };

  MemoryLog(std::shared_ptr<MemoryLogDisk> disk, Settings settings);
  /// A disk of its own.
  explicit MemoryLog(Settings settings);
  ~MemoryLog() override;

  // ---- the port ----
  std::uint64_t incarnation() const override;
  std::uint16_t partitions() const override { return settings_.partitions; }
  void produce(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) override;
  std::unique_ptr<ports::Subscription> tail(const records::Stream& stream, std::uint64_t from,
                                            ports::TailSink sink) override;
  Result<Bounds, ports::LogError> bounds(const records::Stream& stream) override;
  Result<std::vector<ports::LogEntry>, ports::LogError>
  read(const records::Stream& stream, std::uint64_t from, std::size_t bytes_max) override;
  Result<Done, ports::LogError> trim(const records::Stream& stream, std::uint64_t before) override;
  Result<std::uint64_t, ports::LogError> next_epoch() override;
  Result<Done, ports::LogError> health() const override;

  // ---- what moves ----
  /// Everything that can happen now, in a fixed order. While held, commits are not in it.
  std::vector<Step> ready() const;
  /// Carries out one step; false if it is not ready.
  bool step(const Step& step);
  /// Carries out steps until none is ready.
  void pump();
  /// The number in `Step` of what the last call of `tail` returned.
  std::uint64_t newest_subscription() const;

  // ---- faults ----
  void judge_with(Judge judge);
  /// No commit happens while held, so that queues fill.
  void hold(bool held);
  /// From now on appends are refused at the door, and what is queued is refused too; nullopt: all is well again.
  void fail(std::optional<ports::LogError> error);
  /// The log loses its tail: entries at `end` and above. Subscriptions that were past it end with kWentBack.
  void lose_tail(const records::Stream& stream, std::uint64_t end);
  /// The entry's bytes can no longer be read.
  void rot(const records::Stream& stream, std::uint64_t offset);

private:
  struct Pending {
    Bytes entry;
    OnVerdict on_verdict;
  };
  struct Answered {
    ports::Verdict verdict;
    OnVerdict on_verdict;
  };
  struct Lane {
    std::deque<Pending> commits;
    std::deque<Answered> verdicts;
  };
  struct Tail {
    records::Stream stream;
    ports::TailSink sink;
    std::uint64_t next = 0;
    std::size_t unconsumed_bytes = 0;
    std::optional<std::uint64_t> caught_up_at; ///< the end told last
    std::atomic<bool> over = false;            ///< read by the callback's thread without the lock
  };
  struct Delivery {
    std::vector<ports::LogEntry> entries;
    std::optional<ports::LogError> error;
    std::optional<std::uint64_t> caught_up_at;
  };
  class Handle;
  using Lock = std::unique_lock<std::mutex>;

  bool known(const records::Stream& stream) const;
  std::optional<ports::LogError> refusal(const records::Stream& stream, std::size_t bytes) const;
  bool deliverable(const Tail& tail) const;
  std::vector<Step> ready_locked() const;
  void run(Lock& lock);
  void carry_out(Lock& lock, const Step& step);
  void commit(const records::Stream& stream);
  void write(MemoryLogDisk::Tape& tape, const Bytes& entry, const Fate& fate);
  void deliver(Lock& lock, std::uint64_t subscription);
  Delivery next_delivery(Tail& tail) const;
  void consumed(std::uint64_t subscription, std::size_t bytes);
  void end_tail(std::uint64_t subscription);

  const Settings settings_;
  const std::shared_ptr<MemoryLogDisk> disk_;
  mutable std::mutex mutex_;
  std::condition_variable callback_done_;
  std::map<records::Stream, Lane> lanes_;
  std::map<std::uint64_t, std::shared_ptr<Tail>> tails_;
  std::uint64_t last_subscription_ = 0;
  std::size_t queued_ = 0;
  std::size_t queued_bytes_ = 0;
  Judge judge_;
  bool held_ = false;
  std::optional<ports::LogError> failed_;
  bool running_ = false;            ///< some thread carries out steps
  std::thread::id runner_;          ///< that thread
  std::uint64_t delivering_to_ = 0; ///< the subscription whose callback runs
};

} // namespace kindred::support
