#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

namespace kindred {

// Every hash that anything durable depends on. XXH3 of the bytes as they are, no normalization; integers are hashed
// as little-endian bytes. Fixtures in tests/engine/base/hash_test.cpp hold the values for ever.

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
Id128 hash128(std::string_view bytes, std::uint64_t seed = 0);

/// Top 16 bits of XXH3-64(tenant as 4 LE bytes ‖ user).
Slot slot_of(TenantId tenant, std::string_view user);

/// slot × partitions >> 16, so that ranges of slots can be split one day. Requires: 1 ≤ partitions ≤ 65535.
constexpr PartitionId partition_of(Slot slot, std::uint16_t partitions) {
  return {static_cast<std::uint16_t>((std::uint32_t{slot.value} * partitions) >> 16)};
}

/// XXH3-64 of the external id.
ItemId item_id(std::string_view external_id);
/// XXH3-64 of name ‖ 0x1f ‖ value.
AttributeId attribute_id(std::string_view name, std::string_view value);
/// XXH3-128 of tenant(4 LE) ‖ len(user)(4 LE) ‖ user ‖ message id.
RecordId event_record_id(TenantId tenant, std::string_view user, std::string_view message_id);

} // namespace kindred
