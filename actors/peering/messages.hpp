#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/peering/contract.hpp"
#include "actors/peering/state.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/snapshots.hpp"

namespace kindred::actors::peering {

using Actor = caf::typed_actor<caf::reacts_to<AskPart>, caf::reacts_to<AskLearner>, caf::reacts_to<AskRound>,
                               caf::reacts_to<Fetch>, caf::reacts_to<Stored>, caf::reacts_to<Emptied>,
                               caf::reacts_to<PartDone>, caf::reacts_to<RoundDone>, caf::reacts_to<Asked>,
                               caf::reacts_to<Answered>, caf::reacts_to<Pulse>>;

/// References must outlive the actor; functions may be called from any thread.
struct Dependencies {
  ports::PeerLink& link;
  ports::StateStore& store;
  const ports::Clock& clock;
  State::Views views;
  ports::SnapshotCell<Others>& others; ///< where it says what others say
  Probe& probe;
  std::function<void(ToShard)> shard;
  std::function<void(ToLearner)> learner;
  std::function<void(Fetched)> fetched;                  ///< to whoever makes shards
  std::function<void(user_shard::PartDone)> part_done;   ///< to the gateway
  std::function<void(user_shard::Rounds::Report)> round; ///< to the model actor of the report's learner
  std::function<void(const std::vector<std::uint64_t>&)> acked_elsewhere; ///< to the log: AckedElsewhere
};

/// Pulses itself. After an unexpected end it may be spawned again: what was asked is forgotten, by its deadline everybody
/// knows; partitions that were being fetched are to be fetched again.
Actor spawn(caf::actor_system& system, std::uint16_t partitions, Dependencies dependencies);

} // namespace kindred::actors::peering

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::AskPart)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::AskLearner)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::AskRound)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Emptied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::PartDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::RoundDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Asked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::peering::Pulse)
