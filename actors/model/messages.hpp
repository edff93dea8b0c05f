#pragma once

#include <functional>
#include <string>

#include <caf/all.hpp>

#include "actors/catalog/contract.hpp"
#include "actors/model/contract.hpp"
#include "actors/model/effects.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::actors::model {

/// Once, after others know the handle.
struct Start {};

using Actor = caf::typed_actor<caf::reacts_to<Start>, caf::reacts_to<Ask>, caf::reacts_to<Settle>,
                               caf::reacts_to<user_shard::Gathered>, caf::reacts_to<user_shard::Passed>,
                               caf::reacts_to<user_shard::Closed>, caf::reacts_to<Appended>,
                               caf::reacts_to<SnapshotsMoved>, caf::reacts_to<Pulse>>;

class Probe;

struct Settings {
  std::string learner;
  std::uint16_t partitions = 16;
  WriterId writer; ///< of its appends to the models log; unique per node and learner
  bool follows_events = false;
  Duration cadence{kDay}; ///< zero: rounds only when asked for
  rounds::Limits limits = {};
  bool own_thread =
      true; ///< a detached thread of low priority, since solving may take long; false: in the pool, for tests
};

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::Log& log;
  const ports::Clock& clock;
  const ports::SnapshotCell<catalog::Snapshot>& library;
  const ports::SnapshotCell<fast_models::Snapshot>& models;
  /// What shards say of themselves, by partition: erasures.
  std::function<std::shared_ptr<const user_shard::Standing>(PartitionId)> shard;
  ports::SnapshotCell<Standing>& standing;
  Probe& probe;
  std::function<void(ToShard)> to_shard;
  std::function<void(user_shard::PartDone)> part_done;      ///< to the gateway
  std::function<void(Settled)> settled;                     ///< to the gateway
  std::function<void(TenantId, const Rounds&)> round_ended; ///< to whoever tells operators
  std::function<void()> thread_began;                       ///< on its own thread, first
  std::function<bool()> mine = {}; ///< whether this node runs the learner's rounds; empty: it does
};

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::model

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Settle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::SnapshotsMoved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::model::Pulse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Gathered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Passed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Closed)
