#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/catalog/messages.hpp"
#include "actors/catalog/probe.hpp"
#include "actors/fast_models/messages.hpp"
#include "actors/fast_models/probe.hpp"
#include "actors/gateway/forwarding.hpp"
#include "actors/gateway/messages.hpp"
#include "actors/log_keeper/messages.hpp"
#include "actors/log_keeper/probe.hpp"
#include "actors/model/messages.hpp"
#include "actors/model/probe.hpp"
#include "actors/peering/messages.hpp"
#include "actors/peering/probe.hpp"
#include "actors/peering/relay.hpp"
#include "actors/replay/messages.hpp"
#include "actors/replay/probe.hpp"
#include "actors/supervision/contract.hpp"
#include "actors/user_shard/messages.hpp"
#include "actors/user_shard/probe.hpp"
#include "nodes/kindred/handles.hpp"
#include "nodes/kindred/node_cluster.hpp"

namespace kindred::node {

/// The node's actors: what they share (cells, probes, handles), who makes them again, and how they end.
/// Owned by Node. The ports must outlive it; thread-safe after construction.
class Actors {
public:
  struct Settings {
    std::uint16_t partitions = 16;
    std::uint16_t node = 1;
    std::uint32_t threads = 0; ///< 0: one per core
    std::size_t users_memory_mib = 256;
    // Between rounds; zero: only when asked for.
    Duration ranker_cadence{kDay};
    Duration item_item_cadence{kDay};
    Duration segments_cadence{kDay}; ///< of segments and RFM
    rounds::Limits limits = {};
    Duration log_kept = {}; ///< of events; zero: all of it
  };
  struct Ports {
    ports::Log& log;
    ports::StateStore& store;
    ports::Link& link;
    ports::Clock& clock;
    std::function<api::Status()> status;
    NodeCluster* cluster = nullptr; ///< null: in none
    /// How old what was heard of a partition's log may be; empty: it is always heard.
    std::function<Duration(PartitionId)> unheard_for = {};
    /// What is stored outlives a loss of power from then on; empty: it does anyway.
    std::function<bool()> sync_state = {};
    /// Of each partition of events: behind the last append of this node's that was acknowledged. Empty: nobody is told.
    std::function<std::vector<std::uint64_t>()> acked_ends = {};
    /// The same, as another node says. Empty: it is not asked for.
    std::function<void(const std::vector<std::uint64_t>&)> acked_elsewhere = {};
  };

  Actors(Settings settings, Ports ports);
  ~Actors();

  /// Makes them; returns before they are ready.
  void start();
  /// Requests that came in by a link. Any thread.
  void ask(std::vector<actors::gateway::Incoming> incoming);
  /// What a node of the cluster asks of this one. Any thread.
  void ask(ports::PeerAsked asked);
  /// False: the time was over before everything under way was answered.
  bool drain(std::chrono::milliseconds patience);
  /// Ends them all and waits for it; idempotent. The ports may go before this object: none of them is called any more, and
  /// a verdict that one still gives goes nowhere.
  void end();
  /// Ends an actor as a fault would: "gateway", "catalog", "fastModels", "replay", "cluster", "peering", "model LEARNER" or "shard N"; false: there is none of
  /// this name, or it ended and is not made again yet. For tests of supervision; nothing in the product calls it.
  bool kill(const std::string& name);

  /// Why not ready; empty where ready.
  std::vector<std::string> not_ready_because() const;
  /// Of the partitions that are ready here, the worst: how old what was heard of its log may be. Others may wait for their turn.
  Duration log_unheard() const;
  /// Those that this node holds.
  std::vector<api::PartitionStatus> partitions() const;

  struct Shard {
    HandleCell<actors::user_shard::Actor> handle;
    ports::SnapshotCell<actors::user_shard::Standing> standing;
    actors::user_shard::Probe probe;
    std::atomic<bool> held{true};            ///< in a cluster: whether this node is to have the partition
    std::atomic<bool> fetching{false};       ///< a checkpoint is asked for, and then the shard is made
    std::atomic<std::uint64_t> log_begin{0}; ///< when that began, if a shard said that it is behind it
    bool behind_log = false;                 ///< it was left for that; of the cluster actor's thread
  };
  /// A partition's log is heard as long as what was heard is not older.
  static constexpr Duration kHeardWithin{3 * kSecond.us};
  /// In a cluster: a node that does not hear its log answers for so long, where no other one does.
  static constexpr Duration kAnswersBehind{kMinute};
  const std::vector<std::unique_ptr<Shard>>& shards() const { return shards_; }
  const actors::gateway::Probe& gateway_probe() const { return gateway_probe_; }
  const actors::catalog::Probe& catalog_probe() const { return catalog_probe_; }
  const actors::fast_models::Probe& models_probe() const { return models_probe_; }
  const actors::replay::Probe& replay_probe() const { return replay_probe_; }
  const actors::peering::Probe& peering_probe() const { return peering_probe_; }
  const actors::log_keeper::Probe& log_keeper_probe() const { return log_keeper_probe_; }
  struct Model {
    std::string learner;
    HandleCell<actors::model::Actor> handle;
    ports::SnapshotCell<actors::model::Standing> standing;
    actors::model::Probe probe;
  };
  const std::vector<std::unique_ptr<Model>>& models() const { return solved_; }
  std::uint64_t restarts() const { return restarts_.load(std::memory_order_relaxed); }

private:
  caf::actor make_catalog();
  caf::actor make_models();
  caf::actor make_replay();
  caf::actor make_cluster();
  caf::actor make_log_keeper();
  std::optional<std::uint64_t> stored_by_all(PartitionId partition) const;
  caf::actor make_shard(std::uint16_t partition);
  caf::actor make_model(std::size_t index); ///< of solved_
  Model* model_of(std::string_view learner) const;

