#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/user_shard/contract.hpp"

namespace kindred::actors::gateway {

/// Events clock: the barrier before reads. Knows how far each partition's log was acknowledged and how far its shard was
/// settled (folded, ticked, its delta folded by the fast models), and when its next timer is due.
///
/// A partition needs settling if something was acknowledged since, or its next timer is due by now; at first, and after
/// `unsettle`, always.
/// Pure; owned by the gateway's state; not thread-safe.
class Settling {
public:
  explicit Settling(std::vector<std::uint64_t> ends) : partitions_(ends.size()) {
    for (std::size_t i = 0; i < ends.size(); ++i) partitions_[i].end = ends[i];
  }

  /// An entry at this offset was acknowledged.
  void saw_entry(std::uint16_t partition, std::uint64_t offset);

  /// What shards read beside their logs has changed: all need settling.
  void unsettle();

  /// Opens a barrier at `now`: what to send to the partitions that need it. Empty: none does, the barrier is passed.
  std::vector<std::pair<PartitionId, user_shard::Settle>> open(std::uint64_t ticket, Instant now);

  /// True if the barrier is passed with this answer. Answers of former barriers count for what they say.
  bool on(const user_shard::Settled& settled);

  /// The request that waited gave up: nothing is waited for; what was not settled will be next time.
  void abandon() { ticket_ = 0; }
  std::uint64_t ticket() const { return ticket_; } ///< of the open barrier; 0: none

private:
  struct Partition {
    std::uint64_t end = 0;
    std::optional<std::uint64_t> settled; ///< none: not since the start, or `unsettle`
    std::optional<Instant> next_due;
    bool waiting = false; ///< in the open barrier
  };
  std::vector<Partition> partitions_;
  std::uint64_t ticket_ = 0;
};

} // namespace kindred::actors::gateway
