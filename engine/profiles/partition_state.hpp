#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/key_changes.hpp"
#include "engine/base/result.hpp"
#include "engine/profiles/change_watcher.hpp"
#include "engine/profiles/cold_state.hpp"
#include "engine/profiles/effect.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/profiles/sweep.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "engine/profiles/user_fold.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

/// What applying one entry did.
struct AppliedEntry {
  bool repeated = false;   ///< the whole entry was seen before (writer, epoch, sequence)
  std::size_t missing = 0; ///< sequences of its writer that it jumped over: an alarm; they may still come
  std::size_t unmarked =
      0; ///< imported records folded without a watermark: an alarm (Watermarks::kProducersMax is reached)
  std::vector<Outcome> outcomes; ///< per record; empty if repeated
  std::vector<Effect> effects;
  /// Records for other users, or other ids of the same, to be appended in their partitions in this order, each at least
  /// once: their ids make a second time change nothing.
  std::vector<records::Record> outbox;
};

/// The fold of one partition of `events`: a deterministic state machine without clock, chance or I/O of its own.
///
/// Law fold: the same records in any grouping give the same state bytes and digest. Law once: a record id applied twice
/// within kOnceWindow of the user's now changes nothing, though he was erased in between; nor does one stamped before it.
/// State = profiles, aliases, ids seen, tombstones, ids of the erased, timers, watermarks of imports, adopted tenant inputs,
/// version of the fold; all but the last three keyed by user, so that it does not depend on who shares the partition (nor on watermarks, while their
/// producers keep to their order). Digest and state bytes leave out by name: applied
/// position, chain, writer table, number of users, decision index (node-local). A user's records: dropped if up to their
/// producer's watermark, if up to his tombstone, if before the window, if seen, if seen before his erasure; only then folded. A tombstone stays until its
/// user is back for longer than the window (32 bytes for each who is not: the ledger line of records.md §9); the ids of
/// his records (erased_ids.hpp) until then, or until a tick says that the window has closed. So law erasure leaves out by
/// name: tombstones, and these ids with their timers.
/// Owned by one shard (or test, or the simulator); not thread-safe. Memory: users are let go, the longest unused first,
/// while all that are loaded hold more than `memory_max` bytes; those not yet written stay.
class PartitionState {
public:
  struct Settings {
    PartitionId partition;
    std::size_t memory_max = 256 << 20; ///< bytes of loaded users
  };
  PartitionState(Settings settings, ColdState& cold);
  ~PartitionState();
  PartitionState(PartitionState&&) noexcept;

  /// Takes up what was flushed (meta, timers). Requires: nothing applied yet.
  Result<Done, FoldError> restore();

  /// Folds one entry. Contributions to the fast models are added to `changes`. After an error the state is as before the
  /// entry and every later call answers the same error.
  Result<AppliedEntry, FoldError> apply(const records::Entry& entry, std::uint64_t offset,
                                        stats::FastDelta& changes);

  /// A record of a user who is not folded here (a replay folds few): the watermark of its producer moves all the same.
  void pass_over(const records::Record& record);

  std::size_t memory_max() const;
  void set_memory_max(std::size_t bytes); ///< less: users leave by `let_go`
  std::size_t memory() const; ///< bytes that loaded users hold, and what of them is on its way to the store
  /// The user's profile; loads it if cold. Null: unknown (never seen, or erased and forgotten). Valid until the next
  /// non-const call.
  Result<const Profile*, FoldError> find(const UserKey& user);
  /// Whom the id was linked to: what comes for it is sent on there. None: it stands for itself. Asked where `find` says null.
  Result<std::optional<Alias>, FoldError> alias_of(const UserKey& user);
  /// What an erasure left of the user; none: not erased, or long enough ago.
  Result<std::optional<Tombstone>, FoldError> tombstone_of(const UserKey& user);
  /// Purposes that hold for the user now (consent, or the tenant's default).
  records::Purposes consent_of(const Profile& profile) const;
  records::Purposes consent_default(TenantId tenant) const { return tenant_inputs(tenant).consent_default; }
  /// What Adopt records brought in, and at which generations (0: never); what Adopt still has to bring is the caller's
  /// comparison.
  TenantInputs tenant_inputs(TenantId tenant) const;

  /// The time to tick at for the earliest timer, of a user or of an erased one's ids: its due time, rounded up to the
  /// lattice. None: nothing is waiting.
  std::optional<Instant> next_due() const;

  /// Of the fold's meaning, as the last Activate record said. An Activate of one that this build does not have stops the
  /// fold (kTooOld), and so does a stored state that is at one.
  std::uint32_t fold_version() const;

