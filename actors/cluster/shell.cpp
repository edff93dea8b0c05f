#include <chrono>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "actors/cluster/state.hpp"

namespace kindred::actors::cluster {

namespace {

const records::Stream kControl{records::Topic::kControl, {}};

/// Carries messages in and effects out; every decision is State's. Thread: the actor's own, since trimming waits for the
/// log; callbacks of ports only send.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), to_(std::move(dependencies)), state_(std::move(settings), to_.probe) {}

  void on_exit() override { subscription_.reset(); }

protected:
  behavior_type make_behavior() override {
    carry_out(state_.start());
    schedule_pulse();
    return {
        [this](const Entries& entries) { carry_out(state_.handle(entries)); },
        [this](const TailCaughtUp& caught_up) { carry_out(state_.handle(caught_up)); },
        [this](const TailFailed& failed) { carry_out(state_.handle(failed)); },
        [this](const Appended& appended) { carry_out(state_.handle(appended)); },
        [this](DrainMember& drain) { carry_out(state_.handle(std::move(drain))); },
        [this](const Pulse&) {
          carry_out(state_.handle(to_.surroundings()));
          schedule_pulse();
        },
    };
  }

private:
  void schedule_pulse() { delayed_send(this, std::chrono::microseconds(kPulse.us), Pulse{}); }

  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      std::visit([this](auto& one) { carry_out_one(one); }, effect);
    }
  }

  void carry_out_one(Open&) {
    subscription_.reset();
    carry_out(state_.handle(Opened{to_.log.bounds(kControl), to_.log.next_epoch()}));
  }
  void carry_out_one(const Tail& tail) {
    const Actor self = this;
    subscription_ = to_.log.tail(
        kControl, tail.from,
        {.on_entries =
             [self](std::vector<ports::LogEntry> entries) {
               caf::anon_send(self, Entries{std::move(entries)});
             },
         .on_caught_up = [self](std::uint64_t end) { caf::anon_send(self, TailCaughtUp{end}); },
         .on_error = [self](ports::LogError error) { caf::anon_send(self, TailFailed{error}); }});
  }
  void carry_out_one(const Consumed& consumed) {
    if (subscription_) subscription_->consumed(consumed.bytes);
  }
  void carry_out_one(Produce& produce) {
    const Actor self = this;
    to_.log.produce(kControl, std::move(produce.entry),
                    [self](ports::Verdict verdict) { caf::anon_send(self, Appended{verdict}); });
  }
  void carry_out_one(const Trim& trim) {
    const auto trimmed = to_.log.trim(kControl, trim.before);
    Trimmed outcome;
    if (trimmed.ok())
      outcome.bounds = to_.log.bounds(kControl);
    else
      outcome.bounds = trimmed.error();
    carry_out(state_.handle(outcome));
  }
  void carry_out_one(Stand& stand) { to_.standing.publish(std::move(stand.standing)); }

  const Dependencies to_;
  State state_;
  std::unique_ptr<ports::Subscription> subscription_;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  if (dependencies.own_thread)
    return system.spawn<Shell, caf::detached>(std::move(settings), std::move(dependencies));
  return system.spawn<Shell>(std::move(settings), std::move(dependencies));
}

} // namespace kindred::actors::cluster
