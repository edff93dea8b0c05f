#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "engine/base/time.hpp"

namespace kindred::actors::supervision {

// Keeps a node's actors alive: one that ends for any reason but a shutdown is made again, in a known state (from what was
// stored, and the log). One per node, made last; ended first, so that it restarts nothing while the node stops.

/// An actor to keep. `make` spawns it, tells the others its handle, and returns it; called on the supervisor's thread, at
/// the start and after every end. Must not block. None: it could not be made now, try again later.
struct Child {
  std::string name; ///< for logs and metrics: "gateway", "shard 3"
  std::function<caf::actor()> make;
  bool wanted = true; ///< false: not made before a Want says so
};

/// To the supervisor: from now on a child (by its place) is kept alive, or not any more. One that is not wanted is ended with
/// user_shutdown; wanted again, it is made once that one is gone.
struct Want {
  std::size_t child = 0;
  bool wanted = true;
};

/// Told of every end that was no shutdown, with the time until the next start; from the supervisor's thread.
using OnRestart = std::function<void(const std::string& name, const std::string& reason, Duration delay)>;

/// Makes all wanted children in their order before it returns control to its mailbox; `started` (may be empty) hears of that.
/// End it with exit_reason::user_shutdown: it then ends its children in reverse order, each with user_shutdown.
caf::actor spawn(caf::actor_system& system, std::vector<Child> children, OnRestart on_restart,
                 std::function<void()> started);

// Named bounds.
inline constexpr Duration kSteadyAfter{10 * kSecond.us}; ///< an actor that lived so long is restarted at once
inline constexpr Duration kRestartDelayMin{10 * kMillisecond.us}; ///< doubles with every quick end
inline constexpr Duration kRestartDelayMax{5 * kSecond.us};

} // namespace kindred::actors::supervision

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::supervision::Want)
