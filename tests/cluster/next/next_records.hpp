#pragma once

#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"
#include "engine/records/record.hpp"

namespace kindred::next {

// Records that no build of this tree knows: a type that is reserved, and an older type in a newer schema version. Every build
// carries them as records::Unknown; only the next one's fold (fold_version.cpp beside this) reads the bytes.

inline constexpr std::uint32_t kVersion = records::kFoldFirst + 1; ///< of the fold that knows them

struct Preference {
  std::string user_id, topic;
  bool wanted = true;
};
/// A profile update with a field more.
struct NamedUpdate {
  std::string user_id, city, nickname;
};

inline records::Record record_of(records::RecordType type, std::uint16_t schema, const std::string& user_id,
                                 RecordId id, Instant stamp, Bytes body) {
  records::Record record;
  record.header.type = type;
  record.header.schema_version = schema;
  record.header.slot = slot_of(record.header.tenant, user_id);
  record.header.id = id;
  record.header.stamp = stamp;
  record.body = records::Unknown{std::move(body)};
  return record;
}

inline records::Record preference(const Preference& told, RecordId id, Instant stamp) {
  ByteWriter body;
  body.text(told.user_id);
  body.text(told.topic);
  body.u8(told.wanted ? 1 : 0);
  return record_of(records::RecordType::kPreference, records::kSchemaVersion, told.user_id, id, stamp,
                   body.take());
}

inline records::Record named_update(const NamedUpdate& told, RecordId id, Instant stamp) {
  ByteWriter body;
  body.text(told.user_id);
  body.text(told.city);
  body.text(told.nickname);
  return record_of(records::RecordType::kProfileUpdate, records::kSchemaVersion + 1, told.user_id, id, stamp,
                   body.take());
}

inline bool is_preference(const records::Record& record) {
  return record.header.type == records::RecordType::kPreference &&
         record.header.schema_version == records::kSchemaVersion &&
         std::holds_alternative<records::Unknown>(record.body);
}
inline bool is_named_update(const records::Record& record) {
  return record.header.type == records::RecordType::kProfileUpdate &&
         record.header.schema_version == records::kSchemaVersion + 1 &&
         std::holds_alternative<records::Unknown>(record.body);
}

inline ByteReader body_of(const records::Record& record) {
  return ByteReader(std::get<records::Unknown>(record.body).bytes);
}
inline std::string_view user_of(const records::Record& record) {
  ByteReader in = body_of(record);
  return in.text();
}
inline std::optional<Preference> preference_of(const records::Record& record) {
  ByteReader in = body_of(record);
  Preference told;
  told.user_id = in.text();
  told.topic = in.text();
  told.wanted = in.u8() == 1;
  return in.ok() ? std::optional(told) : std::nullopt;
}
inline std::optional<NamedUpdate> named_update_of(const records::Record& record) {
  ByteReader in = body_of(record);
  NamedUpdate told;
  told.user_id = in.text();
  told.city = in.text();
  told.nickname = in.text();
  return in.ok() ? std::optional(told) : std::nullopt;
}

} // namespace kindred::next
