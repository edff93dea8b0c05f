#pragma once

#include <memory>

#include "actors/ports/state_store.hpp"
#include "actors/user_shard/contract.hpp"
#include "tests/simulation/plan.hpp"

namespace kindred::simulation {

// The planted bugs, as faulty pieces of the simulator's shells.

/// The store as actors see it; for kForgetIdsOnRestart, kLoseDeltaWithActor, kForgetErasedIds and kForgetWatermarks some
/// keys cannot be read back.
std::unique_ptr<ports::StateStore> planted_store(Planted planted, ports::StateStore& store);

/// Takes the positions out of forwarded requests.
void strip_positions(actors::user_shard::Forward& forward);

/// For kCountUnconsentedEvent: the entry with every record's stated purposes set to all.
Bytes with_all_purposes(BytesView entry);

} // namespace kindred::simulation
