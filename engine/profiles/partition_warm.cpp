#include <utility>

#include "engine/profiles/partition_impl.hpp"

// Warming up: all that is stored of users is read in key order, at a tenth of what it costs to look for each of them when he
// is asked for. Those that find room come into memory; of the others it is known from then on that they are there, and
// of everybody else that he is not. The fold may go on between two slices: who is in memory is newer than what is stored.

namespace kindred::profiles {

namespace {
/// Behind every key with the prefix that state_keys.hpp can make.
Bytes behind(BytesView prefix) { return Bytes(prefix) + '\xff'; }
} // namespace

Result<bool, FoldError> PartitionState::Impl::warm_up(std::size_t values) {
  if (present) return true; // it is known of everybody already
  if (!warming) {
    warming.emplace(Warming{{}, tombstone_prefix(), false});
    for (const LoadedUser* user : ring) warming->seen.add(user_hash(user->key)); // not stored yet, perhaps
  }
  const auto more = warming->stones_done ? warm_users(values) : warm_stones(values);
  if (!more.ok()) return more.error();
  if (more.value()) return false;
  if (std::exchange(warming->stones_done, true)) {
    present = std::move(warming->seen);
    warming.reset();
    return true;
  }
  warming->cursor = users_prefix();
  return false;
}

/// Tombstones are known by the hash alone. Who has one is looked for.
Result<bool, FoldError> PartitionState::Impl::warm_stones(std::size_t values) {
  const auto stored = cold.load_range(tombstone_prefix(), warming->cursor, values);
  if (!stored.ok()) return stored.error();
  for (const auto& [key, value] : stored.value()) {
    const auto hash = parse_tombstone_key(key);
    if (!hash) return FoldError::kBadState;
    warming->seen.add(*hash);
    warming->cursor = key + '\0';
  }
  return stored.value().size() == values;
}

Result<bool, FoldError> PartitionState::Impl::warm_users(std::size_t values) {
  const auto stored = cold.load_range(users_prefix(), warming->cursor, values);
  if (!stored.ok()) return stored.error();
  const auto& all = stored.value();
  const bool more = all.size() == values;
  for (std::size_t at = 0; at < all.size();) {
    const Bytes prefix = all[at].first.substr(0, values_prefix_size(all[at].first));
    const auto key = parse_values_prefix(prefix);
    if (!key) return FoldError::kBadState;
    std::size_t end = at;
    while (end < all.size() && all[end].first.starts_with(prefix)) ++end;
    const bool whole = end < all.size() || !more;
    if (!whole && at > 0) { // the rest of him is in the next slice
      warming->cursor = prefix;
      return true;
    }
    const Id128 hash = user_hash(*key);
    const bool has_stone = warming->seen.may_have(hash);
    warming->seen.add(hash);
    const bool is_in = loaded.contains(UserRef{key->tenant, key->user});
    if (whole && !is_in &&
        loaded_bytes < settings.memory_max) { // who is larger than a slice is left to be looked for
      const auto done = warm(*key, std::span(all).subspan(at, end - at), has_stone);
      if (!done.ok()) return done.error();
    }
    warming->cursor = behind(prefix);
    at = end;
  }
  return more;
}

Result<Done, FoldError> PartitionState::Impl::warm(const UserKey& key, std::span<const Value> values,
                                                   bool may_have_stone) {
  auto user = std::make_unique<LoadedUser>();
  user->key = key;
  for (const auto& [stored, bytes] : values)
    if (!take_value(*user, stored, bytes)) return Done{}; // damage: whoever asks for him finds it
  const auto added = with_ids(take_in(std::move(user), may_have_stone));
  if (!added.ok()) return added.error();
  added.value()->used = false; // nobody asked for him
  --just_loaded;
  return Done{};
}

} // namespace kindred::profiles
