#include "engine/decisions/attribute_counts.hpp"

#include "engine/base/math.hpp"

namespace kindred::decisions {

void AttributeCounts::clear() {
  lifts_.clear();
  if (size_ == 0) return;
  numbers_.fill(0);
  counts_.fill(0);
  size_ = 0;
}

void AttributeCounts::add(std::uint32_t number) {
  if (number == 0) return;
  const std::size_t at = place(number);
  if (numbers_[at] == 0) {
    if (size_ == kMax) return;
    numbers_[at] = number;
    ++size_;
  }
  ++counts_[at];
}

void AttributeCounts::weigh(const AttributeCrowd& crowd, std::span<const std::uint32_t> kinds,
                            std::uint32_t kinds_end) {
  const auto shares = crowd.shares();
  const auto tellings = crowd.tellings();
  of_kinds_.assign(kinds_end, 0.0f);
  for (std::size_t at = 0; at < kPlaces; ++at)
    if (numbers_[at] != 0) of_kinds_[kinds[numbers_[at]]] += static_cast<float>(counts_[at]);
  passed_by_.assign(kinds_end, 0.0f);
  for (std::uint32_t kind = 1; kind < kinds_end; ++kind) {
    const float r = tellings[kind], all = of_kinds_[kind];
    if (all != 0) passed_by_[kind] = portable_log2((1 - r) / (r * all + (1 - r)));
  }
  lifts_.resize(kinds.size());
  for (std::size_t number = 0; number < kinds.size(); ++number) lifts_[number] = passed_by_[kinds[number]];
  for (std::size_t at = 0; at < kPlaces; ++at) {
    const std::uint32_t number = numbers_[at];
    if (number == 0) continue;
    const float r = tellings[kinds[number]], all = of_kinds_[kinds[number]];
    const float taken = r * static_cast<float>(counts_[at]) / shares[number] + (1 - r);
    lifts_[number] = portable_log2(taken / (r * all + (1 - r)));
  }
}

} // namespace kindred::decisions
