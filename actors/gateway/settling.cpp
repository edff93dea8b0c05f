#include "actors/gateway/settling.hpp"

#include <algorithm>

namespace kindred::actors::gateway {

void Settling::saw_entry(std::uint16_t partition, std::uint64_t offset) {
  partitions_[partition].end = std::max(partitions_[partition].end, offset + 1);
}

void Settling::unsettle() {
  for (Partition& one : partitions_) one.settled.reset();
}

std::vector<std::pair<PartitionId, user_shard::Settle>> Settling::open(std::uint64_t ticket, Instant now) {
  std::vector<std::pair<PartitionId, user_shard::Settle>> settles;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    Partition& one = partitions_[i];
    const bool fresh = !one.settled || *one.settled < one.end;
    one.waiting = fresh || (one.next_due && *one.next_due <= now);
    if (!one.waiting) continue;
    const PartitionId partition{static_cast<std::uint16_t>(i)};
    settles.emplace_back(partition, user_shard::Settle{ticket, one.end, now});
  }
  ticket_ = settles.empty() ? 0 : ticket;
  return settles;
}

bool Settling::on(const user_shard::Settled& settled) {
  if (settled.partition >= partitions_.size()) return false;
  Partition& one = partitions_[settled.partition];
  one.settled = std::max(one.settled.value_or(0), settled.end);
  one.end = std::max(one.end, settled.end);
  one.next_due = settled.next_due;
  for (const auto& [partition, end] : settled.sent_ends)
    if (partition.value < partitions_.size())
      partitions_[partition.value].end = std::max(partitions_[partition.value].end, end);
  if (ticket_ == 0 || settled.ticket != ticket_) return false;
  one.waiting = false;
  const bool passed =
      std::none_of(partitions_.begin(), partitions_.end(), [](const auto& p) { return p.waiting; });
  if (passed) ticket_ = 0;
  return passed;
}

} // namespace kindred::actors::gateway
