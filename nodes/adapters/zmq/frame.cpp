#include "nodes/adapters/zmq/frame.hpp"

#include <utility>

namespace kindred::adapters {

namespace {

constexpr std::size_t kCopyBytesMax = 1'024; // shorter ones are copied, longer ones handed over

void free_bytes(void*, void* hint) { delete static_cast<Bytes*>(hint); }

} // namespace

bool send_frame(void* socket, Bytes bytes, int flags) {
  if (bytes.size() <= kCopyBytesMax)
    return zmq_send(socket, bytes.data(), bytes.size(), flags | ZMQ_DONTWAIT) >= 0;
  auto* owned = new Bytes(std::move(bytes));
  zmq_msg_t message;
  zmq_msg_init_data(&message, owned->data(), owned->size(), &free_bytes, owned);
  if (zmq_msg_send(&message, socket, flags | ZMQ_DONTWAIT) >= 0) return true;
  zmq_msg_close(&message);
  return false;
}

} // namespace kindred::adapters
