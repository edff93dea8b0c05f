#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/catalog/state.hpp"
#include "actors/fast_models/state.hpp"
#include "actors/user_shard/state.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::user_shard {

/// A shard with the real fast models and catalog states beside it, on a log and a store in memory, in one thread:
/// effects are carried out at once, what answers them comes as messages that `run` hands over in order.
/// One partition, clock by hand. `crash` ends the process: only disks stay.
class ShardWorld {
public:
  explicit ShardWorld(bool follows_events = false, std::size_t memory_max = 256 << 20)
      : follows_events_(follows_events), memory_max_(memory_max) {
    begin_life();
  }

  void begin_life();
  void crash();
  void run();
  /// Hands over the next message alone; false: there is none.
  bool step();
  /// Time goes on, everybody hears the pulse.
  void pass(Duration d);
  /// What the shard itself answered to a message that did not come through the queue.
  void carry_out(Effects effects);

  // ---- what goes in ----
  /// Appends one entry of events by a gateway; returns its position.
  records::Position track(std::vector<records::Record> records);
  records::Position track(std::string user, std::string item,
                          records::EventType type = records::EventType::kView);
  void put_item(std::string item);
  void put_tenant(records::Tenant tenant);
  std::uint64_t ask(std::vector<api::Query> queries, records::Positions positions = {}, bool durable = false,
                    Duration deadline = kSecond * 10);
  /// Asks and takes the only answer.
  api::AnswerBody one(api::Query query, records::Positions positions = {}, bool durable = false);
  void forward(const api::Request& request);
  std::uint64_t settle();
  void recalled(std::uint64_t job, api::AnswerBody body);

  /// Into the shard's mailbox: handed over by the next `run`, behind what is there.
  template <class Message>
  void to_shard(Message message) {
    send([this, message = std::move(message)]() mutable { carry_out(shard->handle(std::move(message))); });
  }

  static records::Record event(std::string user, std::string item, Instant time, std::uint64_t number,
                               records::EventType type = records::EventType::kView);
  static records::Record record(records::Body body, records::RecordType type, const std::string& user,
                                std::uint64_t number, Instant stamp);

  // ---- what came out ----
  const PartDone* done(std::uint64_t ticket) const;
  std::vector<PartDone> parts;
  std::vector<Settled> settled;
  std::vector<HandBack> handed_back;
  std::vector<api::Answer> replies;
  std::vector<api::Notification> notifications;
  std::vector<replay::Recall> recalls;
  std::vector<Rounds::Report> reports; ///< to model actors
  std::vector<Standing> standings;
  std::size_t consumed = 0;
  int quits = 0;
  bool models_run = true; ///< false: the fast models hear nothing
  std::size_t models_slice_bytes = kModelsSliceBytes;
  bool gives_turns = true; ///< false: they are only noted
  std::vector<TakeTurn> asked_turns;
  std::vector<Work> returned_turns;
  bool tail_runs = true; ///< false: entries wait outside, so that positions are not reached
  std::vector<fast_models::DeltaSeen> seen;

  const Standing& standing() const { return standings.back(); }
  records::Stream stream() const { return {records::Topic::kEvents, {}}; }
  std::vector<records::Record> logged(records::Stream stream) const;

  const bool follows_events_;
  const std::size_t memory_max_; ///< of users
  Instant now{1'700'000'000'000'000};
  std::int64_t steady_us = 1'000'000;
  std::uint64_t number = 0;
  std::shared_ptr<support::MemoryLogDisk> log_disk = std::make_shared<support::MemoryLogDisk>();
  std::shared_ptr<support::MemoryStoreDisk> store_disk = std::make_shared<support::MemoryStoreDisk>();
  std::unique_ptr<support::MemoryLog> log;
  std::unique_ptr<support::MemoryStore> store;
  ports::SnapshotCell<catalog::Snapshot> library;
  ports::SnapshotCell<fast_models::Snapshot> models;
  Probe probe;
  fast_models::Probe models_probe;
  catalog::Probe catalog_probe;
  std::optional<catalog::State> catalog_state;
  std::optional<fast_models::State> models_state;
  std::optional<State> shard;

private:
  void carry_out(catalog::Effects effects);
  void carry_out(fast_models::Effects effects);
  void one_effect(Effect& effect);
  void open(const Open& open);
  void send(std::function<void()> message) { queue_.push_back(std::move(message)); }

  std::deque<std::function<void()>> queue_;
  std::deque<std::function<void()>> held_tail_;
  std::deque<std::function<void()>> held_models_;
  std::unique_ptr<ports::Subscription> shard_tail_;
  std::unique_ptr<ports::Subscription> models_tail_;
  std::unique_ptr<ports::Subscription> library_tail_;
  std::uint64_t gateway_sequence_ = 0;
  std::uint64_t gateway_epoch_ = 0;
  std::uint64_t last_ticket_ = 0;
};

} // namespace kindred::actors::user_shard
