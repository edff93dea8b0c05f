#pragma once

#include <optional>
#include <string>

#include <zmq.h>

#include "engine/base/bytes.hpp"

namespace kindred::client {

/// A node's socket, and whether somebody is at the other end. What is sent goes to a connection that stands, or is
/// refused: nothing waits for a node that is gone. One thread; the context outlives it.
class NodeConnection {
public:
  /// `number`: unique among the context's connections.
  NodeConnection(void* context, const std::string& endpoint, std::uint32_t number);
  ~NodeConnection();
  NodeConnection(const NodeConnection&) = delete;
  NodeConnection& operator=(const NodeConnection&) = delete;

  bool ok() const { return ok_; } ///< the endpoint could be understood
  bool is_up() const { return up_; }
  bool is_tried() const { return tried_; } ///< it was up, or could not be reached
  bool send(BytesView bytes);
  /// The next message; none: nothing came.
  std::optional<Bytes> receive();

  enum class Change { kNone, kUp, kDown };
  /// One change since the last look, oldest first.
  Change look();

  /// To be polled for input: messages, and changes.
  void* socket() const { return socket_; }
  void* monitor() const { return monitor_; }

private:
  void* socket_ = nullptr;
  void* monitor_ = nullptr;
  bool ok_ = false;
  bool up_ = false;
  bool tried_ = false;
};

} // namespace kindred::client
