#include "engine/profiles/state_keys.hpp"

#include "engine/base/hash.hpp"

namespace kindred::profiles {
namespace {

constexpr std::uint64_t kUserHashSeed = 0x4b696e64726564; // "Kindred": a hash of nothing else
constexpr std::uint32_t kSign32 = 0x80000000u;
constexpr std::uint64_t kSign64 = 1ULL << 63;

template <class Int>
void put(Bytes& key, Int value) {
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(value >> shift & 0xff));
}

template <class Int>
bool get(BytesView& rest, Int& value) {
  if (rest.size() < sizeof value) return false;
  value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Int>(value << 8 | static_cast<unsigned char>(rest[i]));
  rest.remove_prefix(sizeof value);
  return true;
}

void put_user(Bytes& key, const UserKey& user) {
  put(key, user.tenant.value);
  put(key, static_cast<std::uint16_t>(user.user.size()));
  key += user.user;
}

bool get_user(BytesView& rest, UserKey& user) {
  std::uint16_t size = 0;
  if (!get(rest, user.tenant.value) || !get(rest, size) || rest.size() < size) return false;
  user.user.assign(rest.substr(0, size));
  rest.remove_prefix(size);
  return true;
}

void put_hashed(Bytes& key, TenantId tenant, const Id128& hash) {
  put(key, tenant.value);
  put(key, hash.high);
  put(key, hash.low);
}

bool get_hashed(BytesView& rest, TenantId& tenant, Id128& hash) {
  return get(rest, tenant.value) && get(rest, hash.high) && get(rest, hash.low);
}

Bytes user_key(const UserKey& user, char kind) {
  Bytes key = values_prefix(user);
  key.push_back(kind);
  return key;
}

} // namespace

Bytes users_prefix() { return "u"; }

Bytes user_prefix(TenantId tenant) {
  Bytes key = users_prefix();
  put(key, tenant.value);
  return key;
}

std::optional<UserKey> parse_values_prefix(BytesView prefix) {
  UserKey user;
  if (!prefix.starts_with('u')) return std::nullopt;
  prefix.remove_prefix(1);
  if (!get_user(prefix, user) || !prefix.empty()) return std::nullopt;
  return user;
}

std::optional<UserKey> parse_profile_key(BytesView key) {
  if (!key.ends_with('p')) return std::nullopt;
  key.remove_suffix(1);
  return parse_values_prefix(key);
}

Bytes values_prefix(const UserKey& user) {
  Bytes key(1, 'u');
  key.reserve(user.user.size() + 16);
  put_user(key, user);
  return key;
}

std::size_t values_prefix_size(BytesView key) {
  BytesView rest = key;
  std::uint32_t tenant = 0;
  std::uint16_t size = 0;
  if (!rest.starts_with('u')) return 0;
  rest.remove_prefix(1);
  if (!get(rest, tenant) || !get(rest, size) || rest.size() < size) return 0;
  return key.size() - rest.size() + size;
}

Bytes profile_key(const UserKey& user) { return user_key(user, 'p'); }
Bytes once_prefix(const UserKey& user) { return user_key(user, 'o'); }

Bytes once_key(const UserKey& user, std::int32_t day, std::uint32_t chunk) {
  Bytes key = once_prefix(user);
  put(key, static_cast<std::uint32_t>(day) ^ kSign32);
  put(key, chunk);
  return key;
}

Id128 user_hash(const UserKey& user) {
  Bytes text;
  put_user(text, user);
  return hash128(text, kUserHashSeed);
}

Bytes tombstone_prefix() { return "x"; }

Bytes tombstone_key(TenantId tenant, const Id128& user_hash) {
  Bytes key = tombstone_prefix();
  put_hashed(key, tenant, user_hash);
  return key;
}

Bytes erased_ids_key(TenantId tenant, const Id128& user_hash) {
  Bytes key(1, 'e');
  put_hashed(key, tenant, user_hash);
  return key;
}

Bytes erased_timer_prefix() { return "f"; }

