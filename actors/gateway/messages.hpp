#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/catalog/messages.hpp"
#include "actors/gateway/contract.hpp"
#include "actors/gateway/state.hpp"
#include "actors/model/messages.hpp"
#include "actors/ports/clock.hpp"
#include "actors/user_shard/messages.hpp"

namespace kindred::actors::gateway {

using Actor =
    caf::typed_actor<caf::reacts_to<Requests>, caf::reacts_to<Appended>, caf::reacts_to<LibraryAdvanced>,
                     caf::reacts_to<PartDone>, caf::reacts_to<Settled>, caf::reacts_to<model::Settled>,
                     caf::reacts_to<Pulse>, caf::reacts_to<Drain>>;

/// References must outlive the actor; functions may be called from its thread at any time and must not block.
struct Dependencies {
  ports::Log& log;
  ports::Link& link;
  ports::Clock& clock;
  Views views;
  Probe& probe;
  std::function<void(PartitionId, user_shard::Ask)> ask;
  std::function<void(PartitionId, user_shard::Settle)> settle;
  std::function<void(const std::string& learner, model::Ask)> ask_model;
  std::function<void(const std::string& learner, model::Settle)> settle_model;
  std::function<void()> drained; ///< after Drain: nothing is under way any more; called once
};

/// Pulses itself. After an unexpected end it may be spawned again with a new epoch; requests under way then are never
/// answered, their clients ask again with the same ids.
Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies);

} // namespace kindred::actors::gateway

// CAF's view of the contract: these types travel between actors of one process and are never serialized.
// LibraryAdvanced is catalog's, PartDone and Settled are user_shard's.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::gateway::Requests)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::gateway::Appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::gateway::Pulse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kindred::actors::gateway::Drain)
