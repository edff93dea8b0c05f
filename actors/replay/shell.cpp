#include "actors/replay/messages.hpp"
#include "actors/replay/state.hpp"

namespace kindred::actors::replay {

namespace {

/// Carries jobs in and answers out; works on while there are jobs, message by message, so that it can be ended.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Dependencies dependencies)
      : Actor::base(config), with_(std::move(dependencies)),
        state_({with_.log.partitions(), with_.log.incarnation()},
               {[this](const records::Stream& stream) { return with_.log.bounds(stream); },
                [this](const records::Stream& stream, std::uint64_t from, std::size_t bytes) {
                  return with_.log.read(stream, from, bytes);
                }},
               with_.probe) {}

protected:
  behavior_type make_behavior() override {
    return {
        [this](const Recall& job) {
          const bool idle = !state_.busy();
          tell(state_.take(job));
          if (idle && state_.busy()) work_on();
        },
        [this](const Pulse& pulse) {
          tell(state_.pulse(pulse));
          if (state_.busy()) work_on();
        },
    };
  }

private:
  void work_on() { anon_send(this, Pulse{with_.clock.steady_us()}); }

  void tell(std::vector<Recalled> done) {
    for (Recalled& one : done) with_.recalled(std::move(one));
  }

  const Dependencies with_;
  State state_;
};

} // namespace

Actor spawn(caf::actor_system& system, Dependencies dependencies, bool own_thread) {
  if (own_thread) return system.spawn<Shell, caf::detached>(std::move(dependencies));
  return system.spawn<Shell>(std::move(dependencies));
}

} // namespace kindred::actors::replay
