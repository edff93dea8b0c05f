#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "actors/ports/link.hpp"
#include "actors/ports/log.hpp"
#include "actors/ports/state_store.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::user_shard {

// The fold of one partition, live: applies the entries of its log, answers what is asked of its users, appends ticks,
// deltas and decisions, writes state behind. One per partition and node.
// Include this file, never state.hpp. Messages are values that never leave the process.

/// A part of a request, for users of this partition. Answered by `PartDone` to the gateway, in any order.
struct Ask {
  std::uint64_t ticket = 0; ///< the gateway's: names request and part
  TenantId tenant;
  Instant now; ///< the gateway's clock when it took the request; decisions are as of this
  std::int64_t deadline_us =
      0; ///< steady clock of ports::Clock; past it: kDeadlineExceeded / kPositionNotReached
  /// To have been seen before answering: of this partition, models and library; of other partitions, where ids are that
  /// were linked to who is asked of.
  records::Positions positions;
  bool durable_decisions = false; ///< events clock, or asked for
  struct Item {
    std::uint32_t query = 0;
    api::Query query_value;
    /// One of the linked ids of who is asked of, whose partition this is: the question is not answered, it is sent on to
    /// him once what was told of that id until now is where he is.
    std::string via = {};
    std::vector<std::string> seen = {}; ///< linked ids of his that need not be asked any more
  };
  std::vector<Item>
      items; ///< Decide, GetProfile, LinkUsers (once its Link is in the log), Explain, Replay only
  std::uint64_t outbox = 0; ///< the shard's own: up to which of what it sends on must be where it goes, first
};
struct PartDone {
  std::uint64_t ticket = 0;
  std::uint16_t partition = 0;
  struct Item {
    std::uint32_t query = 0;
    api::AnswerBody body;
    std::optional<Ask::Item> sent_on = {}; ///< no body: to be asked of its `via`, or else of its user
  };
  std::vector<Item> items;
  records::Positions positions; ///< that the answers are from (or, durable, of the Decided records)
  std::uint32_t staleness_ms = 0;
};

/// Fast path, wall clock only: whole requests whose queries are reads of users of this partition, still encoded. The shard
/// decodes, answers through the Link, and reports nothing back.
struct Forward {
  struct One {
    ports::ReplyTo to;
    Bytes request;
    TenantId tenant;
    bool repeatable = true; ///< asked twice it answers alike: each decision has a request id
  };
  std::vector<One> requests;
  Instant now;
  std::int64_t taken_us = 0;                               ///< steady
  Instant until{std::numeric_limits<std::int64_t>::max()}; ///< nobody waits for an answer any longer
};

/// A request of the fast path that other partitions have to do with, since ids were linked: the gateway finds its way.
struct HandBack {
  ports::ReplyTo to;
  Bytes request;
  std::int64_t taken_us = 0; ///< steady, when it came: its deadline counts from there
};

/// Events clock: fold everything up to `end`, do whatever is due at `now` (ticks), hand out the delta and see it folded.
struct Settle {
  std::uint64_t ticket = 0;
  std::uint64_t end = 0;
  Instant now;
};
struct Settled {
  std::uint64_t ticket = 0;
  std::uint16_t partition = 0;
  std::uint64_t end = 0;
  std::optional<Instant> next_due;
  /// Of other partitions' logs, where anything was ever sent to them: they are to be settled up to there, too.
  std::map<PartitionId, std::uint64_t> sent_ends = {};
};

// Rounds (records.md §5). From a model actor:

/// Append a Cut to this partition; answered by Gathered once all of its users, as they are there, were looked at.
struct OpenRound {
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  Instant as_of;
  std::uint64_t base = 0; ///< the round whose sums are kept: it may do to look at who changed since; 0: none
  std::optional<Instant> since =
      {}; ///< of the oldest model that it will compare on what is younger; none: there is none
};
/// A pass over what was gathered; answered by Passed.
struct AskPass {
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  std::uint32_t pass = 0;
  std::shared_ptr<const Bytes>
      parameters; ///< never null; of all partitions together: models may be among them
};
/// Append a CutDone; answered by Closed once it is folded.
struct CloseRound {
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  bool accepted = false;
  Instant stamp;
};
// To it:
struct Gathered {
  PartitionId partition;
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  std::uint64_t cut = 0;   ///< offset of the Cut
  std::string lost;        ///< why it was not gathered; empty: it was
  bool by_changes = false; ///< who changed since the base was looked at, and nobody else
};
struct Passed {
  PartitionId partition;
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
  std::uint32_t pass = 0;
  Bytes statistic;
  std::string lost; ///< why there is none
};
struct Closed {
  PartitionId partition;
  TenantId tenant;
  std::string learner;
  std::uint64_t round = 0;
};

