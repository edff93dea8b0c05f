#include "nodes/adapters/zmq/ticket_table.hpp"

#include <cassert>

namespace kindred::adapters {

std::optional<TicketTable::Refused> TicketTable::refusal(std::size_t bytes) const {
  if (count() >= count_max_) return Refused::kTooMany;
  if (bytes_ + bytes > bytes_max_) return Refused::kTooManyBytes;
  return std::nullopt;
}

std::uint64_t TicketTable::issue(BytesView routing_id, bool delimited, std::size_t bytes,
                                 std::int64_t now_us) {
  assert(!refusal(bytes));
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  ++slot.generation;
  slot.delimited = delimited;
  slot.bytes = bytes;
  slot.issued_us = now_us;
  slot.routing_id.assign(routing_id);
  bytes_ += bytes;
  return std::uint64_t{slot.generation} << 32 | index;
}

std::optional<TicketTable::Waiter> TicketTable::redeem(std::uint64_t ticket) {
  const auto index = static_cast<std::uint32_t>(ticket);
  const auto generation = static_cast<std::uint32_t>(ticket >> 32);
  if (index >= slots_.size() || slots_[index].generation != generation || generation % 2 == 0)
    return std::nullopt;
  Waiter waiter{std::move(slots_[index].routing_id), slots_[index].delimited};
  free(index);
  return waiter;
}

std::size_t TicketTable::expire(std::int64_t before_us) {
  std::size_t expired = 0;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].generation % 2 == 0 || slots_[index].issued_us >= before_us) continue;
    free(index);
    ++expired;
  }
  return expired;
}

void TicketTable::free(std::uint32_t slot) {
  ++slots_[slot].generation;
  bytes_ -= slots_[slot].bytes;
  free_.push_back(slot);
}

} // namespace kindred::adapters
