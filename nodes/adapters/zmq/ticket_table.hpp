#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred::adapters {

/// Who waits for an answer: a table of outstanding requests, bounded by count and by bytes. A ticket is
/// (generation << 32 | slot), so that an answer given twice, or after its slot was given to another, finds nothing.
///
/// Owned by the socket's thread; not thread-safe. Slots are reused newest first; a table that was never full is small.
class TicketTable {
public:
  struct Waiter {
    std::string routing_id; ///< of the peer, chosen by it: proves nothing
    bool delimited = false; ///< the peer sent an empty frame before its request and expects one (REQ sockets)
  };
  enum class Refused : std::uint8_t { kTooMany, kTooManyBytes };

  /// Requires: 1 <= count_max < 2^32.
  TicketTable(std::size_t count_max, std::size_t bytes_max) : count_max_(count_max), bytes_max_(bytes_max) {}

  /// Why one more request of that size is not taken; nothing if it is.
  std::optional<Refused> refusal(std::size_t bytes) const;
  /// Requires: !refusal(bytes).
  std::uint64_t issue(BytesView routing_id, bool delimited, std::size_t bytes, std::int64_t now_us);
  /// Takes the ticket back; nothing if it is not (or no longer) out.
  std::optional<Waiter> redeem(std::uint64_t ticket);
  /// Takes back every ticket issued before `before_us`: whoever should have answered has died. Returns how many. O(slots).
  std::size_t expire(std::int64_t before_us);

  std::size_t count() const { return slots_.size() - free_.size(); }
  std::size_t bytes() const { return bytes_; }

private:
  struct Slot {
    std::uint32_t generation = 0; ///< odd while out
    bool delimited = false;
    std::size_t bytes = 0;
    std::int64_t issued_us = 0;
    std::string routing_id;
  };
  void free(std::uint32_t slot);

  const std::size_t count_max_;
  const std::size_t bytes_max_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t bytes_ = 0;
};

} // namespace kindred::adapters
