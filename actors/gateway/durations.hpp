#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace kindred::actors::gateway {

/// A histogram of durations for whoever exports metrics: counts by bucket, and their sum. Written by actors, read by
/// others, without locks; all histograms have the same buckets, so that they can be added.
struct Durations {
  using Count = std::atomic<std::uint64_t>;
  /// Upper bounds of the buckets in µs; the last bucket has none.
  static constexpr std::array<std::int64_t, 14> kBounds_us{100,     250,       500,       1'000,     2'500,
                                                           5'000,   10'000,    25'000,    50'000,    100'000,
                                                           250'000, 1'000'000, 5'000'000, 10'000'000};

  /// A negative duration counts as none.
  void saw(std::int64_t us) {
    std::size_t bucket = 0;
    while (bucket < kBounds_us.size() && us > kBounds_us[bucket]) ++bucket;
    counts[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_us.fetch_add(static_cast<std::uint64_t>(us < 0 ? 0 : us), std::memory_order_relaxed);
  }

  std::array<Count, kBounds_us.size() + 1> counts{};
  Count sum_us{0};
};

} // namespace kindred::actors::gateway
