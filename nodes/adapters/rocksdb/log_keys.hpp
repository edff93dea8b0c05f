#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/records/position.hpp"

namespace kindred::adapters {

// How entries stand in the database `log/`. Keys are big-endian, so that their byte order is the order of streams and
// offsets:
//   'e' topic u8 partition u16 offset u64   ->  entry bytes, XXH3-64 of them seeded with the offset (8 bytes, little-endian)
//   'b' topic u8 partition u16              ->  begin u64 (little-endian): what trimming left
//   'n'                                     ->  the last producer epoch u64
// The checksum tells bytes that rotted above RocksDB's own checksums, and an entry that stands in another's place.

inline constexpr std::size_t kEntryKeyBytes = 12;
inline constexpr std::size_t kSealBytes = 8;

Bytes entry_key(const records::Stream& stream, std::uint64_t offset);
Bytes begin_key(const records::Stream& stream);
Bytes epoch_key();
/// The offset in an entry key of that stream; nothing for any other key.
std::optional<std::uint64_t> offset_in(BytesView key, const records::Stream& stream);

/// The 8 bytes that close an entry's value.
Bytes seal_of(BytesView entry, std::uint64_t offset);
/// The entry in a value; nothing if the seal is wrong.
std::optional<BytesView> unsealed(BytesView value, std::uint64_t offset);

Bytes number_value(std::uint64_t number);
std::optional<std::uint64_t> number_in(BytesView value);

} // namespace kindred::adapters
