#include "nodes/kindred/node.hpp"

#include <sodium.h>

#include "engine/profiles/fold_version.hpp"
#include "engine/profiles/state_keys.hpp"
#include "nodes/adapters/allocator/free_pages.hpp"
#include "nodes/adapters/http/http_server.hpp"
#include "nodes/adapters/prometheus/metrics.hpp"
#include "nodes/adapters/rocksdb/rocks_state_store.hpp"
#include "nodes/adapters/zmq/zmq_server.hpp"
#include "nodes/kindred/actors.hpp"
#include "nodes/kindred/data_directory.hpp"
#include "nodes/kindred/json_log.hpp"
#include "nodes/kindred/links.hpp"
#include "nodes/kindred/node_cluster.hpp"
#include "nodes/kindred/node_log.hpp"
#include "nodes/kindred/node_metrics.hpp"
#include "nodes/kindred/page.hpp"

namespace kindred::node {

using adapters::HttpListenError;
using adapters::HttpServer;
using adapters::LinkError;
using adapters::RocksStateStore;
using adapters::ZmqServer;

namespace {

StartFailure failed(const DirectoryFailure& failure) { return {exit_code_of(failure.code), failure.what}; }

StartFailure failed(const adapters::LinkFailure& failure) {
  return {failure.code == LinkError::kBadEndpoint ? kUsage : kUnavailable, failure.what};
}

StartFailure failed(const adapters::HttpListenFailure& failure) {
  return {failure.code == HttpListenError::kBadAddress ? kUsage : kUnavailable, failure.what};
}

std::unique_ptr<ports::Clock> make_clock(ClockKind kind) {
  if (kind == ClockKind::kEvents) return std::make_unique<ports::EventsClock>();
  return std::make_unique<ports::WallClock>();
}

} // namespace

/// In the order of start; ended in the reverse order.
struct Node::Parts {
  Config config;
  DataDirectory directory;
  adapters::FreePages free_pages{adapters::own_free_pages()};
  std::unique_ptr<ports::Clock> clock;
  std::optional<NodeLog> log;
  std::unique_ptr<RocksStateStore> store;
  std::unique_ptr<ZmqServer> zmq;
  std::unique_ptr<HttpServer> http; ///< null: none asked for
  std::unique_ptr<HttpGate> gate;
  std::unique_ptr<Links> links;
  std::unique_ptr<NodeCluster> cluster; ///< null: in none
  std::unique_ptr<Actors> actors;
  adapters::Metrics metrics;
  std::string http_at;
  std::atomic<bool> draining{false};

  Parts(Config told, DataDirectory opened)
      : config(std::move(told)), directory(std::move(opened)), clock(make_clock(directory.clock())) {}
  std::optional<StartFailure> open_storage();
  std::optional<StartFailure> open_links();
  void make_actors();
  void start();
  adapters::HttpRoutes routes();

