#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/ports/peer_link.hpp"

namespace kindred::adapters {

/// The asks of one peer: waiting by priority, then out until answered. A window per priority bounds what is out, so that
/// an answer of a request never stands behind more than a few blocks; what waits goes out requests first, then statistics,
/// then checkpoints: while one waits, nothing of a lower priority goes out.
///
/// Pure; owned by the link's thread. How much may wait is bounded at the link's door (ports::kPeerAsksMax).
/// Cost: O(1) per ask; `expire` O(those there are).
class PeerAsks {
public:
  struct Waiting {
    ports::PeerLink::Ask ask;
    ports::PeerLink::OnAnswer on_answer;
  };
  struct Out {
    std::uint64_t id = 0;
    peers::MessageKind kind = peers::MessageKind::kForward;
    std::uint32_t remaining_ms = 0; ///< at least 1
    std::size_t bytes = 0;
    Bytes payload; ///< empty once it was taken to be sent
  };
  struct Ended {
    ports::PeerLink::OnAnswer on_answer;
    std::size_t bytes = 0; ///< of its payload, to be given back at the door
  };

  void add(Waiting waiting);
  /// The next to be sent, out from now on; nothing where the windows are full or nothing waits. Those whose deadline
  /// passed are left for `expire`.
  std::optional<Out> next(std::int64_t now_us);
  /// What `next` gave was not taken by the socket: it waits again, before all others of its priority.
  void put_back(Out out);
  /// An answer came. Nothing where nobody waits for it (any more), or it is not of the kind that was asked.
  std::optional<Ended> take(std::uint64_t id, peers::MessageKind answer);
  /// Those whose deadline is at or before `now_us`.
  std::vector<Ended> expire(std::int64_t now_us);
  /// Those that are out: the peer is gone. With `waiting` those that wait, too.
  std::vector<Ended> drop(bool waiting);

  std::size_t waiting() const { return waiting_[0].size() + waiting_[1].size() + waiting_[2].size(); }
  std::size_t out() const { return out_.size(); }

private:
  struct Sent {
    peers::MessageKind kind = peers::MessageKind::kForward;
    std::int64_t deadline_us = 0;
    Ended ended;
  };
  struct Queued {
    std::int64_t deadline_us = 0;
    peers::MessageKind kind = peers::MessageKind::kForward;
    Bytes payload;
    Ended ended;
  };
  std::array<std::deque<Queued>, ports::kPeerPriorities> waiting_;
  std::array<std::size_t, ports::kPeerPriorities> out_by_priority_{};
  std::unordered_map<std::uint64_t, Sent> out_;
  std::uint64_t last_id_ = 0;
};

} // namespace kindred::adapters
