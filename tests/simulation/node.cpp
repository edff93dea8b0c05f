#include "tests/simulation/node.hpp"

#include <algorithm>

#include "tests/simulation/planted.hpp"

namespace kindred::simulation {

namespace {

const records::Stream kLibrary{records::Topic::kLibrary, {}};
const records::Stream kModelsStream{records::Topic::kModels, {}};
constexpr std::uint64_t kGatewayWriter = 100;
constexpr std::uint64_t kShardWriter = 1'000;
constexpr std::size_t kMemoryMax = 12'000; // some three users, so that profiles go cold and come back

records::Stream events(std::uint16_t partition) { return {records::Topic::kEvents, {partition}}; }

} // namespace

Node::Node(const Plan& plan, Surroundings around, const ports::Clock& clock, Random& random, Answer answer)
    : plan_(plan), around_(std::move(around)), clock_(clock), random_(random), answer_(std::move(answer)),
      log_(std::make_unique<LogWay>(around_.log, clock, random)),
      store_(std::make_unique<support::MemoryStore>(around_.disk, true)),
      seen_store_(planted_store(plan.planted, *store_)), mailboxes_(actors()), shards_(plan.partitions),
      life_(in_cluster() ? random.next() : 0) {
  for (auto& shard : shards_) {
    shard.probe = std::make_unique<user_shard::Probe>();
    shard.held = !in_cluster(); // else the map says so, once this node is a member
  }
  if (in_cluster()) attach();
  start_catalog();
  start_models();
  revive();
}

Node::~Node() {
  for (auto& mailbox : mailboxes_) mailbox.close();
  library_tail_.reset();
  models_tail_.reset();
  control_tail_.reset();
  for (auto& shard : shards_) shard.tail.reset();
}

// ---- life and death ----

bool Node::ready_for_shards() const { return catalog_ && catalog_->ready() && models_ && models_->ready(); }

void Node::revive() {
  if (!catalog_) start_catalog();
  if (!models_) start_models();
  if (in_cluster()) {
    if (!cluster_) start_cluster();
    if (!peering_) start_peering();
    if (!keeper_) start_keeper();
  } else if (!ready_for_shards()) {
    return;
  }
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
    Shard& shard = shards_[p];
    if (shard.held && !shard.fetching && !shard.state) start_shard(p);
  }
  if (!gateway_) start_gateway();
  if (!model_) start_model();
}

bool Node::all_alive() const {
  for (std::size_t actor = 0; actor < mailboxes_.size(); ++actor) {
    const bool is_shard = actor >= kFirstShard && actor < model_actor();
    if (is_shard && !shards_[actor - kFirstShard].held) continue;
    if (!mailboxes_[actor].alive()) return false;
  }
  return true;
}

void Node::kill(std::size_t actor) {
  mailboxes_[actor].close();
  if (actor == kGateway) {
    gateway_.reset();
  } else if (actor == kCatalog) {
    library_tail_.reset();
    catalog_.reset();
  } else if (actor == kModels) {
    models_tail_.reset();
    models_.reset();
  } else if (actor == model_actor()) {
    model_.reset();
  } else if (actor == cluster_actor()) {
    control_tail_.reset();
    cluster_.reset();
    cluster::Standing standing; // who is a member stays known, the map does not hold
    if (const auto last = cluster_cell_.get()) standing = *last;
    standing.ready = false;
    cluster_cell_.publish(std::make_shared<const cluster::Standing>(std::move(standing)));
  } else if (actor == peering_actor()) {
    peering_.reset();
  } else if (actor == keeper_actor()) {
    keeper_.reset();
  } else {
    end_shard(static_cast<std::uint16_t>(actor - kFirstShard));
  }
}

void Node::end_shard(std::uint16_t partition) {
  mailboxes_[kFirstShard + partition].close();
  Shard& shard = shards_[partition];
  shard.tail.reset();
  shard.state.reset();
  shard.standing.reset();
  shard.start_end.reset();
}

void Node::start_gateway() {
  const auto epoch = log_->next_epoch();
  if (!epoch.ok()) return;
  mailboxes_[kGateway].open();
  gateway::Settings settings;
  settings.partitions = plan_.partitions;
  settings.incarnation = log_->incarnation();
  settings.writer = writer(kGatewayWriter);
  settings.epoch = epoch.value();
  settings.seed = random_.next();
  gateway_ = std::make_unique<gateway::State>(
      settings, gateway::Views{library_cell_, models_cell_, [] { return api::Status{}; }}, gateway_probe_);
}

