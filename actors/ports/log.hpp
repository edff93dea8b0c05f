#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/records/position.hpp"
#include "engine/records/record.hpp"

namespace kindred::ports {

using records::Stream;

/// Why the log cannot do what was asked. Each is a named state with a metric; none is silent.
enum class LogError : std::uint8_t {
  kFull = 1,       ///< the adapter's own queue is at its bound: nothing was taken, try again
  kDiskFull = 2,   ///< no room: nothing was taken; recovers when there is
  kIo = 3,         ///< the storage failed: nothing will be taken until it was reopened and its tail verified
  kTooLarge = 4,   ///< entry over records::kEntryBytesMax
  kClosed = 5,     ///< shutting down
  kNoStream = 6,   ///< the stream does not exist
  kOutOfRange = 7, ///< tail, read: the offset was trimmed away; begin again at bounds().begin
  kWentBack = 8,   ///< tail, read: the offset lies behind the end: the log is another life, or lost its tail
  kCorrupt = 9,    ///< bytes that were acknowledged cannot be read
};
std::string_view name_of(LogError error);
/// What a log answers while its disk is full or its brokers are away: who could not open a stream looks again, kOpenAgainAfter
/// later.
bool may_pass(LogError error);
inline constexpr Duration kOpenAgainAfter{kSecond};

/// What became of a produce. `kUnknown`: no verdict; it may or may not stand in the log. Send it again with the same
/// author (writer, epoch, sequence): the fold drops what is already there.
struct Verdict {
  enum class Kind : std::uint8_t { kAcked, kRefused, kUnknown } kind = Kind::kUnknown;
  std::uint64_t offset = 0; ///< kAcked: a hint (records.md §4)
  LogError error{};         ///< kRefused, kUnknown
};

/// One entry as the log holds it.
struct LogEntry {
  std::uint64_t offset = 0;
  Bytes bytes;
};

/// Receives a tail. Called from any thread, never concurrently for one subscription, in order of offsets, possibly
/// before tail() returns. Return quickly: carry the entries on as a message. A callback may call the log.
/// Backpressure: the log pauses while the receiver holds kTailBytesMax or more that it has not called
/// Subscription::consumed for; so it holds at most that and one slice.
struct TailSink {
  std::function<void(std::vector<LogEntry>)> on_entries;
  /// Everything below `end` was delivered; may come again and again.
  std::function<void(std::uint64_t end)> on_caught_up;
  /// The subscription is over, nothing follows: kOutOfRange, kWentBack, kNoStream, kCorrupt, kClosed. Storage that may
  /// come back (kIo) is waited for.
  std::function<void(LogError)> on_error;
};

/// Ends when destroyed, which may happen inside one of its own callbacks; after the destructor no callback runs.
/// Must not outlive its log.
class Subscription {
public:
  virtual ~Subscription() = default;
  /// These many bytes were folded: more may be sent.
  virtual void consumed(std::size_t bytes) = 0;
};

/// The durable, partitioned log (design §1). Shaped by what Kafka does: asynchronous, verdicts that may be UNKNOWN,
/// offsets that only grow (not densely), readers by numeric offset, trimming from the front.
/// Thread-safe. Implementations: memory (tests), RocksDB (nodes/adapters/rocksdb), Kafka (nodes/adapters/kafka); one suite
/// (tests/actors/ports/log_conformance.hpp).
class Log {
public:
  virtual ~Log() = default;

  /// Names this life of the log: another after the directory or topic was made anew.
  virtual std::uint64_t incarnation() const = 0;
  virtual std::uint16_t partitions() const = 0;

  /// Asynchronous. kAcked only once it is durable; a refused entry never shows up in a tail; an unknown one may,
  /// once or more. Entries of one stream that were taken get their offsets and verdicts in the order of the calls.
  /// What is refused at the door (kFull, kTooLarge, kNoStream, kClosed, and kDiskFull and kIo while health() says so)
  /// was never taken: that verdict comes before produce returns and may overtake earlier ones.
  /// The callback may run on any thread; exactly one verdict comes, unless the process dies.
  using OnVerdict = std::function<void(Verdict)>;
  virtual void produce(const Stream& stream, Bytes entry, OnVerdict on_verdict) = 0;

  /// Delivers entries at offsets >= from, then what is appended, each exactly once, only durable ones.
  virtual std::unique_ptr<Subscription> tail(const Stream& stream, std::uint64_t from, TailSink sink) = 0;

  /// From where on entries are still there, 0 until something was trimmed; and the offset the next entry will get at
  /// least; trimming never moves `end`.
  struct Bounds {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  virtual Result<Bounds, LogError> bounds(const Stream& stream) = 0;

  /// Reads up to `bytes_max` from `from` (at least one entry if there is one), synchronously; for replay and recovery.
  virtual Result<std::vector<LogEntry>, LogError> read(const Stream& stream, std::uint64_t from,
                                                       std::size_t bytes_max) = 0;

  /// Forgets entries below `before`. Idempotent; never beyond the end.
  virtual Result<Done, LogError> trim(const Stream& stream, std::uint64_t before) = 0;

  /// A number that grows with every call and survives restarts: the epoch of a new producer.
  virtual Result<std::uint64_t, LogError> next_epoch() = 0;

  /// Why appends are refused now; ok if they are not. Never waits.
  virtual Result<Done, LogError> health() const = 0;
};

inline constexpr std::size_t kTailBytesMax = 2 << 20; ///< thousands of events; a node has a tail a partition
inline constexpr std::size_t kProduceQueueMax = 100'000; ///< entries waiting in an adapter
inline constexpr std::size_t kProduceQueueBytesMax = 64 << 20;

} // namespace kindred::ports
