#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/records/bodies.hpp"
#include "engine/records/cluster.hpp"
#include "engine/records/library.hpp"
#include "engine/records/position.hpp"
#include "engine/records/types.hpp"

namespace kindred::records {

inline constexpr std::uint16_t kSchemaVersion = 1;

/// W3C trace context; zeros: none.
struct TraceParent {
  Id128 trace;
  std::uint64_t span = 0;
  std::uint8_t flags = 0;
  friend bool operator==(const TraceParent&, const TraceParent&) = default;
};

/// What every record carries before its body (records.md §1).
struct RecordHeader {
  std::uint16_t schema_version = kSchemaVersion;
  RecordType type = RecordType::kEvent;
  std::uint8_t flags = 0;
  TenantId tenant = kDefaultTenant;
  Slot slot;
  RecordId id;
  Instant stamp;                  ///< of the gateway that took it first, kept through resends
  Purposes stated = kAllPurposes; ///< what the caller states for it; none stated: all
  std::uint32_t key_id = 0;       ///< 0: clear; reserved for crypto-shredding
  TraceParent trace;
  Id128 causation;
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

/// A body whose type this build does not know, kept as bytes.
struct Unknown {
  Bytes bytes;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

using Body = std::variant<Unknown, Event, ProfileUpdate, Consent, Erase, Decided, Exposed, Reward, Adopt,
                          Tick, Cut, CutDone, Delta, Chunk, Manifest, Item, Placement, Tenant, Link, Unlink,
                          MergeIn, Join, Alive, CaughtUp, Drain, Activate>;

/// What a fold sees. Requires: body matches header.type (or is Unknown).
struct Record {
  RecordHeader header;
  Body body;
  friend bool operator==(const Record&, const Record&) = default;
};

/// What a log stores: some records of one writer, in order.
struct Entry {
  Authorship author;
  std::vector<Record> records;
  friend bool operator==(const Entry&, const Entry&) = default;
};

inline constexpr std::size_t kRecordBytesMax = 512 << 10;
/// Of what a client tells of a user: room is left for a longer id, which it has where it is sent on.
inline constexpr std::size_t kToldBytesMax = kRecordBytesMax - 4096;
/// Of a MergeIn, which has a whole profile in it: more than the bounds of all that is in a profile come to
/// (tests/engine/profiles/merge_test.cpp adds them up).
inline constexpr std::size_t kMergeBytesMax = (4 << 20) - 4096;
inline constexpr std::size_t kRecordsPerEntryMax = 4096;
inline constexpr std::size_t kEntryBytesMax = 4 << 20;

/// The bound that holds for a body of this type, encoded.
constexpr std::size_t record_bytes_max(RecordType type) {
  return type == RecordType::kMergeIn ? kMergeBytesMax : kRecordBytesMax;
}

/// The user a body is about, and in whose partition it is; empty for bodies that belong to no user (Tick, Adopt, Activate, Cut, models, library).
std::string_view user_of(const Body& body);

} // namespace kindred::records
