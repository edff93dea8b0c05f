#include "nodes/adapters/rocksdb/write_pace.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "nodes/adapters/threads/steady_us.hpp"

namespace kindred::adapters {

Duration WriteSchedule::reserve(std::int64_t bytes, std::int64_t now_us) {
  free_us_ = std::clamp(free_us_, now_us - burst_.us, now_us + kDebtMax.us);
  const Duration wait{std::max<std::int64_t>(0, free_us_ - now_us)};
  free_us_ += bytes * kSecond.us / bytes_per_second_;
  return wait;
}

void WritePace::SetBytesPerSecond(std::int64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  urgent_.set_bytes_per_second(bytes_per_second);
  all_.set_bytes_per_second(bytes_per_second);
}

Duration WritePace::reserve(std::int64_t bytes, rocksdb::Env::IOPriority priority, std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  if (priority < rocksdb::Env::IO_TOTAL) {
    through_[priority].bytes += bytes;
    ++through_[priority].requests;
  }
  const Duration behind_all = all_.reserve(bytes, now_us);
  return priority >= rocksdb::Env::IO_HIGH ? urgent_.reserve(bytes, now_us) : behind_all;
}

void WritePace::Request(std::int64_t bytes, rocksdb::Env::IOPriority priority, rocksdb::Statistics*) {
  const Duration wait = reserve(bytes, priority, steady_us());
  if (wait.us > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait.us));
}

std::int64_t WritePace::GetSingleBurstBytes() const {
  const std::lock_guard lock(mutex_);
  return all_.burst_bytes();
}

std::int64_t WritePace::GetBytesPerSecond() const {
  const std::lock_guard lock(mutex_);
  return all_.bytes_per_second();
}

WritePace::Through WritePace::through(rocksdb::Env::IOPriority priority) const {
  const std::lock_guard lock(mutex_);
  if (priority < rocksdb::Env::IO_TOTAL) return through_[priority];
  Through all;
  for (const Through& one : through_) {
    all.bytes += one.bytes;
    all.requests += one.requests;
  }
  return all;
}

std::int64_t WritePace::GetTotalBytesThrough(rocksdb::Env::IOPriority priority) const {
  return through(priority).bytes;
}
std::int64_t WritePace::GetTotalRequests(rocksdb::Env::IOPriority priority) const {
  return through(priority).requests;
}

} // namespace kindred::adapters
