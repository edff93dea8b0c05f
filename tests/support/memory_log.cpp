#include "tests/support/memory_log.hpp"

#include <algorithm>
#include <cassert>

namespace kindred::support {

using ports::LogEntry;
using ports::LogError;
using ports::Verdict;
using records::Stream;
using records::Topic;

class MemoryLog::Handle final : public ports::Subscription {
public:
  Handle(MemoryLog& log, std::uint64_t id) : log_(log), id_(id) {}
  ~Handle() override { log_.end_tail(id_); }
  void consumed(std::size_t bytes) override { log_.consumed(id_, bytes); }

private:
  MemoryLog& log_;
  const std::uint64_t id_;
};

MemoryLog::MemoryLog(std::shared_ptr<MemoryLogDisk> disk, Settings settings)
    : settings_(settings), disk_(std::move(disk)) {}

MemoryLog::MemoryLog(Settings settings) : MemoryLog(std::make_shared<MemoryLogDisk>(), settings) {}

MemoryLog::~MemoryLog() { assert(tails_.empty() && "a subscription outlived its log"); }

std::uint64_t MemoryLog::incarnation() const {
  const Lock lock(mutex_);
  return disk_->incarnation;
}

bool MemoryLog::known(const Stream& stream) const {
  return stream.partition.value < (stream.topic == Topic::kEvents ? settings_.partitions : 1);
}

std::optional<LogError> MemoryLog::refusal(const Stream& stream, std::size_t bytes) const {
  if (!known(stream)) return LogError::kNoStream;
  if (bytes > records::kEntryBytesMax) return LogError::kTooLarge;
  if (failed_) return failed_;
  if (queued_ >= settings_.queue_max || queued_bytes_ + bytes > settings_.queue_bytes_max)
    return LogError::kFull;
  return std::nullopt;
}

void MemoryLog::produce(const Stream& stream, Bytes entry, OnVerdict on_verdict) {
  Lock lock(mutex_);
  if (const auto error = refusal(stream, entry.size())) {
    lock.unlock();
    on_verdict({Verdict::Kind::kRefused, 0, *error});
    return;
  }
  ++queued_;
  queued_bytes_ += entry.size();
  lanes_[stream].commits.push_back({std::move(entry), std::move(on_verdict)});
  run(lock);
}

std::unique_ptr<ports::Subscription> MemoryLog::tail(const Stream& stream, std::uint64_t from,
                                                     ports::TailSink sink) {
  Lock lock(mutex_);
  const std::uint64_t id = ++last_subscription_;
  auto tail = std::make_shared<Tail>();
  tail->stream = stream;
  tail->sink = std::move(sink);
  tail->next = from;
  tails_.emplace(id, std::move(tail));
  auto handle = std::make_unique<Handle>(*this, id);
  run(lock);
  return handle;
}

Result<ports::Log::Bounds, LogError> MemoryLog::bounds(const Stream& stream) {
  const Lock lock(mutex_);
  if (!known(stream)) return LogError::kNoStream;
  const auto& tape = disk_->tapes[stream];
  return Bounds{tape.begin, tape.end};
}

Result<std::vector<LogEntry>, LogError> MemoryLog::read(const Stream& stream, std::uint64_t from,
                                                        std::size_t bytes_max) {
  const Lock lock(mutex_);
  if (!known(stream)) return LogError::kNoStream;
  const auto& tape = disk_->tapes[stream];
  if (from < tape.begin) return LogError::kOutOfRange;
  if (from > tape.end) return LogError::kWentBack;
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  for (auto at = tape.entries.lower_bound(from); at != tape.entries.end(); ++at) {
    bytes += at->second.size();
    if (!entries.empty() && bytes > bytes_max) break;
    if (std::ranges::count(tape.unreadable, at->first) != 0) return LogError::kCorrupt;
    entries.push_back({at->first, at->second});
  }
  return entries;
}

Result<Done, LogError> MemoryLog::trim(const Stream& stream, std::uint64_t before) {
  Lock lock(mutex_);
  if (!known(stream)) return LogError::kNoStream;
  auto& tape = disk_->tapes[stream];
  tape.begin = std::max(tape.begin, std::min(before, tape.end));
  while (!tape.entries.empty() && tape.entries.begin()->first < tape.begin)
    tape.trimmed.insert(tape.entries.extract(tape.entries.begin()));
  run(lock);
  return Done{};
}

Result<std::uint64_t, LogError> MemoryLog::next_epoch() {
  const Lock lock(mutex_);
  if (failed_) return *failed_;
  return ++disk_->epoch;
}

Result<Done, LogError> MemoryLog::health() const {
  const Lock lock(mutex_);
  if (failed_) return *failed_;
  return Done{};
}

// ---- what moves ----

bool MemoryLog::deliverable(const Tail& tail) const {
  if (tail.over) return false;
  if (!known(tail.stream)) return true;
  const auto& tape = disk_->tapes[tail.stream];
  if (tail.next < tape.begin || tail.next > tape.end) return true;
  if (tail.next == tape.end) return tail.caught_up_at != tape.end;
  return tail.unconsumed_bytes < settings_.tail_bytes_max;
}

std::vector<MemoryLog::Step> MemoryLog::ready_locked() const {
  std::vector<Step> steps;
  for (const auto& [stream, lane] : lanes_) {
    if (!held_ && !lane.commits.empty()) steps.push_back({Step::Kind::kCommit, stream, 0});
    if (!lane.verdicts.empty()) steps.push_back({Step::Kind::kVerdict, stream, 0});
  }
  for (const auto& [id, tail] : tails_) {
    if (deliverable(*tail)) steps.push_back({Step::Kind::kDeliver, tail->stream, id});
  }
  return steps;
}

std::vector<MemoryLog::Step> MemoryLog::ready() const {
  const Lock lock(mutex_);
  return ready_locked();
}

bool MemoryLog::step(const Step& step) {
  Lock lock(mutex_);
  if (running_) return false;
  const auto steps = ready_locked();
  if (std::ranges::find(steps, step) == steps.end()) return false;
  running_ = true;
  runner_ = std::this_thread::get_id();
  carry_out(lock, step);
  running_ = false;
  return true;
}

std::uint64_t MemoryLog::newest_subscription() const {
  const Lock lock(mutex_);
  return last_subscription_;
}

void MemoryLog::pump() {
  Lock lock(mutex_);
  if (running_) return; // the thread at it goes on until nothing is ready
  running_ = true;
  runner_ = std::this_thread::get_id();
  for (auto steps = ready_locked(); !steps.empty(); steps = ready_locked()) carry_out(lock, steps.front());
  running_ = false;
}

void MemoryLog::run(Lock& lock) {
  lock.unlock();
  if (!settings_.manual) pump();
}

void MemoryLog::carry_out(Lock& lock, const Step& step) {
  switch (step.kind) {
  case Step::Kind::kCommit: commit(step.stream); break;
  case Step::Kind::kVerdict: {
    auto& verdicts = lanes_[step.stream].verdicts;
    const Answered answered = std::move(verdicts.front());
    verdicts.pop_front();
    lock.unlock();
    answered.on_verdict(answered.verdict);
    lock.lock();
    break;
  }
  case Step::Kind::kDeliver: deliver(lock, step.subscription); break;
  }
}

void MemoryLog::commit(const Stream& stream) {
  auto& lane = lanes_[stream];
  Pending pending = std::move(lane.commits.front());
  lane.commits.pop_front();
  --queued_;
  queued_bytes_ -= pending.entry.size();

  Fate fate;
  if (failed_) {
    fate = {Fate::Kind::kRefused, *failed_};
  } else if (judge_) {
    fate = judge_(stream, pending.entry);
  }
  const bool taken = fate.kind == Fate::Kind::kTaken || fate.kind == Fate::Kind::kUnknownTaken;
  auto& tape = disk_->tapes[stream];
  if (taken) write(tape, pending.entry, fate);
  Verdict verdict;
  verdict.error = fate.error;
  if (fate.kind == Fate::Kind::kTaken) verdict = {Verdict::Kind::kAcked, tape.end - 1, {}};
  if (fate.kind == Fate::Kind::kRefused) verdict.kind = Verdict::Kind::kRefused;
  lane.verdicts.push_back({verdict, std::move(pending.on_verdict)});
}

void MemoryLog::write(MemoryLogDisk::Tape& tape, const Bytes& entry, const Fate& fate) {
  tape.end += fate.gap;
  for (std::uint32_t copy = 0; copy < fate.copies; ++copy) tape.entries.emplace(tape.end++, entry);
}

MemoryLog::Delivery MemoryLog::next_delivery(Tail& tail) const {
  Delivery delivery;
  if (!known(tail.stream)) return {{}, LogError::kNoStream, {}};
  const auto& tape = disk_->tapes[tail.stream];
  if (tail.next < tape.begin) return {{}, LogError::kOutOfRange, {}};
  if (tail.next > tape.end) return {{}, LogError::kWentBack, {}};
  auto at = tape.entries.lower_bound(tail.next);
  for (; at != tape.entries.end(); ++at) {
    if (delivery.entries.size() == settings_.slice_entries_max) break;
    if (tail.unconsumed_bytes >= settings_.tail_bytes_max) break;
    if (std::ranges::count(tape.unreadable, at->first) != 0) break;
    tail.unconsumed_bytes += at->second.size();
    delivery.entries.push_back({at->first, at->second});
    tail.next = at->first + 1;
  }
  if (at == tape.entries.end()) {
    tail.next = tape.end;
    tail.caught_up_at = delivery.caught_up_at = tape.end;
  } else if (delivery.entries.empty()) {
    delivery.error = LogError::kCorrupt;
  }
  return delivery;
}

void MemoryLog::deliver(Lock& lock, std::uint64_t subscription) {
  const auto tail = tails_.at(subscription); // kept alive while its callback runs
  auto delivery = next_delivery(*tail);
  if (delivery.error) tail->over = true;
  delivering_to_ = subscription;
  lock.unlock();
  if (!delivery.entries.empty()) tail->sink.on_entries(std::move(delivery.entries));
  if (delivery.caught_up_at && !tail->over && tail->sink.on_caught_up)
    tail->sink.on_caught_up(*delivery.caught_up_at);
  if (delivery.error && tail->sink.on_error) tail->sink.on_error(*delivery.error);
  lock.lock();
  delivering_to_ = 0;
  callback_done_.notify_all();
}

void MemoryLog::consumed(std::uint64_t subscription, std::size_t bytes) {
  Lock lock(mutex_);
  const auto tail = tails_.find(subscription);
  if (tail == tails_.end()) return;
  auto& unconsumed = tail->second->unconsumed_bytes;
  unconsumed -= std::min(unconsumed, bytes);
  run(lock);
}

void MemoryLog::end_tail(std::uint64_t subscription) {
  Lock lock(mutex_);
  const auto tail = tails_.find(subscription);
  tail->second->over = true;
  tails_.erase(tail);
  if (running_ && runner_ == std::this_thread::get_id()) return; // inside a callback of ours
  callback_done_.wait(lock, [&] { return delivering_to_ != subscription; });
}

// ---- faults ----

void MemoryLog::judge_with(Judge judge) {
  const Lock lock(mutex_);
  judge_ = std::move(judge);
}

void MemoryLog::hold(bool held) {
  Lock lock(mutex_);
  held_ = held;
  run(lock);
}

void MemoryLog::fail(std::optional<LogError> error) {
  Lock lock(mutex_);
  failed_ = error;
  run(lock);
}

void MemoryLog::lose_tail(const Stream& stream, std::uint64_t end) {
  Lock lock(mutex_);
  auto& tape = disk_->tapes[stream];
  tape.entries.erase(tape.entries.lower_bound(end), tape.entries.end());
  tape.end = std::min(tape.end, end);
  run(lock);
}

void MemoryLog::rot(const Stream& stream, std::uint64_t offset) {
  const Lock lock(mutex_);
  disk_->tapes[stream].unreadable.push_back(offset);
}

} // namespace kindred::support
