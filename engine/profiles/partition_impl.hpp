#pragma once

// The inside of PartitionState, shared by partition_*.cpp and included by nothing else.

#include <array>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engine/profiles/erased_ids.hpp"
#include "engine/profiles/once.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/presence.hpp"
#include "engine/profiles/state_keys.hpp"
#include "engine/profiles/watermarks.hpp"
#include "engine/profiles/writer_table.hpp"

namespace kindred::profiles {

/// Changes by key; the last of a key wins. Ordered, so that a batch has one form.
using ChangeSet = std::map<Bytes, std::optional<Bytes>, std::less<>>;

/// What is in memory of one user. `profile` and `tombstone` are there from the first look; ids when a record comes.
struct LoadedUser {
  UserKey key;
  std::optional<Profile> profile;
  std::optional<Alias> alias; ///< then there is no profile
  std::optional<Tombstone> tombstone;
  Once once;
  ErasedIds erased_ids; ///< with `once`; mean something only where Impl::holds_erased_ids
  bool once_loaded = false;
  bool dirty = false;
  bool frozen = false; ///< to be encoded for Impl::cut before he changes again
  bool tombstone_dirty = false;
  std::uint64_t batch = 0; ///< the last batch that took something of him
  Id128 profile_part;      ///< of the digest, of profile or alias; zero: none
  Id128 tombstone_part;
  std::size_t bytes = 0; ///< of memory, behind the last entry that he was in
  bool used = true;      ///< looked at since the hand of Impl::evict passed
  std::array<std::uint32_t, kSweepsMax>
      swept{}; ///< per place in Impl::sweeps: number of the sweep that saw him last
  std::array<std::uint32_t, kWatchesMax>
      watched{}; ///< per place in Impl::watches: number of the watch that heard of him last
};

/// A user without owning his name, for look-ups.
struct UserRef {
  TenantId tenant;
  std::string_view user;
};
struct UserHash {
  using is_transparent = void;
  std::size_t operator()(const UserRef& ref) const { return hash64(ref.user, ref.tenant.value); }
  std::size_t operator()(const UserKey& key) const { return (*this)(UserRef{key.tenant, key.user}); }
};
struct UserEqual {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return a.tenant == b.tenant && std::string_view(a.user) == std::string_view(b.user);
  }
};

Bytes encode(const Tombstone& tombstone);

/// Users looked at to be let go, at one time; and some for each that came, for as many to leave.
inline constexpr std::size_t kEvictLooksMax = 256;
/// Of a change that is not of a user in memory (a decision's place, a timer), with what it costs to keep it.
inline constexpr std::size_t kSmallChangeBytes = 192;

struct PartitionState::Impl {
  Impl(Settings settings, ColdState& cold) : settings(settings), cold(cold) {}

  // partition_users.cpp: who is in memory
  LoadedUser* in_memory(const UserRef& ref);
  bool is_new(const LoadedUser& user) const;
  bool take_value(LoadedUser& user, const Bytes& key, const Bytes& bytes);
  Result<LoadedUser*, FoldError> take_in(std::unique_ptr<LoadedUser> user, bool may_have_stone);
  Result<LoadedUser*, FoldError> take_in(std::unique_ptr<LoadedUser> user);
  Result<LoadedUser*, FoldError> with_ids(Result<LoadedUser*, FoldError> user);
  Result<LoadedUser*, FoldError> user(const UserRef& ref);
  Result<LoadedUser*, FoldError> user_with_once(const UserRef& ref);
  Result<std::optional<Bytes>, FoldError> stored(const Bytes& key);
  Result<std::optional<Tombstone>, FoldError> stored_tombstone(TenantId tenant, const Id128& user_hash);
  Result<Done, FoldError> load_once(LoadedUser& user);
  Result<Done, FoldError> load_erased_ids(LoadedUser& user);
  void mark_dirty(LoadedUser& user);
  void measure(LoadedUser& user);
  std::size_t memory() const;
  void evict();
  bool let_go(std::size_t users);
  void look_for_leavers(std::size_t looks);