  Readiness readiness() const {
    std::vector<std::string> reasons = actors->not_ready_because();
    if (const auto why = log->why(); !why.empty()) reasons.push_back("log: " + why);
    if (const auto why = store->why(); !why.empty()) reasons.push_back("state store: " + why);
    if (draining) reasons.push_back("draining: the node is stopping");
    return {reasons.empty(), std::move(reasons)};
  }
  api::Status status() const {
    api::Status status;
    status.node = "node-" + std::to_string(config.node);
    status.version = kVersion;
    status.clock = name_of(directory.clock());
    status.now = clock->now();
    const Readiness state = readiness();
    status.ready = state.ready;
    status.not_ready_because = state.reasons;
    status.partitions = actors->partitions();
    status.fold_newest = profiles::fold_versions().newest;
    return status;
  }
};

Result<std::unique_ptr<Node>, StartFailure> Node::start(const Config& config) {
  if (sodium_init() < 0)
    return StartFailure{kFailed, "no source of chance on this machine (libsodium did not start)"};
  std::uint64_t incarnation = 0;
  randombytes_buf(&incarnation, sizeof incarnation);
  auto directory = DataDirectory::open(config, incarnation);
  if (!directory.ok()) return failed(directory.error());
  auto parts = std::make_unique<Parts>(config, directory.take());
  if (config.log_kept_seconds != 0 && parts->clock->follows_events())
    return StartFailure{
        kUsage, "log_kept_seconds goes by the wall clock: serve without --clock events, or without it"};
  if (auto failure = parts->open_storage()) return std::move(*failure);
  if (auto failure = parts->open_links()) return std::move(*failure);
  parts->make_actors();
  parts->start();
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

std::optional<StartFailure> Node::Parts::open_storage() {
  auto opened_log = NodeLog::open(config, directory);
  if (!opened_log.ok()) return opened_log.error();
  log = opened_log.take();

  RocksStateStore::Settings store_settings;
  store_settings.directory = directory.state();
  store_settings.free_bytes_min = std::uint64_t{config.free_mib_min} << 20;
  store_settings.group_of = profiles::values_prefix_size;
  auto opened_store = RocksStateStore::open(std::move(store_settings));
  if (!opened_store.ok()) return failed(failure_of(opened_store.error()));
  store = opened_store.take();
  return std::nullopt;
}

std::optional<StartFailure> Node::Parts::open_links() {
  ZmqServer::Settings zmq_settings;
  zmq_settings.listen = config.listen;
  zmq_settings.notify = config.notify;
  zmq_settings.link = Links::kZmq;
  auto opened = ZmqServer::open(std::move(zmq_settings));
  if (!opened.ok()) return failed(opened.error());
  zmq = opened.take();
  if (!config.cluster.name.empty()) {
    auto joined = NodeCluster::open(config, zmq->listening_at(), log->port(), *clock);
    if (!joined.ok()) return joined.error();
    cluster = joined.take();
  }
  if (config.http.empty()) return std::nullopt;
  HttpServer::Settings http_settings;
  http_settings.listen = config.http;
  http_settings.body_bytes_max = kRestBodyBytesMax;
  auto listening = HttpServer::open(std::move(http_settings));
  if (!listening.ok()) return failed(listening.error());
  http = listening.take();
  http_at = http->listening_at();
  return std::nullopt;
}

namespace {
rounds::Limits limits_of(const Config& config) {
  rounds::Limits limits;
  limits.segments = config.segments;
  limits.segment_features = config.segment_features;
  limits.items = rounds::items_within(std::size_t{config.item_item_memory_mib} << 20);
  return limits;
}
} // namespace

void Node::Parts::make_actors() {
  gate = std::make_unique<HttpGate>(
      Links::kHttp, HttpGate::Ways{[this](auto incoming) { actors->ask(std::move(incoming)); },
                                   [this] { return readiness(); }, [this] { return metrics.text(); }});
  links = std::make_unique<Links>(*zmq, [this](ports::Link::Outgoing answer) { gate->reply(answer); });
  actors = std::make_unique<Actors>(
      Actors::Settings{directory.partitions(), config.node, config.threads, config.users_memory_mib,
                       Duration{kMinute.us * config.ranker_cadence_minutes},
                       Duration{kMinute.us * config.item_item_cadence_minutes},
                       Duration{kMinute.us * config.segments_cadence_minutes}, limits_of(config),
                       kSecond * config.log_kept_seconds},
      Actors::Ports{log->port(), *store, *links, *clock, [this] { return status(); }, cluster.get(),
                    [this](PartitionId partition) { return log->unheard_for(partition); },
                    [this] { return store->sync(); }, [this] { return log->acked_ends(); },
                    [this](const std::vector<std::uint64_t>& ends) { log->acked_elsewhere(ends); }});
  describe({*actors, log->port(), log->rocks() ? &log->rocks()->probe() : nullptr,
            log->kafka() ? &log->kafka()->probe() : nullptr, *store, zmq->probe(),
            http ? &http->probe() : nullptr, *clock, [this] { return readiness().ready; }, cluster.get()},
           metrics);
}

void Node::Parts::start() {
  if (http) http->start(routes());
  actors->start();
  if (cluster) cluster->start([this](ports::PeerAsked asked) { actors->ask(std::move(asked)); });
  zmq->start([this](std::vector<ZmqServer::Incoming> batch) {
    std::vector<actors::gateway::Incoming> incoming;
    incoming.reserve(batch.size());
    for (auto& one : batch) incoming.push_back({one.to, std::move(one.bytes)});
    actors->ask(std::move(incoming));
  });
}

adapters::HttpRoutes Node::Parts::routes() {
  const adapters::HttpHandler handler = [this](adapters::HttpRequest request, adapters::HttpRespond respond) {
    const RestRequest rest{std::move(request.method), std::move(request.target), std::move(request.body),
                           std::move(request.headers)};
    gate->handle(rest, clock->steady_us(), [respond = std::move(respond)](RestReply reply) {
      adapters::HttpReply http_reply{reply.status, std::move(reply.type), std::move(reply.body), {}};
      if (reply.retry_after_ms != 0)
        http_reply.headers.emplace_back("Retry-After", std::to_string((reply.retry_after_ms + 999) / 1000));
      respond(std::move(http_reply));
    });
  };
  adapters::HttpRoutes routes;
  for (const auto* path : {"/livez", "/readyz", "/metrics"}) routes.add("GET", path, handler);
  for (const RestPath& at : rest_paths()) routes.add(std::string(at.method), std::string(at.path), handler);
  add_page(routes);
  return routes;
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Node::~Node() {
  if (parts_->http) parts_->http->stop(std::chrono::milliseconds(0));
  parts_->zmq->stop(std::chrono::milliseconds(0));
  if (parts_->cluster) parts_->cluster->stop();
  parts_->actors->end();
  parts_->log.reset(); // gives its last verdicts to actors that are gone
  parts_->store.reset();
}

bool Node::drain(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  parts_->draining = true;
  parts_->zmq->drain();
  const auto left = [&] { // of all of it: whoever waits before leaves less to the next
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(time, std::chrono::milliseconds(0));
  };
  const bool answered = parts_->actors->drain(patience);
  parts_->zmq->stop(left());
  if (parts_->http) parts_->http->stop(left());
  return answered;
}

Readiness Node::readiness() const { return parts_->readiness(); }
std::string Node::metrics() const { return parts_->metrics.text(); }
const std::string& Node::listening_at() const { return parts_->zmq->listening_at(); }
const std::string& Node::notifying_at() const { return parts_->zmq->notifying_at(); }
const std::string& Node::http_at() const { return parts_->http_at; }

} // namespace kindred::node
