#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

namespace kindred::profiles {

// Keys of a partition's stored values. First a byte for the kind, then big-endian numbers, so that byte order is the
// order of meaning and a prefix selects what belongs together; the tenant is in every key that has a user.
//   u tenant len user p                 profile of a user (profile_codec.hpp)
//   u tenant len user o day chunk       record ids of a user and UTC day (once.hpp)
//   x tenant hash                       tombstone: keyed hash of the user, not his name
//   e tenant hash                       record ids of an erased user (erased_ids.hpp)
//   f due tenant hash                   when they go (no value)
//   t due tenant len user               timer (no value)
//   w tenant hash                       watermark of a producer of imports (watermarks.hpp)
//   c tenant                            adopted inputs of a tenant (tenant_inputs.hpp)
//   v                                   version of the fold: 4 bytes; none: records::kFoldFirst
//   d day decision                      node-local: where a decision's record stands
//   m                                   node-local: position, chain, writers, digest
//   n …                                 node-local: the shard's own (actors/user_shard)

Bytes profile_key(const UserKey& user);
Bytes users_prefix();               ///< of all values with a user in their key
Bytes user_prefix(TenantId tenant); ///< of those of one tenant's
Bytes once_prefix(const UserKey& user);
Bytes values_prefix(const UserKey& user); ///< of his profile and record ids, and of nothing else
/// How long values_prefix of the key's user is; 0: the key is neither of a profile nor of record ids. A prefix itself is its own.
std::size_t values_prefix_size(BytesView key);
Bytes once_key(const UserKey& user, std::int32_t day, std::uint32_t chunk);
/// Hash that a tombstone and a decision's place know a user by.
Id128 user_hash(const UserKey& user);
Bytes tombstone_prefix();
Bytes tombstone_key(TenantId tenant, const Id128& user_hash);
Bytes erased_ids_key(TenantId tenant, const Id128& user_hash);
Bytes timer_prefix();
Bytes timer_key(Instant due, const UserKey& user);
Bytes erased_timer_prefix();
Bytes erased_timer_key(Instant due, TenantId tenant, const Id128& user_hash);
Bytes watermark_prefix();
Bytes watermark_key(TenantId tenant, const Id128& producer_hash);
Bytes tenant_prefix();
Bytes tenant_key(TenantId tenant);
Bytes version_key();
Bytes encode_version(std::uint32_t version);
std::optional<std::uint32_t> decode_version(BytesView value); ///< none: not what encode_version writes
Bytes decision_prefix(std::int32_t day);
Bytes decision_key(std::int32_t day, DecisionId decision);
Bytes meta_key();
/// Below which offset of its log the state whose meta value this is has folded; none: it is no meta value of this build.
std::optional<std::uint64_t> applied_end_of(BytesView meta);

/// What the digest and state bytes leave out by name.
bool is_node_local(BytesView key);

struct OnceKeyTail {
  std::int32_t day = 0;
  std::uint32_t chunk = 0;
};
/// The inverse of the part of once_key behind its prefix; none where it is none.
std::optional<OnceKeyTail> parse_once_tail(BytesView tail);
struct TimerAt {
  Instant due;
  UserKey user;
  friend auto operator<=>(const TimerAt&, const TimerAt&) = default;
};
std::optional<TimerAt> parse_timer_key(BytesView key);
/// When the ids of an erased user go.
struct ErasedAt {
  Instant due;
  TenantId tenant;
  Id128 user; ///< user_hash
  friend auto operator<=>(const ErasedAt&, const ErasedAt&) = default;
};
std::optional<ErasedAt> parse_erased_timer_key(BytesView key);
std::optional<UserKey> parse_profile_key(BytesView key);      ///< none: another kind
std::optional<UserKey> parse_values_prefix(BytesView prefix); ///< none: it is not of that form
std::optional<Id128> parse_tombstone_key(BytesView key);      ///< the user's hash; none: another kind
struct WatermarkOf {
  TenantId tenant;
  Id128 producer; ///< hash of its name
};
std::optional<WatermarkOf> parse_watermark_key(BytesView key);
std::optional<TenantId> parse_tenant_key(BytesView key);

} // namespace kindred::profiles
