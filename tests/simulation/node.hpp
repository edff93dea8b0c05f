#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/catalog/state.hpp"
#include "actors/fast_models/state.hpp"
#include "actors/gateway/forwarding.hpp"
#include "actors/gateway/state.hpp"
#include "actors/model/state.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/user_shard/state.hpp"
#include "engine/base/random.hpp"
#include "tests/simulation/mailbox.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::simulation {

namespace catalog = actors::catalog;
namespace fast_models = actors::fast_models;
namespace gateway = actors::gateway;
namespace model = actors::model;
namespace user_shard = actors::user_shard;

/// What outlives a crash of the node.
struct Disks {
  std::shared_ptr<support::MemoryLogDisk> log = std::make_shared<support::MemoryLogDisk>();
  std::shared_ptr<support::MemoryStoreDisk> store = std::make_shared<support::MemoryStoreDisk>();
};

/// Wall clock of a run: may jump, steady time may not.
class SimulatedClock final : public ports::Clock {
public:
  Instant now() const override { return now_; }
  bool follows_events() const override { return false; }
  void advance(Instant) override {}
  std::int64_t steady_us() const override { return steady_us_; }
  void pass(Duration d) {
    now_ = now_ + d;
    steady_us_ += d.us;
  }
  void jump(Duration d) { now_ = now_ + d; }

private:
  Instant now_{1'750'000'000'000'000};
  std::int64_t steady_us_ = 1'000'000;
};

/// One life of a node: the states of all its actors, their mailboxes, and ports that move only when told to.
/// What a shell does in the process, this does here; destroying it is a crash. One thread.
class Node {
public:
  using Answer = std::function<void(ports::Link::Outgoing)>;
  Node(const Plan& plan, Disks disks, const SimulatedClock& clock, Random& random, Answer answer);
  ~Node();

  void request(ports::ReplyTo to, Bytes bytes);
  /// Carries out one thing that can happen, chosen by the seed; false if nothing can.
  bool step();
  /// Sends a pulse to every actor whose mailbox is empty.
  void pulse();

  static constexpr std::size_t kGateway = 0, kCatalog = 1, kModels = 2, kFirstShard = 3;
  std::size_t model_actor() const { return kFirstShard + plan_.partitions; }
  std::size_t actors() const { return model_actor() + 1; }
  /// Runs are short: whatever was learnt is published.
  static rounds::Limits limits() { return {1, 6, -1'000, 1, 2, {}, 1, -1'000}; }
  /// The actor loses its state and what waited for it; the supervisor starts it again at `revive`.
  void kill(std::size_t actor);
  void revive();
  void pause(std::size_t actor, std::int64_t until_us) { mailboxes_[actor].pause_until(until_us); }
  /// What the log delivers of a stream comes only after that.
  void lag(const records::Stream& stream, std::int64_t until_us) { lags_[stream] = until_us; }
  bool all_alive() const;

  support::MemoryLog& log() { return *log_; }
  support::MemoryStore& store() { return *store_; }
  user_shard::State* shard(std::uint16_t partition) { return shards_[partition].state.get(); }
  const fast_models::SnapshotPtr models() const { return models_cell_.get(); }
  /// Of this life: rounds that came to an end, not given up.
  std::uint64_t rounds_solved() const { return model_probe_.rounds_done - model_probe_.rounds_abandoned; }
  /// Why a partition, the library or the models stopped; empty: none did.
  std::vector<std::string> stopped() const;

private:
  struct Shard {
    std::unique_ptr<user_shard::Probe> probe;
    std::unique_ptr<user_shard::State> state;
    std::unique_ptr<ports::Subscription> tail;
    std::uint64_t life =
        0; ///< grows with every death: what was asked for a dead one is not for its successor
  };

  void start_gateway();
  void start_catalog();
  void start_models();
  void start_shard(std::uint16_t partition);
  void start_model();
  bool ready_for_shards() const;
  ports::TailSink sink_of(std::size_t actor); ///< catalog's or fast models'
  void take_models(const std::vector<ports::LogEntry>& entries);
  ports::TailSink sink_of_shard(std::uint16_t partition);
  /// For a planted bug: each meets what the one before left.
  void send_one_by_one(std::uint16_t partition, std::vector<ports::LogEntry> entries);
  user_shard::Opened look(std::uint16_t partition, const user_shard::Open& open);
  user_shard::LogEnd end_of(std::uint16_t partition) const;

  void carry_out(gateway::Effects effects);
  void carry_out(catalog::Effects effects);
  void carry_out(fast_models::Effects effects);
  void carry_out(std::uint16_t partition, user_shard::Effects effects);
  void carry_out(model::Effects effects);
  void to_model(std::function<model::Effects(model::State&)> message);
  void tell_model(user_shard::Rounds::Report report);
  void plant(user_shard::Passed& passed);
  void produce(const records::Stream& stream, Bytes entry, std::function<void(ports::Verdict)> on_verdict);
  void to_shard(std::uint16_t partition, std::function<user_shard::Effects(user_shard::State&)> message);
  /// Runs `then` with what a port answers, if the actor that asked is still the same.
  template <class Answered>
  std::function<void(Answered)> answered(std::size_t actor, std::function<void(Answered)> then);
  void to_gateway(std::function<gateway::Effects(gateway::State&)> message);

  const Plan plan_;
  const Disks disks_;
  const SimulatedClock& clock_;
  Random& random_;
  Answer answer_;
  std::unique_ptr<support::MemoryLog> log_;
  std::unique_ptr<support::MemoryStore> store_;
  std::unique_ptr<ports::StateStore> seen_store_; ///< the store as actors see it: a planted bug hides keys
  std::map<records::Stream, std::int64_t> lags_;
  std::vector<Mailbox> mailboxes_;
  ports::SnapshotCell<catalog::Snapshot> library_cell_;
  ports::SnapshotCell<fast_models::Snapshot> models_cell_;
  gateway::Probe gateway_probe_;
  const gateway::Forwarding forwarding_{plan_.partitions, gateway_probe_};
  catalog::Probe catalog_probe_;
  fast_models::Probe models_probe_;
  std::unique_ptr<gateway::State> gateway_;
  std::unique_ptr<catalog::State> catalog_;
  std::unique_ptr<fast_models::State> models_;
  model::Probe model_probe_;
  std::unique_ptr<model::State> model_;
  std::map<std::uint32_t, Bytes>
      passed_; ///< for a planted bug: what the first partition answered last, by pass
  std::unique_ptr<ports::Subscription> library_tail_, models_tail_;
  std::vector<Shard> shards_;
};

template <class Answered>
std::function<void(Answered)> Node::answered(std::size_t actor, std::function<void(Answered)> then) {
  return [this, actor, life = mailboxes_[actor].life(), then = std::move(then)](Answered what) {
    if (mailboxes_[actor].life() == life) then(std::move(what));
  };
}

} // namespace kindred::simulation
