#pragma once

#include <cstdint>

#include "actors/ports/log.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::replay {

// Explains past decisions, and makes them again from the logs (law: replay). One per node, in a thread of its own, since
// it reads logs and folds for long; shards hand it what they found and stay free. It answers the shard.

/// A decision whose record stands at (offset, index) of events/`partition`.
struct Recall {
  std::uint64_t job = 0; ///< the shard's: comes back
  PartitionId partition;
  TenantId tenant;
  DecisionId decision;
  std::uint64_t offset = 0;
  std::uint32_t index = 0;
  bool again = false; ///< decide again (Replay); else only tell (Explain)
  Instant now;        ///< what is older than kReplayWindow has expired
  std::int64_t deadline_us = 0;
};
struct Recalled {
  std::uint64_t job = 0;
  PartitionId partition;
  api::AnswerBody body; ///< Explanation, Replayed, or Error
};
struct Pulse {
  std::int64_t steady_us = 0;
}; ///< the next slice of work, while there is some

// Named bounds.
inline constexpr Duration kReplayWindow{7 * kDay.us};
inline constexpr std::size_t kJobsMax = 20'000; ///< waiting; past it kOverloaded
inline constexpr std::size_t kRebuiltMax =
    4; ///< states of the fast models and of the library kept between jobs
inline constexpr std::size_t kSliceBytes = 16 << 20; ///< of log read in one slice

} // namespace kindred::actors::replay
