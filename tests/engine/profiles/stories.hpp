#pragma once

#include <string>

#include "engine/base/hash.hpp"
#include "engine/profiles/user_fold.hpp"
#include "engine/records/record.hpp"

namespace kindred::profiles {

// Small records for tests that tell a story of one user, "ann".

inline constexpr Instant kNoon{1'457'006'400'000'000}; // 2016-03-03T12:00:00Z

inline records::Event event_of(records::EventType type, const std::string& item, Instant t) {
  static std::uint64_t messages = 0;
  records::Event event;
  event.user_id = "ann";
  event.message_id = "m" + std::to_string(++messages);
  event.type = type;
  event.item = item;
  event.event_time = t;
  return event;
}

inline records::Record record_of(records::RecordType type, records::Body body, RecordId id, Instant stamp) {
  records::Record record;
  record.header.type = type;
  record.header.id = id;
  record.header.stamp = stamp;
  record.body = std::move(body);
  return record;
}

inline records::Record record_of(records::Event event) {
  const RecordId id = event_record_id(kDefaultTenant, event.user_id, event.message_id);
  const Instant stamp = event.event_time;
  return record_of(records::RecordType::kEvent, std::move(event), id, stamp);
}

/// One user's profile under the fold, with what leaves it.
struct Story {
  Outcome tell(const records::Record& record) {
    FoldOutput out{changes, effects, uses, outbox};
    return fold_record(record, user, tenant, profile, out);
  }
  Outcome tell(records::Event event) { return tell(record_of(std::move(event))); }
  Outcome tell(records::EventType type, const std::string& item, Instant t) {
    return tell(event_of(type, item, t));
  }
  const PersonalizationLane& lane() const { return profile->personalization; }

  UserKey user{kDefaultTenant, "ann"};
  TenantInputs tenant;
  std::optional<Profile> profile;
  stats::FastDelta changes;
  Effects effects;
  std::vector<Use> uses;
  std::vector<records::Record> outbox;
};

} // namespace kindred::profiles
