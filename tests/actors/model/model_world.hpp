#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/gateway/contract.hpp"
#include "actors/model/state.hpp"
#include "tests/actors/model/scripted_shards.hpp"

namespace kindred::actors::model {

/// A model actor's state with scripted shards, a models log and its fold, in one thread: effects are carried out at once,
/// what answers them comes as messages that `run` hands over in order. Clock by hand.
class ModelWorld {
public:
  enum class Fate { kTaken, kRefused, kUnknownTaken, kUnknownLost, kNoVerdict };
  static constexpr std::uint16_t kPartitions = 3;
  static constexpr std::uint64_t kIncarnation = 44;

  static State::Settings usual(Duration cadence = kDay, bool follows_events = false) {
    State::Settings settings;
    settings.learner = "ranker";
    settings.partitions = kPartitions;
    settings.writer = {300};
    settings.cadence = cadence;
    settings.follows_events = follows_events;
    return settings;
  }
  explicit ModelWorld(State::Settings with = usual())
      : settings(std::move(with)), shards(settings.partitions) {
    for (std::uint16_t p = 0; p < kPartitions; ++p)
      standings_of_shards[p] = std::make_shared<user_shard::Standing>();
    publish_library();
  }

  /// A new actor; what was on its way to the old one is lost. It hears of the time with the first `pass`.
  void begin_life() {
    queue_.clear();
    unanswered.clear();
    state.emplace(
        settings,
        State::Views{library_cell, models_cell,
                     [this](PartitionId partition) { return standings_of_shards.at(partition.value); },
                     [this] { return mine; }},
        probe);
    carry_out(state->start());
    run();
  }
  void begin() {
    begin_life();
    pass({});
  }
  void run() {
    for (int messages = 0; !queue_.empty(); ++messages) {
      if (messages == 20'000) {
        ADD_FAILURE() << "it never comes to rest";
        queue_.clear();
        return;
      }
      const auto message = std::move(queue_.front());
      queue_.pop_front();
      message();
    }
  }
  void pass(Duration d) {
    now = now + d;
    steady_us += d.us;
    deliver(Pulse{now, steady_us});
  }
  template <class Message>
  void deliver(Message message) {
    post([this, message = std::move(message)]() mutable { carry_out(state->handle(std::move(message))); });
    run();
  }
  std::uint64_t settle(Instant at) {
    deliver(Settle{++last_ticket_, at});
    return last_ticket_;
  }
  std::uint64_t ask(api::Query query, TenantId tenant = kDefaultTenant) {
    deliver(Ask{++last_ticket_, 3, tenant, now, std::move(query)});
    return last_ticket_;
  }
  /// The answer to it; null: none yet.
  const user_shard::PartDone* done(std::uint64_t ticket) const {
    for (const auto& one : answers)
      if (one.ticket == ticket) return &one;
    return nullptr;
  }
  api::AnswerBody body(std::uint64_t ticket) const {
    const auto* one = done(ticket);
    if (one != nullptr && one->items.size() == 1 && one->items[0].query == 3) return one->items[0].body;
    ADD_FAILURE() << "no answer";
    return api::Error{};
  }
  api::ErrorCode code(std::uint64_t ticket) const {
    const auto answer = body(ticket);
    const auto* error = std::get_if<api::Error>(&answer);
    return error != nullptr ? error->code : api::ErrorCode{};
  }
  /// The models log's fold goes on.
  void fold() {
    models.fold();
    deliver(SnapshotsMoved{});
  }
  /// Shards answer what they did not hear.
  void catch_up() {
    hears = nullptr;
    for (const auto& message : std::exchange(unanswered, {})) to_shard(message);
    run();
  }
  void put_tenant(TenantId id, const std::string& name, bool removed = false) {
    records::Record record;
    record.header.type = records::RecordType::kTenant;
    records::Tenant tenant;
    tenant.id = id.value;
    tenant.name = name;
    tenant.removed = removed;
    record.body = tenant;
    ASSERT_TRUE(library.apply(record).ok());
    publish_library();
  }
  void publish_library() {
    library_cell.publish(std::make_shared<const catalog::Snapshot>(catalog::Snapshot{library, 1}));
  }

