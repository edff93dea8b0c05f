#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred::ports {

/// Where an answer goes. Opaque to actors: made by the adapter that received the request (socket, routing id, HTTP
/// connection, simulator's client), echoed back with the answer.
struct ReplyTo {
  std::uint32_t link = 0;   ///< which adapter
  std::uint64_t ticket = 0; ///< adapter's own: connection and request
  friend bool operator==(const ReplyTo&, const ReplyTo&) = default;
};

/// The way out of the process for answers and notifications. Thread-safe, never blocks.
/// A peer that is gone or too slow loses the answer (counted): its client asks again.
class Link {
public:
  virtual ~Link() = default;
  struct Outgoing {
    ReplyTo to;
    Bytes bytes;
  };
  virtual void reply(std::vector<Outgoing> answers) = 0;
  /// PUB: topic and encoded api::Notification.
  virtual void publish(std::string topic, Bytes notification) = 0;
};

} // namespace kindred::ports
