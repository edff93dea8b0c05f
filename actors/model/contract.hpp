#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "actors/ports/log.hpp"
#include "actors/user_shard/contract.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::model {

// A learner's rounds (records.md §5, §7): opens cuts in every partition, adds what shards answer, solves, and offers the
// result to the models log, whose fold accepts or refuses it. One per learner and node; tenants one after another. It has
// no state worth saving: if it dies, the next one opens a new round.
// Include this file, never state.hpp. Messages are values that never leave the process.

/// From the gateway: a query about models (TrainModel, ChangeModel). Answered by user_shard::PartDone of kNoPartition.
struct Ask {
  std::uint64_t ticket = 0;
  std::uint32_t query = 0;
  TenantId tenant;
  Instant now;
  api::Query query_value;
};
inline constexpr std::uint16_t kNoPartition = 0xffff;

/// Events clock: rounds that are due at `now` come to their end before the answer.
struct Settle {
  std::uint64_t ticket = 0;
  Instant now;
};
struct Settled {
  std::uint64_t ticket = 0;
  std::string learner;
  std::optional<Instant> next_due; ///< none: no cadence
  std::uint64_t models_end = 0;    ///< of the models log, behind all that it published
};

struct Appended {
  ports::Verdict verdict;
};
struct SnapshotsMoved {}; ///< library or models log advanced
struct Pulse {
  Instant now;
  std::int64_t steady_us = 0;
}; ///< every kPulse

/// How the models log was found; without an error the actor may begin.
struct Opened {
  std::uint64_t incarnation = 0;
  std::uint64_t epoch = 0; ///< Log::next_epoch(), for this start
  std::optional<ports::LogError> error;
};

/// What people see of the learner's rounds in one tenant.
struct Rounds {
  std::uint64_t last = 0;    ///< number of the last one that came to an end
  std::uint64_t running = 0; ///< 0: none
  Instant as_of;             ///< of the last one
  std::string outcome;       ///< of the last one, in words
  bool published = false;
  bool given_up = false;   ///< the last one
  bool by_changes = false; ///< the last one: from who changed since the one before, not from all users
};
/// Published whenever a round begins or ends.
struct Standing {
  std::map<TenantId, Rounds> tenants;
};

// Named bounds.
inline constexpr Duration kPulse{100 * kMillisecond.us};
inline constexpr Duration kStepDeadline{
    kMinute.us};                                 ///< without any answer for so long, the round is given up
inline constexpr Duration kTryAgain{kMinute.us}; ///< after a round that was given up
inline constexpr std::size_t kAsksMax = 64;      ///< queries waiting; past it kOverloaded
/// A round's sums (at most rounds::kSumsBytesMax of all tenants) wait so long for the next one, then they are let go.
inline constexpr Duration kSumsKept = user_shard::kChangesKept;

} // namespace kindred::actors::model
