#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/catalog/state.hpp"
#include "actors/cluster/state.hpp"
#include "actors/fast_models/state.hpp"
#include "actors/gateway/forwarding.hpp"
#include "actors/gateway/state.hpp"
#include "actors/log_keeper/state.hpp"
#include "actors/model/state.hpp"
#include "actors/peering/relay.hpp"
#include "actors/peering/state.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/user_shard/state.hpp"
#include "engine/base/random.hpp"
#include "tests/simulation/log_way.hpp"
#include "tests/simulation/mailbox.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/planted.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::simulation {

namespace catalog = actors::catalog;
namespace cluster = actors::cluster;
namespace fast_models = actors::fast_models;
namespace gateway = actors::gateway;
namespace log_keeper = actors::log_keeper;
namespace model = actors::model;
namespace peering = actors::peering;
namespace user_shard = actors::user_shard;

/// Wall clock of a run: may jump, steady time may not.
class SimulatedClock final : public ports::Clock {
public:
  Instant now() const override { return now_; }
  bool follows_events() const override { return false; }
  void advance(Instant) override {}
  std::int64_t steady_us() const override { return steady_us_; }
  void pass(Duration d) {
    now_ = now_ + d;
    steady_us_ += d.us;
  }
  void jump(Duration d) { now_ = now_ + d; }

private:
  Instant now_{1'750'000'000'000'000};
  std::int64_t steady_us_ = 1'000'000;
};

/// A node's clock: that of the run, and so much ahead of it. Both outlive it.
class NodeClock final : public ports::Clock {
public:
  NodeClock(const SimulatedClock& run, const Duration& ahead) : run_(run), ahead_(ahead) {}
  Instant now() const override { return run_.now() + ahead_; }
  bool follows_events() const override { return false; }
  void advance(Instant) override {}
  std::int64_t steady_us() const override { return run_.steady_us(); }

private:
  const SimulatedClock& run_;
  const Duration& ahead_;
};

/// What a node is made of: what outlives it, and what it shares with others.
struct Surroundings {
  std::shared_ptr<support::MemoryStoreDisk> disk;
  support::MemoryLog& log;
  Network* network = nullptr; ///< null: it is in no cluster
  std::uint16_t number = 0;   ///< among the nodes
};

/// One life of a node: the states of all its actors, their mailboxes, and ports that move only when told to.
/// What shells and glue do in the process (nodes/kindred/actors.hpp), this does here; destroying it is a crash. One thread.
class Node {
public:
  using Answer = std::function<void(ports::Link::Outgoing)>;
  Node(const Plan& plan, Surroundings around, const ports::Clock& clock, Random& random, Answer answer);
  ~Node();

  void request(ports::ReplyTo to, Bytes bytes);
  /// What can happen in it: messages to be handled; batches to be stored.
  void message_moves(std::vector<Move>& ways);
  void store_moves(std::vector<Move>& ways);
  bool may_deliver(const support::MemoryLog::Step& step) const; ///< Requires: it is the node's subscription
  /// Sends a pulse to every actor whose mailbox is empty.
  void pulse();

  static constexpr std::size_t kGateway = 0, kCatalog = 1, kModels = 2, kFirstShard = 3;
  std::size_t model_actor() const { return kFirstShard + plan_.partitions; }
  std::size_t cluster_actor() const { return model_actor() + 1; }
  std::size_t peering_actor() const { return model_actor() + 2; }
  std::size_t keeper_actor() const { return model_actor() + 3; }
  std::size_t actors() const { return model_actor() + (in_cluster() ? 4 : 1); }
  /// Runs are short: whatever was learnt is published.
  static rounds::Limits limits() { return {1, 6, -1'000, 1, 2, {}, 1, -1'000}; }
  /// The actor loses its state and what waited for it; the supervisor starts it again at `revive`.
  void kill(std::size_t actor);
  void revive();
  void pause(std::size_t actor, std::int64_t until_us) { mailboxes_[actor].pause_until(until_us); }
  /// What the log delivers of a stream comes only after that.
  void lag(const records::Stream& stream, std::int64_t until_us) { lags_[stream] = until_us; }
  /// An operator's wish.
  void drain(const std::string& node, bool draining);

