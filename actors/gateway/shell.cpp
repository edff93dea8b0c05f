#include <chrono>

#include "actors/gateway/messages.hpp"

namespace kindred::actors::gateway {

namespace {

/// Carries messages in and effects out; every decision is State's.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), out_(std::move(dependencies)),
        state_(std::move(settings), out_.views, out_.probe) {}

protected:
  behavior_type make_behavior() override {
    pulse_later();
    return {
        [this](Requests& requests) { carry_out(state_.on(std::move(requests))); },
        [this](const Appended& appended) { carry_out(state_.on(appended, out_.clock.steady_us())); },
        [this](const LibraryAdvanced& advanced) { carry_out(state_.on(advanced, out_.clock.steady_us())); },
        [this](PartDone& done) { carry_out(state_.on(std::move(done), out_.clock.steady_us())); },
        [this](const Settled& settled) { carry_out(state_.on(settled, out_.clock.steady_us())); },
        [this](const model::Settled& settled) { carry_out(state_.on(settled, out_.clock.steady_us())); },
        [this](Pulse) {
          carry_out(state_.on(Pulse{out_.clock.now(), out_.clock.steady_us()}));
          pulse_later();
        },
        [this](Drain) {
          draining_ = true;
          state_.on(Drain{});
          tell_drained();
        },
    };
  }

private:
  void pulse_later() { delayed_send(this, std::chrono::microseconds(kPulse.us), Pulse{}); }

  void carry_out(Effects effects) {
    if (effects.clock) out_.clock.advance(*effects.clock);
    for (auto& append : effects.appends) {
      const auto self = caf::actor_cast<Actor>(this);
      out_.log.produce(append.stream, std::move(append.entry),
                       [self, id = append.append](ports::Verdict verdict) {
                         caf::anon_send(self, Appended{id, verdict});
                       });
    }
    for (auto& [partition, settle] : effects.settles) out_.settle(partition, std::move(settle));
    for (auto& [partition, ask] : effects.asks) out_.ask(partition, std::move(ask));
    for (auto& [learner, settle] : effects.model_settles) out_.settle_model(learner, settle);
    for (auto& [learner, ask] : effects.model_asks) out_.ask_model(learner, std::move(ask));
    if (!effects.replies.empty()) out_.link.reply(std::move(effects.replies));
    tell_drained();
  }

  void tell_drained() {
    if (!draining_ || !state_.idle() || told_drained_) return;
    told_drained_ = true;
    out_.drained();
  }

  Dependencies out_;
  State state_;
  bool draining_ = false;
  bool told_drained_ = false;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  return system.spawn<Shell>(std::move(settings), std::move(dependencies));
}

} // namespace kindred::actors::gateway
