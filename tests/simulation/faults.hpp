#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace kindred::simulation {

/// What goes wrong in a run, by the seed, until it is healed. Owned by one run.
class Faults {
public:
  struct Hooks {
    std::function<void(std::string)> trace;
    std::function<void(std::size_t node)> crashed; ///< its answers are lost
  };
  Faults(const Plan& plan, SimulatedClock& clock, Random& random, Report& report, Hooks hooks)
      : plan_(plan), clock_(clock), random_(random), report_(report), hooks_(std::move(hooks)) {}

  /// What becomes of an entry.
  support::MemoryLog::Fate fate(const records::Stream& stream, BytesView entry);
  /// Perhaps something now; and what was broken for a while ends.
  void step(World& world);
  /// All is well from here on: every node is up, every way is open. Perhaps a crash before that.
  void heal(World& world);
  bool active() const { return active_; }
  /// What came of it in a node's life.
  void count(const Node& node);

private:
  void step_alone(World& world);
  void step_cluster(World& world);
  void kill_one(Node& node);
  void pause_one(Node& node);
  void lag_one(Node& node);
  void jump();
  void fill_disk(World& world);
  void die_publishing(World& world);
  void crash(World& world, std::size_t number);
  void start_due(World& world);
  void start(World& world, std::size_t number);
  void cut_log(World& world);
  void cut_links(World& world);
  void lose_broker(World& world);
  void drain_one(World& world);
  void skew_one(World& world);
  void stand_still();
  void lose_power(World& world, std::size_t number);
  void lose_disk_perhaps(World& world, std::size_t number);
  std::int64_t within(Duration most) {
    return clock_.steady_us() + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.us)));
  }
  Node& any(World& world);
  std::string who(const Node& node) const { return node.in_cluster() ? node.name() + ": " : ""; }

  const Plan& plan_;
  SimulatedClock& clock_;
  Random& random_;
  Report& report_;
  const Hooks hooks_;
  bool active_ = true;
  bool log_fails_ = false;
  bool publishes_ = false; ///< a manifest was handed to the log just now
  bool tears_ = false;
  std::map<std::size_t, std::int64_t> down_until_us_;    ///< by node
  std::map<std::size_t, std::int64_t> log_cut_until_us_; ///< the same
};

} // namespace kindred::simulation
