#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/log_keeper/contract.hpp"
#include "actors/ports/clock.hpp"

namespace kindred::actors::log_keeper {

/// From the actor to itself, every pulse_of(kept).
struct Wake {};

/// Starts at once.
using Actor = caf::typed_actor<caf::reacts_to<Wake>>;

class Probe;

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::Log& log;
  ports::Clock& clock;
  Probe& probe;
  StoredByAll stored_by_all;
  std::function<bool()> sync_state; ///< what this node has stored is on its disk; false: it could not be done
  bool own_thread =
      true; ///< it waits for the log; false: in the pool, for tests that drive the scheduler by hand
};

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::log_keeper

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::log_keeper::Wake)
