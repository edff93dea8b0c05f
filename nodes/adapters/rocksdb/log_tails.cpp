#include "nodes/adapters/rocksdb/log_tails.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using records::Stream;

namespace {
/// How long the reader waits before it tries storage again that failed; a reopen wakes it earlier.
constexpr std::chrono::milliseconds kReadAgain{100};
} // namespace

struct LogTails::Tail {
  Tail(const Stream& of, std::uint64_t from, ports::TailSink receiver)
      : stream(of), sink(std::move(receiver)), next(from) {}

  const Stream stream;
  const ports::TailSink sink;
  std::recursive_mutex
      delivering;     ///< held while a callback runs; recursive, since a callback may end the subscription
  std::uint64_t next; ///< under `delivering`
  bool live = false;  ///< under `delivering`
  std::atomic<bool> over{false};
  std::atomic<std::size_t> unconsumed_bytes{0};
};

class LogTails::Handle final : public ports::Subscription {
public:
  Handle(LogTails& tails, TailPtr tail) : tails_(tails), tail_(std::move(tail)) {}
  ~Handle() override { tails_.remove(tail_); }
  void consumed(std::size_t bytes) override { tails_.consumed(*tail_, bytes); }

private:
  LogTails& tails_;
  const TailPtr tail_;
};

LogTails::LogTails(LogTable& table, std::size_t tail_bytes_max)
    : table_(table), tail_bytes_max_(tail_bytes_max), reader_([this] { run(); }) {}

LogTails::~LogTails() {
  {
    const std::lock_guard lock(mutex_);
    assert(tails_.empty() && "a subscription outlived its log");
    closing_ = true;
  }
  woken_.notify_one();
  reader_.join();
}

std::unique_ptr<ports::Subscription> LogTails::add(const Stream& stream, std::uint64_t from,
                                                   ports::TailSink sink) {
  auto tail = std::make_shared<Tail>(stream, from, std::move(sink));
  {
    const std::lock_guard lock(mutex_);
    tails_.push_back(tail);
  }
  wake();
  return std::make_unique<Handle>(*this, std::move(tail));
}

void LogTails::remove(const TailPtr& tail) {
  tail->over = true;
  {
    const std::lock_guard lock(mutex_);
    std::erase(tails_, tail);
  }
  const std::lock_guard wait_for_callback(tail->delivering);
}

void LogTails::consumed(Tail& tail, std::size_t bytes) {
  const auto before = tail.unconsumed_bytes.fetch_sub(bytes);
  assert(before >= bytes && "consumed more than was delivered");
  if (before >= tail_bytes_max_ && before - bytes < tail_bytes_max_) wake();
}

void LogTails::wake() {
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

void LogTails::resumed() {
  // A tail that was live may have missed entries whose verdict was unknown.
  std::vector<TailPtr> tails;
  {
    const std::lock_guard lock(mutex_);
    tails = tails_;
  }
  for (const auto& tail : tails) {
    const std::lock_guard lock(tail->delivering);
    tail->live = false;
  }
  wake();
}

void LogTails::hand_over(Tail& tail, std::vector<LogEntry> entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.bytes.size();
  tail.next = entries.back().offset + 1;
  tail.unconsumed_bytes += bytes;
  tail.sink.on_entries(std::move(entries));
}

void LogTails::finish(Tail& tail, LogError error) {
  tail.over = true;
  if (tail.sink.on_error) tail.sink.on_error(error);
}

void LogTails::appended(const Stream& stream, std::vector<LogEntry> entries) {
  std::vector<TailPtr> tails;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& tail : tails_) {
      if (tail->stream == stream) tails.push_back(tail);
    }
  }
  bool behind = false;
  for (const auto& tail : tails) {
    const std::lock_guard lock(tail->delivering);
    if (tail->over || tail->next > entries.back().offset) continue;
    if (!tail->live || tail->next != entries.front().offset || tail->unconsumed_bytes >= tail_bytes_max_) {
      tail->live = false;
      behind = true;
      continue;
    }
    const bool last = tail == tails.back();
    hand_over(*tail, last ? std::move(entries) : entries);
    if (!tail->over && tail->sink.on_caught_up) tail->sink.on_caught_up(tail->next);
    if (last) break;
  }
  if (behind) wake();
}

bool LogTails::serve(Tail& tail) {
  const std::lock_guard lock(tail.delivering);
  if (tail.over || tail.live) return false;
  if (!table_.known(tail.stream)) return finish(tail, LogError::kNoStream), false;
  const auto unconsumed = tail.unconsumed_bytes.load();
  const auto [begin, end] = table_.bounds(tail.stream);
  if (tail.next == end && tail.next >= begin) {
    tail.live = true;
    // Whatever is committed from now on is shown to it: the writer moves the end before it looks for live tails.
    if (tail.sink.on_caught_up) tail.sink.on_caught_up(end);
    return false;
  }
  if (unconsumed >= tail_bytes_max_) return false;
  auto entries = table_.read(tail.stream, tail.next, std::min(kSliceBytes, tail_bytes_max_ - unconsumed));
  if (entries.ok()) {
    hand_over(tail, entries.take());
    return true;
  }
  if (entries.error() == LogError::kIo || entries.error() == LogError::kDiskFull) return false; // tried again
  finish(tail, entries.error());
  return false;
}

void LogTails::run() {
  take_role("logTails", Share::kAnswers);
  std::unique_lock lock(mutex_);
  while (!closing_) {
    work_ = false;
    const auto tails = tails_;
    lock.unlock();
    bool progress = false;
    for (const auto& tail : tails) progress |= serve(*tail);
    lock.lock();
    if (!progress) woken_.wait_for(lock, kReadAgain, [this] { return work_ || closing_; });
  }
}

} // namespace kindred::adapters
