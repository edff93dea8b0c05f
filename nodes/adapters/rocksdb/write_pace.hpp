#pragma once

#include <cstdint>
#include <mutex>

#include <rocksdb/rate_limiter.h>

#include "engine/base/time.hpp"

namespace kindred::adapters {

/// When a write of so many bytes may begin where they pass at a rate, with a burst at most (virtual scheduling, ITU-T I.371).
/// What was asked for waits for what was asked for before it, kDebtMax at most, never for another waiter. Value type.
class WriteSchedule {
public:
  WriteSchedule(std::int64_t bytes_per_second, Duration burst)
      : bytes_per_second_(bytes_per_second), burst_(burst) {}

  /// How long to wait from `now_us` on; steady microseconds. Requires: bytes >= 0.
  Duration reserve(std::int64_t bytes, std::int64_t now_us);
  std::int64_t bytes_per_second() const { return bytes_per_second_; }
  void set_bytes_per_second(std::int64_t rate) { bytes_per_second_ = rate; }
  std::int64_t burst_bytes() const { return bytes_per_second_ * burst_.us / kSecond.us; }

  static constexpr Duration kDebtMax{100 * kMillisecond.us};

private:
  std::int64_t bytes_per_second_;
  Duration burst_;
  std::int64_t free_us_ = INT64_MIN; ///< when all that was reserved has passed
};

/// What RocksDB writes behind everybody's back, flushes and compactions of one database, at a bounded rate. Its own limiter of
/// before 8.5.3 can stop to grant requests for good (docs/decisions/0036). What writes wait for does not wait for the rest:
/// flushes (IO_HIGH), and whatever it is while writes are slowed or stopped (IO_USER); compactions have what these leave.
/// Thread-safe; who asks sleeps, without a lock.
class WritePace final : public rocksdb::RateLimiter {
public:
  WritePace(std::int64_t bytes_per_second, Duration burst)
      : urgent_(bytes_per_second, burst), all_(bytes_per_second, burst) {}

  /// How long who asks at `now_us` (steady) has to sleep; counts it.
  Duration reserve(std::int64_t bytes, rocksdb::Env::IOPriority priority, std::int64_t now_us);

  void SetBytesPerSecond(std::int64_t bytes_per_second) override;
  void Request(std::int64_t bytes, rocksdb::Env::IOPriority priority,
               rocksdb::Statistics* statistics) override;
  using rocksdb::RateLimiter::Request;
  std::int64_t GetSingleBurstBytes() const override;
  std::int64_t GetTotalBytesThrough(rocksdb::Env::IOPriority priority) const override;
  std::int64_t GetTotalRequests(rocksdb::Env::IOPriority priority) const override;
  std::int64_t GetBytesPerSecond() const override;

private:
  struct Through {
    std::int64_t bytes = 0, requests = 0;
  };
  Through through(rocksdb::Env::IOPriority priority) const;

  mutable std::mutex mutex_;
  WriteSchedule urgent_, all_;
  Through through_[rocksdb::Env::IO_TOTAL]; ///< by priority
};

} // namespace kindred::adapters
