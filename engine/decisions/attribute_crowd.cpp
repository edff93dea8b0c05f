#include "engine/decisions/attribute_crowd.hpp"

#include <algorithm>
#include <array>

namespace kindred::decisions {

using stats::FastDelta;
using stats::FastModel;

namespace {

/// More is taken for so many, so that no sum over a catalog or over the neighbours read leaves 64 bits.
constexpr std::int64_t kCountMost = std::int64_t{1} << 40;

std::int64_t within(std::int64_t count) { return std::clamp<std::int64_t>(count, 0, kCountMost); }

} // namespace

void AttributeCrowd::follow(const catalog::Catalog& catalog, const FastModel* fast, const SlotMap& map) {
  const std::uint64_t fast_version = fast == nullptr ? 0 : fast->version();
  if (has_any_ && catalog.version() == catalog_version_ && (fast != nullptr) == has_fast_ &&
      fast_version == fast_version_)
    return;
  catalog_version_ = catalog.version();
  fast_version_ = fast_version;
  has_fast_ = fast != nullptr;
  has_any_ = true;
  take_shares(catalog, fast == nullptr ? std::span<const std::int64_t>{} : fast->counts(FastDelta::kMarks),
              map);
  take_tellings(catalog, fast, map);
}

void AttributeCrowd::take_shares(const catalog::Catalog& catalog, std::span<const std::int64_t> marks,
                                 const SlotMap& map) {
  const auto kinds = catalog.attribute_numbers().kinds();
  uses_.assign(kinds.size(), 0);
  of_kinds_.assign(catalog.attribute_numbers().kinds_end(), 0);
  by_marks_.clear();
  const auto& numbers = catalog.columns().numbers;
  for (std::uint32_t ordinal = 0; ordinal < numbers.size(); ++ordinal) {
    const std::uint32_t slot = map.slots()[ordinal];
    const std::int64_t uses = slot < marks.size() ? within(marks[slot]) : 0;
    if (uses > 0) by_marks_.emplace_back(-uses, ordinal);
    for (const std::uint32_t number : numbers[ordinal]) uses_[number] += uses + 1;
  }
  uses_[0] = 0;
  for (std::size_t number = 0; number < kinds.size(); ++number) of_kinds_[kinds[number]] += uses_[number];
  shares_.resize(kinds.size());
  for (std::size_t number = 0; number < kinds.size(); ++number)
    shares_[number] = uses_[number] == 0 ? 0.0f
                                         : static_cast<float>(static_cast<double>(uses_[number]) /
                                                              static_cast<double>(of_kinds_[kinds[number]]));
}

void AttributeCrowd::take_tellings(const catalog::Catalog& catalog, const FastModel* fast,
                                   const SlotMap& map) {
  pairs_.assign(catalog.attribute_numbers().kinds_end(), {});
  const std::size_t most = std::min(by_marks_.size(), kRowsRead);
  const auto end = by_marks_.begin() + static_cast<std::ptrdiff_t>(most);
  std::partial_sort(by_marks_.begin(), end, by_marks_.end());
  std::size_t left = kNeighboursRead;
  for (auto at = by_marks_.begin(); at != end; ++at) {
    const std::size_t size = fast->co_occurring(map.slots()[at->second]).size();
    if (size > left) continue;
    left -= size;
    read_row(catalog, *fast, map, at->second);
  }
  tellings_.resize(pairs_.size());
  for (std::size_t kind = 0; kind < pairs_.size(); ++kind) {
    const Pairs& pairs = pairs_[kind];
    const double alike = static_cast<double>(pairs.alike) - pairs.by_chance + kPriorPairs * kPriorTelling;
    const double all = static_cast<double>(pairs.all) - pairs.by_chance + kPriorPairs;
    tellings_[kind] = static_cast<float>(std::clamp(alike / all, 0.0, kTellingMax));
  }
}

/// Each attribute of the item against each of its kind that a neighbour has. Pairs are whole numbers until the row is read:
/// the order of slots means nothing.
void AttributeCrowd::read_row(const catalog::Catalog& catalog, const FastModel& fast, const SlotMap& map,
                              std::uint32_t ordinal) {
  const auto& numbers = catalog.columns().numbers;
  const auto kinds = catalog.attribute_numbers().kinds();
  const auto& own = numbers[ordinal];
  std::array<std::int64_t, catalog::Columns::kAttributes> all{}, alike{};
  fast.co_occurring(map.slots()[ordinal]).for_each([&](std::uint32_t slot, std::int64_t told) {
    const std::uint32_t other = map.ordinals()[slot];
    if (other == SlotMap::kNoOrdinal) return;
    const std::int64_t count = within(told);
    for (std::size_t i = 0; i < own.size() && own[i] != 0; ++i) {
      for (const std::uint32_t theirs : numbers[other]) {
        if (kinds[theirs] == kinds[own[i]]) all[i] += count;
        if (theirs == own[i]) alike[i] += count;
      }
    }
  });
  for (std::size_t i = 0; i < own.size() && own[i] != 0; ++i) {
    Pairs& pairs = pairs_[kinds[own[i]]];
    pairs.all += all[i];
    pairs.alike += alike[i];
    pairs.by_chance += static_cast<double>(all[i]) * static_cast<double>(shares_[own[i]]);
  }
}

} // namespace kindred::decisions
