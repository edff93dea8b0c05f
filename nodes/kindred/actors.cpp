#include "nodes/kindred/actors.hpp"

#include <algorithm>
#include <thread>

#include <sodium.h>

#include "actors/gateway/answers.hpp"
#include "engine/profiles/fold_version.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/rounds/ranker_pass.hpp"
#include "nodes/adapters/threads/thread_role.hpp"
#include "nodes/kindred/json_log.hpp"
#include "nodes/kindred/links.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::node {

namespace catalog = actors::catalog;
namespace fast_models = actors::fast_models;
namespace gateway = actors::gateway;
namespace model = actors::model;
namespace replay = actors::replay;
namespace supervision = actors::supervision;
namespace user_shard = actors::user_shard;

namespace {

std::uint64_t chance() {
  std::uint64_t value = 0;
  randombytes_buf(&value, sizeof value);
  return value;
}

/// The greatest stamp of the last entry; time in an events log only goes forward.
Instant stamp_at_end(ports::Log& log, const records::Stream& stream) {
  const auto bounds = log.bounds(stream);
  if (!bounds.ok() || bounds.value().end == bounds.value().begin) return {};
  const auto entries = log.read(stream, bounds.value().end - 1, 1);
  Instant last;
  if (!entries.ok()) return last;
  for (const auto& entry : entries.value()) {
    const auto views = schemas::view_records(entry.bytes);
    if (!views.ok()) continue;
    for (const auto& view : views.value()) last = std::max(last, view.header.stamp);
  }
  return last;
}

constexpr std::uint32_t kNoGatewayRetryMs = 200;

/// Nobody is there to take it. Said at once: a request that nobody answers keeps its connection, and a draining node, waiting.
ports::Link::Outgoing not_taken(const gateway::Incoming& incoming, bool draining) {
  Bytes scratch;
  const auto peek = schemas::peek_request(incoming.bytes, scratch);
  api::Error error{api::ErrorCode::kNotReady,
                   "this node is starting and took nothing: ask another one, or try again shortly",
                   kNoGatewayRetryMs};
  if (draining)
    error = {api::ErrorCode::kDraining, "this node is stopping and took nothing: ask another one",
             kNoGatewayRetryMs};
  return {incoming.to, schemas::encode_answer(
                           gateway::refused(peek.ok() ? peek.value().request_id : 0, std::move(error)))};
}

void log_turn(const user_shard::Standing& standing) {
  const std::string partition = std::to_string(standing.partition.value);
  if (standing.stopped)
    return log(LogLevel::kError, "partitionStopped",
               "a partition is not folded here any more, and nobody is answered from it",
               {{"partition", partition}, {"why", standing.not_ready_because}});
  log(LogLevel::kInfo, "foldActivated",
      "a partition folds by another version from now on: builds without it cannot go on with it",
      {{"partition", partition}, {"version", std::to_string(standing.fold_version)}});
}

template <class Standing>
void say_standing(const ports::SnapshotCell<Standing>& cell, const std::string& who,
                  std::vector<std::string>& reasons) {
  const auto standing = cell.get();
  if (!standing)
    reasons.push_back(who + ": starting");
  else if (!standing->ready)
    reasons.push_back(who + ": " + standing->not_ready_because);
}

/// What an actor said of itself does not hold any more once it ended; how far it was still does.
template <class Standing>
void say_ended(ports::SnapshotCell<Standing>& cell, const std::string& reason) {
  const auto last = cell.get();
  Standing standing = last ? *last : Standing{};
  standing.ready = false;
  standing.not_ready_because = "ended (" + reason + "), is made again";
  cell.publish(std::make_shared<const Standing>(std::move(standing)));
}

std::uint32_t threads_of(const Actors::Settings& settings) {
  return settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
}

std::size_t replays_at_once(const Actors::Settings& settings) {
  return std::max<std::size_t>(user_shard::kReplaysAtOnce, threads_of(settings));
}

} // namespace

Actors::Actors(Settings settings, Ports ports)
    : settings_(settings), ports_(std::move(ports)), rounds_turns_(std::max(1u, threads_of(settings) / 2)),
      replay_turns_(replays_at_once(settings)) {
  // The configuration is made here; CAF's own files and flags are never read.
  config_.set("scheduler.policy", caf::atom("sharing"));
  config_.set("scheduler.max-threads", std::size_t{threads_of(settings_)});
  system_ = std::make_unique<caf::actor_system>(config_);
  for (std::uint16_t i = 0; i < settings_.partitions; ++i) shards_.push_back(std::make_unique<Shard>());
  for (const std::string_view learner : rounds::learners()) {
    solved_.push_back(std::make_unique<Model>());
    solved_.back()->learner = learner;
  }
  if (ports_.cluster != nullptr) relay_ = make_relay();
}