void Node::start_catalog() {
  mailboxes_[kCatalog].open();
  catalog_ = std::make_unique<catalog::State>(*seen_store_, catalog_probe_);
  carry_out(catalog_->start());
}

void Node::start_models() {
  mailboxes_[kModels].open();
  fast_models::State::Settings settings;
  settings.partitions = plan_.partitions;
  models_ = std::make_unique<fast_models::State>(settings, *seen_store_, models_probe_);
  carry_out(models_->start());
}

std::vector<std::string> Node::stopped() const {
  std::vector<std::string> why;
  if (catalog_ && !catalog_->stopped_because().empty())
    why.push_back("catalog: " + catalog_->stopped_because());
  if (models_ && !models_->stopped_because().empty())
    why.push_back("fast models: " + models_->stopped_because());
  for (const auto& shard : shards_) {
    const bool taken_anew = in_cluster() && shard.standing && shard.standing->behind_log;
    if (shard.state && !shard.state->stopped_because().empty() && !taken_anew)
      why.push_back("shard: " + shard.state->stopped_because());
  }
  return why;
}

// ---- what moves ----

void Node::request(ports::ReplyTo to, Bytes bytes) {
  std::vector<gateway::Incoming> requests;
  requests.push_back({to, std::move(bytes)});
  if (const auto library = library_cell_.get()) {
    for (auto& [partition, forward] : forwarding_.take(requests, clock_.now(), *library)) {
      if (plan_.planted == Planted::kServeBeforePosition) strip_positions(forward);
      if (!here(partition.value)) { // at another node, or the gateway finds the way
        for (auto& one : forward.requests)
          if (!relay_ || !relay_->ask(partition, one, clock_.steady_us()))
            requests.push_back({one.to, std::move(one.request)});
        continue;
      }
      tell_shard(partition.value, std::move(forward));
    }
  }
  if (requests.empty()) return;
  to_gateway([this, requests = std::move(requests)](gateway::State& state) mutable {
    return state.on(gateway::Requests{std::move(requests), clock_.now(), clock_.steady_us()});
  });
}

void Node::message_moves(std::vector<Move>& ways) {
  for (auto& mailbox : mailboxes_) {
    if (mailbox.ready(clock_.steady_us())) ways.push_back([&mailbox] { mailbox.run_one(); });
  }
}

void Node::store_moves(std::vector<Move>& ways) {
  for (const auto& space : store_->ready()) ways.push_back([this, space] { store_->step(space); });
}

bool Node::may_deliver(const support::MemoryLog::Step& step) const {
  const auto lag = lags_.find(step.stream);
  return !log_->is_cut() && (lag == lags_.end() || clock_.steady_us() >= lag->second);
}

void Node::pulse() {
  const Instant now = clock_.now();
  const std::int64_t steady_us = clock_.steady_us();
  if (mailboxes_[kGateway].empty())
    to_gateway([=](gateway::State& state) { return state.on(gateway::Pulse{now, steady_us}); });
  if (mailboxes_[kCatalog].empty())
    mailboxes_[kCatalog].send([=, this] { carry_out(catalog_->handle(catalog::Pulse{now, steady_us})); });
  if (mailboxes_[kModels].empty())
    mailboxes_[kModels].send([=, this] { carry_out(models_->handle(fast_models::Pulse{now, steady_us})); });
  if (mailboxes_[model_actor()].empty())
    to_model([=](model::State& state) { return state.handle(model::Pulse{now, steady_us}); });
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
    if (!mailboxes_[kFirstShard + p].empty()) continue;
    to_shard(p, [=](user_shard::State& state) { return state.handle(user_shard::Pulse{now, steady_us}); });
  }
  if (in_cluster()) pulse_cluster();
}

void Node::snapshots_moved() {
  for (std::uint16_t p = 0; p < plan_.partitions; ++p) tell_shard(p, user_shard::SnapshotsMoved{});
}

void Node::to_gateway(std::function<gateway::Effects(gateway::State&)> message) {
  mailboxes_[kGateway].send([this, message = std::move(message)] { carry_out(message(*gateway_)); });
}

void Node::to_shard(std::uint16_t partition, std::function<user_shard::Effects(user_shard::State&)> message) {
  mailboxes_[kFirstShard + partition].send([this, partition, message = std::move(message)] {
    carry_out(partition, message(*shards_[partition].state));
  });
}

