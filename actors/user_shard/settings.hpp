#pragma once

#include <cstddef>
#include <cstdint>

#include "actors/user_shard/contract.hpp"

namespace kindred::actors::user_shard {

/// What a shard is made with; the same in the simulator, but for its pace. A value.
struct Settings {
  PartitionId partition;
  std::uint16_t partitions = 1; ///< of the log
  std::uint16_t node = 1;       ///< part of decision ids
  WriterId writer; ///< of its own appends; unique per node and partition, the same after a restart
  bool follows_events = false;       ///< clock `events`: ticks and deltas only when settled
  std::uint64_t seed = 0;            ///< chance in decision ids (wall clock)
  std::size_t memory_max = 64 << 20; ///< bytes of users; past it they are written and leave (kFullPercent)
  std::size_t replay_memory_max = 64 << 20; ///< the same while it has its turn to replay
  struct Pace { ///< another one in the simulator, whose runs are short and whose partitions have few users
    Duration flush_every = kFlushEvery;
    std::uint64_t agreed_every = kAgreedEvery;
    std::size_t flush_slice = kFlushSlice;
    std::uint64_t replay_from = kReplayFrom;
  };
  Pace pace = {};
};

} // namespace kindred::actors::user_shard