/// Another replica has another state of this partition at an agreed position: this one stops, and answers nothing more.
struct Differs {
  std::string peer;
  std::uint64_t end = 0; ///< entries below it were folded by both
};

// From ports, carried in by the shell:
/// How the logs were found.
struct Opened {
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0;              ///< Log::next_epoch(), for this start
  std::optional<ports::LogError> error; ///< none of the rest means anything
  ports::Log::Bounds events;            ///< of this partition
  std::uint64_t models_end = 0;
  std::optional<Bytes> last; ///< the entry asked for; none: trimmed away, or nothing there
};
/// What shards take turns with.
enum class Work : std::uint8_t { kRounds, kReplay };
inline constexpr std::size_t kWorks = 2;
struct TurnCame {
  Work work{};
  std::uint64_t number = 0; ///< of the TakeTurn that it answers
};
struct Entries {
  std::vector<ports::LogEntry> entries;
};
struct LogEnd {
  Result<std::uint64_t, ports::LogError> end = ports::LogError::kClosed;
}; ///< of the partition's events, looked up after it was asked for
struct CaughtUp {
  std::uint64_t end = 0;
};
struct TailFailed {
  ports::LogError error;
};
struct ModelsRead {
  Result<std::vector<ports::LogEntry>, ports::LogError> entries = ports::LogError::kClosed;
}; ///< at most kModelsSliceBytes, at least one entry where there is one
struct Appended {
  std::uint64_t append = 0;
  ports::Verdict verdict;
};
struct Flushed {
  bool ok = false;
  ports::StoreError error{};
};
using fast_models::DeltaSeen;
struct NextSlice {
}; ///< of the batch that is being made, or of a round, by way of the mailbox: others have had their turn
struct SnapshotsMoved {}; ///< library or fast models advanced: look again at what waits for them
struct Start {};          ///< once, after others know the handle
struct Pulse {
  Instant now;
  std::int64_t steady_us = 0;
}; ///< every kPulse: ticks, deltas, flushes, deadlines

/// What a decision's id tells in wall clock: (partition, node, epoch, counter, chance). In events clock the id is
/// XXH3-128 of (tenant, placement, request id) and tells nothing: every shard must be asked.
constexpr PartitionId partition_of(DecisionId decision) {
  return {static_cast<std::uint16_t>(decision.high >> 48)};
}

/// A digest of the state as of `end`: entries below it are in it.
struct Mark {
  std::uint64_t end = 0;
  Id128 digest;
};

/// How far a shard is; for readiness and status.
struct Standing {
  PartitionId partition;
  bool ready = false; ///< folded up to the end that the log had at start, nothing wrong
  std::string
      not_ready_because; ///< empty where ready: "restoring", "folding 12 of 90", "logWentBack: ...", ...
  std::uint64_t applied_end = 0;
  std::uint64_t users = 0;
  std::uint64_t flushed_end = 0; ///< entries below it are stored
  Id128 digest;                  ///< of the state as of `flushed_end`; zero where nothing was ever flushed
  /// The same as of the last multiples of kAgreedEvery, which replicas compare; the newest last, at most kAgreedKept.
  std::vector<std::pair<std::uint64_t, Id128>> agreed;
  /// By tenant: the offset of the last erasure folded. Models that were cut before it know of who was erased.
  std::map<TenantId, std::uint64_t> erased;
  /// Who went from one segment to another since this actor was made, newest last; at most kMovesMax.
  std::vector<std::pair<TenantId, api::SegmentMove>> moves;
  /// It stopped, since its log was trimmed above what it has folded: only another node's copy helps.
  bool behind_log = false;
  std::uint32_t fold_version = records::kFoldFirst; ///< that the partition is at
  bool stopped = false;                             ///< for good, `not_ready_because` says why
};

