#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/ports/clock.hpp"
#include "actors/ports/peer_link.hpp"
#include "engine/base/result.hpp"
#include "nodes/adapters/zmq/curve_keys.hpp"
#include "nodes/adapters/zmq/link_failure.hpp"
#include "nodes/adapters/zmq/peer_caller.hpp"
#include "nodes/adapters/zmq/peer_probe.hpp"

namespace kindred::adapters {

/// Node to node over ZeroMQ with CURVE: the port PeerLink.
///
/// One thread owns all sockets: a ROUTER where peers come in (PeerListener), and per peer the DEALERs of its PeerCaller. Every
/// pair of nodes has a link in each direction; the state of a peer is that of the way to it. Its own context, so that the
/// keys of peers are judged apart from everything else that speaks ZeroMQ in this process.
///
/// Law of stopping: after `stop` returned no callback runs and none will; every ask has had its outcome (kClosed at last).
/// `ask`, `answer`, `refuse` and `standing` from any thread, at any time.
class ZmqPeerLink final : public ports::PeerLink {
public:
  struct Settings {
    std::string listen; ///< tcp://HOST:PORT; port 0: any free one
    CurveKeys keys;
    peers::Hello hello;            ///< who this node is
    std::vector<PinnedPeer> peers; ///< at most kPeersMax, names and keys each once, none of them this node
  };
  /// On the link's thread; return quickly. Any may be empty.
  struct Handlers {
    std::function<void(ports::PeerAsked)> on_ask; ///< empty: asks are refused with kNotServed
    std::function<void(const ports::PeerStanding&)> on_change;
    /// A connection was turned away since its key is not pinned: its address and key.
    std::function<void(const std::string& address, const std::string& public_key)> on_denied;
  };

  /// Binds and makes every socket; nothing is said yet. `clock` must outlive the link.
  static Result<std::unique_ptr<ZmqPeerLink>, LinkFailure> open(Settings settings, const ports::Clock& clock);
  ~ZmqPeerLink() override;

  /// Once.
  void start(Handlers handlers);
  /// Idempotent.
  void stop();

  void ask(Ask ask, OnAnswer on_answer) override;
  void answer(std::uint64_t ticket, Bytes payload) override;
  void refuse(std::uint64_t ticket, peers::Refusal refusal, std::string why) override;
  std::vector<ports::PeerStanding> standing() const override;

  /// As bound, with the port.
  const std::string& listening_at() const;
  const PeerProbe& probe() const;

private:
  class Loop;
  explicit ZmqPeerLink(std::unique_ptr<Loop> loop);
  const std::unique_ptr<Loop> loop_;
};

} // namespace kindred::adapters
