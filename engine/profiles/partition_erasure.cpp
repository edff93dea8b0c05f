#include <algorithm>

#include "engine/profiles/partition_impl.hpp"

namespace kindred::profiles {

namespace {
/// The id that the erasure has when it comes back from the user's linked ids.
RecordId echo_of(const records::RecordHeader& erasure, const LoadedUser& user) {
  return sent_id(first_erasure(erasure), records::RecordType::kErase, user.key.user);
}
} // namespace

/// The user goes; a tombstone and the ids of his records stay, under the hash of his name, so that nothing of him comes
/// back with a batch that is sent again. The erasure's own id is among them: sent again, it does not take a user who came
/// back in between.
Outcome PartitionState::Impl::erase(const records::Record& record, LoadedUser& user, FoldOutput& out) {
  Instant stamp = std::max(record.header.stamp, user.once.now().value_or(record.header.stamp));
  if (user.tombstone) stamp = std::max(stamp, user.tombstone->stamp);
  std::vector<std::string> others; // ids of the same user: erasing one erases all
  if (user.profile) others = user.profile->linked;
  if (user.alias) others.push_back(user.alias->to);
  if (const auto* told = std::get_if<records::Erase>(&record.body))
    for (const std::string& other : others)
      send(record, records::RecordType::kErase, records::Erase{other, told->reason, told->author}, out);
  user.alias.reset();
  const auto timer = user.profile ? user.profile->personalization.cart_due : std::nullopt;
  if (user.profile) --users;
  fold_erasure(user.key, record.header.stamp, user.profile, out);
  move_timer(user, timer);
  tell_erased(user);
  drop_erased_ids(user); // of an earlier erasure: they go on under the new one
  user.erased_ids.add(user.once.ids());
  user.erased_ids.add({record.header.id, echo_of(record.header, user)});
  user.once.clear();
  user.tombstone = Tombstone{stamp};
  user.tombstone_dirty = true;
  keep_erased_ids(user);
  return Outcome::kApplied;
}

namespace {
ErasedAt erased_at(const LoadedUser& user) {
  return {user.tombstone->stamp + kErasedIdsKept, user.key.tenant, user_hash(user.key)};
}
} // namespace

/// A tick drops ids by the hash of their user and does not know who in memory has them: `erased` says whether they count.
bool PartitionState::Impl::holds_erased_ids(const LoadedUser& user) const {
  return user.tombstone && erased.contains(erased_at(user));
}

/// An erasure stamped by a clock that went back still erases: the ids that are kept tell it from a repeat, as far back as
/// they reach.
bool PartitionState::Impl::ids_reach_back_to(Instant stamp, const LoadedUser& user) const {
  return holds_erased_ids(user) && stamp >= user.tombstone->stamp - kOnceWindow;
}

bool PartitionState::Impl::came_before_erasure(const RecordId& id, LoadedUser& user) {
  if (user.erased_ids.empty()) return false;
  if (!holds_erased_ids(user)) user.erased_ids = {};
  return user.erased_ids.contains(id);
}

/// What the tombstone drops by its stamp comes again with a new one, too: it is known by its id like what was folded. As
/// far back as ids reach; what is older and was folded once must change nothing when it comes again.
void PartitionState::Impl::keep_dropped_id(const RecordId& id, Instant stamp, LoadedUser& user) {
  if (!ids_reach_back_to(stamp, user) || user.erased_ids.contains(id)) return;
  drop_erased_ids(user);
  user.erased_ids.add({id});
  keep_erased_ids(user);
}

void PartitionState::Impl::keep_erased_ids(LoadedUser& user) {
  const ErasedAt at = erased_at(user);
  erased.insert(at);
  Bytes timer = erased_timer_key(at.due, at.tenant, at.user);
  digest.add(Digest::part_of(timer, {}));
  pending[std::move(timer)] = Bytes();
  Bytes key = erased_ids_key(at.tenant, at.user);
  Bytes value = user.erased_ids.canonical();
  digest.add(Digest::part_of(key, value));
  pending[std::move(key)] = std::move(value);
}

/// Out of the stored state; in memory they stay, or are emptied where they did not count any more.
void PartitionState::Impl::drop_erased_ids(LoadedUser& user) {
  if (holds_erased_ids(user))
    drop_erased_ids(erased_at(user), user.erased_ids.canonical());
  else
    user.erased_ids = {};
}

void PartitionState::Impl::drop_erased_ids(const ErasedAt& at, BytesView value) {
  Bytes timer = erased_timer_key(at.due, at.tenant, at.user);
  digest.subtract(Digest::part_of(timer, {}));
  pending[std::move(timer)] = std::nullopt;
  Bytes key = erased_ids_key(at.tenant, at.user);
  digest.subtract(Digest::part_of(key, value));
  pending[std::move(key)] = std::nullopt;
  erased.erase(at);
}

/// The user is back for longer than the window, which refuses by itself what is older.
void PartitionState::Impl::drop_tombstone(LoadedUser& user) {
  drop_erased_ids(user);
  user.erased_ids = {};
  user.tombstone.reset();
  user.tombstone_dirty = true;
}

/// Loads what a tick will drop, so that dropping cannot fail.
Result<Done, FoldError> PartitionState::Impl::prepare_erased(Instant tick) {
  for (const ErasedAt& at : erased) {
    if (at.due > tick) break;
    auto bytes = stored(erased_ids_key(at.tenant, at.user));
    if (!bytes.ok()) return bytes.error();
    if (!bytes.value()) return FoldError::kBadState;
    expiring[at] = std::move(*bytes.value());
  }
  return Done{};
}

bool PartitionState::Impl::fold_erased(Instant tick) {
  bool happened = false;
  while (!erased.empty() && erased.begin()->due <= tick) {
    const ErasedAt at = *erased.begin();
    // What this very entry erased is pending; everything else was prepared.
    const auto fresh = pending.find(erased_ids_key(at.tenant, at.user));
    const Bytes value = fresh != pending.end() ? *fresh->second : expiring.at(at);
    drop_erased_ids(at, value);
    happened = true;
  }
  return happened;
}

} // namespace kindred::profiles