Bytes erased_timer_key(Instant due, TenantId tenant, const Id128& user_hash) {
  Bytes key = erased_timer_prefix();
  put(key, static_cast<std::uint64_t>(due.us) ^ kSign64);
  put_hashed(key, tenant, user_hash);
  return key;
}

Bytes timer_prefix() { return "t"; }

Bytes timer_key(Instant due, const UserKey& user) {
  Bytes key = timer_prefix();
  put(key, static_cast<std::uint64_t>(due.us) ^ kSign64);
  put_user(key, user);
  return key;
}

Bytes watermark_prefix() { return "w"; }

Bytes watermark_key(TenantId tenant, const Id128& producer_hash) {
  Bytes key = watermark_prefix();
  put_hashed(key, tenant, producer_hash);
  return key;
}

Bytes tenant_prefix() { return "c"; }

Bytes tenant_key(TenantId tenant) {
  Bytes key = tenant_prefix();
  put(key, tenant.value);
  return key;
}

Bytes version_key() { return "v"; }

Bytes encode_version(std::uint32_t version) {
  Bytes value;
  put(value, version);
  return value;
}

std::optional<std::uint32_t> decode_version(BytesView value) {
  std::uint32_t version = 0;
  return get(value, version) && value.empty() ? std::optional(version) : std::nullopt;
}

Bytes decision_prefix(std::int32_t day) {
  Bytes key(1, 'd');
  put(key, static_cast<std::uint32_t>(day) ^ kSign32);
  return key;
}

Bytes decision_key(std::int32_t day, DecisionId decision) {
  Bytes key = decision_prefix(day);
  put(key, decision.high);
  put(key, decision.low);
  return key;
}

Bytes meta_key() { return "m"; }

bool is_node_local(BytesView key) {
  return !key.empty() && (key[0] == 'm' || key[0] == 'd' || key[0] == 'n');
}

std::optional<OnceKeyTail> parse_once_tail(BytesView tail) {
  std::uint32_t day = 0;
  OnceKeyTail parsed;
  if (!get(tail, day) || !get(tail, parsed.chunk) || !tail.empty()) return std::nullopt;
  parsed.day = static_cast<std::int32_t>(day ^ kSign32);
  return parsed;
}

std::optional<TimerAt> parse_timer_key(BytesView key) {
  if (!key.starts_with(timer_prefix())) return std::nullopt;
  key.remove_prefix(1);
  std::uint64_t due = 0;
  TimerAt parsed;
  if (!get(key, due) || !get_user(key, parsed.user) || !key.empty()) return std::nullopt;
  parsed.due.us = static_cast<std::int64_t>(due ^ kSign64);
  return parsed;
}

std::optional<ErasedAt> parse_erased_timer_key(BytesView key) {
  if (!key.starts_with(erased_timer_prefix())) return std::nullopt;
  key.remove_prefix(1);
  std::uint64_t due = 0;
  ErasedAt parsed;
  if (!get(key, due) || !get_hashed(key, parsed.tenant, parsed.user) || !key.empty()) return std::nullopt;
  parsed.due.us = static_cast<std::int64_t>(due ^ kSign64);
  return parsed;
}

std::optional<Id128> parse_tombstone_key(BytesView key) {
  TenantId tenant;
  Id128 user;
  if (!key.starts_with('x')) return std::nullopt;
  key.remove_prefix(1);
  if (!get_hashed(key, tenant, user) || !key.empty()) return std::nullopt;
  return user;
}

std::optional<WatermarkOf> parse_watermark_key(BytesView key) {
  if (!key.starts_with(watermark_prefix())) return std::nullopt;
  key.remove_prefix(1);
  WatermarkOf parsed;
  if (!get_hashed(key, parsed.tenant, parsed.producer) || !key.empty()) return std::nullopt;
  return parsed;
}

std::optional<TenantId> parse_tenant_key(BytesView key) {
  if (!key.starts_with(tenant_prefix())) return std::nullopt;
  key.remove_prefix(1);
  TenantId tenant;
  if (!get(key, tenant.value) || !key.empty()) return std::nullopt;
  return tenant;
}

} // namespace kindred::profiles
