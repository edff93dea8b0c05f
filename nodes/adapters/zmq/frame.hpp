#pragma once

#include <zmq.h>

#include "engine/base/bytes.hpp"

namespace kindred::adapters {

/// One received frame; reused for all. Owned by the socket's thread.
class Frame {
public:
  Frame() { zmq_msg_init(&message_); }
  ~Frame() { zmq_msg_close(&message_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  /// False: nothing waits.
  bool receive(void* socket) { return zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT) >= 0; }
  bool more() { return zmq_msg_more(&message_) != 0; }
  /// Good until the next `receive`.
  BytesView view() { return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)}; }
  /// What the connection's handshake said under that name ("User-Id"); empty where nothing.
  BytesView said(const char* name) {
    const char* value = zmq_msg_gets(&message_, name);
    return value == nullptr ? BytesView() : BytesView(value);
  }

private:
  zmq_msg_t message_;
};

/// Sends one frame, a long one without a copy. False: it was not taken (the peer is gone, or its queue full).
bool send_frame(void* socket, Bytes bytes, int flags);

} // namespace kindred::adapters
