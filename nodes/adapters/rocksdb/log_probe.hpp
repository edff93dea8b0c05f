#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace kindred::adapters {

/// What an operator sees of a log that fsyncs. Written by the log, read by whoever exports metrics; both without locks.
class LogProbe {
public:
  /// Buckets of powers of two: bucket i counts commits that took less than 2^i µs (the last: all longer ones).
  static constexpr std::size_t kBuckets = 24;

  void saw_commit(std::uint64_t entries, std::uint64_t bytes, std::uint64_t duration_us) {
    add(commits_, 1);
    add(entries_, entries);
    add(bytes_, bytes);
    add(commit_us_, duration_us);
    const auto bucket = static_cast<std::size_t>(std::bit_width(duration_us));
    add(durations_[bucket < kBuckets ? bucket : kBuckets - 1], 1);
  }
  void saw_refusal() { add(refusals_, 1); }
  void saw_failure() { add(failures_, 1); }
  void saw_reopening() { add(reopenings_, 1); }
  void saw_queue(std::size_t entries, std::size_t bytes) {
    queued_.store(entries, std::memory_order_relaxed);
    queued_bytes_.store(bytes, std::memory_order_relaxed);
  }

  std::uint64_t commits() const { return get(commits_); }     ///< fsyncs
  std::uint64_t entries() const { return get(entries_); }     ///< acknowledged
  std::uint64_t bytes() const { return get(bytes_); }         ///< of these
  std::uint64_t commit_us() const { return get(commit_us_); } ///< sum
  std::uint64_t duration_bucket(std::size_t i) const { return get(durations_[i]); }
  std::uint64_t refusals() const { return get(refusals_); }     ///< at the door
  std::uint64_t failures() const { return get(failures_); }     ///< commits that failed
  std::uint64_t reopenings() const { return get(reopenings_); } ///< that brought the log back
  std::uint64_t queued() const { return get(queued_); }         ///< entries without a verdict
  std::uint64_t queued_bytes() const { return get(queued_bytes_); }

private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n) { count.fetch_add(n, std::memory_order_relaxed); }
  static std::uint64_t get(const Count& count) { return count.load(std::memory_order_relaxed); }

  Count commits_{0}, entries_{0}, bytes_{0}, commit_us_{0}, refusals_{0}, failures_{0}, reopenings_{0};
  Count queued_{0}, queued_bytes_{0};
  std::array<Count, kBuckets> durations_{};
};

} // namespace kindred::adapters
