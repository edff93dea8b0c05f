#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/catalog/contract.hpp"
#include "actors/fast_models/delta_fold.hpp"
#include "actors/gateway/append_lane.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/user_shard/cold_store.hpp"
#include "actors/user_shard/contract.hpp"
#include "actors/user_shard/deltas.hpp"
#include "actors/user_shard/effects.hpp"
#include "actors/user_shard/outbox.hpp"
#include "actors/user_shard/probe.hpp"
#include "actors/user_shard/settings.hpp"
#include "actors/user_shard/turn.hpp"
#include "actors/user_shard/warm_up.hpp"
#include "engine/base/random.hpp"
#include "engine/decisions/decide.hpp"
#include "engine/profiles/partition_state.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::actors::user_shard {

/// The fold of one partition, live: applies what its log has, answers once an asked position is folded, decides, appends
/// ticks, adoptions, deltas and decisions, writes state behind.
///
/// Life: start → opened → (fast models caught up; deltas that they have and this state still owes are read) → (far behind: its
/// turn came, the log's end looked up anew) → tail → ready, once folded up to the end that the log had at start, or then.
/// What is wrong with log or state stops the partition with a reason in Standing, and its asks are answered kNotReady;
/// what only a fresh start can help (a store that did not answer, a delta missed) ends it with Quit.
/// Law read-your-writes: an ask is answered only from a state that has folded the positions it carries.
/// Messages in, effects out; no clock, no thread, no I/O but synchronous reads of the state store. Owned by one shell,
/// test or simulator; not thread-safe.
class State {
public:
  /// What other actors publish. Must outlive the state.
  struct Views {
    const ports::SnapshotCell<catalog::Snapshot>& library;
    const ports::SnapshotCell<fast_models::Snapshot>& models;
  };
  State(Settings settings, ports::StateStore& store, Views views, Probe& probe);
  State(const State&) = delete; // its fold calls it

  Effects start();
  Effects handle(Opened opened);
  Effects handle(Ask ask);
  Effects handle(Forward forward);
  Effects handle(const Settle& settle);
  Effects handle(const OpenRound& open);
  Effects handle(AskPass ask);
  Effects handle(const CloseRound& close);
  Effects handle(const Differs& differs);
  Effects handle(Entries entries);
  Effects handle(const LogEnd& end);
  Effects handle(const CaughtUp& caught_up);
  Effects handle(const TailFailed& failed);
  Effects handle(const ModelsRead& read);
  Effects handle(const Appended& appended);
  Effects handle(const Flushed& flushed);
  Effects handle(const DeltaSeen& seen);
  Effects handle(const NextSlice&);
  Effects handle(const TurnCame& came);
  Effects handle(const SnapshotsMoved&);
  Effects handle(replay::Recalled recalled);
  Effects handle(const Pulse& pulse);
  /// At the end of its life: the decisions' records that were held for the next pulse. None where an append is under way:
  /// one behind it could leave a gap.
  std::optional<Produce> last_words();

  bool ready() const { return stopped_.empty() && ready_; }
  const std::string& stopped_because() const { return stopped_; }
  /// For tests, laws and the simulator's checker.
  profiles::PartitionState& partition_state() { return fold_; }
  const Deltas& deltas() const { return deltas_; }
  const Outbox& outbox() const { return outbox_; }

private:
  struct Read { ///< a request of the fast path, decoded
    ports::ReplyTo to;
    TenantId tenant;
    Instant now;
    std::int64_t taken_us = 0; ///< steady
    Instant deadline;
    schemas::DecodedRequest asked;
    Bytes request; ///< as it came
  };
  using Waiting = std::variant<Ask, Read>;
  /// An ask some of whose items are not done yet.
  struct Part {
    PartDone done;
    std::size_t open = 0;
    std::int64_t deadline_us = 0;
    std::vector<bool> missing; ///< per item: its body has not come, or must not be told yet
  };
  struct Owed {
    std::uint64_t part = 0;
    std::size_t item = 0;
  };
  /// Snapshots that one message is answered from.
  struct Sight {
    catalog::SnapshotPtr library;
    fast_models::SnapshotPtr models;
    TenantId tenant;
    Instant now;
  };
  struct Made {
    api::AnswerBody body;
    std::optional<Bytes> record; ///< encoded Decided, where there is a decision
  };
  enum class Kind : std::uint8_t {
    kDecision,
    kDurable,
    kTick,
    kAdopt,
    kRound,
    kOutbox
  }; ///< of a record of the events lane
  static constexpr int kKindBits = 3;

  void log_ends_at(std::uint64_t end); // state.cpp: life, as the next
  void look_around(Effects& out);
  void learn_deltas(Effects& out);
  void fold_missed(const std::vector<ports::LogEntry>& entries);
  void stop(std::string why) {
    if (stopped_.empty()) stopped_ = std::move(why);
  }
  void fail(profiles::FoldError error, const std::string& doing);
  std::string not_ready_because() const;
  void stand(Effects& out);
  void close(Effects& out);