  /// Entries below this offset are folded.
  std::uint64_t applied_end() const;
  /// Last sequence folded of a writer in an epoch; none: never heard.
  std::optional<records::Authorship> last_of(WriterId writer) const;
  /// Hash chain over records up to the applied position: id, stamp, type, tenant, slot, purposes and flags of each.
  Id128 chain() const;
  /// Whether this entry is the last one folded, in all that the chain covers: at start, read the entry before
  /// applied_end() and ask; false means that the log went back (LOG_WENT_BACK). True where nothing was folded yet.
  bool ends_with(const records::Entry& entry) const;
  /// By tenant: the offset of the last erasure that took a user, or his id; node-local.
  const std::map<TenantId, std::uint64_t>& erased() const;
  /// Profiles that exist (erased users do not).
  std::uint64_t users() const;

  /// Where the record of a decision stands in the log, from the node-local index. Kept for kDecisionPlaceWindow of stamps.
  struct DecisionPlace {
    std::uint64_t offset = 0;
    std::uint32_t index = 0; ///< of the record in its entry
    Instant stamp;
    bool erased = false; ///< its user was erased since: replay answers ERASED
  };
  Result<std::optional<DecisionPlace>, FoldError> find_decision(DecisionId decision);

  /// Additive 128-bit digest over keyed hashes of (key, value). Encodes what is dirty: O(dirty).
  Id128 digest();

  /// Begins a batch as of the applied position, or goes on with the one begun, and encodes at most `users` of its users;
  /// those that the fold is about to change are encoded first (copy on write). True: the rest costs next to nothing.
  bool prepare_batch(std::size_t users);

  /// What changed since the last batch, to be written in one atomic batch with meta (position, chain, writers, digest): as
  /// of where prepare_batch began it, else as of now. The values stay loaded until it is reported durable by `flushed`.
  /// Empty where nothing was applied since.
  using Change = KeyChange;
  struct Batch {
    KeyChanges changes;    ///< by key; shared with the state until `flushed`
    std::uint64_t end = 0; ///< entries below this offset are in it
    Id128 digest;          ///< of the state as of `end`
    bool empty() const { return changes.empty(); }
  };
  /// `beside`: node-local values of the caller's, to be written with it; where nothing changed the batch is empty without them.
  Batch take_dirty(std::vector<Change> beside = {});
  /// The oldest taken batch is stored; its clean users may leave. A batch whose write failed is written again, the
  /// same, before a newer one: batches build on each other.
  void flushed();
  /// Looks at so many users, who leave where memory_max is passed. True: there are more to look at, since
  /// `flushed` or since memory_max became less.
  bool let_go(std::size_t users);

  /// Reads all that is stored of users in key order, so many values now, between two entries; who finds room in memory_max
  /// comes in. True: that was all, and from here on nobody is looked for of whom nothing is stored. Worth it where much is to
  /// be folded: a value costs a tenth of a look.
  Result<bool, FoldError> warm_up(std::size_t values);

  /// Called for each Cut and CutDone, while it is folded: between the records before and those behind it.
  using OnCut = std::function<void(const records::Record&)>;
  void on_cut(OnCut call);
  /// Begins to show a tenant's users, as they are now, to a visitor, while the fold goes on (partition_sweep.cpp). Node-local and not durable: it
  /// ends with this object. Who changes meanwhile is shown first; the others by `go_on_sweeping`. The visitor must outlive
  /// the sweep. 0: kSweepsMax are open.
  std::uint32_t begin_sweep(TenantId tenant, SweepVisitor& visitor);
  /// Looks at up to so many stored values, or users in memory. True: everybody was shown. Requires: it was begun.
  Result<bool, FoldError> go_on_sweeping(std::uint32_t sweep, std::size_t users);
  void end_sweep(std::uint32_t sweep);

  /// Begins to tell a watcher of a tenant's users before they change (partition_changes.cpp). Node-local and not durable,
  /// like a sweep; the watcher must outlive the watch. 0: kWatchesMax are open.
  std::uint32_t begin_watch(TenantId tenant, ChangeWatcher& watcher);
  void end_watch(std::uint32_t watch);
  /// Shows one user as he is now; not at all where he has no profile. Who is cold stays cold.
  Result<Done, FoldError> show(const UserKey& user, SweepVisitor& visitor);

  /// Every key and value of the state in canonical form, cold ones too, without node-local ones; for law tests.
  Result<std::vector<std::pair<Bytes, Bytes>>, FoldError> dump();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace kindred::profiles
