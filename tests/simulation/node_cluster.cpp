// Node, in a cluster: what is here, what is at another node, and the way there. What nodes/kindred/peering_actors.cpp and
// node_cluster.cpp do in the process.

#include <algorithm>
#include <utility>

#include "actors/cluster/placement.hpp"
#include "actors/log_keeper/age.hpp"
#include "actors/peering/translation.hpp"
#include "engine/profiles/state_keys.hpp"
#include "schemas/codec/node_asks_codec.hpp"
#include "tests/simulation/node.hpp"

namespace kindred::simulation {

namespace {
const records::Stream kControl{records::Topic::kControl, {}};
constexpr std::uint64_t kClusterWriter = 6'000;
constexpr std::uint64_t kWritersOfANode = 1'000'000;
constexpr std::uint8_t kReplicas = 2;
// States are small: few entries are worth a checkpoint, and it has many parts.
constexpr peering::State::Sizes kSizes{20, 1'000};
constexpr Duration kLogKept{kSecond};                  // so that it is trimmed as far as it may be
constexpr std::int64_t kAnswersBehind_us = kMinute.us; // nodes/kindred/actors.hpp
} // namespace

WriterId Node::writer(std::uint64_t of) const { return {kWritersOfANode * around_.number + of}; }

void Node::attach() {
  link_ = around_.network->attach(around_.number, [this](ports::PeerAsked asked) {
    if (relay_->serve(asked)) return;
    if (!mailboxes_[peering_actor()].alive())
      return link_->refuse(asked.ticket, peers::Refusal::kNotServed, "the node is starting");
    tell_peering(peering::Asked{std::move(asked)});
  });
  relay_ = std::make_unique<peering::Relay>(
      peering::Relay::Dependencies{plan_.partitions, *link_, clients_, clock_, peering_probe_,
                                   [this](PartitionId partition) { return ways_of(partition.value); },
                                   [this](PartitionId partition) { return here(partition.value); },
                                   [this](PartitionId partition, user_shard::Forward forward) {
                                     const bool alive = mailboxes_[kFirstShard + partition.value].alive();
                                     if (alive) tell_shard(partition.value, std::move(forward));
                                     return alive;
                                   },
                                   [this](user_shard::HandBack back) { hand_back(std::move(back)); }});
}

void Node::hand_back(user_shard::HandBack back) {
  to_gateway([this, incoming = gateway::Incoming{back.to, std::move(back.request), true, back.taken_us}](
                 gateway::State& state) {
    return state.on(gateway::Requests{{incoming}, clock_.now(), clock_.steady_us()});
  });
}

// ---- the actors ----

void Node::start_cluster() {
  mailboxes_[cluster_actor()].open();
  cluster::Settings settings;
  settings.cluster = "simulated";
  settings.node = name();
  settings.life = life_;
  settings.endpoint = "tcp://" + name();
  settings.replicas = kReplicas;
  settings.partitions = plan_.partitions;
  settings.writer = writer(kClusterWriter);
  cluster_ = std::make_unique<cluster::State>(settings, cluster_probe_);
  carry_out(cluster_->start());
}

void Node::start_peering() {
  mailboxes_[peering_actor()].open();
  peering_ =
      std::make_unique<peering::State>(plan_.partitions, static_cast<std::uint64_t>(clock_.steady_us()),
                                       *seen_store_, views_of_peering(), peering_probe_, kSizes);
  for (std::uint16_t p = 0; p < plan_.partitions; ++p)
    if (shards_[p].fetching) tell_peering(peering::Fetch{{p}, shards_[p].log_begin});
}

peering::State::Views Node::views_of_peering() {
  peering::State::Views views;
  views.ways = [this](PartitionId partition) { return ways_of(partition.value); };
  views.yields = [this](PartitionId partition, const std::string& peer) {
    const auto standing = cluster_cell_.get();
    return standing && cluster::is_before(*standing, peer, name(), partition);
  };
  views.left = [this](PartitionId partition) {
    const Shard& shard = shards_[partition.value];
    const auto standing = cluster_cell_.get();
    return !shard.held && !shard.fetching && standing && standing->ready && !standing->map.replicas.empty();
  };
  views.learner = [this](const std::string& learner) { return learner_at(learner); };
  views.peers = [this] { return peers_up(); };
  views.standing = [this] { return tell_peers(); };
  views.shard = [this](PartitionId partition) { return shards_[partition.value].standing; };
  return views;
}

void Node::pulse_cluster() {
  if (mailboxes_[cluster_actor()].empty())
    to_cluster([this](cluster::State& state) { return state.handle(hold_and_tell()); });
  if (mailboxes_[keeper_actor()].empty() && clock_.steady_us() >= next_keeper_us_) {
    next_keeper_us_ = clock_.steady_us() + log_keeper::pulse_of(kLogKept).us;
    tell_keeper(log_keeper::Pulse{clock_.now()});
  }
  if (mailboxes_[peering_actor()].empty()) tell_peering(peering::Pulse{clock_.steady_us()});
}

void Node::start_keeper() {
  mailboxes_[keeper_actor()].open();
  keeper_ = std::make_unique<log_keeper::State>(
      log_keeper::Settings{plan_.partitions, kLogKept},
      [this](PartitionId partition) { return stored_by_all(partition.value); }, keeper_probe_);
}

void Node::carry_out(log_keeper::Effects effects) {
  for (const auto& effect : effects) {
    if (const auto* look = std::get_if<log_keeper::Look>(&effect)) {
      tell_keeper(log_keeper::Looked{
          look->partition, log_keeper::first_not_before(*log_, {records::Topic::kEvents, look->partition},
                                                        look->than, look->below)});
    } else {
      const auto& trim = std::get<log_keeper::Trim>(effect);
      tell_keeper(log_keeper::Trimmed{trim.partition,
                                      log_->trim({records::Topic::kEvents, trim.partition}, trim.before)});
    }
  }
}

std::optional<std::uint64_t> Node::stored_by_all(std::uint16_t partition) const {
  const auto& own = shards_[partition].standing;
  if (!own || !own->ready) return std::nullopt;
  if (plan_.planted == Planted::kTrimAboveCheckpoint)
    return shards_[partition].state->partition_state().applied_end();
  const auto others = others_.get();
  auto stored = others ? others->stored[partition] : std::map<std::string, std::uint64_t>{};
  stored[name()] = own->flushed_end;
  const auto standing = cluster_cell_.get();
  return standing ? cluster::stored_by_all(*standing, name(), {partition}, stored) : std::nullopt;
}

void Node::to_cluster(std::function<cluster::Effects(cluster::State&)> message) {
  mailboxes_[cluster_actor()].send([this, message = std::move(message)] { carry_out(message(*cluster_)); });
}

void Node::drain(const std::string& node, bool draining) {
  to_cluster([=](cluster::State& state) {
    return state.handle(cluster::DrainMember{records::Drain{node, draining, "simulation"}});
  });
}

void Node::carry_out(cluster::Effects effects) {
  for (auto& effect : effects) {
    if (std::holds_alternative<cluster::Open>(effect)) {
      control_tail_.reset();
      carry_out(cluster_->handle(cluster::Opened{log_->bounds(kControl), log_->next_epoch()}));
    } else if (const auto* tail = std::get_if<cluster::Tail>(&effect)) {
      ports::TailSink sink;
      sink.on_entries = [this](std::vector<ports::LogEntry> entries) {
        to_cluster([entries = std::move(entries)](cluster::State& state) {
          return state.handle(cluster::Entries{entries});
        });
      };
      sink.on_caught_up = [this](std::uint64_t end) {
        to_cluster([end](cluster::State& state) { return state.handle(cluster::TailCaughtUp{end}); });
      };
      sink.on_error = [this](ports::LogError error) {
        to_cluster([error](cluster::State& state) { return state.handle(cluster::TailFailed{error}); });
      };
      control_tail_ = log_->tail(kControl, tail->from, std::move(sink));
    } else if (const auto* consumed = std::get_if<cluster::Consumed>(&effect)) {
      if (control_tail_) control_tail_->consumed(consumed->bytes);
    } else if (auto* produced = std::get_if<cluster::Produce>(&effect)) {
      log_->produce(
          kControl, std::move(produced->entry),
          answered<ports::Verdict>(cluster_actor(), [this](ports::Verdict verdict) {
            to_cluster([verdict](cluster::State& state) { return state.handle(cluster::Appended{verdict}); });
          }));
    } else if (const auto* trim = std::get_if<cluster::Trim>(&effect)) {
      const auto trimmed = log_->trim(kControl, trim->before);
      carry_out(cluster_->handle(trimmed.ok() ? cluster::Trimmed{log_->bounds(kControl)}
                                              : cluster::Trimmed{trimmed.error()}));
    } else if (auto* stand = std::get_if<cluster::Stand>(&effect)) {
      cluster_cell_.publish(std::move(stand->standing));
    }
  }
}

void Node::carry_out(peering::Effects effects) {
  for (auto& effect : effects) carry_out(effect);
}

void Node::carry_out(peering::Effect& effect) {
  const auto stored = [&](PartitionId partition, ports::StoreBatch batch, auto message) {
    using Written = Result<Done, ports::StoreError>;
    seen_store_->write(user_shard::space_of(partition), std::move(batch),
                       answered<Written>(peering_actor(), [this, message](Written written) mutable {
                         message.ok = written.ok();
                         tell_peering(message);
                       }));
  };
  if (auto* ask = std::get_if<peering::ToPeer>(&effect)) {
    link_->ask({std::move(ask->peer), ask->kind, std::move(ask->payload), ask->deadline_us},
               answered<Result<Bytes, ports::PeerFailure>>(
                   peering_actor(), [this, attempt = ask->attempt](Result<Bytes, ports::PeerFailure> answer) {
                     tell_peering(peering::Answered{attempt, std::move(answer)});
                   }));
  } else if (auto* answer = std::get_if<peering::AnswerPeer>(&effect)) {
    link_->answer(answer->ticket, std::move(answer->payload));
  } else if (auto* refuse = std::get_if<peering::RefusePeer>(&effect)) {
    link_->refuse(refuse->ticket, refuse->refusal, std::move(refuse->why));
  } else if (auto* to = std::get_if<peering::ToShard>(&effect)) {
    std::visit([&](auto& message) { tell_shard(to->partition.value, std::move(message)); }, to->message);
  } else if (auto* done = std::get_if<peering::ToGateway>(&effect)) {
    to_gateway([this, part = std::move(done->done)](gateway::State& state) {
      return state.on(gateway::PartDone(part), clock_.steady_us());
    });
  } else if (auto* report = std::get_if<peering::ToModel>(&effect)) {
    tell_model(std::move(report->report));
  } else if (auto* publish = std::get_if<peering::Publish>(&effect)) {
    others_.publish(std::move(publish->others));
  } else if (auto* write = std::get_if<peering::Write>(&effect)) {
    stored(write->partition, std::move(write->batch), peering::Stored{write->partition});
  } else if (const auto* empty = std::get_if<peering::Empty>(&effect)) {
    stored(empty->partition, ports::StoreBatch::replacing({}), peering::Emptied{empty->partition});
  } else if (const auto* one = std::get_if<peering::Fetched>(&effect)) {
    fetched(*one);
  }
}

// ---- where something is ----

bool Node::here(std::uint16_t partition) const {
  return !in_cluster() || (log_lost_us_ == 0 && folds(partition));
}

bool Node::folds(std::uint16_t partition) const {
  const Shard& shard = shards_[partition];
  return shard.held && mailboxes_[kFirstShard + partition].alive() && shard.standing && shard.standing->ready;
}

Duration Node::log_lost_for() const { return {log_lost_us_ == 0 ? 0 : clock_.steady_us() - log_lost_us_}; }

peering::Ways Node::ways_of(std::uint16_t partition) const {
  peering::Ways ways{here(partition), false, {}};
  ways.behind = log_lost_us_ != 0 && log_lost_for().us < kAnswersBehind_us && folds(partition);
  const auto standing = cluster_cell_.get();
  if (!standing) return ways;
  ways.peers = cluster::others_with(*standing, name(), {partition});
  const auto up = peers_up();
  std::erase_if(ways.peers,
                [&](const auto& peer) { return std::find(up.begin(), up.end(), peer) == up.end(); });
  return ways;
}

peering::LearnerAt Node::learner_at(const std::string& learner) const {
  if (!in_cluster()) return {true, {}};
  const auto standing = cluster_cell_.get();
  std::string node = standing ? cluster::runner_of(*standing, learner) : "";
  if (node == name()) return {true, {}};
  return {false, std::move(node)};
}

std::vector<std::string> Node::peers_up() const {
  std::vector<std::string> up;
  for (const auto& peer : link_->standing())
    if (peer.state == ports::PeerState::kUp) up.push_back(peer.name);
  return up;
}

std::shared_ptr<const user_shard::Standing> Node::standing_of(std::uint16_t partition) const {
  if (here(partition)) return shards_[partition].standing;
  const auto others = others_.get();
  return others && partition < others->shards.size() ? others->shards[partition] : nullptr;
}

std::optional<std::uint64_t> Node::answers_from(std::uint16_t partition) const {
  const Shard& shard = shards_[partition];
  if (!shard.state || !shard.start_end || log_lost_us_ != 0) return std::nullopt;
  return std::max(*shard.start_end, shard.state->partition_state().applied_end());
}

// ---- what this node holds ----

std::vector<bool> Node::held_partitions() const {
  std::vector<bool> held;
  for (const auto& shard : shards_) held.push_back(shard.held);
  return held;
}

std::vector<bool> Node::to_hold(const cluster::Standing& standing, const std::vector<bool>& held) const {
  return cluster::to_hold(standing, name(), held, [this](PartitionId partition) {
    const auto meta = store_->get(user_shard::space_of(partition), profiles::meta_key());
    return meta.ok() && meta.value();
  });
}

bool Node::is_settled() const {
  if (!all_alive()) return false;
  if (!in_cluster()) return true;
  const auto standing = cluster_cell_.get();
  const auto held = held_partitions();
  return standing && standing->ready && !standing->map.replicas.empty() && to_hold(*standing, held) == held;
}

/// Heard again, it is as lost as before until what it held then is folded: so long answers say that they are behind.
void Node::look_for_log() {
  if (log_->lost()) {
    if (log_lost_us_ == 0) log_lost_us_ = clock_.steady_us();
    awaited_ends_.clear();
  }
  if (log_lost_us_ == 0 || log_->is_cut()) return;
  for (auto p = static_cast<std::uint16_t>(awaited_ends_.size()); p < plan_.partitions; ++p) {
    const auto bounds = log_->bounds({records::Topic::kEvents, {p}});
    if (!bounds.ok()) return;
    awaited_ends_.push_back(bounds.value().end);
  }
  for (std::uint16_t p = 0; p < plan_.partitions; ++p)
    if (folds(p) && shards_[p].state->partition_state().applied_end() < awaited_ends_[p]) return;
  log_lost_us_ = 0;
}

/// At a pulse of the cluster actor.
cluster::Surroundings Node::hold_and_tell() {
  look_for_log();
  const auto held = held_partitions();
  const auto standing = cluster_cell_.get();
  auto wanted = standing ? to_hold(*standing, held) : held;
  cluster::Surroundings around{clock_.now(), clock_.steady_us(), link_->standing(), {}, 0};
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
    const auto& last = shards_[p].standing;
    if (held[p] && last && last->behind_log) { // left, and taken again at the next pulse
      wanted[p] = false;
      shards_[p].behind_log = true;
    }
    if (wanted[p] && !held[p] && shards_[p].behind_log) {
      const auto bounds = log_->bounds({records::Topic::kEvents, {p}});
      if (!bounds.ok()) continue; // whether what is stored can be folded on is not known: at the next pulse
      shards_[p].log_begin = bounds.value().begin;
      shards_[p].behind_log = false;
    }
    if (wanted[p] != held[p]) hold(p, wanted[p]);
    if (folds(p)) around.caught_up.push_back(p);
    if (wanted[p] && shards_[p].standing) around.folded += shards_[p].standing->applied_end;
  }
  return around;
}

void Node::hold(std::uint16_t partition, bool wanted) {
  Shard& shard = shards_[partition];
  shard.held = wanted;
  if (shard.state) {
    if (auto last = shard.state->last_words())
      log_->produce(last->stream, std::move(last->entry), [](ports::Verdict) {});
    end_shard(partition);
  }
  if (wanted) fetch(partition);
}

void Node::fetch(std::uint16_t partition) {
  if (!std::exchange(shards_[partition].fetching, true))
    tell_peering(peering::Fetch{{partition}, shards_[partition].log_begin});
}

void Node::fetched(const peering::Fetched& fetched) {
  Shard& shard = shards_[fetched.partition.value];
  shard.fetching = false;
  if (shard.held && !shard.state) start_shard(fetched.partition.value);
}

peers::NodeStanding Node::tell_peers() const {
  peers::NodeStanding told;
  for (const auto& shard : shards_)
    if (shard.held && shard.standing) told.shards.push_back(peering::standing_of(*shard.standing));
  if (runs_learner() && model_standing_)
    for (const auto& [tenant, rounds] : model_standing_->tenants)
      told.learners.push_back(peering::standing_of(std::string(plan_.learner()), tenant, rounds));
  return told;
}

// ---- the way there ----

void Node::send(std::uint16_t partition, user_shard::Ask ask) {
  if (here(partition)) return tell_shard(partition, std::move(ask));
  tell_peering(peering::AskPart{{partition}, std::move(ask)});
}

void Node::send(user_shard::PartDone done) {
  done.staleness_ms = std::max(done.staleness_ms, static_cast<std::uint32_t>(log_lost_for().us / 1000));
  if ((done.ticket & peering::kPeerTicket) != 0) return tell_peering(peering::PartDone{std::move(done)});
  to_gateway([this, done = std::move(done)](gateway::State& state) {
    return state.on(gateway::PartDone(done), clock_.steady_us());
  });
}

void Node::send(user_shard::Rounds::Report report) {
  if (in_cluster()) return tell_peering(peering::RoundDone{std::move(report)});
  tell_model(std::move(report));
}

void Node::send(model::ToShard to) {
  if (plan_.planted == Planted::kCountTwoReplicas) ask_two_replicas(to);
  if (in_cluster()) return tell_peering(peering::AskRound{std::move(to)});
  std::visit([&](auto& message) { tell_shard(to.partition.value, std::move(message)); }, to.message);
}

/// A pass of the first partition is asked of its other replicas, too, and what comes first counts for the next partition.
void Node::ask_two_replicas(const model::ToShard& to) {
  if (!std::holds_alternative<user_shard::AskPass>(to.message) || to.partition.value != 0) return;
  const auto ask = peering::step_of(to);
  for (const auto& peer : ways_of(0).peers)
    link_->ask({peer, peers::MessageKind::kStatisticAsk, schemas::encode_round_ask(ask),
                clock_.steady_us() + kSecond.us},
               [this, ask](Result<Bytes, ports::PeerFailure> answer) {
                 if (!answer.ok()) return;
                 auto told = schemas::decode_round_answer(answer.value());
                 if (!told.ok() || !told.value().lost.empty()) return;
                 auto counted = ask;
                 counted.partition = 1;
                 if (auto report = peering::report_of(counted, told.take())) tell_model(std::move(*report));
               });
}

} // namespace kindred::simulation
