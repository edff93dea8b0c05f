#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/profiles/footprint.hpp"
#include "engine/profiles/partition_impl.hpp"
#include "engine/profiles/profile_codec.hpp"

namespace kindred::profiles {

/// The newest form of a value: pending, then in the batch being made, then taken but not yet stored, then stored.
Result<std::optional<Bytes>, FoldError> PartitionState::Impl::stored(const Bytes& key) {
  if (const auto found = pending.find(key); found != pending.end()) return found->second;
  if (cut)
    if (const auto found = cut->changes.find(key); found != cut->changes.end()) return found->second;
  for (auto batch = in_flight.rbegin(); batch != in_flight.rend(); ++batch) {
    const auto found = std::ranges::lower_bound(batch->all(), key, {}, &Change::key);
    if (found != batch->end() && found->key == key) return found->value;
  }
  return cold.load(key);
}

Bytes encode(const Tombstone& tombstone) {
  ByteWriter out;
  out.instant(tombstone.stamp);
  return out.take();
}

Result<std::optional<Tombstone>, FoldError> PartitionState::Impl::stored_tombstone(TenantId tenant,
                                                                                   const Id128& user_hash) {
  const auto bytes = stored(tombstone_key(tenant, user_hash));
  if (!bytes.ok()) return bytes.error();
  if (!bytes.value()) return std::optional<Tombstone>();
  ByteReader in(*bytes.value());
  const Tombstone tombstone{in.instant()};
  if (!in.ok() || !in.at_end()) return FoldError::kBadState;
  return std::optional(tombstone);
}

namespace {
constexpr std::size_t kLooksForOne = 4;
} // namespace

LoadedUser* PartitionState::Impl::in_memory(const UserRef& ref) {
  const auto found = loaded.find(ref);
  if (found == loaded.end()) return nullptr;
  found->second->used = true;
  return found->second.get();
}

/// Nothing is stored of him, which costs no look.
bool PartitionState::Impl::is_new(const LoadedUser& user) const {
  return present && !present->may_have(user_hash(user.key));
}

Result<LoadedUser*, FoldError> PartitionState::Impl::user(const UserRef& ref) {
  if (LoadedUser* found = in_memory(ref)) return found;
  auto user = std::make_unique<LoadedUser>();
  user->key = {ref.tenant, std::string(ref.user)};
  if (is_new(*user)) return take_in(std::move(user));
  const Bytes key = profile_key(user->key);
  const auto bytes = cold.load(key);
  if (!bytes.ok()) return bytes.error();
  if (bytes.value() && !take_value(*user, key, *bytes.value())) return FoldError::kBadState;
  return take_in(std::move(user));
}

/// All that is stored of him with one look: for a user who is not there at all it costs what one value costs.
Result<LoadedUser*, FoldError> PartitionState::Impl::user_with_once(const UserRef& ref) {
  if (LoadedUser* found = in_memory(ref)) {
    if (found->once_loaded) return found;
    if (const auto done = load_once(*found); !done.ok()) return done.error();
    return found;
  }
  auto user = std::make_unique<LoadedUser>();
  user->key = {ref.tenant, std::string(ref.user)};
  if (is_new(*user)) {
    user->once_loaded = true;
    return take_in(std::move(user));
  }
  const auto values = cold.load_prefix(values_prefix(user->key));
  if (!values.ok()) return values.error();
  for (const auto& [key, bytes] : values.value())
    if (!take_value(*user, key, bytes)) return FoldError::kBadState;
  return with_ids(take_in(std::move(user)));
}

/// His record ids are there: what else is of them.
Result<LoadedUser*, FoldError> PartitionState::Impl::with_ids(Result<LoadedUser*, FoldError> user) {
  if (!user.ok()) return user;
  if (const auto done = load_erased_ids(*user.value()); !done.ok()) return done.error();
  user.value()->once_loaded = true;
  measure(*user.value());
  return user;
}

/// What is stored under a key of his; false: it is not of that form.
bool PartitionState::Impl::take_value(LoadedUser& user, const Bytes& key, const Bytes& bytes) {
  const BytesView rest = BytesView(key).substr(values_prefix_size(key));
  if (rest.starts_with('o')) {
    const auto tail = parse_once_tail(rest.substr(1));
    return tail && user.once.load(tail->day, tail->chunk, bytes, Digest::part_of(key, bytes));
  }
  if (rest != "p") return false;
  if (is_alias(bytes)) {
    user.alias = alias_from_canonical(bytes);
    if (!user.alias) return false;
  } else {
    auto profile = profile_from_canonical(user.key, bytes);
    if (!profile.ok()) return false;
    user.profile = profile.take();
  }
  user.profile_part = Digest::part_of(key, bytes);
  return true;
}

Result<LoadedUser*, FoldError> PartitionState::Impl::take_in(std::unique_ptr<LoadedUser> user) {
  const bool may_have_stone = !present || present->may_have(user_hash(user->key));
  return take_in(std::move(user), may_have_stone);
}

Result<LoadedUser*, FoldError> PartitionState::Impl::take_in(std::unique_ptr<LoadedUser> user,
                                                             bool may_have_stone) {
  const TenantId tenant = user->key.tenant;
  const Id128 hash = user_hash(user->key);
  if (may_have_stone) {
    const auto stone = stored_tombstone(tenant, hash);
    if (!stone.ok()) return stone.error();
    user->tombstone = stone.value();
  }
  if (user->tombstone)
    user->tombstone_part = Digest::part_of(tombstone_key(tenant, hash), encode(*user->tombstone));
  LoadedUser* added = user.get();
  measure(*added);
  ++just_loaded;
  remember_seen(*added);
  ring.push_back(added);
  loaded.emplace(added->key, std::move(user));
  return added;
}

Result<Done, FoldError> PartitionState::Impl::load_once(LoadedUser& user) {
  const auto values = cold.load_prefix(once_prefix(user.key));
  if (!values.ok()) return values.error();
  user.once = {};
  for (const auto& [key, bytes] : values.value())
    if (!take_value(user, key, bytes)) return FoldError::kBadState;
  const auto done = load_erased_ids(user);
  user.once_loaded = done.ok();
  measure(user);
  return done;
}

Result<Done, FoldError> PartitionState::Impl::load_erased_ids(LoadedUser& user) {
  if (!holds_erased_ids(user)) return Done{};
  const auto bytes = stored(erased_ids_key(user.key.tenant, user_hash(user.key)));
  if (!bytes.ok()) return bytes.error();
  auto ids = bytes.value() ? ErasedIds::from(*bytes.value()) : std::nullopt;
  if (!ids) return FoldError::kBadState;
  user.erased_ids = std::move(*ids);
  return Done{};
}

/// Before anything of him changes.
void PartitionState::Impl::mark_dirty(LoadedUser& user) {
  see_before_change(user);
  tell_before_change(user);
  if (user.frozen) settle_frozen(user);
  if (user.dirty) return;
  user.dirty = true;
  if (present) present->add(user_hash(user.key));
  if (warming) warming->seen.add(user_hash(user.key));
  dirty.push_back(&user);
}

void PartitionState::Impl::measure(LoadedUser& user) {
  constexpr std::size_t kEach =
      sizeof(LoadedUser) + 160; // in the table and the ring, and the allocator's own
  std::size_t bytes =
      kEach + 2 * user.key.user.capacity() + user.once.footprint() + 16 * user.erased_ids.size();
  if (user.profile) bytes += footprint(*user.profile);
  loaded_bytes += bytes - user.bytes;
  user.bytes = bytes;
}

/// Users, and what is on its way to the store.
std::size_t PartitionState::Impl::memory() const {
  const std::size_t encoded = pending.size() * kSmallChangeBytes + (cut ? cut->bytes : 0);
  return std::accumulate(in_flight_bytes.begin(), in_flight_bytes.end(), loaded_bytes + encoded);
}

/// Users that are clean and stored leave until those that are loaded are small enough: the first that was not looked at since the hand came
/// by last (CLOCK, Corbató 1968: least recently used, nearly, and a look costs no more than setting a flag). Dirty ones
/// stay, so that what is asked of `cold` is never older than what was taken.
void PartitionState::Impl::evict() {
  look_for_leavers(kEvictLooksMax + kLooksForOne * std::exchange(just_loaded, 0));
}

bool PartitionState::Impl::let_go(std::size_t users) {
  const std::size_t looks = std::min(users, looks_owed);
  looks_owed -= looks;
  look_for_leavers(looks);
  if (loaded_bytes <= settings.memory_max) looks_owed = 0;
  return looks_owed > 0;
}

void PartitionState::Impl::look_for_leavers(std::size_t looks) {
  for (; looks > 0 && loaded_bytes > settings.memory_max && !ring.empty(); --looks) {
    if (hand >= ring.size()) hand = 0;
    LoadedUser* user = ring[hand];
    if (user->dirty || user->batch > batches_flushed || std::exchange(user->used, false)) {
      ++hand;
      continue;
    }
    see_before_leaving(*user);
    see_before_moving(*ring.back(), hand);
    loaded_bytes -= user->bytes;
    ring[hand] = ring.back();
    ring.pop_back();
    loaded.erase(loaded.find(UserRef{user->key.tenant, user->key.user}));
  }
}

} // namespace kindred::profiles
