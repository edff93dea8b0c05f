#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/ports/clock.hpp"
#include "actors/ports/peer_link.hpp"
#include "nodes/adapters/zmq/peer_caller.hpp"
#include "nodes/adapters/zmq/zap_door.hpp"

namespace kindred::adapters {

/// The incoming half of a link: lets pinned keys in, answers their hellos and heartbeats, hands their asks on, and sends
/// what they are answered, requests first.
///
/// Who a message is from is what its connection's key is pinned for, never what it says of itself. A peer is answered only
/// after a hello that was accepted; one life of a name is accepted while another was heard within kPeerSilentAfter: never.
/// Owned by the link's thread.
class PeerListener {
public:
  struct Self {
    void* context;
    const CurveKeys& keys;
    const peers::Hello& hello;
    const ports::Clock& clock;
    PeerProbe& probe;
    ZapDoor::OnDenied on_denied;
  };
  /// Null: nobody here answers asks, they are refused with kNotServed.
  using OnAsk = std::function<void(ports::PeerAsked)>;
  /// What is to be sent back for a ticket.
  struct Reply {
    std::uint64_t ticket = 0;
    peers::Refusal refusal = peers::Refusal::kNone;
    std::string why;
    Bytes payload;
  };

  PeerListener(Self self, const std::vector<PinnedPeer>& pinned);

  Result<Done, LinkFailure> open(const std::string& endpoint, std::string& bound);
  void serve_asks(OnAsk on_ask) { on_ask_ = std::move(on_ask); }
  /// Does what can be done now; false: there was nothing.
  bool turn();
  void reply(std::vector<Reply> replies);
  /// That life of a peer does not answer any more: another one of its name may come in at once.
  void gone(const std::string& peer, std::uint64_t life);

  void* router() const { return router_.get(); }
  void* door() const { return door_.get(); }

private:
  struct Welcomed {
    std::uint64_t life = 0;
    std::int64_t heard_us = 0;
    std::size_t asked = 0; ///< without an answer
  };
  struct Ticket {
    std::string routing_id;
    std::string peer;
    peers::MessageKind kind = peers::MessageKind::kForward;
    std::uint64_t id = 0;
    std::int64_t deadline_us = 0;
  };
  void take_message();
  void take(const std::string& peer, const peers::Envelope& envelope, Bytes payload);
  void take_hello(const std::string& peer, const peers::Envelope& envelope);
  void take_heartbeat(const std::string& peer);
  void take_ask(const std::string& peer, const peers::Envelope& envelope, Bytes payload);
  peers::Refusal refusal_of(const std::string& peer, const peers::Envelope& envelope) const;
  bool send(const std::string& routing_id, const peers::Envelope& envelope, Bytes payload);
  void close(std::unordered_map<std::uint64_t, Ticket>::iterator ticket);
  void expire();

  const Self self_;
  ZapDoor door_; ///< goes after the router
  ZmqSocket router_;
  OnAsk on_ask_;
  std::map<std::string, Welcomed> welcomed_;          ///< by name; at most as many as are pinned
  std::unordered_map<std::uint64_t, Ticket> tickets_; ///< at most kPeerAskedMax per welcomed peer
  std::uint64_t last_ticket_ = 0;
  std::int64_t next_expiry_us_ = 0;
  Frame id_, frame_;
};

} // namespace kindred::adapters