  // partition_warm.cpp: all that is stored of users, in order
  using Value = std::pair<Bytes, Bytes>;
  struct Warming {
    Presence seen; ///< who has a tombstone, then anything
    Bytes cursor;  ///< stored keys before it were looked at
    bool stones_done = false;
  };
  Result<bool, FoldError> warm_up(std::size_t values);
  Result<bool, FoldError> warm_stones(std::size_t values);
  Result<bool, FoldError> warm_users(std::size_t values);
  Result<Done, FoldError> warm(const UserKey& key, std::span<const Value> values, bool may_have_stone);

  // partition_state.cpp: the fold
  Result<Done, FoldError> prepare(const records::Entry& entry);
  Result<AppliedEntry, FoldError> apply(const records::Entry& entry, std::uint64_t offset,
                                        stats::FastDelta& changes);
  Outcome fold(const records::Record& record, LoadedUser* user, FoldOutput& out);
  Outcome fold_user(const records::Record& record, LoadedUser& user, FoldOutput& out);
  bool import_seen(const records::Record& record);
  Outcome fold_adopt(const records::Record& record);
  Outcome fold_activate(const records::Activate& activate);
  Outcome fold_tick(const records::Tick& tick, FoldOutput& out);
  void move_timer(const LoadedUser& user, std::optional<Instant> before);
  void index_decision(const records::Record& record, const UserKey& user, std::uint64_t offset,
                      std::uint32_t index);
  Result<Done, FoldError> purge_decisions();
  Id128 chained(const Id128& from, const records::Entry& entry) const;
  const TenantInputs& inputs(TenantId tenant) const;

  // partition_links.cpp: two ids, one user
  Outcome fold_link(const records::Record& record, const records::Link& link, LoadedUser& user,
                    FoldOutput& out);
  Outcome fold_alias(const records::Record& record, LoadedUser& user, FoldOutput& out);
  Outcome refuse_merge(const records::Record& record, LoadedUser& user, FoldOutput& out);

  // partition_erasure.cpp: the erasure of a user and what outlives it
  Outcome erase(const records::Record& record, LoadedUser& user, FoldOutput& out);
  bool holds_erased_ids(const LoadedUser& user) const;
  bool ids_reach_back_to(Instant stamp, const LoadedUser& user) const;
  bool came_before_erasure(const RecordId& id, LoadedUser& user);
  void keep_dropped_id(const RecordId& id, Instant stamp, LoadedUser& user);
  void keep_erased_ids(LoadedUser& user);
  void drop_erased_ids(LoadedUser& user);
  void drop_erased_ids(const ErasedAt& at, BytesView value);
  void drop_tombstone(LoadedUser& user);
  Result<Done, FoldError> prepare_erased(Instant tick);
  bool fold_erased(Instant tick);

  // partition_sweep.cpp: users as of a cut
  struct Sweep {
    std::uint32_t number = 0;
    TenantId tenant;
    SweepVisitor* visitor = nullptr;
    Bytes cursor;             ///< stored keys before it were looked at
    bool stored_done = false; ///< all of them; what is left is in memory only
    std::size_t ring_at = 0;
    std::unordered_set<UserKey, UserHash, UserEqual>
        ahead; ///< seen before the cursor came to them, and not in memory
    bool has_passed(const Bytes& profile_key) const;
  };
  std::uint32_t begin_sweep(TenantId tenant, SweepVisitor& visitor);
  Result<bool, FoldError> go_on_sweeping(std::uint32_t number, std::size_t users);
  Result<bool, FoldError> sweep_stored(Sweep& sweep, std::size_t slot, std::size_t users);
  void end_sweep(std::uint32_t number);
  void see(Sweep& sweep, std::size_t slot, LoadedUser& user);
  void see_before_change(LoadedUser& user);
  void see_before_leaving(LoadedUser& user);
  void see_before_moving(LoadedUser& user, std::size_t to);
  void remember_seen(LoadedUser& user);