// Named bounds.
inline constexpr std::size_t kMovesMax = 64;
inline constexpr Duration kPulse{50 * kMillisecond.us};
/// Shards take turns with pulses, deltas and flushes: all of a node's at once would hold up every answer for as long as all
/// of them take. Fewer for pulses, since those that come together share an fsync.
inline constexpr std::int64_t kTurns = 16;
inline constexpr std::int64_t kPulseTurns = 4;
inline constexpr Duration kDeltaEvery{kSecond.us / 2}; ///< at most one delta in this time (wall clock)
inline constexpr Duration kEndEvery{kSecond}; ///< the log's end is asked for, while the tail does not tell it
/// A user that changes all the time is written once in so long; a crash costs folding what came since, or kFlushRecordsMax.
inline constexpr Duration kFlushEvery{kSecond * 5};
inline constexpr std::size_t kFlushRecordsMax = 5'000; ///< records folded that force a flush
/// Entries. At every multiple a batch is begun, unless one is being made or written: its digest is of the same state on every
/// replica that began one there.
inline constexpr std::uint64_t kAgreedEvery = 4'096;
inline constexpr std::size_t kAgreedKept = 8;
inline constexpr std::size_t kFlushSlice =
    8; ///< users encoded at once, for no answer to wait longer than that
inline constexpr std::size_t kFoldSlice = 64;  ///< records folded at once, or one entry
inline constexpr std::size_t kSweepSlice = 16; ///< users looked at for a round at once
inline constexpr std::size_t kPassSlice = 4;   ///< users whose part in a statistic is computed at once
inline constexpr Duration kRoundKept{10 * kMinute.us}; ///< a round whose CutDone does not come is let go
inline constexpr Duration kChangesKept{2 * kDay.us}; ///< who changed since the last cut; then nobody will ask
inline constexpr std::size_t kUnflushedRecordsMax =
    200'000; ///< folded while the store writes; past it the tail waits
inline constexpr Duration kWriteAgain{
    kSecond}; ///< a batch that the store refused, unless it was busy: then at the next pulse
/// Of the memory that users may have: what they have, with what of them is on its way to the store, where a batch is begun,
/// since hardly anybody is left who is written and could go; and where folding, and so the tail, waits until that is stored.
inline constexpr std::size_t kFullPercent = 110;
inline constexpr std::size_t kCrowdedPercent = 130;
inline constexpr std::size_t kLetGoSlice = 128; ///< users looked at to be let go, once a batch is stored
/// So many entries behind its log's end at start a shard replays: it waits for its turn, and has the memory of a turn then, so
/// that users are met again in memory and written seldom.
inline constexpr std::uint64_t kReplayFrom = 128;
inline constexpr std::size_t kWarmUpSlice =
    256; ///< stored values read at once before a replay (PartitionState::warm_up)
inline constexpr std::size_t kReplaysAtOnce =
    2; ///< of a node, or as many as it has threads; they share the memory for users
/// The same two in a turn: nobody could go before.
inline constexpr std::size_t kReplayFullPercent = 150;
inline constexpr std::size_t kReplayCrowdedPercent = 160;
inline constexpr Duration kReplayIdleMax{
    5 * kSecond.us}; ///< nothing came from the log for so long: it replays on without a turn
/// Records of decisions nobody waits for are held for one append (and one fsync) until the next pulse, but at most these.
inline constexpr std::size_t kDecisionsHeldMax = 256;
/// Waiting to be sent on from linked ids; past either the gateway takes no writes for that partition (kOverloaded).
inline constexpr std::size_t kOutboxRecordsMax = 100'000;
inline constexpr std::size_t kOutboxBytesMax = 64 << 20;
inline constexpr std::size_t kAppendWaitingMax = 50'000; ///< own records waiting for the log
inline constexpr std::size_t kWaitingMax = 10'000;       ///< asks waiting for a position; past it kOverloaded
inline constexpr std::size_t kModelsSliceBytes = 1 << 20; ///< of the models log, read at once at start
inline constexpr Duration kAppendRetryAfter{kSecond.us};  ///< own appends without verdict are sent again

} // namespace kindred::actors::user_shard
