#include "engine/profiles/partition_impl.hpp"
#include "engine/profiles/profile_codec.hpp"

// Sweeps: every user as he was at a cut, each once, while the fold goes on. Who changes is seen before he does (copy on
// write); the others when the hand comes by: first over what is stored, in key order, then over who is in memory alone.
// Nothing of it is durable: a crash loses the sweep, and the round is opened anew (records.md §5).

namespace kindred::profiles {

bool PartitionState::Impl::Sweep::has_passed(const Bytes& profile_key) const {
  return stored_done || profile_key < cursor;
}

std::uint32_t PartitionState::Impl::begin_sweep(TenantId tenant, SweepVisitor& visitor) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot) {
    if (sweeps[slot]) continue;
    sweeps[slot].emplace(Sweep{++last_sweep, tenant, &visitor, user_prefix(tenant), false, 0, {}});
    return last_sweep;
  }
  return 0;
}

void PartitionState::Impl::end_sweep(std::uint32_t number) {
  for (auto& sweep : sweeps)
    if (sweep && sweep->number == number) sweep.reset();
}

/// In memory he is as at the cut, or this is not the first time.
void PartitionState::Impl::see(Sweep& sweep, std::size_t slot, LoadedUser& user) {
  if (user.key.tenant != sweep.tenant || user.swept[slot] == sweep.number) return;
  user.swept[slot] = sweep.number;
  if (user.profile) sweep.visitor->visit(*user.profile);
}

/// Before he changes.
void PartitionState::Impl::see_before_change(LoadedUser& user) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot)
    if (sweeps[slot]) see(*sweeps[slot], slot, user);
}

/// Before he leaves memory: who was seen there must not be seen again when the hand comes to what is stored of him.
void PartitionState::Impl::see_before_leaving(LoadedUser& user) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot) {
    if (!sweeps[slot] || user.key.tenant != sweeps[slot]->tenant) continue;
    see(*sweeps[slot], slot, user);
    if (!sweeps[slot]->has_passed(profile_key(user.key))) sweeps[slot]->ahead.insert(user.key);
  }
}

/// He came into memory: whether he was seen already.
void PartitionState::Impl::remember_seen(LoadedUser& user) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot) {
    if (!sweeps[slot] || user.key.tenant != sweeps[slot]->tenant) continue;
    const bool seen =
        sweeps[slot]->ahead.erase(user.key) > 0 || sweeps[slot]->has_passed(profile_key(user.key));
    if (seen) user.swept[slot] = sweeps[slot]->number;
  }
}

/// Eviction moves the last of the ring to a place that the hand may have passed.
void PartitionState::Impl::see_before_moving(LoadedUser& user, std::size_t to) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot)
    if (sweeps[slot] && sweeps[slot]->stored_done && to < sweeps[slot]->ring_at)
      see(*sweeps[slot], slot, user);
}

Result<bool, FoldError> PartitionState::Impl::sweep_stored(Sweep& sweep, std::size_t slot,
                                                           std::size_t users) {
  const auto stored = cold.load_range(user_prefix(sweep.tenant), sweep.cursor, users);
  if (!stored.ok()) return stored.error();
  for (const auto& [key, value] : stored.value()) {
    const auto name = parse_profile_key(key); // none: ids of his
    const auto found = name ? loaded.find(*name) : loaded.end();
    if (found != loaded.end()) {
      see(sweep, slot, *found->second);
    } else if (name && sweep.ahead.erase(*name) == 0 && !is_alias(value)) {
      const auto profile = profile_from_canonical(*name, value);
      if (!profile.ok()) return FoldError::kBadState; // asked again, he is still ahead
      sweep.visitor->visit(profile.value());
    }
    sweep.cursor = key + '\0';
  }
  sweep.stored_done = stored.value().size() < users;
  return false;
}

Result<bool, FoldError> PartitionState::Impl::go_on_sweeping(std::uint32_t number, std::size_t users) {
  for (std::size_t slot = 0; slot < kSweepsMax; ++slot) {
    if (!sweeps[slot] || sweeps[slot]->number != number) continue;
    Sweep& sweep = *sweeps[slot];
    if (!sweep.stored_done) return sweep_stored(sweep, slot, users);
    const std::size_t end = std::min(ring.size(), sweep.ring_at + users);
    for (; sweep.ring_at < end; ++sweep.ring_at) see(sweep, slot, *ring[sweep.ring_at]);
    return sweep.ring_at >= ring.size();
  }
  return false;
}

} // namespace kindred::profiles
