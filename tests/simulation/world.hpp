#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/random.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/plan.hpp"

namespace kindred::simulation {

/// The nodes of a run and what they share. Alone, a node has its log in the process: it goes with it. In a cluster the log
/// is somewhere else, and the nodes have links to each other.
/// Owned by one run; one thread.
class World {
public:
  using Answer = std::function<void(std::size_t node, ports::Link::Outgoing)>;
  World(const Plan& plan, const SimulatedClock& clock, Random& random, Answer answer,
        support::MemoryLog::Judge judge);
  ~World();

  std::size_t size() const { return places_.size(); }
  bool is_cluster() const { return network_ != nullptr; }
  Node* node(std::size_t number) { return places_[number].node.get(); } ///< null: it is down
  std::vector<Node*> up();
  support::MemoryLog& log() { return *log_; }
  Network& network() { return *network_; }
  const support::MemoryLogDisk& log_disk() const { return *log_disk_; }
  /// All that the log ever had.
  support::MemoryLogDisk history() const;
  support::MemoryStoreDisk& disk(std::size_t number) { return *places_[number].disk; }

  void start(std::size_t number);
  void crash(std::size_t number);
  /// Everything that its node stored is gone. Requires: it is down.
  void lose_disk(std::size_t number);

  /// The node's clock is so much ahead of the others'. Requires: a cluster.
  void set_ahead(std::size_t number, Duration ahead);

  /// Carries out one thing that can happen, chosen by the seed; false if nothing can.
  bool step();
  void pulse();

  /// Events of the partition below it are in every answer that does not say it is behind.
  std::uint64_t answers_from(std::uint16_t partition);

private:
  struct Place {
    explicit Place(const SimulatedClock& run) : clock(run, ahead) {}
    Duration ahead;
    const NodeClock clock;
    std::shared_ptr<support::MemoryStoreDisk> disk = std::make_shared<support::MemoryStoreDisk>();
    std::unique_ptr<Node> node;
  };
  void open_log();
  void log_moves(std::vector<Move>& ways);

  const Plan plan_;
  Random& random_;
  const Answer answer_;
  const support::MemoryLog::Judge judge_;
  const std::shared_ptr<support::MemoryLogDisk> log_disk_ = std::make_shared<support::MemoryLogDisk>();
  std::unique_ptr<support::MemoryLog> log_;
  std::unique_ptr<Network> network_; ///< null: a node alone
  std::deque<Place> places_;
};

} // namespace kindred::simulation