void Node::produce(const records::Stream& stream, Bytes entry,
                   std::function<void(ports::Verdict)> on_verdict) {
  if (plan_.planted == Planted::kAcknowledgeBeforeLog && stream.topic == records::Topic::kEvents) {
    on_verdict({ports::Verdict::Kind::kAcked, 0, {}});
    log_->produce(stream, std::move(entry), [](ports::Verdict) {});
    return;
  }
  if (plan_.planted == Planted::kSendAgainAsAnother && stream.topic == records::Topic::kEvents)
    entry = new_writers_.rewrite(stream, std::move(entry));
  log_->produce(stream, std::move(entry), std::move(on_verdict));
}

using Written = Result<Done, ports::StoreError>;

// ---- gateway ----

void Node::carry_out(gateway::Effects effects) {
  for (auto& append : effects.appends) {
    produce(append.stream, std::move(append.entry),
            answered<ports::Verdict>(kGateway, [this, id = append.append](ports::Verdict verdict) {
              to_gateway([this, id, verdict](gateway::State& state) {
                return state.on(gateway::Appended{id, verdict}, clock_.steady_us());
              });
            }));
  }
  for (auto& [partition, ask] : effects.asks) {
    if (plan_.planted == Planted::kServeBeforePosition) ask.positions.clear();
    send(partition.value, std::move(ask));
  }
  for (auto& out : effects.replies) answer_(std::move(out));
}

// ---- catalog and fast models ----

void Node::carry_out(catalog::Effects effects) {
  for (auto& effect : effects) {
    if (std::holds_alternative<catalog::Open>(effect)) {
      carry_out(catalog_->opened({log_->incarnation(), log_->bounds(kLibrary)}));
    } else if (const auto* tail = std::get_if<catalog::Tail>(&effect)) {
      library_tail_ = log_->tail(kLibrary, tail->from, sink_of(kCatalog));
    } else if (const auto* consumed = std::get_if<catalog::Consumed>(&effect)) {
      if (library_tail_) library_tail_->consumed(consumed->bytes);
    } else if (auto* publish = std::get_if<catalog::Publish>(&effect)) {
      library_cell_.publish(std::move(publish->snapshot));
    } else if (auto* tell = std::get_if<catalog::Tell>(&effect)) {
      to_gateway([this, advanced = tell->advanced](gateway::State& state) {
        return state.on(advanced, clock_.steady_us());
      });
      snapshots_moved();
    } else if (auto* write = std::get_if<catalog::Write>(&effect)) {
      seen_store_->write(catalog::kSpace, std::move(write->batch),
                         answered<Written>(kCatalog, [this](Written written) {
                           mailboxes_[kCatalog].send([this, ok = written.ok()] {
                             carry_out(catalog_->handle(catalog::CheckpointWritten{ok}));
                           });
                         }));
    }
  }
}

void Node::carry_out(fast_models::Effects effects) {
  for (auto& effect : effects) {
    if (std::holds_alternative<fast_models::Open>(effect)) {
      carry_out(models_->opened({log_->incarnation(), log_->bounds(kModelsStream)}));
    } else if (const auto* tail = std::get_if<fast_models::Tail>(&effect)) {
      models_tail_ = log_->tail(kModelsStream, tail->from, sink_of(kModels));
    } else if (const auto* consumed = std::get_if<fast_models::Consumed>(&effect)) {
      if (models_tail_) models_tail_->consumed(consumed->bytes);
    } else if (auto* publish = std::get_if<fast_models::Publish>(&effect)) {
      models_cell_.publish(std::move(publish->snapshot));
    } else if (auto* tell = std::get_if<fast_models::Tell>(&effect)) {
      to_shard(tell->seen.partition.value,
               [seen = tell->seen](user_shard::State& state) { return state.handle(seen); });
    } else if (std::holds_alternative<fast_models::Advanced>(effect)) {
      snapshots_moved();
      to_model([](model::State& state) { return state.handle(model::SnapshotsMoved{}); });
    } else if (auto* write = std::get_if<fast_models::Write>(&effect)) {
      seen_store_->write(fast_models::kSpace, std::move(write->batch),
                         answered<Written>(kModels, [this](Written written) {
                           mailboxes_[kModels].send([this, ok = written.ok()] {
                             carry_out(models_->handle(fast_models::CheckpointWritten{ok}));
                           });
                         }));
    }
  }
}