  std::string name() const { return Network::name_of(around_.number); }
  std::size_t number() const { return around_.number; }
  LogWay& log() { return *log_; }
  const LogWay& log() const { return *log_; }
  user_shard::State* shard(std::uint16_t partition) { return shards_[partition].state.get(); }
  const fast_models::SnapshotPtr models() const { return models_cell_.get(); }
  /// Of this life: rounds that came to an end, not given up.
  std::uint64_t rounds_solved() const { return model_probe_.rounds_done - model_probe_.rounds_abandoned; }
  /// Why a partition, the library or the models stopped; empty: none did.
  std::vector<std::string> stopped() const;
  /// All actors live that are to, and it holds what the map says.
  bool is_settled() const;
  bool all_alive() const;

  // ---- in a cluster (node_cluster.cpp) ----
  bool in_cluster() const { return around_.network != nullptr; }
  bool runs_learner() const { return learner_at(std::string(plan_.learner())).here; }
  std::shared_ptr<const cluster::Standing> standing() const { return cluster_cell_.get(); }
  const peering::Probe& peering_probe() const { return peering_probe_; }
  bool has(std::uint16_t partition) const { return folds(partition); } ///< caught up
  /// Up to where any answer about the partition has to have folded the log: how far its shard is, or will be before it
  /// answers. None: nothing here answers without saying that it is behind.
  std::optional<std::uint64_t> answers_from(std::uint16_t partition) const;

private:
  struct Shard {
    std::unique_ptr<user_shard::Probe> probe;
    std::unique_ptr<user_shard::State> state;
    std::unique_ptr<ports::Subscription> tail;
    std::shared_ptr<const user_shard::Standing> standing;
    bool held = true; ///< in a cluster: whether this node is to have the partition
    bool fetching = false;
    std::uint64_t log_begin = 0;            ///< when that began, if it was behind it
    bool behind_log = false;                ///< it was left for that
    std::optional<std::uint64_t> start_end; ///< where the log ended when it was opened
  };

  void start_gateway();
  void start_catalog();
  void start_models();
  void start_shard(std::uint16_t partition);
  void start_model();
  bool ready_for_shards() const;
  ports::TailSink sink_of(std::size_t actor); ///< catalog's or fast models'
  void take_models(const std::vector<ports::LogEntry>& entries);
  ports::TailSink sink_of_shard(std::uint16_t partition);
  /// For a planted bug: each meets what the one before left.
  void send_one_by_one(std::uint16_t partition, std::vector<ports::LogEntry> entries);
  user_shard::Opened look(std::uint16_t partition, const user_shard::Open& open);
  user_shard::LogEnd end_of(std::uint16_t partition) const;
  void snapshots_moved();

  void carry_out(gateway::Effects effects);
  void carry_out(catalog::Effects effects);
  void carry_out(fast_models::Effects effects);
  void carry_out(std::uint16_t partition, user_shard::Effects effects);
  void carry_out(model::Effects effects);
  void to_model(std::function<model::Effects(model::State&)> message);
  void tell_model(user_shard::Rounds::Report report);
  void plant(user_shard::Passed& passed);
  void produce(const records::Stream& stream, Bytes entry, std::function<void(ports::Verdict)> on_verdict);
  void to_shard(std::uint16_t partition, std::function<user_shard::Effects(user_shard::State&)> message);
  template <class Message>
  void tell_shard(std::uint16_t partition, Message message) {
    to_shard(partition, [message = std::move(message)](user_shard::State& state) {
      return state.handle(Message(message));
    });
  }
  /// Runs `then` with what a port answers, if the actor that asked is still the same.
  template <class Answered>
  std::function<void(Answered)> answered(std::size_t actor, std::function<void(Answered)> then);
  void to_gateway(std::function<gateway::Effects(gateway::State&)> message);

