#include <chrono>
#include <utility>

#include "actors/model/messages.hpp"
#include "actors/model/state.hpp"

namespace kindred::actors::model {

namespace {

const records::Stream kModels{records::Topic::kModels, {}};

/// Carries messages in and effects out; every decision is State's. Thread: the actor's own.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), to_(std::move(dependencies)),
        state_({settings.learner, settings.partitions, settings.writer, settings.follows_events,
                settings.cadence, kStepDeadline, settings.limits},
               {to_.library, to_.models, to_.shard, to_.mine}, to_.probe) {}

protected:
  behavior_type make_behavior() override {
    return {
        [this](const Start&) {
          to_.thread_began();
          carry_out(state_.start());
          pulse();
        },
        [this](Ask& ask) { carry_out(state_.handle(std::move(ask))); },
        [this](const Settle& settle) { carry_out(state_.handle(settle)); },
        [this](const user_shard::Gathered& gathered) { carry_out(state_.handle(gathered)); },
        [this](user_shard::Passed& passed) { solve(std::move(passed)); },
        [this](const user_shard::Closed& closed) { carry_out(state_.handle(closed)); },
        [this](const Appended& appended) { carry_out(state_.handle(appended)); },
        [this](const SnapshotsMoved& moved) { carry_out(state_.handle(moved)); },
        [this](const Pulse&) { pulse(); },
    };
  }

private:
  void pulse() {
    carry_out(state_.handle(Pulse{to_.clock.now(), to_.clock.steady_us()}));
    delayed_send(this, std::chrono::microseconds(kPulse.us), Pulse{});
  }

  void solve(user_shard::Passed passed) {
    const std::int64_t before_us = to_.clock.steady_us();
    Effects effects = state_.handle(std::move(passed));
    state_.computed_for({to_.clock.steady_us() - before_us});
    carry_out(std::move(effects));
  }

  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      std::visit([this](auto& one) { carry_out_one(one); }, effect);
    }
  }

  void carry_out_one(const Open&) {
    Opened opened;
    opened.incarnation = to_.log.incarnation();
    const auto epoch = to_.log.next_epoch();
    if (epoch.ok())
      opened.epoch = epoch.value();
    else
      opened.error = epoch.error();
    carry_out(state_.handle(opened));
  }
  void carry_out_one(Produce& produce) {
    const Actor self = this;
    to_.log.produce(kModels, std::move(produce.entry),
                    [self](ports::Verdict verdict) { caf::anon_send(self, Appended{verdict}); });
  }
  void carry_out_one(ToShard& message) { to_.to_shard(std::move(message)); }
  void carry_out_one(Answer& answer) { to_.part_done(std::move(answer.done)); }
  void carry_out_one(Report& report) { to_.settled(std::move(report.settled)); }
  void carry_out_one(Stand& stand) {
    to_.standing.publish(std::make_shared<const Standing>(std::move(stand.standing)));
  }
  void carry_out_one(const Ended& ended) { to_.round_ended(ended.tenant, ended.rounds); }
  void carry_out_one(const Quit&) { quit(caf::exit_reason::unhandled_exception); }

  const Dependencies to_;
  State state_;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  if (settings.own_thread)
    return system.spawn<Shell, caf::detached>(std::move(settings), std::move(dependencies));
  return system.spawn<Shell>(std::move(settings), std::move(dependencies));
}

} // namespace kindred::actors::model
