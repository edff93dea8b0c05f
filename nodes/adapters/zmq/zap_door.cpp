#include "nodes/adapters/zmq/zap_door.hpp"

#include <vector>

#include "nodes/adapters/zmq/curve_keys.hpp"

namespace kindred::adapters {

namespace {

constexpr std::size_t kFramesMax = 16;

// RFC 27: version, request id, domain, address, identity, mechanism, then the credentials.
enum Part : std::size_t { kVersion, kRequestId, kItsDomain, kAddress, kIdentity, kMechanism, kKey, kParts };

} // namespace

ZapDoor::ZapDoor(void* context, std::map<std::string, std::string> pinned, OnDenied on_denied)
    : pinned_(std::move(pinned)), on_denied_(std::move(on_denied)), socket_(context, ZMQ_ROUTER) {}

bool ZapDoor::open() {
  return socket_.get() != nullptr && zmq_bind(socket_.get(), "inproc://zeromq.zap.01") == 0;
}

bool ZapDoor::serve() {
  bool any = false;
  while (frame_.receive(socket_.get())) {
    any = true;
    // A ROUTER and not a REP: one broken request must not block the next.
    std::vector<std::string> parts{std::string(frame_.view())};
    while (frame_.more() && frame_.receive(socket_.get()))
      if (parts.size() < kFramesMax) parts.emplace_back(frame_.view());
    if (parts.size() < 2 + kParts || !parts[1].empty()) continue; // routing id, empty, the request
    const std::string& routing_id = parts[0];
    const auto part = [&](Part which) -> const std::string& { return parts[2 + which]; };
    const bool known_form =
        part(kVersion) == "1.0" && part(kMechanism) == "CURVE" && part(kKey).size() == kCurveKeyBytes;
    const std::string key = known_form ? curve_text(part(kKey)) : "";
    const auto found = pinned_.find(key);
    zmq_send(socket_.get(), routing_id.data(), routing_id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(socket_.get(), "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    answer(part(kRequestId), found == pinned_.end() ? nullptr : &found->second);
    if (found == pinned_.end()) on_denied_(part(kAddress), key);
  }
  return any;
}

void ZapDoor::answer(const std::string& request_id, const std::string* name) {
  const auto say = [this](const std::string& text, int flags) {
    zmq_send(socket_.get(), text.data(), text.size(), flags | ZMQ_DONTWAIT);
  };
  say("1.0", ZMQ_SNDMORE);
  say(request_id, ZMQ_SNDMORE);
  say(name != nullptr ? "200" : "400", ZMQ_SNDMORE);
  say(name != nullptr ? "pinned" : "this key is not pinned here", ZMQ_SNDMORE);
  say(name != nullptr ? *name : "", ZMQ_SNDMORE);
  say("", 0);
}

} // namespace kindred::adapters