  // fold.cpp
  void fold_arrived(Effects& out);
  bool has_more_than(std::size_t percent) const {
    return 100 * fold_.memory() > percent * fold_.memory_max();
  }
  bool held_up() const; ///< the store has to write before more is folded
  void go_on_replaying(Effects& out);
  void let_go_of_the_turn();
  bool works() const; ///< for rounds
  void fold(const ports::LogEntry& entry, Effects& out);
  void tell(const std::vector<profiles::Effect>& effects, std::uint64_t offset, Effects& out);

  // linked.cpp
  bool is_linked(TenantId tenant, const std::string& user);
  bool must_wait_for_outbox(Ask& ask); ///< what was sent on for a linked id may not be in the other's log yet
  /// Where the question goes from here, with the positions that it takes along; none: it is answered here.
  std::optional<Ask::Item> sent_on(const Ask::Item& item, const Ask& ask, records::Positions& positions);
  /// An id that was linked to this user and that some of these positions may be of, told under it and not here yet.
  std::optional<std::string> unseen_link(const UserKey& user, const records::Positions& positions,
                                         const std::vector<std::string>& seen);
  bool may_be_of_others(const records::Positions& positions) const; ///< told under a linked id; mostly not so
  void seen_by(PartitionId partition, records::Positions& positions) const;
  api::AnswerBody linked(const api::LinkUsers& query, const Sight& sight, records::Positions& positions);
  void send_outbox(Effects& out);
  void produce_outbox(Outbox::Append append, Effects& out);

  // ask.cpp
  enum class Reach : std::uint8_t { kReached, kNotYet, kForeign };
  /// Whether an answer from that sight has seen the positions: the snapshots judged are those it is answered from, or
  /// older ones.
  Reach reach(const records::Positions& positions, const Sight& sight) const;
  bool is_reached(const records::Position& position, const Sight& sight) const;
  void answer(Ask& ask, Effects& out);
  void answer_item(Ask& ask, std::size_t index, const Sight& sight, Part& part, std::uint64_t id);
  void wait(Waiting waiting, Effects& out);
  void wake(Effects& out);
  void give_up(Waiting& waiting, const api::Error& error, Effects& out);
  void give_up_late(Effects& out);
  void item_done(const Owed& owed, std::optional<api::AnswerBody> body, const records::Position* position,
                 Effects& out);
  Sight look() const;
  /// Requires: something was folded.
  records::Position position_now() const { return {incarnation_, stream_, folded_end_ - 1, 0, {}}; }
  records::Positions positions_now() const;
  std::uint32_t staleness_ms() const; ///< how old what is folded may be; 0: all of the log is
  api::AnswerBody profile(const api::GetProfile& query, const Sight& sight);
  /// An error at once, or the recall is on its way and the answer comes later.
  std::optional<api::Error> recall(DecisionId decision, bool again, const Ask& ask, const Owed& owed);

  // decide.cpp
  Made decide(const api::Decide& query, const Sight& sight);
  DecisionId decision_id(const api::Decide& query, const Sight& sight);
  void count_decision(const decisions::Answer& answer);

  // forward.cpp
  /// False: ids were linked and others have to do with it; nothing was answered.
  bool answer(const ports::ReplyTo& to, schemas::DecodedRequest& asked, const Sight& sight,
              std::int64_t taken_us, Reply& reply);
  void refuse(const ports::ReplyTo& to, std::uint64_t request_id, const api::Error& error,
              std::vector<ports::Link::Outgoing>& answers);

  // upkeep.cpp
  void append(Kind kind, std::uint64_t number, const Bytes& record);
  void not_appended(Kind kind, std::uint64_t number, const char* why);
  void send_appends(Effects& out);
  void on_events_outcome(const gateway::LaneOutcome& outcome, Effects& out);
  void adopt(Effects& out);
  void adopt_models();
  void remember_move(const profiles::Effect& effect);
  void adopt_one(TenantId tenant, std::string_view kind, Bytes value, std::uint64_t generation);
  /// Whether everything it appended to its partition so far, as far as acknowledged, is folded.
  bool own_folded() const;
  bool tick(Instant now);
  bool cut_delta();
  void send_delta();
  void settle(Effects& out);
  bool append_round(const OpenRound& round, records::Body body);
  void refused_cut(std::uint64_t number, const char* why);
  void go_on(Effects& out);
  void flush(Effects& out);
  void go_on_flushing(Effects& out);
  void go_on_warming();
  void write(Effects& out);
  Bytes node_local() const;
  bool restore_node_local();

