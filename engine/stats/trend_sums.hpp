#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/time.hpp"

namespace kindred::stats {

/// Exact sums by slot: a hash table with linear probing, 16 bytes a place. A sum that came back to zero keeps its place.
/// Value type; owned by TrendSums.
class SlotSums {
public:
  static constexpr std::uint32_t kFree = 0xffffffffu;
  struct Place {
    std::uint32_t slot = kFree;
    std::int64_t sum = 0;
  };

  std::int64_t& at(std::uint32_t slot); ///< inserts a zero where absent; good until the next call
  std::int64_t of(std::uint32_t slot) const;
  std::size_t size() const { return used_; }
  const std::vector<Place>& places() const {
    return places_;
  } ///< free ones too, in no order that means anything

private:
  void grow();
  std::vector<Place> places_; ///< a power of two; at most half are used
  std::size_t used_ = 0;
};

/// The decayed sums of one scope at one half-life: exact per generation and slot, and laid out to be read for all slots
/// at once in every decision.
///
/// The newest generations of populous scopes also keep their sums as doubles by slot (exact below 2^53). Both forms read
/// the same: double(sum) × read_factor, generations ascending, never fused. Value type; owned by FastModel.
class TrendSums {
public:
  void add(std::int32_t generation, std::uint32_t slot, std::int64_t amount, std::size_t slots);

  /// out[slot] = value, for all slots. Cost: one multiply-add per slot and dense generation.
  void read(Duration half_life, Instant as_of, std::size_t slots, std::vector<float>& out) const;
  double read_one(Duration half_life, Instant as_of, std::uint32_t slot) const;

  struct Generation {
    SlotSums sums;
    std::vector<double> dense; ///< by slot, a multiple of kBlock; empty: read from sums
  };
  const std::map<std::int32_t, Generation>& generations() const { return generations_; }

  static constexpr std::size_t kBlock = 256; ///< slots read together

private:
  static constexpr int kHotGenerations = 5; ///< those read at the newest as-of, and the one ahead of it
  static constexpr std::size_t kSparseShare =
      16; ///< dense where more than a sixteenth of the slots has a sum

  void start(std::int32_t generation);
  std::map<std::int32_t, Generation> generations_;
};

} // namespace kindred::stats
