#include "nodes/adapters/zmq/sockets.hpp"

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "schemas/api.hpp"

namespace kindred::adapters {

namespace {

constexpr int kPeerQueueMax = 4'096;        // messages waiting per peer, each way
constexpr int kSubscriberQueueMax = 10'000; // notifications waiting per subscriber
constexpr int kHandshakeMs = 5'000;
constexpr int kHeartbeatMs = 5'000;
constexpr int kHeartbeatTimeoutMs = 15'000;
constexpr int kBacklog = 1'024;
constexpr std::int64_t kMessageBytesMax = 4 * static_cast<std::int64_t>(api::kRequestBytesMax);
constexpr std::int64_t kSubscriptionBytesMax = 4'096;

LinkFailure bind_failure(const std::string& endpoint, int error) {
  const std::string where = "cannot listen on " + endpoint + ": ";
  switch (error) {
  case EADDRINUSE:
    return {LinkError::kPortInUse,
            where + "the port is in use. Stop who has it (ss -ltnp), or name another port."};
  case EACCES:
  case EPERM:
    return {LinkError::kNoPermission,
            where + "not permitted. Take a port above 1023, or give the server the right."};
  case EMFILE:
  case ENFILE:
  case ENOMEM:
    return {LinkError::kNoResources, where + zmq_strerror(error) + ". Raise the limit of open files."};
  default:
    return {LinkError::kBadEndpoint,
            where + zmq_strerror(error) + ". An endpoint looks like tcp://127.0.0.1:7400."};
  }
}

/// ZeroMQ takes a port above 65535 and wraps it in silence.
bool port_fits(const std::string& endpoint) {
  const std::string port = endpoint.substr(endpoint.rfind(':') + 1);
  if (port == "*") return true;
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos)
    return false;
  return std::stoul(port) <= 65'535;
}

} // namespace

std::string_view name_of(LinkError error) {
  switch (error) {
  case LinkError::kPortInUse: return "portInUse";
  case LinkError::kBadEndpoint: return "badEndpoint";
  case LinkError::kNoPermission: return "noPermission";
  case LinkError::kNoResources: return "noResources";
  }
  return "unknown";
}

ZmqSocket::ZmqSocket(void* context, int type) : socket_(zmq_socket(context, type)) {
  if (socket_ == nullptr) return; // out of file descriptors: bind says so
  set(ZMQ_LINGER, 0);
  set(ZMQ_HANDSHAKE_IVL, kHandshakeMs);
  set(ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
  set(ZMQ_HEARTBEAT_TTL, kHeartbeatTimeoutMs);
  set(ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs);
  set(ZMQ_BACKLOG, kBacklog);
  set(ZMQ_TCP_KEEPALIVE, 1);
  set(ZMQ_IPV6, 1);
}

ZmqSocket::~ZmqSocket() {
  if (socket_ != nullptr) zmq_close(socket_);
}

void ZmqSocket::set(int option, int value) {
  [[maybe_unused]] const int done = zmq_setsockopt(socket_, option, &value, sizeof value);
  assert(done == 0);
}

Result<Done, LinkFailure> ZmqSocket::bind(const std::string& endpoint, std::string& bound) {
  if (socket_ == nullptr) return bind_failure(endpoint, EMFILE);
  if (!endpoint.starts_with("tcp://") || !port_fits(endpoint)) return bind_failure(endpoint, EINVAL);
  if (zmq_bind(socket_, endpoint.c_str()) != 0) return bind_failure(endpoint, zmq_errno());
  char text[256] = {};
  std::size_t size = sizeof text;
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text, &size) == 0) bound = text;
  return Done{};
}

ZmqSocket router_socket(void* context) {
  ZmqSocket socket(context, ZMQ_ROUTER);
  if (socket.get() == nullptr) return socket;
  socket.set(ZMQ_ROUTER_MANDATORY, 1); // else answers to peers that are gone vanish uncounted
  socket.set(ZMQ_SNDHWM, kPeerQueueMax);
  socket.set(ZMQ_RCVHWM, kPeerQueueMax);
  zmq_setsockopt(socket.get(), ZMQ_MAXMSGSIZE, &kMessageBytesMax, sizeof kMessageBytesMax);
  return socket;
}

ZmqSocket publisher_socket(void* context) {
  ZmqSocket socket(context, ZMQ_PUB);
  if (socket.get() == nullptr) return socket;
  socket.set(ZMQ_SNDHWM, kSubscriberQueueMax);
  socket.set(ZMQ_RCVHWM, kPeerQueueMax);
  zmq_setsockopt(socket.get(), ZMQ_MAXMSGSIZE, &kSubscriptionBytesMax, sizeof kSubscriptionBytesMax);
  return socket;
}

} // namespace kindred::adapters