Actors::~Actors() { end(); }

void Actors::end() {
  supervisor_.with([](const auto& to) { caf::anon_send_exit(to, caf::exit_reason::user_shutdown); });
  supervisor_.set({});
  system_->await_all_actors_done();
  catalog_.set({});
  fast_models_.set({});
  replay_.set({});
  if (ports_.cluster != nullptr) ports_.cluster->forget_actor();
  peering_.set({});
  gateway_.set({});
  for (auto& shard : shards_) shard->handle.set({});
  for (auto& one : solved_) one->handle.set({});
}

void Actors::start() {
  if (ports_.clock.follows_events()) ports_.clock.advance(last_stamp());
  std::vector<supervision::Child> children{{"catalog", [this] { return make_catalog(); }},
                                           {"fastModels", [this] { return make_models(); }},
                                           {"replay", [this] { return make_replay(); }}};
  if (ports_.cluster != nullptr) {
    children.push_back({"cluster", [this] { return make_cluster(); }});
    children.push_back({"peering", [this] { return make_peering(); }});
  }
  if (settings_.log_kept.us > 0) children.push_back({"logKeeper", [this] { return make_log_keeper(); }});
  first_shard_child_ = children.size();
  for (std::uint16_t i = 0; i < settings_.partitions; ++i) {
    shards_[i]->held = ports_.cluster == nullptr; // in a cluster the map says so, once this node is a member
    children.push_back({"shard " + std::to_string(i), [this, i] { return make_shard(i); }, shards_[i]->held});
  }
  for (std::size_t i = 0; i < solved_.size(); ++i)
    children.push_back({"model " + solved_[i]->learner, [this, i] { return make_model(i); }});
  children.push_back({"gateway", [this] { return make_gateway(); }});
  supervisor_.set(supervision::spawn(
      *system_, std::move(children),
      [this](const std::string& name, const std::string& reason, Duration delay) {
        take_down(name, reason);
        restarts_.fetch_add(1, std::memory_order_relaxed);
        log(LogLevel::kError, "actorEnded", "an actor ended and is made again",
            {{"actor", name}, {"reason", reason}, {"delayMs", std::to_string(delay.us / 1000)}});
      },
      {}));
}

void Actors::take_down(const std::string& name, const std::string& reason) {
  if (name == "gateway") gateway_.set({});
  if (name == "replay") replay_.set({});
  if (name == "cluster") ports_.cluster->take_down(reason);
  if (name == "peering") peering_.set({});
  if (name == "catalog") {
    catalog_.set({});
    say_ended(catalog_standing_, reason);
  }
  if (name == "fastModels") {
    fast_models_.set({});
    say_ended(models_standing_, reason);
  }
  for (auto& one : solved_)
    if (name == "model " + one->learner) one->handle.set({});
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (name != "shard " + std::to_string(i)) continue;
    shards_[i]->handle.set({});
    say_ended(shards_[i]->standing, reason);
  }
}

void Actors::ask(std::vector<gateway::Incoming> incoming) {
  const Instant now = ports_.clock.now();
  const std::int64_t steady_us = ports_.clock.steady_us();
  const auto library = library_.get();
  if (library && !ports_.clock.follows_events() && !draining_) {
    for (auto& [partition, forward] : forwarding_.take(incoming, now, *library)) {
      forward.taken_us = steady_us;
      if (here(partition) && forward_to(partition, forward)) continue;
      // At another node. Else, as between two lives of the shard, the gateway finds the way, or says so when the time is over.
      for (auto& one : forward.requests)
        if (!relay_ || one.to.link == Links::kHttp || !relay_->ask(partition, one, steady_us))
          incoming.push_back({one.to, std::move(one.request)});
    }
    if (incoming.empty()) return;
  }
  ask_gateway({std::move(incoming), now, steady_us});
}

void Actors::ask_gateway(gateway::Requests requests) const {
  if (const auto gateway = gateway_.get()) {
    caf::anon_send(gateway, std::move(requests));
    return;
  }
  std::vector<ports::Link::Outgoing> refused;
  for (const auto& one : requests.requests) refused.push_back(not_taken(one, draining_));
  ports_.link.reply(std::move(refused));
}

