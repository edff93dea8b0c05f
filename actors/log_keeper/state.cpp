#include "actors/log_keeper/state.hpp"

#include <algorithm>

namespace kindred::actors::log_keeper {

Effects State::handle(const Pulse& pulse) {
  now_ = pulse.now;
  if (at_) return {}; // the last round goes on
  at_ = 0;
  return go_on();
}

Effects State::handle(const Looked& looked) {
  if (!at_ || looked.partition.value != *at_) return {};
  if (!looked.before.ok()) return give_up();
  if (const auto stored = stored_by_all_(looked.partition); !stored) {
    Probe::count(probe_.not_all); // the map changed meanwhile
  } else if (const auto before = std::min(looked.before.value(), *stored); before > 0) {
    return {Trim{looked.partition, before}};
  }
  ++*at_;
  return go_on();
}

Effects State::handle(const Trimmed& trimmed) {
  if (!at_ || trimmed.partition.value != *at_) return {};
  if (!trimmed.done.ok()) return give_up();
  Probe::count(probe_.trims);
  ++*at_;
  return go_on();
}

/// A log that does not answer is not asked of every partition.
Effects State::give_up() {
  Probe::count(probe_.failed);
  at_.reset();
  return {};
}

Effects State::go_on() {
  for (; *at_ < settings_.partitions; ++*at_) {
    const PartitionId partition{*at_};
    if (const auto stored = stored_by_all_(partition); stored && *stored > 0)
      return {Look{partition, now_ - settings_.kept, *stored}};
  }
  at_.reset();
  return {};
}

} // namespace kindred::actors::log_keeper
