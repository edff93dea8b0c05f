#include "clients/cpp/node_connection.hpp"

#include <cstdint>
#include <cstring>

namespace kindred::client {

namespace {

constexpr int kQueueMax = 65'536; // messages in ZeroMQ's own queues, each way
constexpr std::int64_t kAnswerBytesMax = 16 << 20;
constexpr int kReconnectMs = 50;
constexpr int kReconnectMsMax = 1'000;
constexpr int kHeartbeatMs = 2'000;
constexpr int kHandshakeMs = 5'000;

void set(void* socket, int option, int value) { zmq_setsockopt(socket, option, &value, sizeof value); }

void configure(void* socket) {
  set(socket, ZMQ_LINGER, 0);
  set(socket, ZMQ_IMMEDIATE, 1);
  set(socket, ZMQ_SNDHWM, kQueueMax);
  set(socket, ZMQ_RCVHWM, kQueueMax);
  set(socket, ZMQ_RECONNECT_IVL, kReconnectMs);
  set(socket, ZMQ_RECONNECT_IVL_MAX, kReconnectMsMax);
  set(socket, ZMQ_HANDSHAKE_IVL, kHandshakeMs);
  set(socket, ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
  set(socket, ZMQ_HEARTBEAT_TIMEOUT, 3 * kHeartbeatMs);
  zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &kAnswerBytesMax, sizeof kAnswerBytesMax);
}

} // namespace

NodeConnection::NodeConnection(void* context, const std::string& endpoint, std::uint32_t number)
    : socket_(zmq_socket(context, ZMQ_DEALER)), monitor_(zmq_socket(context, ZMQ_PAIR)) {
  configure(socket_);
  set(monitor_, ZMQ_LINGER, 0);
  const std::string at = "inproc://node-" + std::to_string(number);
  zmq_socket_monitor(socket_, at.c_str(),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED);
  zmq_connect(monitor_, at.c_str());
  ok_ = zmq_connect(socket_, endpoint.c_str()) == 0;
}

NodeConnection::~NodeConnection() {
  zmq_socket_monitor(socket_, nullptr, 0);
  zmq_close(monitor_);
  zmq_close(socket_);
}

bool NodeConnection::send(BytesView bytes) {
  return up_ && zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) >= 0;
}

std::optional<Bytes> NodeConnection::receive() {
  zmq_msg_t message;
  zmq_msg_init(&message);
  std::optional<Bytes> bytes;
  if (zmq_msg_recv(&message, socket_, ZMQ_DONTWAIT) >= 0)
    bytes.emplace(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
  zmq_msg_close(&message);
  return bytes;
}

NodeConnection::Change NodeConnection::look() {
  // An event is two frames: its number (16 bits) with a value, and the endpoint.
  char event[16], endpoint[1'024];
  if (zmq_recv(monitor_, event, sizeof event, ZMQ_DONTWAIT) < 0) return Change::kNone;
  zmq_recv(monitor_, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
  std::uint16_t what = 0;
  std::memcpy(&what, event, sizeof what);
  up_ = what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
  tried_ = true;
  return up_ ? Change::kUp : Change::kDown;
}

} // namespace kindred::client
