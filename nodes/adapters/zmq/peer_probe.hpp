#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "actors/ports/peer_link.hpp"

namespace kindred::adapters {

/// What an operator sees of the links between nodes. Written by the link's thread (what the door refuses: by whoever asks),
/// read by whoever exports metrics; without locks.
struct PeerProbe {
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n = 1) { count.fetch_add(n, std::memory_order_relaxed); }

  std::array<Count, ports::kPeerPriorities> asks{}; ///< sent, by priority
  std::array<Count, ports::kPeerErrors> failed{};   ///< asks without an answer, by PeerError
  Count answers{0};                                 ///< asks that were answered
  Count answers_late{0};                            ///< nobody waited any more
  Count asked{0};                                   ///< asks of peers, handed on
  Count answered{0};                                ///< of these, an answer was sent
  Count answered_late{0};                           ///< of these, too late, twice, or the peer was gone
  std::array<Count, peers::kRefusals> refused{};    ///< hellos and asks of peers turned away, by Refusal
  std::array<Count, peers::kRefusals> refused_us{}; ///< by peers
  Count denied_keys{0};                             ///< connections whose key is not pinned
  Count misframed{0};                               ///< messages that are none of ours: dropped
  Count bytes_out{0};                               ///< payloads
  Count bytes_in{0};
};

} // namespace kindred::adapters
