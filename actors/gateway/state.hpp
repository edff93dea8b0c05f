#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "actors/gateway/append_lane.hpp"
#include "actors/gateway/contract.hpp"
#include "actors/gateway/local_answers.hpp"
#include "actors/gateway/model_settling.hpp"
#include "actors/gateway/probe.hpp"
#include "actors/gateway/recorder.hpp"
#include "actors/gateway/reject_channel.hpp"
#include "actors/gateway/settling.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::actors::gateway {

/// What the world must do now; carried out by the shell in the order of the members.
struct Effects {
  std::optional<Instant> clock; ///< events clock: move it there
  struct Produce {
    std::uint64_t append = 0; ///< comes back with the verdict
    records::Stream stream;
    Bytes entry;
  };
  std::vector<Produce> appends;
  std::vector<std::pair<PartitionId, user_shard::Settle>> settles;
  std::vector<std::pair<PartitionId, user_shard::Ask>> asks;
  std::vector<std::pair<std::string, model::Settle>> model_settles; ///< by learner
  std::vector<std::pair<std::string, model::Ask>> model_asks;
  std::vector<ports::Link::Outgoing> replies;
};

struct Settings {
  std::uint16_t partitions = 16;
  std::uint64_t incarnation = 0;
  WriterId writer;         ///< of this node's gateway, the same after a restart
  std::uint64_t epoch = 0; ///< from Log::next_epoch, for this start
  bool follows_events = false;
  std::uint64_t seed = 0; ///< chance in ids that clients left out
  Instant clock_start;    ///< events clock: the last stamp in the log
  /// Events clock: ends of the partitions at start, to be settled before the first decide.
  std::vector<std::uint64_t> ends;
  std::vector<std::string> learners; ///< that have a model actor here
  std::uint32_t fold_oldest = records::kFoldFirst,
                fold_newest = records::kFoldFirst; ///< versions that its build has
};

/// Requests in, answers out: admits, checks, appends, asks shards, puts the answer together. No I/O, no clock of its own.
///
/// A request runs: decode → writes appended → library folded (where it wrote there) → reads asked, with the positions of
/// its writes → answered. Wall clock: requests side by side; whole reads of one user do not come here (forwarding.hpp).
/// Events clock: strictly one after another; before a run of reads everything acknowledged is settled (settling.hpp), then
/// the rounds of models that are due; and so are a tenant's settings in every partition before they are acknowledged: no later record is folded without them.
/// Every request ends: at its deadline with a typed error for what is still open.
/// Owned by one actor or the simulator; not thread-safe.
class State {
public:
  State(Settings settings, Views views, Probe& probe);

  Effects on(Requests requests);
  Effects on(const Appended& appended, std::int64_t steady_us);
  Effects on(const LibraryAdvanced& advanced, std::int64_t steady_us);
  Effects on(PartDone done, std::int64_t steady_us);
  Effects on(const Settled& settled, std::int64_t steady_us);
  Effects on(const model::Settled& settled, std::int64_t steady_us);
  Effects on(const Pulse& pulse);
  void on(Drain) { draining_ = true; }

  /// Nothing is under way: after Drain it may go.
  bool idle() const { return works_.empty() && queue_.empty(); }
  std::size_t under_way() const { return works_.size() + queue_.size(); }

private:
  static constexpr std::uint32_t kNoQuery = ~0u;
  using Read = user_shard::Ask::Item;
  /// A request under way.
  struct Work {
    ports::ReplyTo to;
    std::uint64_t request_id = 0;
    std::int64_t started_us = 0;
    std::int64_t deadline_us = 0; ///< steady
    std::size_t bytes = 0;
    Instant now;
    TenantId tenant;
    records::Positions asked; ///< to have been seen before answering
    std::vector<std::optional<api::AnswerBody>> bodies;
    bool decides = false;                                  ///< one of the queries is a Decide
    std::vector<bool> writes;                              ///< by query
    std::map<std::size_t, std::deque<std::uint32_t>> sent; ///< lane -> query of each record without verdict
    std::uint64_t library_end = 0;                         ///< the library must be folded up to here
    std::set<std::uint32_t> adopts;                        ///< tenants set, to be told to every partition
    std::set<std::uint32_t> activating;                    ///< queries with a record in every partition
    std::vector<std::uint32_t> adopting;                   ///< queries that set a tenant, until it is adopted
    std::deque<Read> reads;                                ///< still to be asked
    std::set<std::uint16_t> asking;                        ///< partitions that have not answered
    std::size_t sent_on = 0;       ///< times that queries went from one id of a user to another one
    std::size_t model_answers = 0; ///< that model actors owe, as partition kNoPartition
    enum class Barrier : std::uint8_t {
      kNone,
      kOpen,
      kPassed
    } barrier = Barrier::kNone; ///< of the next run of reads
    records::Positions positions;
    std::uint32_t staleness_ms = 0;
  };
  using Works = std::map<std::uint64_t, Work>;
  struct Queued {
    Incoming incoming;
    std::int64_t started_us = 0;
    std::int64_t deadline_us = 0;
  };

