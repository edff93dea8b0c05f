#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/user_shard/contract.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/rounds/change_log.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::actors::user_shard {

/// This partition's part in the rounds of learners (records.md §5): from a Cut on it gathers what the learner looks at of
/// every user as he was there, then answers passes over what was gathered, until the CutDone. All in slices, so that no
/// answer waits longer for it than one slice takes.
///
/// Of learners whose sums are kept up (rounds::incremental_of) it remembers who changed since their last cuts: a round that
/// names the one before as its base is gathered from these alone, where that suffices; else from everybody, and said so.
/// One open cut per learner and tenant: a newer one replaces it. Nothing is durable: after a restart a cut that is folded
/// again is gathered again, any other is told to be lost when it is asked for, and the round is opened anew by whoever
/// runs it. Bounds: kSweepsMax open cuts, rounds::kGatheredBytesMax each, kRoundKept of time; kWatchesMax logs of changes,
/// rounds::kChangesBytesMax each, kChangesKept of time.
/// Owned by the shard's state, like the fold it reads; not thread-safe.
class Rounds {
public:
  Rounds(PartitionId partition, profiles::PartitionState& fold);

  using Report = std::variant<Gathered, Passed, Closed>;

  /// Its Cut is on its way to the log, or to be refused.
  void expect(const OpenRound& open) { expected_[{open.tenant, open.learner}] = open; }
  /// A Cut or CutDone that is being folded, in the entry at `offset`.
  void fold(const records::Record& record, std::uint64_t offset, std::int64_t steady_us);
  /// The same while all is folded again that is far behind: a round that was opened then is lost here, and nothing gathered,
  /// since hardly anybody waits for it any more.
  void pass_over(const records::Record& record);
  /// Its Cut will not be in the log.
  void refuse(const OpenRound& open, std::string why) {
    lose({open.tenant, open.learner}, open.round, std::move(why));
  }
  /// Answered by a report, at once where there is nothing to compute.
  void ask(AskPass ask);
  /// There is something to do.
  bool busy() const;
  /// One slice. Error: a stored profile cannot be read.
  Result<Done, profiles::FoldError> work();
  /// Rounds whose CutDone never came are let go.
  void expire(std::int64_t steady_us);
  std::vector<Report> take_reports() { return std::exchange(reports_, {}); }

private:
  using Key = std::pair<TenantId, std::string>;
  struct Round {
    std::uint64_t number = 0;
    std::uint64_t cut = 0; ///< offset of its Cut
    std::int64_t since_us = 0;
    std::unique_ptr<rounds::Gatherer> gatherer;
    bool gathering = true;
    std::uint32_t sweep = 0; ///< 0: gathered, or by changes
    bool by_changes = false; ///< from the key's log
    std::vector<AskPass> asked;
    bool passing = false; ///< asked.front() was begun
  };
  void open(const records::Record& record, const records::Cut& cut, std::uint64_t offset,
            std::int64_t steady_us);
  void close(const Key& key, std::uint64_t number);
  bool begin_gathering(const Key& key, const rounds::ChangeLog::Cut& cut, Round& round);
  void end_gathering(const Key& key, Round& round, bool complete);
  void drop(std::map<Key, Round>::iterator round);
  void lose(const Key& key, std::uint64_t number, std::string why);
  void fail(const AskPass& ask, std::string why);
  Result<Done, profiles::FoldError> gather(std::map<Key, Round>::iterator at);
  void pass(Round& round);

  const PartitionId partition_;
  profiles::PartitionState& fold_;
  struct Changes {
    std::unique_ptr<rounds::ChangeLog> log;
    std::int64_t cut_us = 0; ///< when the last cut came by
  };
  std::map<Key, Changes> changes_;
  std::map<Key, OpenRound> expected_; ///< the last that was asked for
  std::map<Key, Round> rounds_;
  std::vector<Report> reports_;
};

} // namespace kindred::actors::user_shard
