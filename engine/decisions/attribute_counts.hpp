#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/decisions/attribute_crowd.hpp"

namespace kindred::decisions {

/// How many of a user's newest items have an attribute, by the catalog's numbers (catalog::AttributeNumbers), and what that
/// tells of his taste beside the crowd's.
///
/// Holds up to kMax attributes; what comes after is left out (a history of 128 events with 4 attributes each fits).
/// Reused between decisions; not thread-safe.
class AttributeCounts {
public:
  static constexpr std::size_t kMax = 512;

  void clear();
  bool empty() const { return size_ == 0; }
  /// One more item has it. Number 0 stands for no attribute and is not counted.
  void add(std::uint32_t number);
  std::uint32_t count(std::uint32_t number) const { return counts_[place(number)]; }

  /// Computes `lift` of all numbers. Call once, after the last `add`. Cost: O(kMax + numbers of the catalog).
  void weigh(const AttributeCrowd& crowd, std::span<const std::uint32_t> kinds, std::uint32_t kinds_end);
  /// log2 of how much likelier the user takes what has the attribute than the crowd does; n of his N attributes of this kind
  /// are this one, and p of the crowd's:
  ///     log2( (r n / p + 1 − r) ÷ (r N + 1 − r) )        r: how much users differ in this kind (attribute_crowd.hpp)
  /// The posterior mean of his share under a Dirichlet prior of mean p and precision (1 − r) / r, over p. 0: no attribute, a
  /// kind that he has nothing of, nothing weighed. Requires: a number of the catalog that was weighed by.
  float lift(std::uint32_t number) const { return number < lifts_.size() ? lifts_[number] : 0.0f; }

private:
  static constexpr std::size_t kPlaces = 2 * kMax;
  // Where the number is, or the empty place where it would be: at most kMax of kPlaces are taken, so there is one.
  std::size_t place(std::uint32_t number) const {
    std::size_t at = number & (kPlaces - 1);
    while (numbers_[at] != 0 && numbers_[at] != number) at = (at + 1) & (kPlaces - 1);
    return at;
  }
  std::array<std::uint32_t, kPlaces> numbers_{};
  std::array<std::uint32_t, kPlaces> counts_{};
  std::size_t size_ = 0;
  std::vector<float> lifts_;                // by number; empty: not weighed
  std::vector<float> of_kinds_, passed_by_; // scratch: by kind, his N and the lift of what he has nothing of
};

} // namespace kindred::decisions
