#pragma once

#include <array>
#include <cstdint>

namespace kindred::client {

/// When a read is asked of a second node as well: after what 95 % of the last reads took, and for at most one read in
/// twenty (Dean, Barroso: The Tail at Scale, CACM 2013). The bound keeps the load of slow nodes from doubling; it is
/// saved up to kHedgesSavedMax, so that a node that stops is hedged at once. Value type.
class Hedging {
public:
  static constexpr std::int64_t kAfterMin_us = 2'000, kAfterMax_us = 200'000;
  static constexpr std::uint32_t kOneIn = 20;
  static constexpr std::uint32_t kHedgesSavedMax = 20;
  static constexpr std::size_t kSamples =
      256; ///< of which the quantile is taken; before there are so many: kAfterMax
  static constexpr std::size_t kLookEvery = 32;

  /// A read was answered.
  void took(std::int64_t us);
  std::int64_t after_us() const { return after_us_; }
  /// Takes one hedge of those that are allowed; false: none is left.
  bool take();

private:
  std::array<std::int64_t, kSamples> last_us_{};
  std::size_t reads_ = 0;
  std::int64_t after_us_ = kAfterMax_us;
  std::uint32_t saved_ = kOneIn * kHedgesSavedMax; ///< in reads
};

} // namespace kindred::client
