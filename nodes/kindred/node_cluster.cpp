#include "nodes/kindred/node_cluster.hpp"

#include <algorithm>

#include <sodium.h>

#include "actors/cluster/placement.hpp"
#include "actors/cluster/tell.hpp"
#include "engine/profiles/fold_version.hpp"
#include "nodes/kindred/json_log.hpp"
#include "nodes/kindred/node_keys.hpp"

namespace kindred::node {

namespace cluster = actors::cluster;
using ports::PeerState;

namespace {

constexpr std::uint32_t kRole = 4;                        ///< of the cluster actor among this node's writers
constexpr std::int64_t kDeniedAgainAfter_us = kMinute.us; ///< who is turned away tries again all the time

void log_change(const ports::PeerStanding& peer) {
  const bool up = peer.state == PeerState::kUp;
  std::vector<std::pair<std::string_view, std::string>> fields{
      {"peer", peer.name}, {"endpoint", peer.endpoint}, {"state", std::string(name_of(peer.state))}};
  if (peer.state == PeerState::kRefused) {
    fields.emplace_back("reason", std::string(peers::name_of(peer.refusal)));
    fields.emplace_back("by", peer.refused_by_it ? peer.name : "this node");
    fields.emplace_back("why", peer.why);
  }
  log(up ? LogLevel::kInfo : LogLevel::kWarn, "peer", up ? "a peer is there" : "a peer is not there any more",
      fields);
}

/// Listens on all addresses of the machine: no endpoint that others could use.
bool is_everywhere(const std::string& endpoint) {
  for (const char* host : {"tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"})
    if (endpoint.rfind(host, 0) == 0) return true;
  return false;
}

/// Logs who is turned away, once a minute for one key. On the link's thread.
class DeniedLog {
public:
  explicit DeniedLog(const ports::Clock& clock) : clock_(clock) {}
  void operator()(const std::string& address, const std::string& key) {
    const std::int64_t now_us = clock_.steady_us();
    if (key == last_ && now_us < again_us_) return;
    last_ = key;
    again_us_ = now_us + kDeniedAgainAfter_us;
    log(LogLevel::kWarn, "peerDenied",
        "wrongKey: a connection was turned away, its key is not pinned in [cluster] peers",
        {{"address", address}, {"publicKey", key}});
  }

private:
  const ports::Clock& clock_;
  std::string last_;
  std::int64_t again_us_ = 0;
};

} // namespace

Result<std::unique_ptr<NodeCluster>, StartFailure> NodeCluster::open(const Config& config,
                                                                     const std::string& clients_at,
                                                                     ports::Log& log,
                                                                     const ports::Clock& clock) {
  const ClusterConfig& told = config.cluster;
  if (clock.follows_events())
    return StartFailure{kUsage, "[cluster] works by the wall clock only: serve without --clock events"};
  const auto secret = read_key_file(told.secret_key_file);
  if (!secret.ok()) return StartFailure{kUsage, secret.error().what};

  cluster::Settings settings;
  settings.cluster = told.id;
  settings.node = told.name;
  randombytes_buf(&settings.life, sizeof settings.life);
  settings.zone = told.zone;
  settings.weight = told.weight;
  settings.replicas = told.replicas;
  settings.partitions = log.partitions();
  settings.fold_oldest = profiles::fold_versions().oldest;
  settings.fold_newest = profiles::fold_versions().newest;
  settings.writer = {std::uint64_t{config.node} << 32 | std::uint64_t{kRole} << 16};

  adapters::ZmqPeerLink::Settings link;
  link.listen = told.listen;
  link.keys = {adapters::public_key_of(secret.value()), secret.value()};
  link.hello = {told.id,       told.name,           peers::kNodeSchemaVersion,
                settings.life, settings.partitions, log.incarnation()};
  for (const auto& peer : told.peers)
    if (peer.name != told.name) link.peers.push_back(peer); // one list may serve all nodes
  auto opened = adapters::ZmqPeerLink::open(std::move(link), clock);
  if (!opened.ok())
    return StartFailure{opened.error().code == adapters::LinkError::kBadEndpoint ? kUsage : kUnavailable,
                        "[cluster]: " + opened.error().what};
  settings.endpoint = opened.value()->listening_at();
  if (!told.advertise.empty())
    settings.clients = told.advertise;
  else if (!is_everywhere(clients_at))
    settings.clients = clients_at;
  return std::unique_ptr<NodeCluster>(new NodeCluster(std::move(settings), opened.take(), log, clock));
}

void NodeCluster::start(std::function<void(ports::PeerAsked)> on_ask) {
  link_->start({std::move(on_ask), log_change,
                [denied = std::make_shared<DeniedLog>(clock_)](
                    const std::string& address, const std::string& key) { (*denied)(address, key); }});
}

caf::actor NodeCluster::make_actor(caf::actor_system& system, std::function<Shards()> shards) {
  auto actor = cluster::spawn(system, settings_,
                              {log_, standing_, probe_,
                               [this, shards = std::move(shards)] {
                                 Shards mine = shards();
                                 return cluster::Surroundings{clock_.now(),      clock_.steady_us(),
                                                              link_->standing(), std::move(mine.caught_up),
                                                              mine.folded,       mine.fold_active};
                               },
                               true});
  actor_.set(actor);
  return caf::actor_cast<caf::actor>(actor);
}

void NodeCluster::take_down(const std::string& reason) {
  actor_.set({});
  const auto last = standing_.get();
  cluster::Standing standing = last ? *last : cluster::Standing{};
  standing.ready = false;
  standing.not_ready_because = {"ended (" + reason + "), is made again"};
  standing_.publish(std::make_shared<const cluster::Standing>(std::move(standing)));
}

std::vector<std::string> NodeCluster::not_ready_because() const {
  const auto standing = standing_.get();
  if (!standing) return {"cluster: starting"};
  std::vector<std::string> reasons;
  for (const auto& reason : standing->not_ready_because) reasons.push_back("cluster: " + reason);
  return reasons;
}

api::Cluster NodeCluster::tell() const {
  return cluster::tell(settings_, standing_.get().get(), link_->standing(), clock_.steady_us());
}

void NodeCluster::drain(records::Drain drain) {
  actor_.with([&](const auto& to) { caf::anon_send(to, cluster::DrainMember{std::move(drain)}); });
}

std::vector<bool> NodeCluster::to_hold(const std::vector<bool>& held,
                                       const std::function<bool(PartitionId)>& stored) const {
  const auto standing = standing_.get();
  return standing ? cluster::to_hold(*standing, settings_.node, held, stored) : held;
}

bool NodeCluster::knows_map() const {
  const auto standing = standing_.get();
  return standing && standing->ready && !standing->map.replicas.empty();
}

std::vector<std::string> NodeCluster::others_with(PartitionId partition) const {
  const auto standing = standing_.get();
  if (!standing) return {};
  auto nodes = cluster::others_with(*standing, settings_.node, partition);
  const auto up = peers_up();
  std::erase_if(nodes, [&](const auto& node) { return std::find(up.begin(), up.end(), node) == up.end(); });
  return nodes;
}

std::string NodeCluster::runner_of(std::string_view learner) const {
  const auto standing = standing_.get();
  return standing ? cluster::runner_of(*standing, learner) : "";
}

std::optional<std::uint64_t>
NodeCluster::stored_by_all(PartitionId partition, const std::map<std::string, std::uint64_t>& stored) const {
  const auto standing = standing_.get();
  return standing ? cluster::stored_by_all(*standing, settings_.node, partition, stored) : std::nullopt;
}

std::string NodeCluster::role_of(PartitionId partition) const {
  const auto standing = standing_.get();
  return standing ? cluster::role_of(*standing, settings_.node, partition) : "";
}

bool NodeCluster::is_before_this(const std::string& peer, PartitionId partition) const {
  const auto standing = standing_.get();
  return standing && cluster::is_before(*standing, peer, settings_.node, partition);
}

std::vector<std::string> NodeCluster::peers_up() const {
  std::vector<std::string> up;
  for (const auto& peer : link_->standing())
    if (peer.state == PeerState::kUp) up.push_back(peer.name);
  return up;
}

std::size_t NodeCluster::peers_in(PeerState state) const {
  const auto peers = link_->standing();
  return static_cast<std::size_t>(
      std::count_if(peers.begin(), peers.end(), [state](const auto& peer) { return peer.state == state; }));
}

} // namespace kindred::node
