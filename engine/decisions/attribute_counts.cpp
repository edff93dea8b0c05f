#include "engine/decisions/attribute_counts.hpp"

#include "engine/base/math.hpp"

namespace kindred::decisions {

void AttributeCounts::clear() {
  if (size_ == 0) return;
  ids_.fill({});
  counts_.fill(0);
  evidence_.fill(0);
  size_ = 0;
}

void AttributeCounts::add(AttributeId id) {
  if (id.value == 0) return;
  const std::size_t at = place(id);
  if (ids_[at].value == 0) {
    if (size_ == kMax) return;
    ids_[at] = id;
    ++size_;
  }
  ++counts_[at];
}

void AttributeCounts::freeze() {
  for (std::size_t at = 0; at < kPlaces; ++at) {
    if (counts_[at] != 0) evidence_[at] = portable_log2(1.0f + static_cast<float>(counts_[at]));
  }
}

} // namespace kindred::decisions