bool Actors::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock(drained_mutex_);
  draining_ = true;
  gateway_.with([](const auto& actor) { caf::anon_send(actor, gateway::Drain{}); });
  return drained_changed_.wait_for(lock, patience, [this] { return drained_; });
}

bool Actors::kill(const std::string& name) {
  bool found = false;
  const auto end = [&](const auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::unhandled_exception);
    found = true;
  };
  if (name == "gateway") gateway_.with(end);
  if (name == "catalog") catalog_.with(end);
  if (name == "fastModels") fast_models_.with(end);
  if (name == "replay") replay_.with(end);
  if (name == "peering") peering_.with(end);
  for (auto& one : solved_)
    if (name == "model " + one->learner) one->handle.with(end);
  for (std::size_t i = 0; i < shards_.size(); ++i)
    if (name == "shard " + std::to_string(i)) shards_[i]->handle.with(end);
  return found;
}

std::vector<std::string> Actors::not_ready_because() const {
  std::vector<std::string> reasons;
  say_standing(catalog_standing_, "catalog", reasons);
  say_standing(models_standing_, "fast models", reasons);
  for (std::size_t i = 0; i < shards_.size(); ++i)
    if (shards_[i]->held && shards_[i]->fetching)
      reasons.push_back("partition " + std::to_string(i) + ": waiting for another node's checkpoint");
    else if (shards_[i]->held)
      say_standing(shards_[i]->standing, "partition " + std::to_string(i), reasons);
  if (!gateway_.get()) reasons.push_back("gateway: starting");
  if (const auto held = held_partitions(); ports_.cluster != nullptr && to_hold(held) != held)
    reasons.push_back("partitions: taking or leaving what the map says");
  if (ports_.cluster != nullptr)
    for (auto& reason : ports_.cluster->not_ready_because()) reasons.push_back(std::move(reason));
  return reasons;
}

std::vector<api::PartitionStatus> Actors::partitions() const {
  std::vector<api::PartitionStatus> partitions;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (!shards_[i]->held) continue;
    api::PartitionStatus status;
    status.id = static_cast<std::uint16_t>(i);
    status.role = ports_.cluster == nullptr ? "first" : ports_.cluster->role_of({status.id});
    if (const auto standing = shards_[i]->standing.get()) {
      status.offset = standing->applied_end;
      status.users = standing->users;
      status.flushed = standing->flushed_end;
      status.digest = standing->digest;
      status.fold_version = standing->fold_version;
    }
    partitions.push_back(std::move(status));
  }
  return partitions;
}

caf::actor Actors::make_catalog() {
  auto actor = catalog::spawn(*system_, {},
                              {ports_.log, ports_.store, ports_.clock, library_, catalog_standing_,
                               catalog_probe_, [this](catalog::LibraryAdvanced advanced) {
                                 gateway_.with([&](const auto& to) { caf::anon_send(to, advanced); });
                                 snapshots_moved();
                               }});
  catalog_.set(actor);
  return caf::actor_cast<caf::actor>(actor);
}

caf::actor Actors::make_models() {
  fast_models::Settings settings;
  settings.partitions = settings_.partitions;
  auto actor = fast_models::spawn(
      *system_, settings,
      {ports_.log, ports_.store, ports_.clock, models_, models_standing_, models_probe_,
       [this](fast_models::DeltaSeen seen) {
         if (seen.partition.value >= shards_.size()) return;
         shards_[seen.partition.value]->handle.with([&](const auto& to) { caf::anon_send(to, seen); });
       },
       [this](std::uint64_t) { snapshots_moved(); }});
  fast_models_.set(actor);
  return caf::actor_cast<caf::actor>(actor);
}

caf::actor Actors::make_replay() {
  auto actor =
      replay::spawn(*system_, {ports_.log, ports_.clock, replay_probe_, [this](replay::Recalled recalled) {
                                 if (recalled.partition.value >= shards_.size()) return;
                                 shards_[recalled.partition.value]->handle.with(
                                     [&](const auto& to) { caf::anon_send(to, std::move(recalled)); });
                               }});
  replay_.set(actor);
  return caf::actor_cast<caf::actor>(actor);
}