  const Settings settings_;
  const records::Stream stream_;
  const Views views_;
  Probe& probe_;
  ColdStore cold_;
  profiles::PartitionState fold_;
  Deltas deltas_;
  Outbox outbox_;
  Rounds rounds_;
  Random chance_;

  // life
  std::string stopped_, doubt_; ///< for good; until the log shows more
  bool behind_log_ = false;     ///< it stopped, since its log was trimmed above its state
  std::optional<std::string> quit_;
  std::string stood_; ///< what Standing said last
  std::uint64_t incarnation_ = 0;
  std::uint64_t models_needed_ = 0; ///< end of the models log that the fast models must have reached
  std::optional<fast_models::DeltaFold> missed_; ///< of deltas applied since the flush, while they are read
  std::uint64_t missed_end_ = 0;                 ///< of the models log: `missed_` has folded so far
  std::uint64_t start_end_ = 0;                  ///< end of the log when it was opened: ready from there on
  bool opened_ = false, tailing_ = false, looking_at_end_ = false, ready_ = false, reading_models_ = false;
  bool moved_ = false;                  ///< something was folded, here or beside: who waits may go
  std::deque<ports::LogEntry> arrived_; ///< from the tail, not folded yet: at most what it sends unconsumed
  std::deque<std::pair<std::uint64_t, Instant>> caught_up_; ///< the end told behind them, and when
  std::uint64_t folding_ = 0;                               ///< offset of the entry at hand
  std::uint64_t folded_end_ = 0;                            ///< like applied_end, and past foreign entries
  std::uint64_t log_end_ = 0, looked_for_ = 0; ///< the end, looked up again once deltas went up to there
  Instant caught_up_at_, now_;
  std::int64_t steady_us_ = 0, look_again_us_ = 0, open_again_us_ = 0, next_end_us_ = 0;

  // asks
  std::deque<Waiting> waiting_;
  std::map<std::uint64_t, Part> parts_;
  std::map<std::uint64_t, Owed> durables_; ///< by number of their record
  std::map<std::uint64_t, Owed> recalls_;  ///< by job
  std::vector<replay::Recall> recalls_out_;
  std::uint64_t last_part_ = 0, last_number_ = 0, last_decision_ = 0;
  schemas::DecodedRequest decoded_; ///< scratch of the fast path, like the next
  api::Answer answer_;
  bool met_linked_ = false; ///< the last profile or decision was asked of a linked id

  // appends
  std::optional<gateway::AppendLane> events_lane_, models_lane_;
  std::optional<Instant> last_tick_;
  std::map<std::pair<TenantId, std::string>, std::uint64_t> adopting_; ///< generation appended last
  std::deque<std::pair<TenantId, api::SegmentMove>> moves_;            ///< newest last, at most kMovesMax
  bool moves_changed_ = false;                                         ///< since they were published
  std::shared_ptr<const fast_models::Lines> adopted_models_;           ///< hold nothing more to adopt
  std::uint64_t adopted_end_ = 0;               ///< the library up to here holds nothing more to adopt
  std::optional<records::Authorship> own_last_; ///< of its acknowledged appends to its partition
  std::vector<Owed> overflowed_;                ///< durable decisions that found no room
  bool delta_sent_ = false, hurry_ = false; ///< something in the events lane does not wait for the next pulse
  std::int64_t next_delta_us_ = 0, arrived_us_ = 0; ///< the last from the tail, while it replays
  std::optional<std::int64_t> owed_since_us_;       ///< since when contributions wait
  std::optional<Settle> settling_;
  std::map<std::uint64_t, OpenRound> opening_; ///< by number of their Cut, until it is in the log
  bool slice_asked_ = false;                   ///< a NextSlice is on its way
  Turn rounds_turn_{Work::kRounds}, replay_turn_{Work::kReplay};
  WarmUp warm_up_;                              ///< of its turn to replay
  bool replaying_ = false, letting_go_ = false; ///< far behind at start; users leave
  Leaving leaving_ = Leaving::kNobody;          ///< at the end of its turn
  bool tail_due_ = false;                       ///< its turn came, the log's end as of now is looked up

  // flush
  std::optional<Bytes> slicing_; ///< a batch is being made: the node's own values as of where it began
  std::deque<std::pair<std::uint64_t, Id128>> agreed_; ///< digests at agreed positions, at most kAgreedKept
  Mark flushing_, flushed_; ///< how far the batch in flight goes, and the last one that is stored
  std::optional<ports::StoreBatch> unflushed_; ///< the batch in flight, or refused and to be written again
  bool writing_ = false;
  std::size_t records_since_flush_ = 0, held_back_bytes_ = 0; ///< bytes folded, not yet told consumed
  std::int64_t next_flush_us_ = 0, write_began_us_ = 0, write_again_us_ = 0;
};

} // namespace kindred::actors::user_shard
