#pragma once

#include <array>
#include <cstdint>

#include "engine/base/ids.hpp"

namespace kindred::decisions {

/// How many of a user's newest items have an attribute; a small open table that is read once per item and attribute.
///
/// Holds up to kMax attributes; what comes after is left out (a history of 128 events with 4 attributes each fits).
/// Never iterated, so its order means nothing. Reused between decisions; not thread-safe.
class AttributeCounts {
public:
  static constexpr std::size_t kMax = 512;

  void clear();
  bool empty() const { return size_ == 0; }
  /// One more item has it. Id 0 stands for no attribute and is not counted.
  void add(AttributeId id);
  std::uint32_t count(AttributeId id) const { return counts_[place(id)]; }
  /// log2(1 + count), as `freeze` left it; 0 where not counted.
  float evidence(AttributeId id) const { return evidence_[place(id)]; }
  /// Computes `evidence` of all that was added. Call once, after the last `add`.
  void freeze();

private:
  static constexpr std::size_t kPlaces = 2 * kMax;
  // Where the id is, or the empty place where it would be: at most kMax of kPlaces are taken, so there is one.
  std::size_t place(AttributeId id) const {
    std::size_t at = id.value & (kPlaces - 1);
    while (ids_[at].value != 0 && ids_[at] != id) at = (at + 1) & (kPlaces - 1);
    return at;
  }
  std::array<AttributeId, kPlaces> ids_{};
  std::array<std::uint32_t, kPlaces> counts_{};
  std::array<float, kPlaces> evidence_{};
  std::size_t size_ = 0;
};

} // namespace kindred::decisions
