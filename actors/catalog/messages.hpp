#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/catalog/contract.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/ports/state_store.hpp"

namespace kindred::actors::catalog {

/// Starts at once: restores the checkpoint, tails the library log from there.
using Actor = caf::typed_actor<caf::reacts_to<Entries>, caf::reacts_to<CaughtUp>, caf::reacts_to<TailFailed>,
                               caf::reacts_to<CheckpointWritten>, caf::reacts_to<Pulse>>;

class Probe;

struct Settings {
  bool own_thread = true; ///< false: in the pool, for tests that drive the scheduler by hand
};

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::Log& log;
  ports::StateStore& store;
  const ports::Clock& clock;
  ports::SnapshotCell<Snapshot>& cell;     ///< where it publishes; never null once ready
  ports::SnapshotCell<Standing>& standing; ///< where it says how far it is
  Probe& probe;
  std::function<void(LibraryAdvanced)> advanced; ///< to the gateway; and SnapshotsMoved to every shard
};

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::catalog

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::Entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::CaughtUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::TailFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::CheckpointWritten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::LibraryAdvanced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::catalog::Pulse)
