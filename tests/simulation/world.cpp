#include "tests/simulation/world.hpp"

#include <algorithm>

namespace kindred::simulation {

World::World(const Plan& plan, const SimulatedClock& clock, Random& random, Answer answer,
             support::MemoryLog::Judge judge)
    : plan_(plan), random_(random), answer_(std::move(answer)), judge_(std::move(judge)) {
  for (std::size_t number = 0; number < plan.nodes; ++number) places_.emplace_back(clock);
  if (plan.nodes > 1) network_ = std::make_unique<Network>(clock, random, plan.nodes);
  open_log();
  for (std::size_t number = 0; number < size(); ++number) start(number);
}

World::~World() {
  for (auto& place : places_) place.node.reset();
}

void World::open_log() {
  support::MemoryLog::Settings settings;
  settings.partitions = plan_.partitions;
  settings.manual = true;
  settings.slice_entries_max = 8;
  log_ = std::make_unique<support::MemoryLog>(log_disk_, settings);
  log_->judge_with(judge_);
}

support::MemoryLogDisk World::history() const {
  support::MemoryLogDisk all = *log_disk_;
  for (auto& [stream, tape] : all.tapes) tape.entries.merge(tape.trimmed);
  return all;
}

std::vector<Node*> World::up() {
  std::vector<Node*> nodes;
  for (auto& place : places_)
    if (place.node) nodes.push_back(place.node.get());
  return nodes;
}

void World::start(std::size_t number) {
  Place& place = places_[number];
  place.node = std::make_unique<Node>(
      plan_, Surroundings{place.disk, *log_, network_.get(), static_cast<std::uint16_t>(number)}, place.clock,
      random_, [this, number](ports::Link::Outgoing out) { answer_(number, std::move(out)); });
}

void World::set_ahead(std::size_t number, Duration ahead) {
  places_[number].ahead = ahead;
  network_->set_ahead(number, ahead);
}

void World::crash(std::size_t number) {
  places_[number].node.reset();
  if (!is_cluster()) open_log(); // what was queued there is gone
}

void World::lose_disk(std::size_t number) {
  places_[number].disk = std::make_shared<support::MemoryStoreDisk>();
}

void World::log_moves(std::vector<Move>& ways) {
  for (const auto& step : log_->ready()) {
    if (step.kind == support::MemoryLog::Step::Kind::kDeliver) {
      const auto of = std::find_if(places_.begin(), places_.end(), [&](const Place& place) {
        return place.node && place.node->log().is_here(step.subscription);
      });
      if (!of->node->may_deliver(step)) continue;
    }
    ways.push_back([this, step] { log_->step(step); });
  }
}

bool World::step() {
  std::vector<Move> ways;
  if (network_) network_->look();
  for (auto& place : places_)
    if (place.node) place.node->message_moves(ways);
  log_moves(ways);
  for (auto& place : places_)
    if (place.node) place.node->store_moves(ways);
  if (network_) {
    network_->moves(ways);
    for (auto& place : places_)
      if (place.node) place.node->log().moves(ways);
  }
  if (ways.empty()) return false;
  ways[random_.below(ways.size())]();
  return true;
}

void World::pulse() {
  for (auto& place : places_)
    if (place.node) place.node->pulse();
}

std::uint64_t World::answers_from(std::uint16_t partition) {
  const auto bounds = log_->bounds({records::Topic::kEvents, {partition}});
  std::uint64_t from = bounds.ok() ? bounds.value().end : 0;
  for (const auto& place : places_)
    if (place.node) from = std::min(from, place.node->answers_from(partition).value_or(from));
  return from;
}

} // namespace kindred::simulation
