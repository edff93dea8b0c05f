#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/ports/clock.hpp"
#include "actors/ports/log.hpp"
#include "actors/replay/contract.hpp"

namespace kindred::actors::replay {

/// Works while it has jobs; nothing is lost that a client could not ask again when it ends.
using Actor = caf::typed_actor<caf::reacts_to<Recall>, caf::reacts_to<Pulse>>;

class Probe;

/// References must outlive the actor; the function may be called from any thread.
struct Dependencies {
  ports::Log& log;
  const ports::Clock& clock;
  Probe& probe;
  std::function<void(Recalled)> recalled; ///< to the shard of Recalled::partition
};

/// `own_thread` false: in the pool, for tests that drive the scheduler by hand.
Actor spawn(caf::actor_system& system, Dependencies dependencies, bool own_thread = true);

} // namespace kindred::actors::replay

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::replay::Recall)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::replay::Recalled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::replay::Pulse)
