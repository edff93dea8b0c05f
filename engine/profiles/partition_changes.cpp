#include "engine/profiles/partition_impl.hpp"
#include "engine/profiles/profile_codec.hpp"

// Watches: who changes is told before he does, once a watch. Nothing of it is durable: who watches begins anew after a
// crash, and looks at everybody once.

namespace kindred::profiles {

std::uint32_t PartitionState::Impl::begin_watch(TenantId tenant, ChangeWatcher& watcher) {
  for (auto& watch : watches) {
    if (watch) continue;
    watch.emplace(Watch{++last_watch, tenant, &watcher});
    return last_watch;
  }
  return 0;
}

void PartitionState::Impl::end_watch(std::uint32_t number) {
  for (auto& watch : watches)
    if (watch && watch->number == number) watch.reset();
}

void PartitionState::Impl::tell_before_change(LoadedUser& user) {
  for (std::size_t slot = 0; slot < kWatchesMax; ++slot) {
    if (!watches[slot] || watches[slot]->tenant != user.key.tenant) continue;
    if (std::exchange(user.watched[slot], watches[slot]->number) == watches[slot]->number) continue;
    watches[slot]->watcher->before_change(user.key, user.profile ? &*user.profile : nullptr);
  }
}

void PartitionState::Impl::tell_erased(LoadedUser& user) {
  for (const auto& watch : watches)
    if (watch && watch->tenant == user.key.tenant) watch->watcher->erased(user.key);
  user.watched = {};
}

/// Who is not in memory is as he is stored, and stays where he is.
Result<Done, FoldError> PartitionState::Impl::show(const UserKey& key, SweepVisitor& visitor) {
  if (const auto found = loaded.find(key); found != loaded.end()) {
    if (found->second->profile) visitor.visit(*found->second->profile);
    return Done{};
  }
  const auto bytes = cold.load(profile_key(key));
  if (!bytes.ok()) return bytes.error();
  if (!bytes.value() || is_alias(*bytes.value())) return Done{};
  const auto profile = profile_from_canonical(key, *bytes.value());
  if (!profile.ok()) return FoldError::kBadState;
  visitor.visit(profile.value());
  return Done{};
}

} // namespace kindred::profiles
