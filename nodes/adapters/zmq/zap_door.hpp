#pragma once

#include <functional>
#include <map>
#include <string>

#include "nodes/adapters/zmq/frame.hpp"
#include "nodes/adapters/zmq/sockets.hpp"

namespace kindred::adapters {

/// Who may come in by CURVE: the ZAP handler (ZeroMQ RFC 27) of one context. A key that is pinned is let in under the name
/// it is pinned for, which every message of that connection then has as "User-Id"; any other is turned away with 400.
/// Owned by the sockets' thread. Must be open before a socket of the context is bound, else nobody is asked.
class ZapDoor {
public:
  using OnDenied = std::function<void(const std::string& address, const std::string& public_key)>;
  /// `pinned`: public key as Z85 → name.
  ZapDoor(void* context, std::map<std::string, std::string> pinned, OnDenied on_denied);

  /// False: the context has another handler, or no sockets are left.
  bool open();
  void* get() const { return socket_.get(); }
  /// Answers every handshake that waits; false: none did.
  bool serve();

  static constexpr const char* kDomain = "kindred";

private:
  void answer(const std::string& request_id, const std::string* name);

  const std::map<std::string, std::string> pinned_;
  const OnDenied on_denied_;
  ZmqSocket socket_;
  Frame frame_;
};

} // namespace kindred::adapters
