#pragma once

#include "engine/base/hash.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/records/event.hpp"

namespace kindred::profiles {

/// What names the session of an event: its order id, else its session id; 0 where neither was told.
inline std::uint64_t session_hash_of(const records::Event& event) {
  if (!event.order_id.empty()) return hash64(event.order_id, 1);
  return event.session_id.empty() ? 0 : hash64(event.session_id, 2);
}

/// Whether two things of one user, `earlier` not after `later`, belong to one session: told names decide where both are
/// told, else a gap of at most kSessionGap.
inline bool same_session(std::uint64_t earlier_hash, Instant earlier, std::uint64_t later_hash,
                         Instant later) {
  if (earlier_hash != 0 && later_hash != 0) return earlier_hash == later_hash;
  return later - earlier <= kSessionGap;
}

} // namespace kindred::profiles