ports::TailSink Node::sink_of(std::size_t actor) {
  ports::TailSink sink;
  sink.on_entries = [this, actor](std::vector<ports::LogEntry> entries) {
    mailboxes_[actor].send([this, actor, entries = std::move(entries)] {
      if (actor == kCatalog)
        carry_out(catalog_->handle(catalog::Entries{entries}));
      else
        take_models(entries);
    });
  };
  sink.on_caught_up = [this, actor](std::uint64_t end) {
    mailboxes_[actor].send([this, actor, end] {
      if (actor == kCatalog)
        carry_out(catalog_->handle(catalog::CaughtUp{end}));
      else
        carry_out(models_->handle(fast_models::CaughtUp{end}));
    });
  };
  sink.on_error = [this, actor](ports::LogError error) {
    mailboxes_[actor].send([this, actor, error] {
      if (actor == kCatalog)
        carry_out(catalog_->handle(catalog::TailFailed{error}));
      else
        carry_out(models_->handle(fast_models::TailFailed{error}));
    });
  };
  return sink;
}

void Node::take_models(const std::vector<ports::LogEntry>& entries) {
  if (plan_.planted != Planted::kPublishWithoutExpecting)
    return carry_out(models_->handle(fast_models::Entries{entries}));
  for (ports::LogEntry entry : entries) {
    const auto models = models_cell_.get();
    entry.bytes = with_current_expects(entry.bytes, *models->solved);
    carry_out(models_->handle(fast_models::Entries{{std::move(entry)}}));
  }
}

// ---- shards ----

void Node::start_shard(std::uint16_t partition) {
  Shard& shard = shards_[partition];
  mailboxes_[kFirstShard + partition].open();
  const user_shard::Settings settings{.partition = {partition},
                                      .partitions = plan_.partitions,
                                      .node = static_cast<std::uint16_t>(around_.number + 1),
                                      .writer = writer(kShardWriter + partition),
                                      .seed = random_.next(),
                                      .memory_max = kMemoryMax,
                                      .replay_memory_max = 2 * kMemoryMax,
                                      .pace = {kSecond, 32, 1, 8}};
  shard.state = std::make_unique<user_shard::State>(
      settings, *seen_store_, user_shard::State::Views{library_cell_, models_cell_}, *shard.probe);
  carry_out(partition, shard.state->start());
}

user_shard::Opened Node::look(std::uint16_t partition, const user_shard::Open& open) {
  user_shard::Opened found;
  found.incarnation = log_->incarnation();
  const auto epoch = log_->next_epoch();
  const auto bounds = log_->bounds(events(partition));
  const auto models = log_->bounds(kModelsStream);
  if (!epoch.ok()) found.error = epoch.error();
  if (!bounds.ok()) found.error = bounds.error();
  if (!models.ok()) found.error = models.error();
  if (found.error) return found;
  found.epoch = epoch.value() * gateway::AppendLane::kEpochsPerStart;
  found.events = bounds.value();
  shards_[partition].start_end = found.events.end;
  found.models_end = models.value().end;
  if (open.last) {
    auto entries = log_->read(events(partition), *open.last, 1);
    if (entries.ok() && !entries.value().empty() && entries.value().front().offset == *open.last) {
      found.last = entries.value().front().bytes;
      if (plan_.planted == Planted::kCountUnconsentedEvent) found.last = with_all_purposes(*found.last);
    }
  }
  if (plan_.planted == Planted::kServeBeforeCaughtUp)
    found.events.end = open.last ? *open.last + 1 : found.events.begin;
  return found;
}

void Node::send_one_by_one(std::uint16_t partition, std::vector<ports::LogEntry> entries) {
  for (ports::LogEntry& entry : entries)
    to_shard(partition, [entry = std::move(entry)](user_shard::State& state) {
      ports::LogEntry taken = entry;
      taken.bytes = with_newest_adopts(taken.bytes, state.partition_state());
      return state.handle(user_shard::Entries{{std::move(taken)}});
    });
}

ports::TailSink Node::sink_of_shard(std::uint16_t partition) {
  ports::TailSink sink;
  sink.on_entries = [this, partition](std::vector<ports::LogEntry> entries) {
    if (plan_.planted == Planted::kCountUnconsentedEvent) {
      for (auto& entry : entries) entry.bytes = with_all_purposes(entry.bytes);
    }
    if (plan_.planted == Planted::kAdoptBackwards) return send_one_by_one(partition, std::move(entries));
    to_shard(partition, [entries = std::move(entries)](user_shard::State& state) {
      return state.handle(user_shard::Entries{entries});
    });
  };
  sink.on_caught_up = [this, partition](std::uint64_t end) {
    to_shard(partition, [end](user_shard::State& state) { return state.handle(user_shard::CaughtUp{end}); });
  };
  sink.on_error = [this, partition](ports::LogError error) {
    to_shard(partition,
             [error](user_shard::State& state) { return state.handle(user_shard::TailFailed{error}); });
  };
  return sink;
}