  // intake.cpp: admission, decoding, what is refused as a whole
  void take(Incoming&& incoming, Effects& out);
  bool admit(const Incoming& incoming, const schemas::RequestPeek& peek, Effects& out);
  void begin(Incoming&& incoming, std::int64_t started_us, std::int64_t deadline_us, Effects& out);
  void open_queries(schemas::DecodedRequest& decoded, std::uint64_t ticket, Effects& out);
  void open_read(api::Query&& query, std::uint32_t index, const api::Request& request, Work& work);
  void refuse(const ports::ReplyTo& to, std::uint64_t request_id, api::Error error, Effects& out);
  std::int64_t deadline_of(const schemas::RequestPeek& peek, std::int64_t started_us) const;

  // writing.cpp: lanes and verdicts
  using LaneRecords = std::map<std::size_t, std::vector<Bytes>>;
  void write_activation(const api::ActivateFold& query, std::uint32_t index, Work& work,
                        LaneRecords& records);
  void write(api::Query&& query, std::uint32_t index, const api::Request& request, Work& work,
             LaneRecords& records, Effects& out);
  void hand_to_lanes(std::uint64_t ticket, LaneRecords records);
  void send_lanes(Effects& out);
  void close_part(const LaneOutcome& outcome, const LanePart& part, std::size_t lane);
  void accept(Work& work, const std::vector<std::uint32_t>& queries, const LaneOutcome& outcome,
              const LanePart& part);
  void tell_adopts(std::uint64_t ticket, Work& work);
  std::size_t lane_of(const records::Stream& stream) const;
  bool library_has(std::uint64_t end) const;

  // reading.cpp: runs of reads
  void ask_reads(std::uint64_t ticket, Work& work, Effects& out);
  bool open_barrier(std::uint64_t ticket, Work& work, Effects& out);
  bool open_model_barrier(std::uint64_t ticket, Effects& out);
  void ask_model(Read read, std::uint64_t ticket, Work& work, Effects& out);
  void route(Read read, Work& work, std::map<std::uint16_t, user_shard::Ask>& asks);
  static records::Positions positions_for(const Work& work);
  void ask_again(Read read, Work& work);
  void keep_body(Work& work, std::uint32_t query, api::AnswerBody body);

  // state.cpp: the run of a request
  void advance(std::uint64_t ticket, Effects& out);
  void finish(std::uint64_t ticket, Effects& out);
  void expire(Effects& out);
  void take_back(const LibraryAdvanced::Refused& refused);
  static void take_back_unasked(Work& work);
  void take_back_unadopted(Work& work);
  void begin_next(Effects& out);
  void reject(const api::Error& error, std::string_view user, std::string_view message_id);
  void move_clock(Instant to, Effects& out);
  void open(Instant now, std::int64_t steady_us); ///< first in every message: its time, its snapshot
  void close(Effects& out);                       ///< last in every message

  const Settings settings_;
  Views views_;
  Probe& probe_;
  Recorder recorder_;
  RejectChannel rejects_;
  LocalAnswers local_;
  Settling settling_;
  ModelSettling model_settling_;
  std::vector<AppendLane> lanes_; ///< one per partition, then the library's
  Works works_;                   ///< by ticket, that is by arrival
  std::set<std::uint64_t> waiting_for_library_;
  std::deque<Queued> queue_;     ///< events clock: waiting for their turn
  catalog::SnapshotPtr library_; ///< that the message at hand is handled with
  std::uint64_t
      last_ticket_; ///< begins at the epoch << 32: an answer to what an earlier life asked fits nothing here
  std::uint64_t library_seen_ = 0;  ///< the catalog said it has folded up to here
  std::uint64_t library_acked_ = 0; ///< end of the library log as far as acknowledged to us
  std::size_t bytes_ = 0;           ///< of requests under way
  std::size_t unsettled_ = 0;       ///< events clock: records appended since everything was settled
  Instant now_;
  std::int64_t steady_us_ = 0;
  bool draining_ = false;
  bool beginning_ = false;
  Bytes scratch_;
};

} // namespace kindred::actors::gateway
