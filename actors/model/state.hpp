#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/catalog/contract.hpp"
#include "actors/gateway/append_lane.hpp"
#include "actors/model/contract.hpp"
#include "actors/model/effects.hpp"
#include "actors/model/probe.hpp"
#include "actors/ports/snapshots.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::actors::model {

/// A learner's rounds, one tenant after another; and what operators ask of its models.
///
/// A round runs: OpenRound to every partition → all Gathered → passes, until the solver has what it wants → chunks and
/// manifests appended → seen taken or refused in the models log's fold → CloseRound → all Closed. What goes wrong on the
/// way (a cut lost, no answer within kStepDeadline, an append refused) ends it with the reason; nothing of it is published,
/// the champion stays. A promotion or a going back waits for a round under way, then for every partition to have folded what
/// was acknowledged before it: an erasure told a moment ago forbids it.
/// Where a round's sums were kept, the next one names it as its base, and partitions that still know who changed since look
/// at these alone; where one does not, or the solver finds that they do not suffice, the same round is opened again under
/// another number, of everybody. What is solved is the same (law `increment`).
/// Rounds are due at whole multiples of the cadence in UTC, and at once where the tenant has no model and none was tried. What
/// is of a time that has not come, as the clock was put back, holds up nothing.
/// Messages in, effects out; no clock, no thread, no I/O. Owned by one shell, test or simulator; not thread-safe.
class State {
public:
  struct Settings {
    std::string learner;
    std::uint16_t partitions = 16;
    WriterId writer;
    bool follows_events = false;            ///< rounds only when settled, or asked for
    Duration cadence{kDay};                 ///< zero: only when asked for
    Duration step_deadline = kStepDeadline; ///< shorter in the simulator, like the limits
    rounds::Limits limits = {};
  };
  struct Views {
    const ports::SnapshotCell<catalog::Snapshot>& library;
    const ports::SnapshotCell<fast_models::Snapshot>& models;
    std::function<std::shared_ptr<const user_shard::Standing>(PartitionId)> shard;
    /// Whether this node runs the learner's rounds; empty: it does. Where it does not, only what is asked of it is done.
    std::function<bool()> mine = {};
  };
  State(Settings settings, Views views, Probe& probe);

  Effects start();
  Effects handle(const Opened& opened);
  Effects handle(Ask ask);
  Effects handle(const Settle& settle);
  Effects handle(const user_shard::Gathered& gathered);
  Effects handle(user_shard::Passed passed);
  Effects handle(const user_shard::Closed& closed);
  Effects handle(const Appended& appended);
  Effects handle(const SnapshotsMoved&);
  Effects handle(const Pulse& pulse);
  /// So long the message handled last kept this thread, while no pulse could come: solving may take longer than a step may
  /// wait, and that time was nobody's silence.
  void computed_for(Duration time) { stepped_us_ += time.us; }

private:
  /// kReaching: a change waits until every partition has folded what was acknowledged before it.
  enum class Step : std::uint8_t { kIdle, kReaching, kGathering, kPassing, kAppending, kFolding, kClosing };
  /// A manifest that was appended, and whose fate the models log's fold decides.
  struct Offered {
    std::string learner;
    std::uint64_t generation = 0;
    Id128 version;
  };
  struct Round {
    TenantId tenant;
    std::uint64_t number = 0;
    Instant as_of;
    std::int64_t began_us = 0;
    std::uint32_t pass = 0;
    std::vector<std::uint64_t> cuts;           ///< by partition
    std::set<std::uint16_t> waiting;           ///< partitions that have not answered
    std::map<std::uint16_t, Bytes> statistics; ///< of the pass
    std::unique_ptr<rounds::Solver> solver;
    std::map<std::string, std::uint64_t>
        generations;              ///< of the lines that the solver knows, as it knows them
    std::uint64_t base = 0;       ///< what partitions were told; 0: everybody is looked at
    std::optional<Instant> since; ///< told with it
    bool by_changes = false;      ///< it is solved from who changed
    std::string outcome;
    bool published = false;
    bool given_up = false;
    std::optional<Ask> change; ///< it is no round, but an operator's change of what serves
  };
  struct Tenant {
    std::optional<Instant> tried; ///< as-of of the last round
    std::optional<std::int64_t>
        again_us;           ///< it was given up: tried then (steady), where the cadence says later
    bool asked = false;     ///< by an operator: the next round, whatever the cadence
    std::uint64_t next = 0; ///< number of the round that was promised; 0: none
    std::uint64_t base = 0; ///< the round that `sums` are of
    std::unique_ptr<rounds::Sums> sums; ///< null: none kept
    std::int64_t summed_us = 0;         ///< when
  };

  // state.cpp: what is due, and the steps of a round
  void look_around(Effects& out);
  bool may_begin() const;
  Instant now() const { return settling_ ? settling_->now : now_; }
  /// Of a clock that was put back since, or another node's: by more than clocks differ, and than a round may be late.
  bool is_far_ahead(Instant t) const { return t > now() + settings_.cadence; }
  std::optional<Instant> due(TenantId tenant) const;
  std::optional<Instant> next_due() const;
  void begin(TenantId tenant, Effects& out);
  void open(Effects& out);
  void open_again(Effects& out);
  std::optional<Instant> oldest_champion() const;
  void solve(Effects& out);
  void keep(std::unique_ptr<rounds::Sums> sums);
  void let_go();
  void ask_pass(Effects& out);
  void absorb(Effects& out);
  void abandon(const std::string& why, Effects& out);
  void close_round(Effects& out);
  void send_closes(Effects& out);
  void end_round(Effects& out);
  void step(Step step);
  void all_partitions();
  std::uint64_t next_number();
  void stand(Effects& out) const;
  bool is_current(TenantId tenant, const std::string& learner, std::uint64_t round) const;

  // publishing.cpp: chunks and manifests
  void publish(const std::vector<rounds::Offer>& offers, Effects& out);
  void offer_manifest(records::Manifest manifest, std::map<std::string, std::uint64_t>& generations);
  void append(records::Body body, records::RecordType type);
  void look_at_offers(Effects& out);
  std::map<std::string, rounds::KnownModels> take_known();
  std::optional<api::Error> forbidden_challenger(const std::string& name) const;
  void send(Effects& out);

  // asking.cpp: what operators ask
  api::AnswerBody train(const Ask& ask);
  void begin_change(Ask ask, Effects& out);
  void change(Effects& out);
  const fast_models::Placed* chosen(const fast_models::Line* line, const api::ChangeModel& query) const;
  std::optional<api::Error> forbidden(const fast_models::SolvedModel& model, TenantId tenant) const;
  void answer(const Ask& ask, api::AnswerBody body, records::Positions positions, Effects& out);

  const Settings settings_;
  const Views views_;
  Probe& probe_;
  std::optional<gateway::AppendLane> lane_;
  std::uint64_t epoch_ = 0;
  std::uint64_t rounds_opened_ = 0;
  bool told_time_ = false; ///< by the first pulse; before it no round has an as-of
  Instant now_;
  std::int64_t steady_us_ = 0;
  std::int64_t stepped_us_ = 0; ///< when something of the round under way last came

  Step step_ = Step::kIdle;
  Round round_;                               ///< meaningful unless kIdle
  std::vector<Offered> offered_;              ///< of the round, in order
  std::optional<records::Position> appended_; ///< of the round's last entry
  std::map<TenantId, Tenant> tenants_;
  std::deque<Ask> changes_; ///< waiting for the round under way
  std::optional<Settle> settling_;
  std::uint64_t models_end_ = 0; ///< behind all that it published
  Standing standing_;
};

} // namespace kindred::actors::model
