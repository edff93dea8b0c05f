#include "engine/profiles/erased_ids.hpp"

#include <algorithm>
#include <functional>

namespace kindred::profiles {
namespace {
constexpr std::uint8_t kVersion = 1;
}

void ErasedIds::add(const std::vector<RecordId>& ids) {
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  std::sort(ids_.begin(), ids_.end());
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

bool ErasedIds::contains(const RecordId& id) const {
  return std::binary_search(ids_.begin(), ids_.end(), id);
}

Bytes ErasedIds::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(ids_.size()));
  for (const RecordId& id : ids_) out.id128(id);
  return out.take();
}

std::optional<ErasedIds> ErasedIds::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  ErasedIds read;
  read.ids_.resize(in.count(16));
  for (RecordId& id : read.ids_) id = in.id128();
  if (!known || !in.ok() || !in.at_end()) return std::nullopt;
  const bool ascending =
      std::adjacent_find(read.ids_.begin(), read.ids_.end(), std::greater_equal<>()) == read.ids_.end();
  return ascending ? std::optional(std::move(read)) : std::nullopt;
}

} // namespace kindred::profiles
