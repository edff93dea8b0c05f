#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/fast_models/contract.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/ports/state_store.hpp"

namespace kindred::actors::fast_models {

/// Starts at once: restores the checkpoint, tails the models log from there.
using Actor = caf::typed_actor<caf::reacts_to<Entries>, caf::reacts_to<CaughtUp>, caf::reacts_to<TailFailed>,
                               caf::reacts_to<CheckpointWritten>, caf::reacts_to<Pulse>>;

class Probe;

struct Settings {
  std::uint16_t partitions = 16;
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
  std::function<void(DeltaSeen)> delta_seen; ///< to the shard of DeltaSeen::partition
  std::function<void(std::uint64_t end)>
      advanced; ///< a new snapshot is in the cell: SnapshotsMoved to every shard
};

/// It quits (caf::exit_reason::user_shutdown is no failure, any other is) and may be spawned again on the same cells.
Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::fast_models

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::Entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::CaughtUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::TailFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::CheckpointWritten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::DeltaSeen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::fast_models::Pulse)
