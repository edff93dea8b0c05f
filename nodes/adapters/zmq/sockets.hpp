#pragma once

#include <zmq.h>

#include <string>

#include "engine/base/result.hpp"
#include "nodes/adapters/zmq/link_failure.hpp"

namespace kindred::adapters {

/// A ZeroMQ socket with every default set that would be unbounded or silent. Owned by one thread; move-only.
class ZmqSocket {
public:
  ZmqSocket() = default;
  ZmqSocket(void* context, int type);
  ZmqSocket(ZmqSocket&& other) noexcept : socket_(std::exchange(other.socket_, nullptr)) {}
  ZmqSocket& operator=(ZmqSocket&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~ZmqSocket();

  void set(int option, int value);
  /// Binds; `bound` gets the endpoint with its port.
  Result<Done, LinkFailure> bind(const std::string& endpoint, std::string& bound);
  void* get() const { return socket_; }

private:
  void* socket_ = nullptr;
};

/// Requests and answers. Larger messages than four requests' bound end the connection; those between get an answer.
ZmqSocket router_socket(void* context);
/// Notifications: slow subscribers lose them.
ZmqSocket publisher_socket(void* context);

} // namespace kindred::adapters
