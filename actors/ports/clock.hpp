#pragma once

#include <atomic>
#include <chrono>

#include "engine/base/time.hpp"

namespace kindred::ports {

/// What time it is (design §4 "Time is a port"). Thread-safe.
class Clock {
public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  /// True for the clock that follows the times in the events.
  virtual bool follows_events() const = 0;
  /// Events clock: moves forward to `t` if that is later. Wall clock: ignored.
  virtual void advance(Instant t) = 0;
  /// For deadlines and retries: never goes back, runs on where `now` stands still; its zero means nothing.
  virtual std::int64_t steady_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

/// The time of day, in UTC, as the machine has it: for life.
class WallClock final : public Clock {
public:
  Instant now() const override {
    return {std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }
  bool follows_events() const override { return false; }
  void advance(Instant) override {}
};

/// The greatest time met in the events, for replays and simulations: the same input gives the same run.
class EventsClock final : public Clock {
public:
  explicit EventsClock(Instant start = {}) : now_us_(start.us) {}
  Instant now() const override { return {now_us_.load(std::memory_order_acquire)}; }
  bool follows_events() const override { return true; }
  void advance(Instant t) override {
    std::int64_t seen = now_us_.load(std::memory_order_relaxed);
    while (t.us > seen && !now_us_.compare_exchange_weak(seen, t.us, std::memory_order_acq_rel)) {
    }
  }

private:
  std::atomic<std::int64_t> now_us_;
};

} // namespace kindred::ports
