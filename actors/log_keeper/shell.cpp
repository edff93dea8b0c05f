#include <chrono>
#include <utility>

#include "actors/log_keeper/age.hpp"
#include "actors/log_keeper/messages.hpp"
#include "actors/log_keeper/state.hpp"

namespace kindred::actors::log_keeper {

namespace {

/// Carries messages in and effects out; every decision is State's. Thread: the actor's own, since it waits for the log.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), to_(std::move(dependencies)), pulse_(pulse_of(settings.kept)),
        state_(settings, to_.stored_by_all, to_.probe) {}

protected:
  behavior_type make_behavior() override {
    schedule();
    return {[this](const Wake&) {
      carry_out(state_.handle(Pulse{to_.clock.now()}));
      schedule();
    }};
  }

private:
  void schedule() { delayed_send(this, std::chrono::microseconds(pulse_.us), Wake{}); }

  void carry_out(Effects effects) {
    while (!effects.empty()) { // one asks for the next
      Effects next;
      for (const auto& effect : effects)
        for (auto& one : std::visit([this](const auto& what) { return done(what); }, effect))
          next.push_back(one);
      effects = std::move(next);
    }
  }
  static records::Stream stream_of(PartitionId partition) { return {records::Topic::kEvents, partition}; }
  Effects done(const Look& look) {
    return state_.handle(
        Looked{look.partition, first_not_before(to_.log, stream_of(look.partition), look.than, look.below)});
  }
  Effects done(const Trim& trim) {
    if (!to_.sync_state()) return state_.handle(Trimmed{trim.partition, ports::LogError::kIo});
    return state_.handle(Trimmed{trim.partition, to_.log.trim(stream_of(trim.partition), trim.before)});
  }

  const Dependencies to_;
  const Duration pulse_;
  State state_;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  if (dependencies.own_thread) return system.spawn<Shell, caf::detached>(settings, std::move(dependencies));
  return system.spawn<Shell>(settings, std::move(dependencies));
}

} // namespace kindred::actors::log_keeper
