#pragma once

#include <atomic>

#include "actors/ports/clock.hpp"

namespace kindred::support {

/// A clock that moves only when a test moves it. Thread-safe.
class HandClock final : public ports::Clock {
public:
  explicit HandClock(bool follows_events = false) : follows_events_(follows_events) {}
  Instant now() const override { return {now_us_.load()}; }
  bool follows_events() const override { return follows_events_; }
  void advance(Instant t) override { now_us_ = std::max(now_us_.load(), t.us); }
  std::int64_t steady_us() const override { return steady_us_.load(); }

  void set(Instant t) { now_us_ = t.us; }
  /// Both clocks go on by `d`.
  void pass(Duration d) {
    now_us_ += d.us;
    steady_us_ += d.us;
  }

private:
  const bool follows_events_;
  std::atomic<std::int64_t> now_us_{1'700'000'000'000'000};
  std::atomic<std::int64_t> steady_us_{1'000'000};
};

} // namespace kindred::support