caf::actor Actors::make_log_keeper() {
  return caf::actor_cast<caf::actor>(
      actors::log_keeper::spawn(*system_, {settings_.partitions, settings_.log_kept},
                                {ports_.log, ports_.clock, log_keeper_probe_,
                                 [this](PartitionId partition) { return stored_by_all(partition); },
                                 [this] { return !ports_.sync_state || ports_.sync_state(); }}));
}

std::optional<std::uint64_t> Actors::stored_by_all(PartitionId partition) const {
  const auto standing = shards_[partition.value]->standing.get();
  if (!standing || !standing->ready) return std::nullopt;
  if (ports_.cluster == nullptr) return standing->flushed_end;
  const auto others = others_.get();
  auto stored = others ? others->stored[partition.value] : std::map<std::string, std::uint64_t>{};
  stored[ports_.cluster->name()] = standing->flushed_end;
  return ports_.cluster->stored_by_all(partition, stored);
}

caf::actor Actors::make_cluster() {
  return ports_.cluster->make_actor(*system_, [this] { return hold_and_tell(); });
}

caf::actor Actors::make_shard(std::uint16_t partition) {
  user_shard::Settings settings;
  settings.partition = {partition};
  settings.partitions = settings_.partitions;
  settings.node = settings_.node;
  settings.writer = writer(2, partition);
  settings.follows_events = ports_.clock.follows_events();
  settings.seed = settings.follows_events ? 0 : chance();
  settings.memory_max = (settings_.users_memory_mib << 20) / settings_.partitions;
  settings.replay_memory_max =
      std::max(settings.memory_max, (settings_.users_memory_mib << 20) / replays_at_once(settings_));
  Shard& shard = *shards_[partition];
  auto actor =
      user_shard::spawn(*system_, settings,
                        {ports_.log, ports_.store, relay_ ? *relay_ : ports_.link, ports_.clock, library_,
                         models_, shard.standing, shard.probe, rounds_turns_, replay_turns_,
                         [this](user_shard::PartDone done) { send(std::move(done)); },
                         [this](user_shard::HandBack back) {
                           relay_ ? relay_->hand_back(std::move(back)) : hand_back(std::move(back));
                         },
                         [this](user_shard::Settled settled) { to_gateway(std::move(settled)); },
                         [this](replay::Recall recall) {
                           replay_.with([&](const auto& to) { caf::anon_send(to, std::move(recall)); });
                         },
                         [this](user_shard::Rounds::Report report) { send(std::move(report)); },
                         [](const user_shard::Standing& standing) { log_turn(standing); }});
  if (ports_.cluster != nullptr) shard.standing.publish(nullptr); // the last one's may say that it is ready
  shard.handle.set(actor);
  caf::anon_send(actor, user_shard::Start{});
  return caf::actor_cast<caf::actor>(actor);
}

Actors::Model* Actors::model_of(std::string_view learner) const {
  for (const auto& one : solved_)
    if (one->learner == learner) return one.get();
  return nullptr;
}

Duration Actors::cadence_of(std::string_view learner) const {
  if (learner == rounds::kRanker) return settings_.ranker_cadence;
  return learner == rounds::kItemItem ? settings_.item_item_cadence : settings_.segments_cadence;
}

actors::model::Rounds Actors::rounds_of(const std::string& learner, TenantId tenant) const {
  if (!learner_at(learner).here) {
    const auto others = others_.get();
    if (!others) return {};
    const auto told = others->rounds.find({learner, tenant});
    return told == others->rounds.end() ? model::Rounds{} : told->second;
  }
  const Model* known = model_of(learner);
  const auto standing = known != nullptr ? known->standing.get() : nullptr;
  if (!standing) return {};
  const auto rounds = standing->tenants.find(tenant);
  return rounds == standing->tenants.end() ? model::Rounds{} : rounds->second;
}

