#include "tests/actors/user_shard/shard_world.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"

namespace kindred::actors::user_shard {

namespace {
const records::Stream kModelsLog{records::Topic::kModels, {}};
const records::Stream kLibraryLog{records::Topic::kLibrary, {}};
constexpr WriterId kGateway{77};
constexpr WriterId kShard{100};
} // namespace

void ShardWorld::begin_life() {
  log = std::make_unique<support::MemoryLog>(log_disk, support::MemoryLog::Settings{.partitions = 1});
  store = std::make_unique<support::MemoryStore>(store_disk, false);
  gateway_epoch_ = log->next_epoch().value();
  gateway_sequence_ = 0;
  catalog_state.emplace(*store, catalog_probe);
  carry_out(catalog_state->start());
  models_state.emplace(fast_models::State::Settings{.partitions = 1}, *store, models_probe);
  carry_out(models_state->start());
  shard.emplace(Settings{.partition = {},
                         .node = 1,
                         .writer = kShard,
                         .follows_events = follows_events_,
                         .memory_max = memory_max_,
                         .replay_memory_max = 2 * memory_max_},
                *store, State::Views{library, models}, probe);
  carry_out(shard->start());
  carry_out(shard->handle(Pulse{now, steady_us}));
  run();
}

void ShardWorld::crash() {
  shard_tail_.reset();
  models_tail_.reset();
  library_tail_.reset();
  queue_.clear();
  held_tail_.clear();
  held_models_.clear();
  shard.reset();
  library.publish(nullptr);
  models.publish(nullptr);
  log.reset();
  store.reset();
}

void ShardWorld::run() {
  const auto release = [this](std::deque<std::function<void()>>& held) {
    for (auto& message : std::exchange(held, {})) queue_.push_back(std::move(message));
  };
  if (tail_runs) release(held_tail_);
  if (models_run) release(held_models_);
  while (step()) {
  }
}

bool ShardWorld::step() {
  if (queue_.empty()) return false;
  const auto message = std::move(queue_.front());
  queue_.pop_front();
  message();
  return true;
}

void ShardWorld::pass(Duration d) {
  now = now + d;
  steady_us += d.us;
  carry_out(models_state->handle(fast_models::Pulse{now, steady_us}));
  carry_out(catalog_state->handle(catalog::Pulse{now, steady_us}));
  carry_out(shard->handle(Pulse{now, steady_us}));
  run();
}

records::Record ShardWorld::record(records::Body body, records::RecordType type, const std::string& user,
                                   std::uint64_t number, Instant stamp) {
  records::Record record;
  record.header.type = type;
  record.header.slot = slot_of(kDefaultTenant, user);
  record.header.id = {1, number};
  record.header.stamp = stamp;
  record.body = std::move(body);
  return record;
}

records::Record ShardWorld::event(std::string user, std::string item, Instant time, std::uint64_t number,
                                  records::EventType type) {
  records::Event event;
  event.user_id = user;
  event.message_id = "m" + std::to_string(number);
  event.type = type;
  event.event_time = time;
  event.item = std::move(item);
  return record(std::move(event), records::RecordType::kEvent, user, number, time);
}

records::Position ShardWorld::track(std::vector<records::Record> records) {
  const records::Authorship author{kGateway, gateway_epoch_, ++gateway_sequence_};
  const auto offset = std::make_shared<std::uint64_t>(0); // a log that is held gives its verdict later
  log->produce(stream(), schemas::encode_entry({author, std::move(records)}),
               [offset](ports::Verdict verdict) { *offset = verdict.offset; });
  run();
  return {log->incarnation(), stream(), *offset, 0, author};
}

records::Position ShardWorld::track(std::string user, std::string item, records::EventType type) {
  return track({event(std::move(user), std::move(item), now, ++number, type)});
}

void ShardWorld::put_item(std::string name) {
  records::Item item;
  item.item = std::move(name);
  item.published = {1};
  records::Record one;
  one.header.type = records::RecordType::kItem;
  one.header.id = {2, ++number};
  one.header.stamp = now;
  one.body = std::move(item);
  log->produce(kLibraryLog, schemas::encode_entry({{kGateway, gateway_epoch_, ++number}, {std::move(one)}}),
               [](ports::Verdict) {});
  run();
}

void ShardWorld::put_tenant(records::Tenant tenant) {
  records::Record one;
  one.header.type = records::RecordType::kTenant;
  one.header.id = {2, ++number};
  one.body = std::move(tenant);
  log->produce(kLibraryLog, schemas::encode_entry({{kGateway, gateway_epoch_, ++number}, {std::move(one)}}),
               [](ports::Verdict) {});
  run();
}

std::uint64_t ShardWorld::ask(std::vector<api::Query> queries, records::Positions positions, bool durable,
                              Duration deadline) {
  Ask ask{++last_ticket_, kDefaultTenant, now, steady_us + deadline.us, std::move(positions), durable, {}};
  for (std::uint32_t i = 0; i < queries.size(); ++i) ask.items.push_back({i, std::move(queries[i])});
  to_shard(std::move(ask));
  run();
  return last_ticket_;
}

api::AnswerBody ShardWorld::one(api::Query query, records::Positions positions, bool durable) {
  std::vector<api::Query> queries;
  queries.push_back(std::move(query));
  const auto* answer = done(ask(std::move(queries), std::move(positions), durable));
  if (answer == nullptr || answer->items.size() != 1) {
    ADD_FAILURE() << "no answer";
    return api::Error{};
  }
  return answer->items[0].body;
}

void ShardWorld::forward(const api::Request& request) {
  Forward forward;
  forward.now = now;
  forward.requests.push_back({{1, 9}, schemas::encode_request(request), kDefaultTenant});
  to_shard(std::move(forward));
  run();
}

std::uint64_t ShardWorld::settle() {
  to_shard(Settle{++last_ticket_, log->bounds(stream()).value().end, now});
  run();
  return last_ticket_;
}

void ShardWorld::recalled(std::uint64_t job, api::AnswerBody body) {
  to_shard(replay::Recalled{job, {}, std::move(body)});
  run();
}

const PartDone* ShardWorld::done(std::uint64_t ticket) const {
  for (const auto& part : parts) {
    if (part.ticket == ticket) return &part;
  }
  return nullptr;
}

std::vector<records::Record> ShardWorld::logged(records::Stream stream) const {
  std::vector<records::Record> records;
  for (const auto& [offset, bytes] : log_disk->tapes[stream].entries) {
    const auto entry = schemas::decode_entry(bytes);
    if (!entry.ok()) continue;
    for (const auto& one : entry.value().records) records.push_back(one);
  }
  return records;
}

// ---- effects ----

void ShardWorld::carry_out(catalog::Effects effects) {
  for (auto& effect : effects) {
    if (std::holds_alternative<catalog::Open>(effect))
      carry_out(catalog_state->opened({log->incarnation(), log->bounds(kLibraryLog)}));
    if (auto* publish = std::get_if<catalog::Publish>(&effect)) library.publish(publish->snapshot);
    if (std::holds_alternative<catalog::Tell>(effect)) {
      send([this] {
        if (shard) carry_out(shard->handle(SnapshotsMoved{}));
      });
    }
    if (auto* tail = std::get_if<catalog::Tail>(&effect)) {
      library_tail_ = log->tail(
          kLibraryLog, tail->from,
          {.on_entries =
               [this](std::vector<ports::LogEntry> entries) {
                 send([this, entries] { carry_out(catalog_state->handle(catalog::Entries{entries})); });
               },
           .on_caught_up =
               [this](std::uint64_t end) {
                 send([this, end] { carry_out(catalog_state->handle(catalog::CaughtUp{end})); });
               },
           .on_error = [](ports::LogError) {}});
    }
    if (auto* eaten = std::get_if<catalog::Consumed>(&effect)) library_tail_->consumed(eaten->bytes);
    if (auto* write = std::get_if<catalog::Write>(&effect)) {
      store->write(catalog::kSpace, write->batch, [this](const Result<Done, ports::StoreError>& written) {
        send([this, ok = written.ok()] { carry_out(catalog_state->handle(catalog::CheckpointWritten{ok})); });
      });
    }
  }
}

void ShardWorld::carry_out(fast_models::Effects effects) {
  for (auto& effect : effects) {
    if (std::holds_alternative<fast_models::Open>(effect))
      carry_out(models_state->opened({log->incarnation(), log->bounds(kModelsLog)}));
    if (auto* publish = std::get_if<fast_models::Publish>(&effect)) models.publish(publish->snapshot);
    if (auto* tell = std::get_if<fast_models::Tell>(&effect)) {
      seen.push_back(tell->seen);
      to_shard(tell->seen);
    }
    if (std::holds_alternative<fast_models::Advanced>(effect)) {
      send([this] {
        if (shard) carry_out(shard->handle(SnapshotsMoved{}));
      });
    }
    if (auto* tail = std::get_if<fast_models::Tail>(&effect)) {
      models_tail_ = log->tail(kModelsLog, tail->from,
                               {.on_entries =
                                    [this](std::vector<ports::LogEntry> entries) {
                                      auto message = [this, entries] {
                                        carry_out(models_state->handle(fast_models::Entries{entries}));
                                      };
                                      models_run ? send(message) : held_models_.push_back(message);
                                    },
                                .on_caught_up =
                                    [this](std::uint64_t end) {
                                      auto message = [this, end] {
                                        carry_out(models_state->handle(fast_models::CaughtUp{end}));
                                      };
                                      models_run ? send(message) : held_models_.push_back(message);
                                    },
                                .on_error = [](ports::LogError) {}});
    }
    if (auto* eaten = std::get_if<fast_models::Consumed>(&effect)) models_tail_->consumed(eaten->bytes);
    if (auto* write = std::get_if<fast_models::Write>(&effect)) {
      store->write(fast_models::kSpace, write->batch, [this](const Result<Done, ports::StoreError>& written) {
        send([this, ok = written.ok()] {
          carry_out(models_state->handle(fast_models::CheckpointWritten{ok}));
        });
      });
    }
  }
}

void ShardWorld::carry_out(Effects effects) {
  for (auto& effect : effects) one_effect(effect);
}

void ShardWorld::one_effect(Effect& effect) {
  if (auto* look = std::get_if<Open>(&effect)) open(*look);
  if (std::holds_alternative<LookAtEnd>(effect)) to_shard(LogEnd{log->bounds(stream()).value().end});
  if (auto* tail = std::get_if<Tail>(&effect)) {
    const auto deliver = [this](std::function<void()> message) {
      tail_runs ? send(std::move(message)) : held_tail_.push_back(std::move(message));
    };
    shard_tail_ = log->tail(stream(), tail->from,
                            {.on_entries =
                                 [this, deliver](std::vector<ports::LogEntry> entries) {
                                   deliver([this, entries] { carry_out(shard->handle(Entries{entries})); });
                                 },
                             .on_caught_up =
                                 [this, deliver](std::uint64_t end) {
                                   deliver([this, end] { carry_out(shard->handle(CaughtUp{end})); });
                                 },
                             .on_error = [this](ports::LogError error) { to_shard(TailFailed{error}); }});
  }
  if (auto* eaten = std::get_if<Consumed>(&effect)) {
    consumed += eaten->bytes;
    shard_tail_->consumed(eaten->bytes);
  }
  if (auto* read = std::get_if<ReadModels>(&effect))
    to_shard(ModelsRead{log->read(kModelsLog, read->from, models_slice_bytes)});
  if (auto* produce = std::get_if<Produce>(&effect)) {
    log->produce(produce->stream, produce->entry, [this, append = produce->append](ports::Verdict verdict) {
      to_shard(Appended{append, verdict});
    });
  }
  if (const auto* next = std::get_if<NextSlice>(&effect)) to_shard(*next);
  if (const auto* take = std::get_if<TakeTurn>(&effect)) {
    asked_turns.push_back(*take);
    if (gives_turns) to_shard(TurnCame{take->work, take->number});
  }
  if (const auto* give = std::get_if<GiveTurn>(&effect)) returned_turns.push_back(give->work);
  if (auto* write = std::get_if<Write>(&effect)) {
    store->write(space_of({}), write->batch, [this](const Result<Done, ports::StoreError>& written) {
      to_shard(written.ok() ? Flushed{true, {}} : Flushed{false, written.error()});
    });
  }
  if (auto* reply = std::get_if<Reply>(&effect)) {
    for (const auto& answer : reply->answers) replies.push_back(schemas::decode_answer(answer.bytes).value());
  }
  if (auto* publish = std::get_if<Publish>(&effect))
    notifications.push_back(schemas::decode_notification(publish->notification).value());
  if (auto* answer = std::get_if<Answer>(&effect)) parts.push_back(std::move(answer->done));
  if (auto* back = std::get_if<HandBack>(&effect)) handed_back.push_back(std::move(*back));
  if (auto* report = std::get_if<Report>(&effect)) settled.push_back(report->settled);
  if (auto* recollect = std::get_if<Recollect>(&effect)) recalls.push_back(recollect->recall);
  if (auto* tell = std::get_if<TellRound>(&effect)) reports.push_back(std::move(tell->report));
  if (auto* stand = std::get_if<Stand>(&effect)) standings.push_back(stand->standing);
  if (std::holds_alternative<Quit>(effect)) ++quits;
}

void ShardWorld::open(const Open& open) {
  Opened opened;
  opened.incarnation = log->incarnation();
  opened.epoch = log->next_epoch().value() * gateway::AppendLane::kEpochsPerStart;
  opened.events = log->bounds(stream()).value();
  opened.models_end = log->bounds(kModelsLog).value().end;
  if (open.last && *open.last >= opened.events.begin && *open.last < opened.events.end)
    opened.last = log->read(stream(), *open.last, 1).value().front().bytes;
  carry_out(shard->handle(std::move(opened)));
}

} // namespace kindred::actors::user_shard
