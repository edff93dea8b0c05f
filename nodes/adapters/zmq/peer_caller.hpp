#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/ports/clock.hpp"
#include "actors/ports/peer_link.hpp"
#include "nodes/adapters/zmq/frame.hpp"
#include "nodes/adapters/zmq/peer_asks.hpp"
#include "nodes/adapters/zmq/peer_door.hpp"
#include "nodes/adapters/zmq/peer_probe.hpp"
#include "nodes/adapters/zmq/peer_sockets.hpp"

namespace kindred::adapters {

/// A peer as the configuration pins it.
struct PinnedPeer {
  std::string name;
  std::string endpoint;
  std::string public_key; ///< Z85
};

/// The outgoing half of a link: says hello to one peer, keeps looking whether it lives, and asks it.
///
/// Two connections go to a peer, one for requests, hello and heartbeats, one for statistics and checkpoints, so that a request
/// never stands behind a block. Each hello and heartbeat waits for the one before it or kTryAgainAfter, so that a stopped
/// peer is not flooded.
/// Owned by the link's thread; only `admit` and `take_back` are for any thread.
class PeerCaller {
public:
  struct Self {
    void* context;
    const CurveKeys& keys;
    const peers::Hello& hello;
    const ports::Clock& clock;
    PeerProbe& probe;
    std::function<void(const ports::PeerStanding&)> on_change; ///< a state began
  };
  PeerCaller(Self self, PinnedPeer pinned);

  /// Makes the sockets and begins to connect.
  Result<Done, LinkFailure> open();
  /// Whether one more ask of that size may wait; it is counted then, until `take_back`. Any thread.
  std::optional<ports::PeerError> admit(std::size_t bytes);
  void take_back(std::size_t bytes);

  /// Requires: admitted.
  void add(PeerAsks::Waiting waiting);
  /// Does what can be done now; false: there was nothing.
  bool turn();
  /// Every ask ends with kClosed.
  void close();

  ports::PeerStanding standing() const;
  const std::string& name() const { return pinned_.name; }
  void* quick() const { return quick_.get(); }
  void* bulk() const { return bulk_.get(); }
  void* events() const { return monitor_.get(); }

  static constexpr std::int64_t kTryAgainAfter_us = 5'000'000;
  static constexpr int kHandshakesCutMax = 3; ///< in a row: then the key is taken to be wrong

private:
  bool take_events();
  bool take_messages(void* socket);
  void take(const peers::Envelope& envelope, Bytes payload);
  void take_hello(const peers::Envelope& envelope);
  void take_heartbeat(const peers::Envelope& envelope);
  void take_answer(const peers::Envelope& envelope, Bytes payload);
  bool send_asks();
  void look_at_time();
  void greet();
  bool say(const peers::Envelope& envelope);
  void measure_clock(Instant theirs);
  PeerEvidence evidence() const;
  void become(ports::PeerState state);
  void refuse(Judgement judgement, bool by_it);
  void lose();
  void end(PeerAsks::Ended ended, Result<Bytes, ports::PeerFailure> outcome);
  void fail(std::vector<PeerAsks::Ended> all, ports::PeerError error);

  const Self self_;
  const PinnedPeer pinned_;
  ZmqSocket quick_, bulk_;
  ConnectionMonitor monitor_; ///< of quick_; goes before it
  PeerAsks asks_;
  Frame frame_;

  bool connected_ = false;
  int handshakes_cut_ = 0;
  bool expecting_ = false; ///< a hello or heartbeat is not answered yet
  std::int64_t said_us_ = 0;
  Instant said_at_; ///< by our clock
  std::int64_t next_look_us_ = 0;
  Duration clock_unsure_;
  ports::PeerStanding standing_;

  std::atomic<bool> up_{false};
  std::atomic<std::size_t> waiting_{0}, waiting_bytes_{0};
};

} // namespace kindred::adapters