caf::actor Actors::make_model(std::size_t index) {
  Model& one = *solved_[index];
  model::Settings settings;
  settings.learner = one.learner;
  settings.partitions = settings_.partitions;
  settings.writer = writer(3, static_cast<std::uint32_t>(index));
  settings.follows_events = ports_.clock.follows_events();
  settings.cadence = cadence_of(one.learner);
  settings.limits = settings_.limits;
  auto actor = model::spawn(
      *system_, settings,
      {ports_.log, ports_.clock, library_, models_,
       [this](PartitionId partition) { return standing_of(partition); }, one.standing, one.probe,
       [this](model::ToShard to) { send(std::move(to)); },
       [this](user_shard::PartDone done) { send(std::move(done)); },
       [this](model::Settled settled) { to_gateway(std::move(settled)); },
       [learner = one.learner](TenantId tenant, const model::Rounds& rounds) {
         log(rounds.given_up ? LogLevel::kWarn : LogLevel::kInfo, "roundEnded",
             rounds.given_up ? "a round was given up, what serves stays; it is tried again by itself"
                             : "a round came to its end",
             {{"learner", learner},
              {"tenant", std::to_string(tenant.value)},
              {"round", std::to_string(rounds.last)},
              {"outcome", rounds.outcome}});
       },
       [name = "model " + one.learner] { adapters::take_role(name.c_str(), adapters::Share::kBehind); },
       [this, learner = one.learner] { return learner_at(learner).here; }});
  one.handle.set(actor);
  caf::anon_send(actor, model::Start{});
  return caf::actor_cast<caf::actor>(actor);
}

caf::actor Actors::make_gateway() {
  const auto epoch = ports_.log.next_epoch();
  if (!epoch.ok()) return nullptr;
  gateway::Settings settings;
  settings.partitions = settings_.partitions;
  settings.incarnation = ports_.log.incarnation();
  settings.writer = writer(1, 0);
  settings.epoch = epoch.value();
  settings.follows_events = ports_.clock.follows_events();
  settings.seed = settings.follows_events ? epoch.value() : chance();
  settings.clock_start = ports_.clock.now();
  settings.fold_oldest = profiles::fold_versions().oldest;
  settings.fold_newest = profiles::fold_versions().newest;
  for (const auto& one : solved_) settings.learners.push_back(one->learner);
  for (std::uint16_t i = 0; i < settings_.partitions; ++i) {
    const auto bounds = ports_.log.bounds({records::Topic::kEvents, {i}});
    settings.ends.push_back(bounds.ok() ? bounds.value().end : 0);
  }
  auto actor = gateway::spawn(
      *system_, std::move(settings),
      {ports_.log,
       ports_.link,
       ports_.clock,
       {library_, models_, ports_.status,
        [this](const std::string& learner, TenantId tenant) { return rounds_of(learner, tenant); },
        [this] {
          std::vector<std::shared_ptr<const user_shard::Standing>> standings;
          for (std::uint16_t i = 0; i < settings_.partitions; ++i) standings.push_back(standing_of({i}));
          return standings;
        },
        ports_.cluster != nullptr ? [this] { return ports_.cluster->tell(); }
                                  : std::function<api::Cluster()>(),
        ports_.cluster != nullptr ? [this](records::Drain drain) { ports_.cluster->drain(std::move(drain)); }
                                  : std::function<void(records::Drain)>(),
        [this](PartitionId partition) { return shards_[partition.value]->probe.is_outbox_full(); }},
       gateway_probe_,
       [this](PartitionId partition, user_shard::Ask ask) { send(partition, std::move(ask)); },
       [this](PartitionId partition, user_shard::Settle settle) { to_shard(partition, settle); },
       [this](const std::string& learner, model::Ask ask) { send(learner, std::move(ask)); },
       [this](const std::string& learner, model::Settle settle) {
         if (Model* one = model_of(learner))
           one->handle.with([&](const auto& to) { caf::anon_send(to, settle); });
       },
       [this] {
         const std::lock_guard lock(drained_mutex_);
         drained_ = true;
         drained_changed_.notify_all();
       }});
  gateway_.set(actor);
  const std::lock_guard lock(drained_mutex_);
  if (draining_) caf::anon_send(actor, gateway::Drain{}); // the one before it died while draining
  return caf::actor_cast<caf::actor>(actor);
}

void Actors::snapshots_moved() {
  for (const auto& shard : shards_)
    shard->handle.with([](const auto& to) { caf::anon_send(to, user_shard::SnapshotsMoved{}); });
  for (const auto& one : solved_)
    one->handle.with([](const auto& to) { caf::anon_send(to, model::SnapshotsMoved{}); });
}

WriterId Actors::writer(std::uint32_t role, std::uint32_t number) const {
  return {std::uint64_t{settings_.node} << 32 | std::uint64_t{role} << 16 | number};
}

Instant Actors::last_stamp() const {
  Instant last = stamp_at_end(ports_.log, {records::Topic::kLibrary, {}});
  for (std::uint16_t i = 0; i < settings_.partitions; ++i)
    last = std::max(last, stamp_at_end(ports_.log, {records::Topic::kEvents, {i}}));
  return last;
}

} // namespace kindred::node
