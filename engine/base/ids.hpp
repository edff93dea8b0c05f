#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace kindred {

/// A number that names one kind of thing and cannot be confused with another kind. Value type.
template <class Tag, class Int>
struct Id {
  Int value{};
  friend auto operator<=>(Id, Id) = default;
};

using TenantId = Id<struct TenantTag, std::uint32_t>;       ///< internal; external tenant names map to it
using ItemId = Id<struct ItemTag, std::uint64_t>;           ///< XXH3-64 of the item's external id bytes
using AttributeId = Id<struct AttributeTag, std::uint64_t>; ///< XXH3-64 of "name=value"
using Slot = Id<struct SlotTag, std::uint16_t>;             ///< top 16 bits of XXH3-64(tenant, user)
using PartitionId = Id<struct PartitionTag, std::uint16_t>;
using WriterId = Id<struct WriterTag, std::uint64_t>;
using Generation = Id<struct GenerationTag, std::uint64_t>;

/// 128 bits that name a record, a decision or a digest. Ordered by (high, low).
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Id128&, const Id128&) = default;
  bool is_zero() const { return high == 0 && low == 0; }
};
using RecordId = Id128;
using DecisionId = Id128;

/// 32 lowercase hex digits, high first.
std::string to_hex(const Id128& id);
/// The inverse; false where `text` is not exactly 32 hex digits (either case).
bool from_hex(std::string_view text, Id128& id);

/// A user as the fold knows him: tenant and external id (UTF-8, 1..256 bytes, not normalized).
struct UserKey {
  TenantId tenant;
  std::string user;
  friend auto operator<=>(const UserKey&, const UserKey&) = default;
};

inline constexpr std::size_t kExternalIdBytesMax = 256;
inline constexpr TenantId kDefaultTenant{1};

} // namespace kindred

template <class Tag, class Int>
struct std::hash<kindred::Id<Tag, Int>> {
  std::size_t operator()(kindred::Id<Tag, Int> id) const noexcept { return std::hash<Int>{}(id.value); }
};
template <>
struct std::hash<kindred::Id128> {
  std::size_t operator()(const kindred::Id128& id) const noexcept {
    return id.low ^ (id.high * 0x9e3779b97f4a7c15ULL);
  }
};
