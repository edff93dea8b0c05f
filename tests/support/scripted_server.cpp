#include "tests/support/scripted_server.hpp"

#include <stdexcept>

#include <zmq.h>

#include "schemas/codec/api_codec.hpp"

namespace kindred::support {

namespace {
constexpr int kPollMs = 10;

Bytes receive_part(void* socket) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  Bytes part;
  if (zmq_msg_recv(&message, socket, 0) >= 0) {
    part.assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
  }
  zmq_msg_close(&message);
  return part;
}
} // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  context_ = zmq_ctx_new();
  socket_ = zmq_socket(context_, ZMQ_ROUTER);
  const int linger_ms = 0;
  zmq_setsockopt(socket_, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
  if (zmq_bind(socket_, "tcp://127.0.0.1:*") != 0) throw std::runtime_error("no free loopback port");
  char bound[64] = {};
  std::size_t size = sizeof bound;
  zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, bound, &size);
  endpoint_ = bound;
  thread_ = std::thread([this] { run(); });
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  thread_.join();
  zmq_close(socket_);
  zmq_ctx_term(context_);
}

void ScriptedServer::run() {
  while (!stopping_) {
    zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, kPollMs) > 0) serve_one();
  }
}

void ScriptedServer::serve_one() {
  const Bytes peer = receive_part(socket_);
  const Bytes bytes = receive_part(socket_);
  auto request = schemas::decode_request(bytes);
  if (!request.ok()) return;
  ++requests_;
  for (const api::Answer& answer : script_(request.value().request)) {
    const Bytes encoded = schemas::encode_answer(answer);
    zmq_send(socket_, peer.data(), peer.size(), ZMQ_SNDMORE);
    zmq_send(socket_, encoded.data(), encoded.size(), 0);
  }
}

api::Answer accept_all(const api::Request& request) {
  api::Answer answer;
  answer.request_id = request.request_id;
  answer.bodies.assign(request.queries.size(), api::Accepted{});
  return answer;
}

api::Answer refuse(const api::Request& request, api::ErrorCode code, std::uint32_t retry_after_ms) {
  api::Answer answer;
  answer.request_id = request.request_id;
  answer.retry_after_ms = retry_after_ms;
  answer.bodies.push_back(api::Error{code, "as the script says", retry_after_ms});
  return answer;
}

} // namespace kindred::support
