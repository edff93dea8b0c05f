#pragma once

#include <map>
#include <memory>
#include <utility>

#include "actors/fast_models/solved.hpp"
#include "actors/ports/state_store.hpp"
#include "actors/user_shard/contract.hpp"
#include "engine/profiles/partition_state.hpp"
#include "tests/simulation/plan.hpp"

namespace kindred::simulation {

// The planted bugs, as faulty pieces of the simulator's shells.

/// The store as actors see it; for kForgetIdsOnRestart, kLoseDeltaWithActor, kForgetErasedIds and kForgetWatermarks some
/// keys cannot be read back; for kKeepErasedExample profiles that were deleted are still there for who looks at all; for
/// kForgetIdsInCheckpoint some are not in frozen spaces, which are copied to other nodes.
std::unique_ptr<ports::StateStore> planted_store(Planted planted, ports::StateStore& store);

/// For kSendAgainAsAnother: the lanes of a node, each of which begins a new epoch, and gives its records new ids, where it
/// sends an entry again.
class NewWriters {
public:
  Bytes rewrite(const records::Stream& stream, Bytes entry);

private:
  struct Lane {
    std::uint64_t epoch = 0;
    Bytes sent;
    std::uint64_t more = 0, from = 0; ///< epochs begun by repeats; the sequence before the last of them
  };
  std::map<std::pair<records::Stream, WriterId>, Lane> lanes_;
};

/// Takes the positions out of forwarded requests.
void strip_positions(actors::user_shard::Forward& forward);

/// For kCountUnconsentedEvent: the entry with every record's stated purposes set to all.
Bytes with_all_purposes(BytesView entry);

/// For kPublishWithoutExpecting: the entry of the models log with every manifest as the next of its line.
Bytes with_current_expects(BytesView entry, const actors::fast_models::Lines& lines);

/// For kAdoptBackwards: the entry with every Adopt that is older than what the partition adopted as a newer one.
Bytes with_newest_adopts(BytesView entry, const profiles::PartitionState& partition);

} // namespace kindred::simulation