  // partition_changes.cpp: who changes
  struct Watch {
    std::uint32_t number = 0;
    TenantId tenant;
    ChangeWatcher* watcher = nullptr;
  };
  std::uint32_t begin_watch(TenantId tenant, ChangeWatcher& watcher);
  void end_watch(std::uint32_t number);
  void tell_before_change(LoadedUser& user);
  void tell_erased(LoadedUser& user);
  Result<Done, FoldError> show(const UserKey& key, SweepVisitor& visitor);

  // partition_store.cpp: bytes out and in
  void settle();
  void settle_watermarks();
  std::size_t settle(LoadedUser& user);
  std::size_t settle_once(LoadedUser& user);
  void settle_frozen(LoadedUser& user);
  bool prepare_batch(std::size_t users);
  std::pair<Bytes, Bytes> encode_meta() const;
  bool decode_meta(BytesView bytes);
  Result<Done, FoldError> restore();
  Batch take_dirty(std::vector<Change> beside);
  void flushed();
  Result<std::vector<std::pair<Bytes, Bytes>>, FoldError> dump();

  Settings settings;
  ColdState& cold;
  std::optional<FoldError> failed;

  std::unordered_map<UserKey, std::unique_ptr<LoadedUser>, UserHash, UserEqual> loaded; ///< never iterated
  std::vector<LoadedUser*> ring; ///< the same, for the hand that looks for who may leave
  std::size_t hand = 0;
  std::size_t loaded_bytes = 0; ///< of all that are loaded
  std::optional<Presence>
      present; ///< who may have anything stored; none: anybody, the store was not empty at start, and no warm-up
  std::optional<Warming> warming;
  std::size_t just_loaded = 0; ///< users, since `evict` looked last
  std::size_t looks_owed = 0;  ///< of `let_go`
  std::vector<LoadedUser*> dirty;
  std::set<TimerAt> timers;
  std::set<ErasedAt> erased; ///< whose ids are kept, and until when
  std::map<TenantId, TenantInputs> tenants;
  std::uint32_t version = records::kFoldFirst; ///< of the fold; stored once an Activate was folded

  /// The batch that is being made, as of `end`, while the fold goes on.
  struct Cut {
    std::uint64_t end = 0;
    ChangeSet changes;
    std::pair<Bytes, Bytes> meta;   ///< before and behind the digest
    std::vector<LoadedUser*> users; ///< those from `next` on, where frozen still, are not in it yet
    std::size_t next = 0;
    std::size_t bytes = 0; ///< of values that are in it
    Digest digest;
  };
  std::optional<Cut> cut;
  std::array<std::optional<Sweep>, kSweepsMax> sweeps;
  std::uint32_t last_sweep = 0;
  std::array<std::optional<Watch>, kWatchesMax> watches;
  std::uint32_t last_watch = 0;
  OnCut on_cut;                            ///< may be empty
  ChangeSet pending;                       ///< encoded, not yet in a batch
  std::deque<KeyChanges> in_flight;        ///< taken, not yet flushed; oldest first, each by key
  std::deque<std::size_t> in_flight_bytes; ///< of values in each
  std::uint64_t batches_taken = 0;
  std::uint64_t batches_flushed = 0;

  Digest digest;
  Watermarks watermarks;
  WriterTable writers;
  Id128 chain;
  Id128 last_entry; ///< hash of the newest entry in the log's order, repeated or not
  std::uint64_t applied_end = 0;
  std::uint64_t taken_end = 0; ///< applied_end as of the last batch, or of `cut`
  std::uint64_t users = 0;
  std::map<TenantId, std::uint64_t> last_erased; ///< offset, by tenant; node-local
  std::optional<Instant> newest_stamp;           ///< of any record; node-local, for the decision index alone
  std::optional<std::int32_t> oldest_decision_day;

  ByteWriter encoding;                  ///< scratch of `settle`
  std::vector<Use> uses;                ///< scratch of the fold
  std::vector<records::Record> outbox;  ///< of the entry at hand
  std::size_t unmarked = 0;             ///< of the entry at hand
  std::vector<LoadedUser*> entry_users; ///< of the entry at hand: the user of each record, or null
  std::map<ErasedAt, Bytes> expiring;   ///< of the entry at hand: stored ids that its ticks will drop
};

} // namespace kindred::profiles
