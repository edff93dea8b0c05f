// Actors, in a cluster: what is here, what is at another node, and the way there.

#include "nodes/kindred/actors.hpp"
#include "nodes/kindred/json_log.hpp"

#include <algorithm>

#include "actors/peering/translation.hpp"
#include "actors/user_shard/effects.hpp"
#include "engine/profiles/state_keys.hpp"

namespace kindred::node {

namespace model = actors::model;
namespace peering = actors::peering;
namespace supervision = actors::supervision;
namespace user_shard = actors::user_shard;

caf::actor Actors::make_peering() {
  peering::State::Views views;
  views.ways = [this](PartitionId partition) { return ways_of(partition); };
  views.yields = [this](PartitionId partition, const std::string& peer) {
    return ports_.cluster->is_before_this(peer, partition);
  };
  views.left = [this](PartitionId partition) {
    const Shard& shard = *shards_[partition.value];
    return !shard.held && !shard.fetching && ports_.cluster->knows_map();
  };
  views.learner = [this](const std::string& learner) { return learner_at(learner); };
  views.peers = [this] { return ports_.cluster->peers_up(); };
  views.standing = [this] { return tell_peers(); };
  views.shard = [this](PartitionId partition) { return shards_[partition.value]->standing.get(); };
  auto actor = peering::spawn(
      *system_, settings_.partitions,
      {ports_.cluster->link(), ports_.store, ports_.clock, std::move(views), others_, peering_probe_,
       [this](peering::ToShard to) {
         if (const auto* differs = std::get_if<user_shard::Differs>(&to.message))
           log(LogLevel::kError, "stateDiffers",
               "a replica of a partition has another state than this one, which answers no more",
               {{"partition", std::to_string(to.partition.value)},
                {"peer", differs->peer},
                {"end", std::to_string(differs->end)}});
         std::visit([&](auto& message) { to_shard(to.partition, std::move(message)); }, to.message);
       },
       [this](peering::ToLearner to) {
         if (Model* one = model_of(to.learner))
           one->handle.with([&](const auto& model) { caf::anon_send(model, std::move(to.ask)); });
       },
       [this](const peering::Fetched& one) { fetched(one); },
       [this](user_shard::PartDone done) { to_gateway(std::move(done)); },
       [this](user_shard::Rounds::Report report) { send_to_model(std::move(report)); },
       [this](const std::vector<std::uint64_t>& ends) {
         if (ports_.acked_elsewhere) ports_.acked_elsewhere(ends);
       }});
  const std::lock_guard lock(
      holding_mutex_); // what is taken from here on is asked of this one, by whoever takes it
  peering_.set(actor);
  for (std::uint16_t i = 0; i < shards_.size(); ++i)
    if (shards_[i]->fetching) ask_to_fetch(i);
  return caf::actor_cast<caf::actor>(actor);
}

std::unique_ptr<peering::Relay> Actors::make_relay() {
  return std::make_unique<peering::Relay>(peering::Relay::Dependencies{
      settings_.partitions, ports_.cluster->link(), ports_.link, ports_.clock, peering_probe_,
      [this](PartitionId partition) { return ways_of(partition); },
      [this](PartitionId partition) { return here(partition); },
      [this](PartitionId partition, user_shard::Forward forward) { return forward_to(partition, forward); },
      [this](user_shard::HandBack back) { hand_back(std::move(back)); }});
}

void Actors::ask(ports::PeerAsked asked) {
  if (relay_->serve(asked)) return;
  const auto actor = peering_.get();
  if (actor)
    caf::anon_send(actor, peering::Asked{std::move(asked)});
  else
    ports_.cluster->link().refuse(asked.ticket, peers::Refusal::kNotServed, "the node is starting");
}

// ---- where something is ----

bool Actors::forward_to(PartitionId partition, user_shard::Forward& forward) const {
  const auto shard = shards_[partition.value]->handle.get();
  if (shard) caf::anon_send(shard, std::move(forward));
  return static_cast<bool>(shard);
}

void Actors::hand_back(user_shard::HandBack back) const {
  ask_gateway({{{back.to, std::move(back.request), true, back.taken_us}},
               ports_.clock.now(),
               ports_.clock.steady_us()});
}

bool Actors::here(PartitionId partition) const {
  return ports_.cluster == nullptr || (log_lost_for(partition).us == 0 && folds(partition));
}

bool Actors::folds(PartitionId partition) const {
  const Shard& shard = *shards_[partition.value];
  if (!shard.held || !shard.handle.get()) return false;
  const auto standing = shard.standing.get();
  return standing && standing->ready;
}

peering::Ways Actors::ways_of(PartitionId partition) const {
  const Duration lost = log_lost_for(partition);
  const bool behind = lost.us != 0 && lost < kAnswersBehind && folds(partition);
  return {here(partition), behind, ports_.cluster->others_with(partition)};
}

peering::LearnerAt Actors::learner_at(const std::string& learner) const {
  if (ports_.cluster == nullptr) return {true, {}};
  std::string node = ports_.cluster->runner_of(learner);
  if (node == ports_.cluster->name()) return {true, {}};
  return {false, std::move(node)};
}

std::shared_ptr<const user_shard::Standing> Actors::standing_of(PartitionId partition) const {
  if (here(partition)) return shards_[partition.value]->standing.get();
  const auto others = others_.get();
  return others && partition.value < others->shards.size() ? others->shards[partition.value] : nullptr;
}

Duration Actors::log_lost_for(PartitionId partition) const {
  if (!ports_.unheard_for || partition.value >= shards_.size()) return {}; // of learners: no partition
  const Duration unheard = ports_.unheard_for(partition);
  return unheard < kHeardWithin ? Duration{} : unheard;
}

Duration Actors::log_unheard() const {
  Duration most;
  for (std::uint16_t i = 0; i < shards_.size(); ++i) {
    const auto standing = shards_[i]->standing.get();
    const bool reads = shards_[i]->held && standing && standing->ready; // else it may wait for its turn
    if (ports_.unheard_for && reads) most = std::max(most, ports_.unheard_for({i}));
  }
  return most;
}

// ---- what this node holds ----

std::vector<bool> Actors::held_partitions() const {
  std::vector<bool> held;
  for (const auto& shard : shards_) held.push_back(shard->held);
  return held;
}

std::vector<bool> Actors::to_hold(const std::vector<bool>& held) const {
  return ports_.cluster->to_hold(held, [this](PartitionId partition) {
    const auto meta = ports_.store.get(user_shard::space_of(partition), profiles::meta_key());
    return meta.ok() && meta.value();
  });
}

NodeCluster::Shards Actors::hold_and_tell() {
  const std::vector<bool> held = held_partitions();
  std::vector<bool> wanted = supervisor_.get() ? to_hold(held) : held;
  NodeCluster::Shards all;
  bool log_silent = false;
  for (std::uint16_t i = 0; i < shards_.size(); ++i) {
    // Left, and taken again at the next pulse: with another node's copy.
    Shard& shard = *shards_[i];
    if (const auto last = shard.standing.get(); held[i] && last && last->behind_log) {
      wanted[i] = false;
      shard.behind_log = true;
    }
    if (wanted[i] && !held[i] &&
        shard.behind_log) { // only then, and once a pulse: it may not answer for seconds
      if (log_silent) continue;
      const auto bounds = ports_.log.bounds({records::Topic::kEvents, {i}});
      log_silent = !bounds.ok();
      if (log_silent) continue;
      shard.log_begin = bounds.value().begin;
      shard.behind_log = false;
    }
    if (wanted[i] != held[i]) hold(i, wanted[i]);
    if (folds({i}))
      all.caught_up.push_back(i); // also where it does not hear its log now: others may ask for what it has
    const auto standing = shards_[i]->standing.get();
    if (wanted[i] && standing) all.folded += standing->applied_end;
    if (standing) all.fold_active = std::max(all.fold_active, standing->fold_version);
  }
  return all;
}

void Actors::hold(std::uint16_t partition, bool wanted) {
  const std::lock_guard lock(holding_mutex_);
  Shard& shard = *shards_[partition];
  shard.held = wanted;
  const bool behind = !wanted && shard.behind_log;
  log(behind ? LogLevel::kWarn : LogLevel::kInfo, wanted ? "partitionTaken" : "partitionLeft",
      wanted   ? "the map has this node for the partition: it is folded here"
      : behind ? "its log was trimmed above what is stored here: another node's copy is waited for"
               : "the partition is at its replicas: it is not folded here any more",
      {{"partition", std::to_string(partition)}});
  if (!wanted) shard.handle.set({});
  shard.standing.publish(nullptr); // of an earlier shard, too
  wanted ? fetch(partition) : want(partition, false);
}

void Actors::want(std::uint16_t partition, bool wanted) {
  supervisor_.with([&](const caf::actor& supervisor) {
    caf::anon_send(supervisor, supervision::Want{first_shard_child_ + partition, wanted});
  });
}

// Once at a time: behind the answer to a first one, which made the shard, a second would be copied over its state.
void Actors::fetch(std::uint16_t partition) {
  if (!shards_[partition]->fetching.exchange(true)) ask_to_fetch(partition);
}

void Actors::ask_to_fetch(std::uint16_t partition) {
  peering_.with([&](const auto& to) {
    caf::anon_send(to, peering::Fetch{{partition}, shards_[partition]->log_begin});
  });
}

void Actors::fetched(const peering::Fetched& fetched) {
  const std::lock_guard lock(holding_mutex_);
  const std::uint16_t partition = fetched.partition.value;
  const bool taken = fetched.why.empty();
  log(LogLevel::kInfo, taken ? "checkpointTaken" : "checkpointNotTaken",
      taken ? "another node's checkpoint of a partition is here"
            : "the partition begins from what is stored here, or else from the log: " + fetched.why,
      {{"partition", std::to_string(partition)}, {"bytes", std::to_string(fetched.bytes)}});
  shards_[partition]->fetching = false;
  if (shards_[partition]->held) want(partition, true);
}

peers::NodeStanding Actors::tell_peers() const {
  peers::NodeStanding told;
  for (std::uint16_t i = 0; i < shards_.size(); ++i)
    if (shards_[i]->held)
      if (const auto standing = shards_[i]->standing.get())
        told.shards.push_back(peering::standing_of(*standing));
  for (const auto& one : solved_) {
    if (!learner_at(one->learner).here) continue;
    if (const auto standing = one->standing.get())
      for (const auto& [tenant, rounds] : standing->tenants)
        told.learners.push_back(peering::standing_of(one->learner, tenant, rounds));
  }
  if (ports_.acked_ends) told.acked_ends = ports_.acked_ends();
  return told;
}

// ---- the way there ----

void Actors::send(PartitionId partition, user_shard::Ask ask) {
  if (here(partition)) return to_shard(partition, std::move(ask));
  peering_.with([&](const auto& to) { caf::anon_send(to, peering::AskPart{partition, std::move(ask)}); });
}

void Actors::send(const std::string& learner, model::Ask ask) {
  if (!learner_at(learner).here) {
    peering_.with([&](const auto& to) { caf::anon_send(to, peering::AskLearner{learner, std::move(ask)}); });
  } else if (Model* one = model_of(learner)) {
    one->handle.with([&](const auto& to) { caf::anon_send(to, std::move(ask)); });
  }
}

void Actors::send(model::ToShard to) {
  if (ports_.cluster == nullptr)
    return std::visit([&](auto& message) { to_shard(to.partition, std::move(message)); }, to.message);
  peering_.with([&](const auto& actor) { caf::anon_send(actor, peering::AskRound{std::move(to)}); });
}

void Actors::send(user_shard::Rounds::Report report) {
  if (ports_.cluster == nullptr) return send_to_model(std::move(report));
  peering_.with([&](const auto& to) { caf::anon_send(to, peering::RoundDone{std::move(report)}); });
}

void Actors::send_to_model(user_shard::Rounds::Report report) {
  std::visit(
      [this](auto& one) {
        if (Model* model = model_of(one.learner))
          model->handle.with([&](const auto& to) { caf::anon_send(to, std::move(one)); });
      },
      report);
}

void Actors::send(user_shard::PartDone done) {
  done.staleness_ms =
      std::max(done.staleness_ms, static_cast<std::uint32_t>(log_lost_for({done.partition}).us / 1000));
  if ((done.ticket & peering::kPeerTicket) == 0) return to_gateway(std::move(done));
  peering_.with([&](const auto& to) { caf::anon_send(to, peering::PartDone{std::move(done)}); });
}

} // namespace kindred::node
