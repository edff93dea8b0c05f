#include "engine/profiles/partition_state.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "engine/profiles/fold_version.hpp"
#include "engine/profiles/partition_impl.hpp"
#include "engine/profiles/profile_codec.hpp"

namespace kindred::profiles {
namespace {

using records::RecordType;

const TenantInputs kShipped{};

bool is_ignorable(const records::Record& record) {
  return (record.header.flags & records::flags::kIgnorable) != 0;
}

/// The version that holds behind a record.
std::uint32_t version_behind(const records::Record& record, std::uint32_t version) {
  const auto* activate = std::get_if<records::Activate>(&record.body);
  return activate == nullptr ? version : std::max(version, activate->fold_version);
}

Instant up_to_lattice(Instant t) {
  const std::int64_t step = records::kTickLattice.us;
  const std::int64_t over = ((t.us % step) + step) % step;
  return over == 0 ? t : Instant{t.us - over + step};
}

} // namespace

const TenantInputs& PartitionState::Impl::inputs(TenantId tenant) const {
  const auto found = tenants.find(tenant);
  return found == tenants.end() ? kShipped : found->second;
}

/// Covers what names a record and where it acts: its id stands for its content.
Id128 PartitionState::Impl::chained(const Id128& from, const records::Entry& entry) const {
  Id128 chain = from;
  for (const records::Record& record : entry.records) {
    const records::RecordHeader& header = record.header;
    const std::array<std::uint64_t, 7> covered{chain.high,
                                               chain.low,
                                               header.id.high,
                                               header.id.low,
                                               static_cast<std::uint64_t>(header.stamp.us),
                                               std::uint64_t{header.tenant.value} << 32 | header.stated.bits,
                                               std::uint64_t{static_cast<std::uint16_t>(header.type)} << 32 |
                                                   std::uint64_t{header.flags} << 16 | header.slot.value};
    chain = hash128({reinterpret_cast<const char*>(covered.data()), sizeof covered});
  }
  return chain;
}

namespace {
/// Whether a decision's record with this outcome is one that can be asked for.
bool is_in_log(Outcome outcome) {
  return outcome == Outcome::kApplied || outcome == Outcome::kNoConsent || outcome == Outcome::kSentOn;
}
} // namespace

/// Everything that can fail, before anything is changed: unknown types, and users that must be loaded.
Result<Done, FoldError> PartitionState::Impl::prepare(const records::Entry& entry) {
  std::uint32_t at = version;
  for (const records::Record& record : entry.records) {
    if (!folds(record, at)) {
      if (!is_ignorable(record)) return FoldError::kTooOld;
      continue;
    }
    at = version_behind(record, at);
    if (!fold_versions().has(at)) return FoldError::kTooOld;
  }
  entry_users.clear();
  expiring.clear();
  at = version;
  for (const records::Record& record : entry.records) {
    LoadedUser*& of_record = entry_users.emplace_back(nullptr);
    if (!folds(record, at)) continue;
    at = version_behind(record, at);
    if (const auto* tick = std::get_if<records::Tick>(&record.body)) {
      for (const TimerAt& timer : timers) {
        if (timer.due > tick->time) break;
        if (const auto user = this->user({timer.user.tenant, timer.user.user}); !user.ok())
          return user.error();
      }
      if (const auto ready = prepare_erased(tick->time); !ready.ok()) return ready.error();
      continue;
    }
    const std::string_view name = user_of(record, at);
    if (name.empty()) continue;
    if (const auto* merge = std::get_if<records::MergeIn>(&record.body);
        merge != nullptr && is_newer_profile(merge->image))
      return FoldError::kTooOld;
    const auto user = user_with_once({record.header.tenant, name});
    if (!user.ok()) return user.error();
    of_record = user.value();
  }
  return purge_decisions();
}

Result<AppliedEntry, FoldError> PartitionState::Impl::apply(const records::Entry& entry, std::uint64_t offset,
                                                            stats::FastDelta& changes) {
  AppliedEntry applied;
  const WriterTable::Verdict verdict = writers.judge(entry.author);
  if (verdict == WriterTable::Verdict::kGap) return FoldError::kWriterGap;
  applied.repeated = verdict == WriterTable::Verdict::kRepeat || offset < applied_end;
  if (!applied.repeated) {
    if (const auto ready = prepare(entry); !ready.ok()) return ready.error();
    Effects effects;
    outbox.clear();
    FoldOutput out{changes, effects, uses, outbox};
    applied.outcomes.reserve(entry.records.size());
    unmarked = 0;
    for (std::uint32_t index = 0; index < entry.records.size(); ++index) {
      const records::Record& record = entry.records[index];
      effects.begin_record(index);
      applied.outcomes.push_back(folds(record, version) ? fold(record, entry_users[index], out)
                                                        : Outcome::kIgnored);
      if (record.header.type == RecordType::kErase && applied.outcomes.back() == Outcome::kApplied)
        last_erased[record.header.tenant] = offset;
      if (!newest_stamp || *newest_stamp < record.header.stamp) newest_stamp = record.header.stamp;
      if (const auto* decided = std::get_if<records::Decided>(&record.body);
          decided != nullptr && record.header.causation.is_zero() && // sent on: it stands where it was made
          is_in_log(applied.outcomes.back()))
        index_decision(record, {record.header.tenant, decided->user_id}, offset, index);
    }
    const LoadedUser* measured = nullptr;
    for (LoadedUser* user : entry_users)
      if (user != nullptr && std::exchange(measured, user) != user) measure(*user);
    applied.missing = writers.take(entry.author);
    applied.unmarked = unmarked;
    chain = chained(chain, entry);
    applied.effects = effects.take();
    applied.outbox = std::exchange(outbox, {});
  }
  if (offset < applied_end) return applied;
  applied_end = offset + 1;
  last_entry = chained({}, entry);
  evict();
  return applied;
}

Outcome PartitionState::Impl::fold(const records::Record& record, LoadedUser* user, FoldOutput& out) {
  if (record.header.type == RecordType::kAdopt) return fold_adopt(record);
  if (const auto* activate = std::get_if<records::Activate>(&record.body)) return fold_activate(*activate);
  if (const auto* tick = std::get_if<records::Tick>(&record.body)) return fold_tick(*tick, out);
  if (record.header.type == RecordType::kCut || record.header.type == RecordType::kCutDone) {
    if (on_cut) on_cut(record);
    return Outcome::kApplied;
  }
  return user == nullptr ? Outcome::kIgnored : fold_user(record, *user, out);
}

/// The doors a user's record passes, in this order; whatever is dropped at one changes nothing, but that an
/// erased id is kept.
Outcome PartitionState::Impl::fold_user(const records::Record& record, LoadedUser& user, FoldOutput& out) {
  if (import_seen(record)) return Outcome::kSeenBefore;
  const Instant stamp = record.header.stamp;
  const bool late_erasure = record.header.type == RecordType::kErase && ids_reach_back_to(stamp, user);
  if (user.tombstone && stamp <= user.tombstone->stamp && !late_erasure) {
    keep_dropped_id(record.header.id, stamp, user);
    return refuse_merge(record, user, out);
  }
  // What another partition sent on was judged there; its id is kept from this user's now on.
  const bool sent = !record.header.causation.is_zero();
  if (!sent && user.once.too_old(stamp)) return Outcome::kTooOld;
  if (user.once.contains(record.header.id)) return Outcome::kSeenBefore;
  if (came_before_erasure(record.header.id, user)) return Outcome::kErased;
  mark_dirty(user);
  if (record.header.type == RecordType::kErase) return erase(record, user, out);
  user.once.insert(record.header.id, sent ? std::max(stamp, user.once.now().value_or(stamp)) : stamp);
  if (user.tombstone && user.once.too_old(user.tombstone->stamp)) drop_tombstone(user);
  if (user.alias) return fold_alias(record, user, out);
  if (const auto* link = std::get_if<records::Link>(&record.body)) return fold_link(record, *link, user, out);
  const bool known = user.profile.has_value();
  const auto timer = known ? user.profile->personalization.cart_due : std::nullopt;
  const Outcome outcome = fold_record(record, version, user.key, inputs(user.key.tenant), user.profile, out);
  if (!known && user.profile) ++users;
  move_timer(user, timer);
  return outcome;
}

/// An import's watermark moves with every record that comes, whatever the other doors say of it.
bool PartitionState::Impl::import_seen(const records::Record& record) {
  const auto* event = std::get_if<records::Event>(&record.body);
  if (event == nullptr || !event->producer) return false;
  const Watermarks::Verdict verdict = watermarks.take(record.header.tenant, *event->producer);
  unmarked += verdict == Watermarks::Verdict::kUnmarked ? 1 : 0;
  return verdict == Watermarks::Verdict::kSeen;
}

Outcome PartitionState::Impl::fold_adopt(const records::Record& record) {
  const auto* body = std::get_if<records::Adopt>(&record.body);
  TenantInputs taken = inputs(record.header.tenant);
  if (body == nullptr || adopt(*body, taken) != Adoption::kTaken) return Outcome::kIgnored;
  const Bytes key = tenant_key(record.header.tenant);
  const auto before = tenants.find(record.header.tenant);
  if (before != tenants.end()) digest.subtract(Digest::part_of(key, canonical(before->second)));
  tenants[record.header.tenant] = taken;
  Bytes value = canonical(taken);
  digest.add(Digest::part_of(key, value));
  pending[key] = std::move(value);
  return Outcome::kApplied;
}

Outcome PartitionState::Impl::fold_activate(const records::Activate& activate) {
  if (activate.fold_version <= version) return Outcome::kIgnored;
  const Bytes key = version_key();
  if (version != records::kFoldFirst) digest.subtract(Digest::part_of(key, encode_version(version)));
  version = activate.fold_version; // prepare() saw that this build has it
  Bytes value = encode_version(version);
  digest.add(Digest::part_of(key, value));
  pending[key] = std::move(value);
  return Outcome::kApplied;
}

Outcome PartitionState::Impl::fold_tick(const records::Tick& tick, FoldOutput& out) {
  bool happened = fold_erased(tick.time);
  while (!timers.empty() && timers.begin()->due <= tick.time) {
    const TimerAt timer = *timers.begin();
    const auto found = user({timer.user.tenant, timer.user.user});
    assert(found.ok() && found.value()->profile); // prepare() saw to both
    LoadedUser& user = *found.value();
    mark_dirty(user);
    happened |= fold_time(*user.profile, tick.time, out.effects);
    move_timer(user, timer.due);
  }
  return happened ? Outcome::kApplied : Outcome::kIgnored;
}

/// Keeps `timers` and their stored keys equal to what the profiles say.
void PartitionState::Impl::move_timer(const LoadedUser& user, std::optional<Instant> before) {
  const auto now = user.profile ? user.profile->personalization.cart_due : std::nullopt;
  if (before == now) return;
  if (before) {
    timers.erase({*before, user.key});
    Bytes key = timer_key(*before, user.key);
    digest.subtract(Digest::part_of(key, {}));
    pending[std::move(key)] = std::nullopt;
  }
  if (now) {
    timers.insert({*now, user.key});
    Bytes key = timer_key(*now, user.key);
    digest.add(Digest::part_of(key, {}));
    pending[std::move(key)] = Bytes();
  }
}

PartitionState::PartitionState(Settings settings, ColdState& cold)
    : impl_(std::make_unique<Impl>(settings, cold)) {}
PartitionState::~PartitionState() = default;
PartitionState::PartitionState(PartitionState&&) noexcept = default;

Result<AppliedEntry, FoldError> PartitionState::apply(const records::Entry& entry, std::uint64_t offset,
                                                      stats::FastDelta& changes) {
  if (impl_->failed) return *impl_->failed;
  auto applied = impl_->apply(entry, offset, changes);
  if (!applied.ok()) impl_->failed = applied.error();
  return applied;
}

const std::map<TenantId, std::uint64_t>& PartitionState::erased() const { return impl_->last_erased; }
void PartitionState::on_cut(OnCut call) { impl_->on_cut = std::move(call); }
std::uint32_t PartitionState::begin_sweep(TenantId tenant, SweepVisitor& visitor) {
  return impl_->begin_sweep(tenant, visitor);
}
Result<bool, FoldError> PartitionState::go_on_sweeping(std::uint32_t sweep, std::size_t users) {
  return impl_->go_on_sweeping(sweep, users);
}
void PartitionState::end_sweep(std::uint32_t sweep) { impl_->end_sweep(sweep); }
std::uint32_t PartitionState::begin_watch(TenantId tenant, ChangeWatcher& watcher) {
  return impl_->begin_watch(tenant, watcher);
}
void PartitionState::end_watch(std::uint32_t watch) { impl_->end_watch(watch); }
Result<Done, FoldError> PartitionState::show(const UserKey& user, SweepVisitor& visitor) {
  return impl_->show(user, visitor);
}

void PartitionState::pass_over(const records::Record& record) { impl_->import_seen(record); }

Result<const Profile*, FoldError> PartitionState::find(const UserKey& user) {
  impl_->evict(); // before, so that what is handed out stays
  const auto found = impl_->user({user.tenant, user.user});
  if (!found.ok()) return found.error();
  return found.value()->profile ? &*found.value()->profile : nullptr;
}

Result<std::optional<Alias>, FoldError> PartitionState::alias_of(const UserKey& user) {
  impl_->evict();
  const auto found = impl_->user({user.tenant, user.user});
  if (!found.ok()) return found.error();
  return found.value()->alias;
}

Result<std::optional<Tombstone>, FoldError> PartitionState::tombstone_of(const UserKey& user) {
  impl_->evict();
  const auto found = impl_->user({user.tenant, user.user});
  if (!found.ok()) return found.error();
  return found.value()->tombstone;
}

records::Purposes PartitionState::consent_of(const Profile& profile) const {
  return profiles::consent_of(&profile, impl_->inputs(profile.key.tenant));
}

TenantInputs PartitionState::tenant_inputs(TenantId tenant) const { return impl_->inputs(tenant); }

std::optional<Instant> PartitionState::next_due() const {
  std::optional<Instant> due;
  if (!impl_->timers.empty()) due = impl_->timers.begin()->due;
  if (!impl_->erased.empty())
    due = std::min(due.value_or(impl_->erased.begin()->due), impl_->erased.begin()->due);
  return due ? std::optional(up_to_lattice(*due)) : std::nullopt;
}

std::uint32_t PartitionState::fold_version() const { return impl_->version; }
std::uint64_t PartitionState::applied_end() const { return impl_->applied_end; }
std::optional<records::Authorship> PartitionState::last_of(WriterId writer) const {
  return impl_->writers.last_of(writer);
}
Id128 PartitionState::chain() const { return impl_->chain; }
bool PartitionState::ends_with(const records::Entry& entry) const {
  return impl_->applied_end == 0 || impl_->chained({}, entry) == impl_->last_entry;
}
std::uint64_t PartitionState::users() const { return impl_->users; }
std::size_t PartitionState::memory_max() const { return impl_->settings.memory_max; }
void PartitionState::set_memory_max(std::size_t bytes) {
  if (bytes < impl_->settings.memory_max) impl_->looks_owed = 2 * impl_->ring.size();
  impl_->settings.memory_max = bytes;
}
std::size_t PartitionState::memory() const { return impl_->memory(); }

Id128 PartitionState::digest() {
  impl_->settle();
  return impl_->digest.value();
}
Result<Done, FoldError> PartitionState::restore() { return impl_->restore(); }
bool PartitionState::prepare_batch(std::size_t users) { return impl_->prepare_batch(users); }
PartitionState::Batch PartitionState::take_dirty(std::vector<Change> beside) {
  return impl_->take_dirty(std::move(beside));
}
void PartitionState::flushed() { impl_->flushed(); }
bool PartitionState::let_go(std::size_t users) { return impl_->let_go(users); }
Result<bool, FoldError> PartitionState::warm_up(std::size_t values) { return impl_->warm_up(values); }
Result<std::vector<std::pair<Bytes, Bytes>>, FoldError> PartitionState::dump() { return impl_->dump(); }

} // namespace kindred::profiles
