#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/profiles/partition_state.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::rounds {

/// Of one learner and tenant in one partition; more, and the next round looks at everybody.
inline constexpr std::size_t kChangesBytesMax = 8 << 20;

/// Who changed since the last cuts of a learner in a partition, with what the learner's sums had of each before his first
/// change: so a round whose base is known looks at these users alone (records.md §5, law `increment`).
///
/// Node-local and not durable. The log says for which round it suffices: the base must be a cut that it began at or came
/// by last, and who first used something after `since` must be in it, too: by what he did since the base, or, where event
/// times run ahead of the cut, because he was written into it as somebody who changed.
/// An erased user's name goes with the erasure; what the sums had of him stays, nameless, until a round has subtracted it.
/// Owner: a shard's Rounds, like the fold that it watches and that must outlive it; not thread-safe. Bound:
/// kChangesBytesMax, some 180 bytes per changed user and his image. Cost: a look-up per user and cut, then nothing.
class ChangeLog final : public profiles::ChangeWatcher, public profiles::SweepVisitor {
public:
  ChangeLog(profiles::PartitionState& fold, TenantId tenant, const Incremental& of);
  ~ChangeLog() override;
  ChangeLog(const ChangeLog&) = delete;

  struct Cut {
    std::uint64_t round = 0;
    Instant as_of;
    std::uint64_t base = 0;       ///< the round whose sums are kept; 0: none
    std::optional<Instant> since; ///< of the comparisons that the round will ask for; none: it asks for none
  };
  /// A cut is being folded. True: the gatherer is to be shown who changed, by `go_on`. False: everybody, by a sweep that
  /// this is the visitor of. The gatherer must outlive what follows, up to `stop` or the next cut.
  bool cut(const Cut& cut, Gatherer& gatherer);
  /// Shows up to so many users more. True: all were shown. Requires: `cut` answered true, not stopped.
  Result<bool, profiles::FoldError> go_on(std::size_t users);
  /// The gatherer is not shown anything more. `complete`: everybody was shown who was to be; else the cut can be no base,
  /// since who is ahead of it may be missing here.
  void stop(bool complete);
  /// Lets go of some of what no round will ask for any more; go_on does, too.
  void trim(std::size_t entries);

  std::size_t bytes() const { return bytes_; }
  std::size_t entries() const { return entries_.size(); }

  void before_change(const UserKey& user, const profiles::Profile* profile) override;
  void erased(const UserKey& user) override;
  void visit(const profiles::Profile& profile) override; ///< of the sweep

private:
  static constexpr std::uint64_t kNone = UINT64_MAX;
  /// What was kept at a user's first change since a cut. Entries are numbered in order, from 0.
  struct Entry {
    const std::string* name = nullptr; ///< in last_; null: erased
    Bytes image;
    std::uint64_t before = kNone; ///< of the same user, since an earlier cut
    bool shown = false;           ///< to the gatherer
  };
  /// A cut that a later round may name as its base.
  struct Base {
    std::uint64_t round = 0; ///< 0: it can be no base
    Instant covers;          ///< who first used something after it is in the log from `begin` on
    std::uint64_t begin = 0; ///< entry
    bool complete = false;   ///< everybody was looked at there
  };
  class Look;
  Entry& at(std::uint64_t entry) { return entries_[entry - first_]; }
  std::uint64_t end() const { return first_ + entries_.size(); }
  std::uint64_t last_of(const std::string& name) const;
  bool is_first(std::uint64_t entry); ///< of its user's, of those that are kept
  void write(const std::string& name, const profiles::Profile* profile);
  void carry(const profiles::Profile& profile);
  void show(Entry& entry, const profiles::Profile* profile);
  void lose();
  void forget();
  void drop_first();

  profiles::PartitionState& fold_;
  const TenantId tenant_;
  const Incremental& of_;
  std::uint32_t watch_ = 0; ///< 0: there is none, nothing is written

  std::optional<Base> base_, newest_;
  std::uint64_t last_round_ = 0; ///< numbers grow
  std::uint64_t kept_from_ = 0;  ///< entries before it are to be let go
  std::uint64_t first_ = 0;      ///< number of the first of entries_
  std::deque<Entry> entries_;
  std::unordered_map<std::string, std::uint64_t> last_; ///< number of each user's last entry; never iterated
  std::size_t bytes_ = 0;
  bool lost_ = true; ///< nothing more is written before the next cut

  Gatherer* gatherer_ = nullptr;
  bool by_changes_ = false;
  std::uint64_t next_ = 0, to_ = 0; ///< what is still to be shown
};

} // namespace kindred::rounds
