#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/catalog/contract.hpp"
#include "actors/fast_models/messages.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/ports/turns.hpp"
#include "actors/replay/messages.hpp"
#include "actors/user_shard/contract.hpp"
#include "actors/user_shard/rounds.hpp"
#include "actors/user_shard/settings.hpp"

namespace kindred::actors::user_shard {

/// Does nothing before `Start`, which is sent once others know the handle: so no DeltaSeen goes to a dead predecessor.
using Actor = caf::typed_actor<
    caf::reacts_to<Start>, caf::reacts_to<Ask>, caf::reacts_to<Forward>, caf::reacts_to<Settle>,
    caf::reacts_to<OpenRound>, caf::reacts_to<AskPass>, caf::reacts_to<CloseRound>, caf::reacts_to<Differs>,
    caf::reacts_to<Opened>, caf::reacts_to<Entries>, caf::reacts_to<LogEnd>, caf::reacts_to<CaughtUp>,
    caf::reacts_to<TailFailed>, caf::reacts_to<ModelsRead>, caf::reacts_to<Appended>, caf::reacts_to<Flushed>,
    caf::reacts_to<DeltaSeen>, caf::reacts_to<NextSlice>, caf::reacts_to<TurnCame>,
    caf::reacts_to<SnapshotsMoved>, caf::reacts_to<replay::Recalled>, caf::reacts_to<Pulse>>;

class Probe;

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::Log& log;
  ports::StateStore& store;
  ports::Link& link;
  const ports::Clock& clock;
  const ports::SnapshotCell<catalog::Snapshot>& library;
  const ports::SnapshotCell<fast_models::Snapshot>& models;
  ports::SnapshotCell<Standing>& standing; ///< where it says how far it is
  Probe& probe;
  ports::Turns& rounds_turns;                 ///< of all shards of the node: who works for rounds
  ports::Turns& replay_turns;                 ///< who replays
  std::function<void(PartDone)> part_done;    ///< to the gateway
  std::function<void(HandBack)> hand_back;    ///< to the gateway
  std::function<void(Settled)> settled;       ///< to the gateway
  std::function<void(replay::Recall)> recall; ///< to the replay actor
  std::function<void(Rounds::Report)> round;  ///< to the model actor of the report's learner
  std::function<void(const Standing&)> turned =
      {}; ///< it stopped, or folds by another version from now on; may be empty
};

/// After an unexpected end (any reason but user_shutdown) it may be spawned again on the same dependencies: it takes up
/// what was flushed and folds the rest. A log or state that is wrong does not end it: Standing says why it stopped.
Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::user_shard

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
// DeltaSeen is fast_models', Recalled replay's.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Forward)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Settle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::OpenRound)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::AskPass)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::CloseRound)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Differs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::TurnCame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::LogEnd)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::CaughtUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::TailFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::ModelsRead)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Flushed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::NextSlice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::SnapshotsMoved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::PartDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::user_shard::Pulse)