  // peering_actors.cpp: where something is, in a cluster; without one all of it is here
  std::unique_ptr<actors::peering::Relay> make_relay();
  caf::actor make_peering();
  bool here(PartitionId partition) const;
  bool folds(PartitionId partition) const;
  /// How long nothing was heard of a partition's log; zero: it is heard.
  Duration log_lost_for(PartitionId partition) const;
  actors::peering::Ways ways_of(PartitionId partition) const;
  actors::peering::LearnerAt learner_at(const std::string& learner) const;
  std::vector<bool> held_partitions() const;
  std::vector<bool> to_hold(const std::vector<bool>& held) const; ///< Requires: in a cluster
  /// Holds what the map says; called at each pulse of the cluster actor.
  NodeCluster::Shards hold_and_tell();
  void hold(std::uint16_t partition, bool wanted);
  /// First a peer's checkpoint, where there is one, then the shard.
  void fetch(std::uint16_t partition);
  void ask_to_fetch(std::uint16_t partition);
  void fetched(const actors::peering::Fetched& fetched);
  void want(std::uint16_t partition, bool wanted);
  peers::NodeStanding tell_peers() const;
  /// This node's, or else as another says.
  std::shared_ptr<const actors::user_shard::Standing> standing_of(PartitionId partition) const;
  void send(PartitionId partition, actors::user_shard::Ask ask);
  void send(const std::string& learner, actors::model::Ask ask);
  void send(actors::model::ToShard to);
  void send(actors::user_shard::Rounds::Report report);
  void send_to_model(actors::user_shard::Rounds::Report report);
  void send(actors::user_shard::PartDone done);
  template <class Message>
  void to_gateway(Message message) const {
    gateway_.with([&](const auto& to) { caf::anon_send(to, std::move(message)); });
  }
  /// False: there is no shard at the moment, and `forward` is as it was.
  bool forward_to(PartitionId partition, actors::user_shard::Forward& forward) const;
  void hand_back(actors::user_shard::HandBack back) const;
  /// Refused at once where there is none at the moment.
  void ask_gateway(actors::gateway::Requests requests) const;
  template <class Message>
  void to_shard(PartitionId partition, Message message) const {
    shards_[partition.value]->handle.with([&](const auto& to) { caf::anon_send(to, std::move(message)); });
  }
  Duration cadence_of(std::string_view learner) const;
  actors::model::Rounds rounds_of(const std::string& learner, TenantId tenant) const;
  caf::actor make_gateway();
  /// An actor ended and will be made again: its handle goes, and until the next one says so it is not ready. Called by the
  /// supervisor before it makes that one.
  void take_down(const std::string& name, const std::string& reason);
  void snapshots_moved();
  WriterId writer(std::uint32_t role, std::uint32_t number) const;
  Instant last_stamp() const;

  const Settings settings_;
  const Ports ports_;
  ports::Turns rounds_turns_; ///< half of the threads: the other half answers
  ports::Turns replay_turns_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;

  ports::SnapshotCell<actors::catalog::Snapshot> library_;
  ports::SnapshotCell<actors::fast_models::Snapshot> models_;
  ports::SnapshotCell<actors::catalog::Standing> catalog_standing_;
  ports::SnapshotCell<actors::fast_models::Standing> models_standing_;
  actors::catalog::Probe catalog_probe_;
  actors::fast_models::Probe models_probe_;
  actors::replay::Probe replay_probe_;
  actors::gateway::Probe gateway_probe_;
  const actors::gateway::Forwarding forwarding_{settings_.partitions, gateway_probe_};
  HandleCell<actors::catalog::Actor> catalog_;
  HandleCell<actors::fast_models::Actor> fast_models_;
  HandleCell<actors::replay::Actor> replay_;
  HandleCell<actors::gateway::Actor> gateway_;
  actors::peering::Probe peering_probe_;
  std::unique_ptr<actors::peering::Relay> relay_; ///< null: in no cluster
  actors::log_keeper::Probe log_keeper_probe_;
  ports::SnapshotCell<actors::peering::Others> others_;
  HandleCell<actors::peering::Actor> peering_;
  std::mutex holding_mutex_; ///< of `held` and `fetching`, and what the supervisor is told of them
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Model>> solved_; ///< one per learner
  std::size_t first_shard_child_ = 0;          ///< the shards' place among the supervisor's children
  HandleCell<caf::actor> supervisor_;
  std::atomic<std::uint64_t> restarts_{0};

  std::mutex drained_mutex_;
  std::condition_variable drained_changed_;
  std::atomic<bool> draining_{false};
  bool drained_ = false;
};

} // namespace kindred::node