  /// Numbers of the rounds that shards were told to open, each once, in order.
  std::vector<std::uint64_t> opened() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& open : sent<user_shard::OpenRound>())
      if (numbers.empty() || numbers.back() != open.round) numbers.push_back(open.round);
    return numbers;
  }
  template <class Message>
  std::vector<Message> sent() const {
    std::vector<Message> found;
    for (const auto& one : told)
      if (const auto* message = std::get_if<Message>(&one.message)) found.push_back(*message);
    return found;
  }
  Rounds standing(TenantId tenant = kDefaultTenant) const {
    return standings.empty() || !standings.back().tenants.contains(tenant)
               ? Rounds{}
               : standings.back().tenants.at(tenant);
  }

  const State::Settings settings;
  kindred::catalog::Library library;
  ports::SnapshotCell<catalog::Snapshot> library_cell;
  ports::SnapshotCell<fast_models::Snapshot> models_cell;
  ModelsFold models{models_cell};
  ScriptedShards shards;
  std::map<std::uint16_t, std::shared_ptr<user_shard::Standing>> standings_of_shards;
  Probe probe;
  std::optional<State> state;
  Instant now = rounds::kAsOf; ///< noon
  std::int64_t steady_us = 7'000'000'000;
  std::uint64_t epoch = 0;

  std::vector<Rounds> ended;                 ///< what operators heard of
  std::function<bool(const ToShard&)> hears; ///< none: all do
  std::vector<ToShard> unanswered;           ///< what was not heard
  std::deque<Fate> fates;                    ///< of the next appends; then all are taken
  bool mine = true;                          ///< whether this node runs the learner
  bool folds = true;                         ///< false: only when told to
  std::optional<ports::LogError> open_error;

  std::vector<ToShard> told;
  std::vector<Bytes> produced;
  std::vector<user_shard::PartDone> answers;
  std::vector<Settled> settled;
  std::vector<Standing> standings;
  std::vector<std::string> quits;

private:
  void post(std::function<void()> message) { queue_.push_back(std::move(message)); }
  void carry_out(Effects effects) {
    for (auto& effect : effects) std::visit([this](auto& one) { one_effect(one); }, effect);
  }
  void one_effect(const Open&) { deliver_later(Opened{kIncarnation, ++epoch, open_error}); }
  void one_effect(Produce& produce) {
    produced.push_back(produce.entry);
    Fate fate = Fate::kTaken;
    if (!fates.empty()) {
      fate = fates.front();
      fates.pop_front();
    }
    ports::Verdict verdict;
    verdict.error = ports::LogError::kDiskFull;
    if (fate == Fate::kTaken || fate == Fate::kUnknownTaken) verdict.offset = models.append(produce.entry);
    if (fate == Fate::kTaken) verdict.kind = ports::Verdict::Kind::kAcked;
    if (fate == Fate::kRefused) verdict.kind = ports::Verdict::Kind::kRefused;
    if (fate != Fate::kNoVerdict) deliver_later(Appended{verdict});
    if (folds)
      post([this] {
        models.fold();
        carry_out(state->handle(SnapshotsMoved{}));
      });
  }
  void one_effect(ToShard& message) {
    told.push_back(message);
    to_shard(message);
  }
  void to_shard(const ToShard& message) {
    if (hears && !hears(message)) return unanswered.push_back(message);
    std::visit([this](auto report) { deliver_later(std::move(report)); }, shards.answer(message));
  }
  void one_effect(Answer& answer) { answers.push_back(std::move(answer.done)); }
  void one_effect(Report& report) { settled.push_back(std::move(report.settled)); }
  void one_effect(const Ended& one) { ended.push_back(one.rounds); }
  void one_effect(Stand& stand) { standings.push_back(std::move(stand.standing)); }
  void one_effect(Quit& quit) { quits.push_back(std::move(quit.why)); }
  template <class Message>
  void deliver_later(Message message) {
    post([this, message = std::move(message)]() mutable { carry_out(state->handle(std::move(message))); });
  }

  std::deque<std::function<void()>> queue_;
  std::uint64_t last_ticket_ = 0;
};

} // namespace kindred::actors::model