user_shard::LogEnd Node::end_of(std::uint16_t partition) const {
  const auto bounds = log_->bounds(events(partition));
  return bounds.ok() ? user_shard::LogEnd{bounds.value().end} : user_shard::LogEnd{bounds.error()};
}

namespace {
bool says_quit(const user_shard::Effects& effects) {
  return std::any_of(effects.begin(), effects.end(), [](const user_shard::Effect& effect) {
    return std::holds_alternative<user_shard::Quit>(effect);
  });
}
} // namespace

void Node::carry_out(std::uint16_t partition, user_shard::Effects effects) {
  Shard& shard = shards_[partition];
  const std::size_t self = kFirstShard + partition;
  const bool quits = says_quit(effects);
  for (auto& effect : effects) {
    if (const auto* open = std::get_if<user_shard::Open>(&effect)) {
      to_shard(partition,
               [found = look(partition, *open)](user_shard::State& state) { return state.handle(found); });
    } else if (std::holds_alternative<user_shard::LookAtEnd>(effect)) {
      to_shard(partition, [end = end_of(partition)](user_shard::State& state) { return state.handle(end); });
    } else if (const auto* tail = std::get_if<user_shard::Tail>(&effect)) {
      shard.tail = log_->tail(events(partition), tail->from, sink_of_shard(partition));
    } else if (const auto* consumed = std::get_if<user_shard::Consumed>(&effect)) {
      if (shard.tail) shard.tail->consumed(consumed->bytes);
    } else if (const auto* read = std::get_if<user_shard::ReadModels>(&effect)) {
      // Small slices, so that others are heard in between.
      user_shard::ModelsRead slice{log_->read(kModelsStream, read->from, 1)};
      to_shard(partition, [slice](user_shard::State& state) { return state.handle(slice); });
    } else if (auto* produced = std::get_if<user_shard::Produce>(&effect)) {
      auto on_verdict = answered<ports::Verdict>(
          self, [this, partition, append = produced->append](ports::Verdict verdict) {
            to_shard(partition, [append, verdict](user_shard::State& state) {
              return state.handle(user_shard::Appended{append, verdict});
            });
          });
      if (plan_.planted == Planted::kLoseMerge && produced->append >= user_shard::kOutboxAppends)
        on_verdict({ports::Verdict::Kind::kAcked, 0, {}});
      else
        log_->produce(produced->stream, std::move(produced->entry), std::move(on_verdict));
    } else if (const auto* take = std::get_if<user_shard::TakeTurn>(&effect)) {
      const user_shard::TurnCame came{take->work, take->number};
      to_shard(partition, [came](user_shard::State& state) { return state.handle(came); });
    } else if (const auto* next = std::get_if<user_shard::NextSlice>(&effect)) {
      to_shard(partition, [next = *next](user_shard::State& state) { return state.handle(next); });
    } else if (auto* write = std::get_if<user_shard::Write>(&effect)) {
      seen_store_->write(user_shard::space_of({partition}), std::move(write->batch),
                         answered<Written>(self, [this, partition](Written written) {
                           const auto flushed = written.ok() ? user_shard::Flushed{true, {}}
                                                             : user_shard::Flushed{false, written.error()};
                           to_shard(partition,
                                    [flushed](user_shard::State& state) { return state.handle(flushed); });
                         }));
    } else if (auto* reply = std::get_if<user_shard::Reply>(&effect)) {
      relay_ ? relay_->reply(std::move(reply->answers)) : clients_.reply(std::move(reply->answers));
    } else if (auto* answer = std::get_if<user_shard::Answer>(&effect)) {
      send(std::move(answer->done));
    } else if (auto* back = std::get_if<user_shard::HandBack>(&effect)) {
      relay_ ? relay_->hand_back(std::move(*back)) : hand_back(std::move(*back));
    } else if (auto* report = std::get_if<user_shard::Report>(&effect)) {
      to_gateway([this, settled = report->settled](gateway::State& state) {
        return state.on(settled, clock_.steady_us());
      });
    } else if (auto* round = std::get_if<user_shard::TellRound>(&effect)) {
      send(std::move(round->report));
    } else if (auto* stand = std::get_if<user_shard::Stand>(&effect)) {
      shard.standing = std::make_shared<const user_shard::Standing>(std::move(stand->standing));
    }
  }
  if (quits) kill(self);
}

} // namespace kindred::simulation
