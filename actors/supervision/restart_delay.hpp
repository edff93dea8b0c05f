#pragma once

#include <algorithm>

#include "actors/supervision/contract.hpp"

namespace kindred::actors::supervision {

/// How long to wait before an actor that ended is made again: at once after a steady life, else longer each time, so that
/// one that cannot live does not eat the machine. Value type, one per child.
class RestartDelay {
public:
  void started(Duration at) { started_ = at; }
  /// `at` on the clock of `started`.
  Duration ended(Duration at) {
    if (at - started_ >= kSteadyAfter) quick_ends_ = 0;
    Duration delay{0};
    if (quick_ends_ > 0) delay = kRestartDelayMin * (std::int64_t{1} << std::min(quick_ends_ - 1, 20));
    ++quick_ends_;
    return std::min(delay, kRestartDelayMax);
  }

private:
  Duration started_;
  int quick_ends_ = 0;
};

} // namespace kindred::actors::supervision
