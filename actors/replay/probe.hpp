#pragma once

#include <atomic>
#include <cstdint>

namespace kindred::actors::replay {

/// What an operator sees of replays. Written by the actor, read by whoever exports metrics; both without locks.
class Probe {
public:
  void saw_job(bool again) { (again ? replays_ : explanations_).fetch_add(1, std::memory_order_relaxed); }
  void saw_difference() { differences_.fetch_add(1, std::memory_order_relaxed); }
  void saw_waiting(std::size_t jobs) { waiting_.store(jobs, std::memory_order_relaxed); }
  void saw_read(std::size_t bytes) { bytes_read_.fetch_add(bytes, std::memory_order_relaxed); }

  std::uint64_t replays() const { return replays_.load(std::memory_order_relaxed); }
  std::uint64_t explanations() const { return explanations_.load(std::memory_order_relaxed); }
  std::uint64_t differences() const {
    return differences_.load(std::memory_order_relaxed);
  } ///< broken law: alarm
  std::uint64_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> replays_{0};
  std::atomic<std::uint64_t> explanations_{0};
  std::atomic<std::uint64_t> differences_{0};
  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<std::uint64_t> bytes_read_{0};
};

} // namespace kindred::actors::replay
