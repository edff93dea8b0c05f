#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/gateway/state.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::gateway {

/// A gateway's state with a log, a catalog and shards that are played by hand: what it asks of the world is collected,
/// what the world answers is called by the test. One thread, time by hand.
class GatewayWorld {
public:
  static constexpr std::uint64_t kIncarnation = 77;

  explicit GatewayWorld(bool follows_events = false, std::uint16_t partitions = 4,
                        std::vector<std::string> learners = {},
                        std::function<bool(PartitionId)> is_outbox_full = {}) {
    Settings settings;
    settings.partitions = partitions;
    settings.incarnation = kIncarnation;
    settings.writer = {5};
    settings.epoch = 1;
    settings.follows_events = follows_events;
    settings.seed = 9;
    settings.ends.assign(partitions, 0);
    settings.learners = std::move(learners);
    settings.fold_newest = records::kFoldFirst + 1;
    publish();
    Views views{library_cell, models_cell, [this] {
                  api::Status status;
                  status.ready = ready;
                  return status;
                }};
    views.is_outbox_full = std::move(is_outbox_full);
    state = std::make_unique<State>(settings, std::move(views), probe);
  }

  /// Publishes the library as it is, with everything below `library_end`.
  void publish() {
    library_cell.publish(std::make_shared<const catalog::Snapshot>(catalog::Snapshot{library, library_end}));
  }
  void put_item(const std::string& item, std::vector<records::Property> attributes = {}) {
    records::Record record;
    record.header.type = records::RecordType::kItem;
    record.header.id = {1, ++item_count};
    records::Item body;
    body.item = item;
    body.attributes = std::move(attributes);
    record.body = body;
    ASSERT_TRUE(library.apply(record).ok());
    publish();
  }

  api::Request request(std::vector<api::Query> queries) const {
    api::Request request;
    request.request_id = 42;
    request.queries = std::move(queries);
    return request;
  }
  void send(const api::Request& request) { send_bytes(schemas::encode_request(request)); }
  void send_bytes(Bytes bytes) {
    Requests requests;
    requests.requests.push_back({{1, ++last_reply}, std::move(bytes)});
    requests.now = now;
    requests.steady_us = steady_us;
    take(state->on(std::move(requests)));
  }
  /// The verdict of the oldest entry that has none.
  void verdict(ports::Verdict verdict) {
    ASSERT_FALSE(appends.empty());
    const std::uint64_t append = appends.front().append;
    appends.erase(appends.begin());
    take(state->on(Appended{append, verdict}, steady_us));
  }
  void ack_all() {
    while (!appends.empty()) {
      const auto& entry = appends.front();
      decoded.push_back(schemas::decode_entry(entry.entry).take());
      const bool is_library = entry.stream.topic == records::Topic::kLibrary;
      verdict({ports::Verdict::Kind::kAcked, offsets[entry.stream]++, {}});
      if (is_library) fold_library(decoded.back());
    }
  }
  void fold_library(const records::Entry& entry) {
    for (const auto& record : entry.records) EXPECT_TRUE(library.apply(record).ok());
    library_end = offsets[{records::Topic::kLibrary, {}}];
    publish();
    take(state->on(LibraryAdvanced{library_end, {}}, steady_us));
  }
  /// Answers the oldest ask with this body for each of its queries.
  void answer(api::AnswerBody body, records::Positions positions = {}) {
    ASSERT_FALSE(asks.empty());
    const auto [partition, ask] = asks.front();
    asks.erase(asks.begin());
    PartDone done{ask.ticket, partition.value, {}, std::move(positions), 0};
    for (const auto& item : ask.items) done.items.push_back({item.query, body});
    take(state->on(std::move(done), steady_us));
  }
  void settle_all() {
    while (!settles.empty()) {
      const auto [partition, settle] = settles.front();
      settles.erase(settles.begin());
      take(state->on(Settled{settle.ticket, partition.value, settle.end, {}}, steady_us));
    }
  }
  /// The model actors' answer to the oldest barrier that was opened there.
  void settle_model(std::optional<Instant> next_due = std::nullopt) {
    ASSERT_FALSE(model_settles.empty());
    const auto [learner, settle] = model_settles.front();
    model_settles.erase(model_settles.begin());
    take(state->on(model::Settled{settle.ticket, learner, next_due, 0}, steady_us));
  }
  /// A model actor's answer to the oldest ask.
  void answer_model(api::AnswerBody body, records::Positions positions = {}) {
    ASSERT_FALSE(model_asks.empty());
    const model::Ask ask = model_asks.front().second;
    model_asks.erase(model_asks.begin());
    PartDone done{ask.ticket, model::kNoPartition, {}, std::move(positions), 0};
    done.items.push_back({ask.query, std::move(body)});
    take(state->on(std::move(done), steady_us));
  }
  void pass(Duration time) {
    now = now + time;
    steady_us += time.us;
    take(state->on(Pulse{now, steady_us}));
  }
  void take(Effects effects) {
    if (effects.clock) clock = *effects.clock;
    for (auto& one : effects.appends) appends.push_back(std::move(one));
    for (auto& one : effects.settles) settles.push_back(std::move(one));
    for (auto& one : effects.asks) asks.push_back(std::move(one));
    for (auto& one : effects.model_settles) model_settles.push_back(std::move(one));
    for (auto& one : effects.model_asks) model_asks.push_back(std::move(one));
    for (auto& one : effects.replies) {
      auto answer = schemas::decode_answer(one.bytes);
      ASSERT_TRUE(answer.ok()) << answer.error().what;
      answers.push_back(answer.take());
    }
  }
  /// The only answer there is; taken out.
  api::Answer answered() {
    EXPECT_EQ(answers.size(), 1u);
    if (answers.empty()) return {};
    api::Answer answer = std::move(answers.front());
    answers.clear();
    return answer;
  }

  bool ready = true; ///< what the node says of itself
  Instant now{1'700'000'000 * kSecond.us};
  std::int64_t steady_us = 1'000'000;
  kindred::catalog::Library library;
  std::uint64_t library_end = 0;
  std::uint64_t item_count = 0;
  std::uint64_t last_reply = 0;
  ports::SnapshotCell<catalog::Snapshot> library_cell;
  ports::SnapshotCell<fast_models::Snapshot> models_cell;
  Probe probe;
  std::unique_ptr<State> state;

  std::map<records::Stream, std::uint64_t> offsets;
  std::vector<records::Entry> decoded; ///< entries acknowledged
  std::optional<Instant> clock;
  std::vector<Effects::Produce> appends;
  std::vector<std::pair<PartitionId, user_shard::Settle>> settles;
  std::vector<std::pair<PartitionId, user_shard::Ask>> asks;
  std::vector<std::pair<std::string, model::Settle>> model_settles;
  std::vector<std::pair<std::string, model::Ask>> model_asks;
  std::vector<api::Answer> answers;
};

inline api::Track view(std::string user, std::string item = "", std::string message = "") {
  api::Track track;
  track.event.user_id = std::move(user);
  track.event.type = records::EventType::kView;
  track.event.item = std::move(item);
  track.event.message_id = std::move(message);
  return track;
}
inline api::Decide decide(std::string user, std::optional<Instant> time = std::nullopt) {
  api::Decide query;
  query.user_id = std::move(user);
  query.time = time;
  return query;
}
inline api::ErrorCode code_of(const api::AnswerBody& body) {
  const auto* error = std::get_if<api::Error>(&body);
  return error ? error->code : api::ErrorCode{};
}

} // namespace kindred::actors::gateway
