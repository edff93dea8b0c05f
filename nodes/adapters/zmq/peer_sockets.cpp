#include "nodes/adapters/zmq/peer_sockets.hpp"

#include <cassert>
#include <cstring>

#include "nodes/adapters/zmq/frame.hpp"
#include "nodes/adapters/zmq/zap_door.hpp"
#include "schemas/node_messages.hpp"

namespace kindred::adapters {

namespace {

constexpr int kPeerQueueMax = 4'096;     // messages waiting per connection, each way; asks are bounded before
constexpr std::int64_t kCurveBytes = 64; // what encryption adds to a frame, rounded up; the bound counts it
constexpr int kPeerReconnectMs = 100;
constexpr int kPeerReconnectMaxMs = 1'000;
constexpr int kPeerConnectMs = 2'000;
constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                        ZMQ_EVENT_DISCONNECTED;

void set_key(ZmqSocket& socket, int option, const std::string& key) {
  [[maybe_unused]] const int done = zmq_setsockopt(socket.get(), option, key.c_str(), key.size() + 1);
  assert(done == 0); // checked where it came in: is_curve_key
}

void set_bounds(ZmqSocket& socket) {
  const auto bytes_max = static_cast<std::int64_t>(peers::kPayloadBytesMax) + kCurveBytes;
  socket.set(ZMQ_SNDHWM, kPeerQueueMax);
  socket.set(ZMQ_RCVHWM, kPeerQueueMax);
  zmq_setsockopt(socket.get(), ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max);
}

} // namespace

ZmqSocket peer_router_socket(void* context, const std::string& secret_key) {
  ZmqSocket socket(context, ZMQ_ROUTER);
  if (socket.get() == nullptr) return socket;
  set_bounds(socket);
  socket.set(ZMQ_ROUTER_MANDATORY, 1);
  socket.set(ZMQ_CURVE_SERVER, 1);
  set_key(socket, ZMQ_CURVE_SECRETKEY, secret_key);
  zmq_setsockopt(socket.get(), ZMQ_ZAP_DOMAIN, ZapDoor::kDomain, std::strlen(ZapDoor::kDomain));
  return socket;
}

ZmqSocket peer_dealer_socket(void* context, const CurveKeys& keys, const std::string& peer_public_key) {
  ZmqSocket socket(context, ZMQ_DEALER);
  if (socket.get() == nullptr) return socket;
  set_bounds(socket);
  socket.set(ZMQ_IMMEDIATE, 1);
  socket.set(ZMQ_RECONNECT_IVL, kPeerReconnectMs);
  socket.set(ZMQ_RECONNECT_IVL_MAX, kPeerReconnectMaxMs);
  socket.set(ZMQ_CONNECT_TIMEOUT, kPeerConnectMs);
  set_key(socket, ZMQ_CURVE_SERVERKEY, peer_public_key);
  set_key(socket, ZMQ_CURVE_PUBLICKEY, keys.public_key);
  set_key(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key);
  return socket;
}

ConnectionMonitor::ConnectionMonitor(ZmqSocket& socket, void* context, const std::string& name) {
  const std::string endpoint = "inproc://monitor." + name;
  if (zmq_socket_monitor(socket.get(), endpoint.c_str(), kEvents) != 0) return;
  events_ = ZmqSocket(context, ZMQ_PAIR);
  if (events_.get() != nullptr) zmq_connect(events_.get(), endpoint.c_str());
}

std::optional<ConnectionEvent> ConnectionMonitor::next() {
  Frame frame;
  while (events_.get() != nullptr && frame.receive(events_.get())) {
    std::uint16_t event = 0; // RFC of libzmq: event u16, value u32; then a frame with the endpoint
    if (frame.view().size() >= sizeof event) std::memcpy(&event, frame.view().data(), sizeof event);
    while (frame.more() && frame.receive(events_.get())) {
    }
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return ConnectionEvent::kWelcomed;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return ConnectionEvent::kTurnedAway;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return ConnectionEvent::kHandshakeCut;
    case ZMQ_EVENT_DISCONNECTED: return ConnectionEvent::kLost;
    default: break;
    }
  }
  return std::nullopt;
}

} // namespace kindred::adapters