  // node_cluster.cpp
  void attach(); ///< to the links
  void hand_back(user_shard::HandBack back);
  /// The way to the clients, as actors see it.
  struct Clients final : ports::Link {
    explicit Clients(const Answer& answer) : answer(answer) {}
    void reply(std::vector<Outgoing> answers) override {
      for (auto& one : answers) answer(std::move(one));
    }
    void publish(std::string, Bytes) override {}
    const Answer& answer;
  };
  void start_cluster();
  void start_peering();
  void start_keeper();
  void carry_out(log_keeper::Effects effects);
  template <class Message>
  void tell_keeper(Message message) {
    mailboxes_[keeper_actor()].send(
        [this, message = std::move(message)] { carry_out(keeper_->handle(message)); });
  }
  std::optional<std::uint64_t> stored_by_all(std::uint16_t partition) const;
  peering::State::Views views_of_peering();
  void pulse_cluster();
  void carry_out(cluster::Effects effects);
  void carry_out(peering::Effects effects);
  void carry_out(peering::Effect& effect);
  template <class Message>
  void tell_peering(Message message) {
    mailboxes_[peering_actor()].send(
        [this, message = std::move(message)] { carry_out(peering_->handle(Message(message))); });
  }
  void to_cluster(std::function<cluster::Effects(cluster::State&)> message);
  bool here(std::uint16_t partition) const;
  bool folds(std::uint16_t partition) const;
  Duration log_lost_for() const;
  peering::Ways ways_of(std::uint16_t partition) const;
  peering::LearnerAt learner_at(const std::string& learner) const;
  std::vector<std::string> peers_up() const;
  std::vector<bool> held_partitions() const;
  std::vector<bool> to_hold(const cluster::Standing& standing, const std::vector<bool>& held) const;
  void look_for_log();
  cluster::Surroundings hold_and_tell();
  void hold(std::uint16_t partition, bool wanted);
  void end_shard(std::uint16_t partition);
  void fetch(std::uint16_t partition);
  void fetched(const peering::Fetched& fetched);
  peers::NodeStanding tell_peers() const;
  std::shared_ptr<const user_shard::Standing> standing_of(std::uint16_t partition) const;
  // the way there
  void send(std::uint16_t partition, user_shard::Ask ask);
  void send(user_shard::PartDone done);
  void send(user_shard::Rounds::Report report);
  void send(model::ToShard to);
  void ask_two_replicas(const model::ToShard& to);

  WriterId writer(std::uint64_t of) const;

  const Plan plan_;
  const Surroundings around_;
  const ports::Clock& clock_;
  Random& random_;
  Answer answer_;
  std::unique_ptr<LogWay> log_;
  std::unique_ptr<support::MemoryStore> store_;
  std::unique_ptr<ports::StateStore> seen_store_; ///< the store as actors see it: a planted bug hides keys
  NewWriters new_writers_;                        ///< for a planted bug
  std::map<records::Stream, std::int64_t> lags_;
  std::vector<Mailbox> mailboxes_;
  ports::SnapshotCell<catalog::Snapshot> library_cell_;
  ports::SnapshotCell<fast_models::Snapshot> models_cell_;
  gateway::Probe gateway_probe_;
  const gateway::Forwarding forwarding_{plan_.partitions, gateway_probe_};
  catalog::Probe catalog_probe_;
  fast_models::Probe models_probe_;
  std::unique_ptr<gateway::State> gateway_;
  std::unique_ptr<catalog::State> catalog_;
  std::unique_ptr<fast_models::State> models_;
  model::Probe model_probe_;
  std::unique_ptr<model::State> model_;
  std::shared_ptr<const model::Standing> model_standing_;
  std::map<std::uint32_t, Bytes>
      passed_; ///< for a planted bug: what the first partition answered last, by pass
  std::unique_ptr<ports::Subscription> library_tail_, models_tail_;
  std::vector<Shard> shards_;

  const std::uint64_t life_;
  std::unique_ptr<ports::PeerLink> link_;
  cluster::Probe cluster_probe_;
  peering::Probe peering_probe_;
  std::unique_ptr<cluster::State> cluster_;
  std::unique_ptr<peering::State> peering_;
  Clients clients_{answer_};
  std::unique_ptr<peering::Relay> relay_;
  log_keeper::Probe keeper_probe_;
  std::unique_ptr<log_keeper::State> keeper_;
  std::int64_t next_keeper_us_ = 0;
  std::unique_ptr<ports::Subscription> control_tail_;
  ports::SnapshotCell<cluster::Standing> cluster_cell_;
  ports::SnapshotCell<peering::Others> others_;
  std::int64_t log_lost_us_ = 0; ///< steady, since when as the node knows it; 0: it is heard
  std::vector<std::uint64_t> awaited_ends_; ///< by partition, as the log was when it was heard again
};

template <class Answered>
std::function<void(Answered)> Node::answered(std::size_t actor, std::function<void(Answered)> then) {
  return [this, actor, life = mailboxes_[actor].life(), then = std::move(then)](Answered what) {
    if (mailboxes_[actor].life() == life) then(std::move(what));
  };
}

} // namespace kindred::simulation
