#include <algorithm>
#include <cassert>

#include "engine/profiles/fold_version.hpp"
#include "engine/profiles/partition_impl.hpp"
#include "engine/profiles/profile_codec.hpp"

namespace kindred::profiles {
namespace {

constexpr std::uint8_t kMetaVersion = 2;
constexpr std::uint8_t kPlaceVersion = 1;

struct StoredPlace {
  PartitionState::DecisionPlace place;
  TenantId tenant;
  Id128 user;
};

Bytes encode(const StoredPlace& stored) {
  ByteWriter out;
  out.u8(kPlaceVersion);
  out.u64(stored.place.offset);
  out.u32(stored.place.index);
  out.instant(stored.place.stamp);
  out.u32(stored.tenant.value);
  out.id128(stored.user);
  return out.take();
}

std::optional<StoredPlace> decode_place(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kPlaceVersion;
  StoredPlace stored;
  stored.place.offset = in.u64();
  stored.place.index = in.u32();
  stored.place.stamp = in.instant();
  stored.tenant.value = in.u32();
  stored.user = in.id128();
  if (!known || !in.ok() || !in.at_end()) return std::nullopt;
  return stored;
}

} // namespace

// ---- the decision index (node-local) ----

void PartitionState::Impl::index_decision(const records::Record& record, const UserKey& user,
                                          std::uint64_t offset, std::uint32_t index) {
  const auto* decided = std::get_if<records::Decided>(&record.body);
  const std::int32_t day = day_of(record.header.stamp);
  if (newest_stamp && day < day_of(*newest_stamp - kDecisionPlaceWindow)) return;
  const StoredPlace stored{{offset, index, record.header.stamp, false}, user.tenant, user_hash(user)};
  pending[decision_key(day, decided->decision)] = encode(stored);
  oldest_decision_day = oldest_decision_day ? std::min(*oldest_decision_day, day) : day;
}

/// Whole days that the window has left are dropped, at most one for an entry.
Result<Done, FoldError> PartitionState::Impl::purge_decisions() {
  if (!newest_stamp || !oldest_decision_day) return Done{};
  const std::int32_t first_kept = day_of(*newest_stamp - kDecisionPlaceWindow);
  if (*oldest_decision_day >= first_kept) return Done{};
  const Bytes prefix = decision_prefix(*oldest_decision_day);
  const auto stored = cold.load_prefix(prefix);
  if (!stored.ok()) return stored.error();
  for (const auto& [key, value] : stored.value()) pending[key] = std::nullopt;
  const auto drop = [&](const Bytes& key) {
    if (key.starts_with(prefix)) pending[key] = std::nullopt;
  };
  for (const auto& batch : in_flight)
    for (const Change& change : batch) drop(change.key);
  if (cut)
    for (const auto& [key, value] : cut->changes) drop(key);
  for (auto at = pending.lower_bound(prefix); at != pending.end() && at->first.starts_with(prefix); ++at)
    at->second = std::nullopt;
  oldest_decision_day = std::min(*oldest_decision_day + 1, first_kept);
  return Done{};
}

Result<std::optional<PartitionState::DecisionPlace>, FoldError>
PartitionState::find_decision(DecisionId decision) {
  if (!impl_->newest_stamp || !impl_->oldest_decision_day) return std::optional<DecisionPlace>();
  impl_->settle(); // a tombstone of this very moment counts
  const std::int32_t first =
      std::max(*impl_->oldest_decision_day, day_of(*impl_->newest_stamp - kDecisionPlaceWindow));
  for (std::int32_t day = day_of(*impl_->newest_stamp); day >= first; --day) {
    const auto bytes = impl_->stored(decision_key(day, decision));
    if (!bytes.ok()) return bytes.error();
    if (!bytes.value()) continue;
    auto stored = decode_place(*bytes.value());
    if (!stored) return FoldError::kBadState;
    const auto stone = impl_->stored_tombstone(stored->tenant, stored->user);
    if (!stone.ok()) return stone.error();
    stored->place.erased = stone.value() && stored->place.stamp <= stone.value()->stamp;
    return std::optional(stored->place);
  }
  return std::optional<DecisionPlace>();
}

// ---- bytes out ----

std::size_t PartitionState::Impl::settle_once(LoadedUser& user) {
  std::size_t bytes = 0;
  const auto part_of = [&](std::int32_t day, std::uint32_t chunk, const Bytes& bytes) {
    return Digest::part_of(once_key(user.key, day, chunk), bytes);
  };
  for (Once::Stored& change : user.once.take_dirty(part_of)) {
    Bytes key = once_key(user.key, change.day, change.chunk);
    digest.subtract(change.old_part);
    if (change.bytes) {
      digest.add(Digest::part_of(key, *change.bytes));
      bytes += change.bytes->size();
    }
    pending[std::move(key)] = std::move(change.bytes);
  }
  return bytes;
}

/// Encodes what changed of a user, so many bytes, tombstones aside; the digest moves with it.
std::size_t PartitionState::Impl::settle(LoadedUser& user) {
  std::size_t bytes = user.once_loaded ? settle_once(user) : 0;
  measure(user);
  Bytes key = profile_key(user.key);
  if (user.profile || user.alias) {
    encoding.clear();
    if (user.profile)
      write_canonical(*user.profile, encoding);
    else
      encoding.raw(canonical(*user.alias));
    const Id128 part = Digest::part_of(key, encoding.view());
    if (part != user.profile_part) {
      pending[std::move(key)] = Bytes(encoding.view());
      bytes += encoding.size();
    }
    digest.replace(user.profile_part, part);
  } else if (!user.profile_part.is_zero()) {
    pending[std::move(key)] = std::nullopt;
    digest.replace(user.profile_part, {});
  }
  if (!user.tombstone_dirty) return bytes;
  user.tombstone_dirty = false;
  Bytes stone_key = tombstone_key(user.key.tenant, user_hash(user.key));
  if (!user.tombstone) {
    digest.replace(user.tombstone_part, {});
    pending[std::move(stone_key)] = std::nullopt;
    return bytes;
  }
  Bytes value = encode(*user.tombstone);
  digest.replace(user.tombstone_part, Digest::part_of(stone_key, value));
  pending[std::move(stone_key)] = std::move(value);
  return bytes;
}

void PartitionState::Impl::settle_watermarks() {
  for (Watermarks::Change& change : watermarks.take_dirty()) {
    digest.subtract(change.before);
    digest.add(change.after);
    pending[std::move(change.key)] = std::move(change.value);
  }
}

void PartitionState::Impl::settle() {
  if (cut) prepare_batch(cut->users.size());
  settle_watermarks();
  for (LoadedUser* user : dirty) settle(*user);
}

/// Into the batch that is being made, and its digest: he is as he was when it began.
void PartitionState::Impl::settle_frozen(LoadedUser& user) {
  user.frozen = false;
  const Id128 before = digest.value();
  std::swap(pending, cut->changes);
  cut->bytes += settle(user);
  std::swap(pending, cut->changes);
  cut->digest.subtract(before);
  cut->digest.add(digest.value());
}

bool PartitionState::Impl::prepare_batch(std::size_t users) {
  if (!cut) {
    if (taken_end == applied_end) return true;
    settle_watermarks();
    ++batches_taken;
    for (LoadedUser* user : dirty) {
      user->dirty = false;
      user->frozen = true;
      user->batch = batches_taken;
    }
    const std::size_t small = pending.size() * kSmallChangeBytes;
    cut.emplace(
        Cut{applied_end, std::exchange(pending, {}), encode_meta(), std::exchange(dirty, {}), 0, small, digest});
    taken_end = applied_end;
  }
  for (; users > 0 && cut->next < cut->users.size(); ++cut->next) {
    LoadedUser& user = *cut->users[cut->next];
    if (!user.frozen) continue;
    settle_frozen(user);
    --users;
  }
  return cut->next == cut->users.size();
}

/// What stands before the digest and what behind it.
std::pair<Bytes, Bytes> PartitionState::Impl::encode_meta() const {
  ByteWriter before, out;
  before.u8(kMetaVersion);
  before.u64(applied_end);
  before.id128(chain);
  before.id128(last_entry);
  out.u64(users);
  out.u8(newest_stamp ? 1 : 0);
  out.instant(newest_stamp.value_or(Instant{}));
  out.u8(oldest_decision_day ? 1 : 0);
  out.i32(oldest_decision_day.value_or(0));
  writers.write(out);
  out.u32(static_cast<std::uint32_t>(last_erased.size()));
  for (const auto& [tenant, offset] : last_erased) {
    out.u32(tenant.value);
    out.u64(offset);
  }
  return {before.take(), out.take()};
}

PartitionState::Batch PartitionState::Impl::take_dirty(std::vector<Change> beside) {
  prepare_batch(cut ? cut->users.size() : dirty.size());
  if (!cut) return {};
  ByteWriter meta;
  meta.raw(cut->meta.first);
  meta.id128(cut->digest.value());
  meta.raw(cut->meta.second);
  cut->changes[meta_key()] = meta.take();
  for (Change& change : beside) cut->changes[std::move(change.key)] = std::move(change.value);
  std::vector<Change> changes;
  changes.reserve(cut->changes.size());
  while (!cut->changes.empty()) {
    auto one = cut->changes.extract(cut->changes.begin());
    changes.push_back({std::move(one.key()), std::move(one.mapped())});
  }
  Batch batch{std::move(changes), cut->end, cut->digest.value()};
  in_flight_bytes.push_back(cut->bytes);
  cut.reset();
  in_flight.push_back(batch.changes);
  return batch;
}

void PartitionState::Impl::flushed() {
  assert(!in_flight.empty());
  in_flight.pop_front();
  in_flight_bytes.pop_front();
  ++batches_flushed;
  looks_owed = 2 * ring.size(); // all of the batch may leave from here on
  let_go(kEvictLooksMax);
}

// ---- bytes in ----

std::optional<std::uint64_t> applied_end_of(BytesView meta) {
  ByteReader in(meta);
  const std::uint8_t version = in.u8();
  const std::uint64_t end = in.u64();
  return in.ok() && version == kMetaVersion ? std::optional(end) : std::nullopt;
}

bool PartitionState::Impl::decode_meta(BytesView bytes) {
  ByteReader in(bytes);
  if (in.u8() != kMetaVersion) return false;
  applied_end = taken_end = in.u64();
  chain = in.id128();
  last_entry = in.id128();
  digest = Digest::of(in.id128());
  users = in.u64();
  const std::uint8_t stamped = in.u8();
  const Instant stamp = in.instant();
  if (stamped == 1) newest_stamp = stamp;
  const std::uint8_t decided = in.u8();
  const std::int32_t day = in.i32();
  if (decided == 1) oldest_decision_day = day;
  if (stamped > 1 || decided > 1 || !writers.read(in)) return false;
  for (std::uint32_t left = in.count(12); left > 0; --left) {
    const TenantId tenant{in.u32()};
    last_erased[tenant] = in.u64();
  }
  return in.ok() && in.at_end();
}

Result<Done, FoldError> PartitionState::Impl::restore() {
  assert(applied_end == 0 && loaded.empty());
  const auto meta = cold.load(meta_key());
  if (!meta.ok()) return meta.error();
  if (!meta.value()) {
    present.emplace();
    return Done{};
  }
  if (!decode_meta(*meta.value())) return FoldError::kBadState;
  const auto stored_version = cold.load(version_key());
  if (!stored_version.ok()) return stored_version.error();
  if (stored_version.value()) {
    const auto decoded = decode_version(*stored_version.value());
    if (!decoded) return FoldError::kBadState;
    if (!fold_versions().has(*decoded)) return FoldError::kTooOld;
    version = *decoded;
  }
  const auto stored_timers = cold.load_prefix(timer_prefix());
  if (!stored_timers.ok()) return stored_timers.error();
  for (const auto& [key, value] : stored_timers.value()) {
    auto timer = parse_timer_key(key);
    if (!timer || !value.empty()) return FoldError::kBadState;
    timers.insert(std::move(*timer));
  }
  const auto stored_erased = cold.load_prefix(erased_timer_prefix());
  if (!stored_erased.ok()) return stored_erased.error();
  for (const auto& [key, value] : stored_erased.value()) {
    const auto at = parse_erased_timer_key(key);
    if (!at || !value.empty()) return FoldError::kBadState;
    erased.insert(*at);
  }
  const auto stored_watermarks = cold.load_prefix(watermark_prefix());
  if (!stored_watermarks.ok()) return stored_watermarks.error();
  for (const auto& [key, value] : stored_watermarks.value())
    if (!watermarks.load(key, value)) return FoldError::kBadState;
  const auto stored_tenants = cold.load_prefix(tenant_prefix());
  if (!stored_tenants.ok()) return stored_tenants.error();
  for (const auto& [key, value] : stored_tenants.value()) {
    const auto tenant = parse_tenant_key(key);
    const auto inputs = tenant_inputs_from(value);
    if (!tenant || !inputs) return FoldError::kBadState;
    tenants[*tenant] = *inputs;
  }
  return Done{};
}

Result<std::vector<std::pair<Bytes, Bytes>>, FoldError> PartitionState::Impl::dump() {
  settle();
  auto stored = cold.load_prefix({});
  if (!stored.ok()) return stored.error();
  std::map<Bytes, Bytes> all;
  for (auto& [key, value] : stored.value()) all[key] = value;
  const auto overlay = [&](const Bytes& key, const std::optional<Bytes>& value) {
    if (value)
      all[key] = *value;
    else
      all.erase(key);
  };
  for (const auto& batch : in_flight)
    for (const Change& change : batch) overlay(change.key, change.value);
  if (cut)
    for (const auto& [key, value] : cut->changes) overlay(key, value);
  for (const auto& [key, value] : pending) overlay(key, value);
  std::erase_if(all, [](const auto& entry) { return is_node_local(entry.first); });
  return std::vector<std::pair<Bytes, Bytes>>(all.begin(), all.end());
}

} // namespace kindred::profiles
