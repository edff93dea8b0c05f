#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nodes/adapters/zmq/curve_keys.hpp"
#include "nodes/adapters/zmq/sockets.hpp"

namespace kindred::adapters {

/// Where peers come in: a CURVE server whose keys a ZapDoor of the same context judges. Messages over
/// peers::kPayloadBytesMax end their connection.
ZmqSocket peer_router_socket(void* context, const std::string& secret_key);
/// The way to one peer: a CURVE client that knows the peer's key. Not yet connected; nothing is queued for a peer that is
/// not there, and what was queued goes with the connection.
ZmqSocket peer_dealer_socket(void* context, const CurveKeys& keys, const std::string& peer_public_key);

/// What happened to the connection of a socket.
enum class ConnectionEvent : std::uint8_t {
  kWelcomed,     ///< connected, and both keys are right
  kTurnedAway,   ///< the other side's ZAP handler does not know our key
  kHandshakeCut, ///< it went in the handshake without a word: also what a wrong key of the server looks like
  kLost,
};

/// Tells what happens to the connection of a socket, in order. Owned by the socket's thread; must go before the socket.
class ConnectionMonitor {
public:
  ConnectionMonitor() = default;
  ConnectionMonitor(ZmqSocket& socket, void* context, const std::string& name);
  ConnectionMonitor(ConnectionMonitor&&) = default;
  ConnectionMonitor& operator=(ConnectionMonitor&&) = default;
  void* get() const { return events_.get(); }
  /// Nothing: no event waits.
  std::optional<ConnectionEvent> next();

private:
  ZmqSocket events_;
};

} // namespace kindred::adapters
