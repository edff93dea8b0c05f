#pragma once

#include <functional>
#include <memory>

#include <caf/all.hpp>

#include "actors/cluster/contract.hpp"
#include "actors/ports/snapshots.hpp"

namespace kindred::actors::cluster {

/// Starts at once: folds the control log from its begin, and joins when it has caught up and its peers let it.
using Actor =
    caf::typed_actor<caf::reacts_to<Entries>, caf::reacts_to<TailCaughtUp>, caf::reacts_to<TailFailed>,
                     caf::reacts_to<Appended>, caf::reacts_to<DrainMember>, caf::reacts_to<Pulse>>;

class Probe;

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::Log& log;
  ports::SnapshotCell<Standing>& standing; ///< where it publishes
  Probe& probe;
  std::function<Surroundings()> surroundings;
  bool own_thread =
      true; ///< trimming waits for the log; false: in the pool, for tests that drive the scheduler by hand
};

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::cluster

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::Entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::TailCaughtUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::TailFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::Appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::DrainMember)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::cluster::Pulse)
