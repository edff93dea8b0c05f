#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/cluster/messages.hpp"
#include "actors/cluster/probe.hpp"
#include "actors/ports/clock.hpp"
#include "engine/base/result.hpp"
#include "nodes/adapters/zmq/zmq_peer_link.hpp"
#include "nodes/kindred/config.hpp"
#include "nodes/kindred/exit_code.hpp"
#include "nodes/kindred/handles.hpp"
#include "schemas/api.hpp"

namespace kindred::node {

/// A node's part in a cluster: the links to its peers, and the cluster actor with what it publishes.
/// Made where the configuration has a table [cluster]; owned by Node; thread-safe after `open`.
class NodeCluster {
public:
  /// Reads the key and binds the link; nothing is said yet. `log` and `clock` must outlive it.
  /// `clients_at`: where this node listens for client services.
  static Result<std::unique_ptr<NodeCluster>, StartFailure>
  open(const Config& config, const std::string& clients_at, ports::Log& log, const ports::Clock& clock);

  /// Peers may come in and are called from now on; what they ask goes to `on_ask`.
  void start(std::function<void(ports::PeerAsked)> on_ask);
  /// No callback of the link runs any more.
  void stop() { link_->stop(); }

  /// What the node's shards are like, for the pulses of the actor.
  struct Shards {
    std::vector<std::uint16_t> caught_up; ///< sorted
    std::uint64_t folded = 0;
    std::uint32_t fold_active = records::kFoldFirst; ///< the greatest of theirs
  };
  caf::actor make_actor(caf::actor_system& system, std::function<Shards()> shards);
  /// The actor ended and will be made again.
  void take_down(const std::string& reason);
  void forget_actor() { actor_.set({}); }

  std::vector<std::string> not_ready_because() const;
  api::Cluster tell() const;
  void drain(records::Drain drain);

  // What follows from members and map (actors/cluster/placement.hpp). Any thread.
  const std::string& name() const { return settings_.node; }
  std::vector<bool> to_hold(const std::vector<bool>& held,
                            const std::function<bool(PartitionId)>& stored) const;
  bool knows_map() const;
  /// Who has the partition, caught up, and talks to this node; the best one first.
  std::vector<std::string> others_with(PartitionId partition) const;
  /// The node that runs a learner's rounds; empty: nobody known.
  std::string runner_of(std::string_view learner) const;
  /// placement.hpp
  std::optional<std::uint64_t> stored_by_all(PartitionId partition,
                                             const std::map<std::string, std::uint64_t>& stored) const;
  std::string role_of(PartitionId partition) const;
  bool is_before_this(const std::string& peer, PartitionId partition) const;
  std::vector<std::string> peers_up() const;

  ports::PeerLink& link() { return *link_; }
  const adapters::PeerProbe& link_probe() const { return link_->probe(); }
  const actors::cluster::Probe& probe() const { return probe_; }
  std::size_t peers_in(ports::PeerState state) const;
  const std::string& listening_at() const { return link_->listening_at(); }

private:
  NodeCluster(actors::cluster::Settings settings, std::unique_ptr<adapters::ZmqPeerLink> link,
              ports::Log& log, const ports::Clock& clock)
      : settings_(std::move(settings)), link_(std::move(link)), log_(log), clock_(clock) {}

  const actors::cluster::Settings settings_;
  const std::unique_ptr<adapters::ZmqPeerLink> link_;
  ports::Log& log_;
  const ports::Clock& clock_;
  ports::SnapshotCell<actors::cluster::Standing> standing_;
  actors::cluster::Probe probe_;
  HandleCell<actors::cluster::Actor> actor_;
};

} // namespace kindred::node
