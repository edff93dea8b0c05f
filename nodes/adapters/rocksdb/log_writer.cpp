#include "nodes/adapters/rocksdb/log_writer.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

#include <algorithm>

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using ports::Verdict;
using records::Stream;

namespace {
std::size_t bytes_of(const auto& group) {
  std::size_t bytes = 0;
  for (const auto& pending : group) bytes += pending.entry.size();
  return bytes;
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }
} // namespace

LogWriter::LogWriter(LogTable& table, LogTails& tails, LogProbe& probe, Settings settings)
    : table_(table), tails_(tails), probe_(probe), settings_(settings), thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::optional<LogError> LogWriter::health() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

std::string LogWriter::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

std::optional<LogError> LogWriter::refusal(const Stream& stream, std::size_t bytes) const {
  if (!table_.known(stream)) return LogError::kNoStream;
  if (bytes > records::kEntryBytesMax) return LogError::kTooLarge;
  if (closing_) return LogError::kClosed;
  if (failed_) return failed_;
  if (outstanding_ >= settings_.queue_max || outstanding_bytes_ + bytes > settings_.queue_bytes_max)
    return LogError::kFull;
  return std::nullopt;
}

void LogWriter::produce(const Stream& stream, Bytes entry, ports::Log::OnVerdict on_verdict) {
  std::unique_lock lock(mutex_);
  if (const auto error = refusal(stream, entry.size())) {
    lock.unlock();
    probe_.saw_refusal();
    on_verdict({Verdict::Kind::kRefused, 0, *error});
    return;
  }
  ++outstanding_;
  outstanding_bytes_ += entry.size();
  probe_.saw_queue(outstanding_, outstanding_bytes_);
  const bool idle = queue_.empty();
  queue_.push_back({stream, std::move(entry), std::move(on_verdict)});
  lock.unlock();
  if (idle) changed_.notify_one();
}

void LogWriter::answered(std::size_t entries, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  outstanding_ -= entries;
  outstanding_bytes_ -= bytes;
  probe_.saw_queue(outstanding_, outstanding_bytes_);
}

void LogWriter::set_state(std::optional<LogError> error, std::string why) {
  const std::lock_guard lock(mutex_);
  failed_ = error;
  why_ = std::move(why);
}

void LogWriter::run() {
  take_role("logWriter", Share::kAnswers);
  while (true) {
    if (health()) {
      refuse_queued();
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, settings_.try_again, [this] { return closing_; }))
        return; // the queue stays empty: the door is shut
      lock.unlock();
      if (recover()) set_state(std::nullopt, "");
      continue;
    }
    Group group = take_group();
    if (group.empty()) return;
    commit(std::move(group));
  }
}

LogWriter::Group LogWriter::take_group() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !queue_.empty() || closing_; });
  Group group;
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < settings_.group_entries_max) {
    bytes += queue_.front().entry.size();
    if (!group.empty() && bytes > settings_.group_bytes_max) break;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

bool LogWriter::has_room() {
  const auto free_bytes = table_.free_bytes();
  return !free_bytes || *free_bytes >= settings_.free_bytes_min;
}

void LogWriter::commit(Group group) {
  if (!has_room()) {
    set_state(LogError::kDiskFull, "the disk of " + table_.directory().string() + " has less than " +
                                       megabytes(settings_.free_bytes_min) +
                                       " left. Make room: appends go on by themselves.");
    answered(group.size(), bytes_of(group));
    for (auto& pending : group) pending.on_verdict({Verdict::Kind::kRefused, 0, LogError::kDiskFull});
    return;
  }
  const auto begun = std::chrono::steady_clock::now();
  std::vector<LogTable::Append> appends;
  appends.reserve(group.size());
  for (const auto& pending : group) appends.push_back({pending.stream, pending.entry, 0});
  const auto appended = table_.append(appends);
  if (!appended.ok()) {
    give_up(std::move(group), appended.error() == LogError::kDiskFull ? LogError::kDiskFull : LogError::kIo,
            "writing to " + table_.directory().string() + " failed (" +
                std::string(name_of(appended.error())) +
                "): it is reopened and checked before appends go on. See the disk and the kernel's log.");
    return;
  }
  const auto spent =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  probe_.saw_commit(group.size(), bytes_of(group), static_cast<std::uint64_t>(spent.count()));
  acknowledge(std::move(group), appends);
}

void LogWriter::acknowledge(Group group, const std::vector<LogTable::Append>& appends) {
  // Tails first: the fold is under way when the verdict lets a client ask for what it just told.
  answered(group.size(), bytes_of(group));
  std::vector<bool> shown(group.size(), false);
  for (std::size_t first = 0; first < group.size(); ++first) {
    if (shown[first]) continue;
    std::vector<LogEntry> entries;
    for (std::size_t i = first; i < group.size(); ++i) {
      if (group[i].stream != group[first].stream) continue;
      entries.push_back({appends[i].offset, std::move(group[i].entry)});
      shown[i] = true;
    }
    tails_.appended(group[first].stream, std::move(entries));
  }
  for (std::size_t i = 0; i < group.size(); ++i)
    group[i].on_verdict({Verdict::Kind::kAcked, appends[i].offset, {}});
}

void LogWriter::give_up(Group group, LogError error, std::string why) {
  probe_.saw_failure();
  reopen_ = true;
  set_state(error, std::move(why));
  answered(group.size(), bytes_of(group));
  for (auto& pending : group) pending.on_verdict({Verdict::Kind::kUnknown, 0, error});
}

void LogWriter::refuse_queued() {
  std::deque<Pending> queued;
  std::optional<LogError> error;
  {
    const std::lock_guard lock(mutex_);
    queued.swap(queue_);
    error = failed_;
  }
  answered(queued.size(), bytes_of(queued));
  for (auto& pending : queued) pending.on_verdict({Verdict::Kind::kRefused, 0, *error});
}

bool LogWriter::recover() {
  if (!has_room()) return false;
  if (!reopen_) return true;
  const auto reopened = table_.reopen();
  if (!reopened.ok()) {
    set_state(reopened.error().code == OpenError::kDiskFull ? LogError::kDiskFull : LogError::kIo,
              reopened.error().what);
    return false;
  }
  reopen_ = false;
  probe_.saw_reopening();
  tails_.resumed();
  return true;
}

} // namespace kindred::adapters
