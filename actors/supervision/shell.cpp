#include <chrono>
#include <utility>

#include <caf/all.hpp>

#include "actors/supervision/contract.hpp"
#include "actors/supervision/restart_delay.hpp"

namespace kindred::actors::supervision {

namespace {

Duration steady_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

struct MakeAgain {
  std::size_t child = 0;
};

} // namespace
} // namespace kindred::actors::supervision

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::supervision::MakeAgain)

namespace kindred::actors::supervision {

namespace {

class Shell : public caf::event_based_actor {
public:
  Shell(caf::actor_config& config, std::vector<Child> children, OnRestart on_restart,
        std::function<void()> started)
      : caf::event_based_actor(config), children_(std::move(children)), alive_(children_.size()),
        wanted_(children_.size()), ending_(children_.size()), delays_(children_.size()),
        on_restart_(std::move(on_restart)), started_(std::move(started)) {
    set_down_handler([this](const caf::down_msg& down) { on_down(down); });
    set_exit_handler([this](const caf::exit_msg& exit) { quit(exit.reason); });
  }

  caf::behavior make_behavior() override {
    for (std::size_t i = 0; i < children_.size(); ++i) {
      wanted_[i] = children_[i].wanted;
      make(i);
    }
    if (started_) started_();
    return {[this](MakeAgain again) { make(again.child); }, [this](Want want) { on_want(want); }};
  }

  void on_exit() override {
    for (auto child = alive_.rbegin(); child != alive_.rend(); ++child)
      if (*child) caf::anon_send_exit(*child, caf::exit_reason::user_shutdown);
    alive_.clear();
  }

private:
  void on_want(Want want) {
    if (wanted_[want.child] == want.wanted) return;
    wanted_[want.child] = want.wanted;
    if (want.wanted) {
      make(want.child);
    } else if (alive_[want.child] && !ending_[want.child]) {
      ending_[want.child] = true;
      caf::anon_send_exit(alive_[want.child], caf::exit_reason::user_shutdown);
    }
  }

  /// Nothing where it is there, or its end is awaited, or it is not wanted (any more).
  void make(std::size_t i) {
    if (!wanted_[i] || alive_[i]) return;
    delays_[i].started(steady_now());
    alive_[i] = children_[i].make();
    if (alive_[i])
      monitor(alive_[i]);
    else
      again_later(i, "it could not be made");
  }

  void on_down(const caf::down_msg& down) {
    for (std::size_t i = 0; i < alive_.size(); ++i) {
      if (!alive_[i] || alive_[i].address() != down.source) continue;
      alive_[i] = nullptr;
      if (std::exchange(ending_[i], false)) return make(i); // it may be wanted again by now
      if (down.reason == caf::exit_reason::user_shutdown) return;
      again_later(i, to_string(down.reason));
      return;
    }
  }

  void again_later(std::size_t i, const std::string& reason) {
    const Duration delay = delays_[i].ended(steady_now());
    on_restart_(children_[i].name, reason, delay);
    delayed_send(this, std::chrono::microseconds(delay.us), MakeAgain{i});
  }

  const std::vector<Child> children_;
  std::vector<caf::actor> alive_; ///< null: ended, or not made
  std::vector<char> wanted_;
  std::vector<char> ending_; ///< not wanted any more, its end is awaited
  std::vector<RestartDelay> delays_;
  const OnRestart on_restart_;
  const std::function<void()> started_;
};

} // namespace

caf::actor spawn(caf::actor_system& system, std::vector<Child> children, OnRestart on_restart,
                 std::function<void()> started) {
  return system.spawn<Shell>(std::move(children), std::move(on_restart), std::move(started));
}

} // namespace kindred::actors::supervision
