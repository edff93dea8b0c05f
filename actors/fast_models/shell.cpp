#include <chrono>
#include <utility>

#include "actors/fast_models/messages.hpp"
#include "actors/fast_models/state.hpp"

namespace kindred::actors::fast_models {

namespace {

const ports::Stream kModels{records::Topic::kModels, {}};

/// Carries messages in and effects out; every decision is State's. Thread: the actor's; callbacks of ports only send.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), to_(std::move(dependencies)),
        state_({.partitions = settings.partitions}, to_.store, to_.probe) {}

  void on_exit() override { subscription_.reset(); }

protected:
  behavior_type make_behavior() override {
    carry_out(state_.start());
    schedule_pulse();
    return {
        [this](Entries& entries) { carry_out(state_.handle(std::move(entries))); },
        [this](const CaughtUp& caught_up) { carry_out(state_.handle(caught_up)); },
        [this](const TailFailed& failed) { carry_out(state_.handle(failed)); },
        [this](const CheckpointWritten& written) { carry_out(state_.handle(written)); },
        [this](const Pulse&) {
          carry_out(state_.handle(Pulse{to_.clock.now(), to_.clock.steady_us()}));
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

  void carry_out_one(Open&) { carry_out(state_.opened({to_.log.incarnation(), to_.log.bounds(kModels)})); }
  void carry_out_one(const Tail& tail) {
    const Actor self = this;
    subscription_ = to_.log.tail(
        kModels, tail.from,
        {.on_entries =
             [self](std::vector<ports::LogEntry> entries) {
               caf::anon_send(self, Entries{std::move(entries)});
             },
         .on_caught_up = [self](std::uint64_t end) { caf::anon_send(self, CaughtUp{end}); },
         .on_error = [self](ports::LogError error) { caf::anon_send(self, TailFailed{error}); }});
  }
  void carry_out_one(const Consumed& consumed) {
    if (subscription_) subscription_->consumed(consumed.bytes);
  }
  void carry_out_one(Publish& publish) { to_.cell.publish(std::move(publish.snapshot)); }
  void carry_out_one(Tell& tell) { to_.delta_seen(std::move(tell.seen)); }
  void carry_out_one(const Advanced& advanced) { to_.advanced(advanced.end); }
  void carry_out_one(Write& write) {
    const Actor self = this;
    to_.store.write(kSpace, std::move(write.batch), [self](Result<Done, ports::StoreError> written) {
      caf::anon_send(self, CheckpointWritten{written.ok()});
    });
  }
  void carry_out_one(Stand& stand) {
    to_.standing.publish(std::make_shared<const Standing>(std::move(stand.standing)));
  }

  const Dependencies to_;
  State state_;
  std::unique_ptr<ports::Subscription> subscription_;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  if (settings.own_thread) return system.spawn<Shell, caf::detached>(settings, std::move(dependencies));
  return system.spawn<Shell>(settings, std::move(dependencies));
}

} // namespace kindred::actors::fast_models
