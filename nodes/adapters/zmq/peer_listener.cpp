#include "nodes/adapters/zmq/peer_listener.hpp"

#include <algorithm>
#include <utility>

#include "schemas/codec/node_codec.hpp"

namespace kindred::adapters {

using peers::Envelope;
using peers::MessageKind;
using peers::Refusal;

namespace {

constexpr int kTurnMax = 64;
constexpr std::int64_t kExpireEvery_us = 1'000'000;

std::map<std::string, std::string> names_by_key(const CurveKeys& mine, const std::string& my_name,
                                                const std::vector<PinnedPeer>& pinned) {
  std::map<std::string, std::string> names;
  for (const auto& peer : pinned) names.emplace(peer.public_key, peer.name);
  // Our own: who comes with it has copied this node, and is told so by name of the reason.
  names.emplace(mine.public_key, my_name);
  return names;
}

} // namespace

PeerListener::PeerListener(Self self, const std::vector<PinnedPeer>& pinned)
    : self_(std::move(self)), door_(self_.context, names_by_key(self_.keys, self_.hello.node, pinned),
                                    [this](const std::string& address, const std::string& key) {
                                      PeerProbe::add(self_.probe.denied_keys);
                                      self_.on_denied(address, key);
                                    }),
      router_(peer_router_socket(self_.context, self_.keys.secret_key)) {}

Result<Done, LinkFailure> PeerListener::open(const std::string& endpoint, std::string& bound) {
  if (!door_.open())
    return LinkFailure{LinkError::kNoResources,
                       "no socket for the keys of peers: raise the limit of open files."};
  return router_.bind(endpoint, bound);
}

bool PeerListener::turn() {
  bool any = door_.serve();
  for (int taken = 0; taken < kTurnMax && id_.receive(router_.get()); ++taken) {
    any = true;
    take_message();
  }
  if (const auto now_us = self_.clock.steady_us(); now_us >= next_expiry_us_) {
    next_expiry_us_ = now_us + kExpireEvery_us;
    expire();
  }
  return any;
}

void PeerListener::take_message() {
  bool ours = id_.more() && frame_.receive(router_.get());
  Result<Envelope, schemas::CodecFailure> envelope(std::in_place);
  std::string peer;
  Bytes payload;
  if (ours) {
    envelope = schemas::decode_node_envelope(frame_.view());
    peer = frame_.said("User-Id");
    ours = envelope.ok() && frame_.more() && frame_.receive(router_.get());
  }
  if (ours) payload.assign(frame_.view());
  ours = ours && !frame_.more();
  while (frame_.more() && frame_.receive(router_.get())) {
  }
  if (!ours) return PeerProbe::add(self_.probe.misframed);
  PeerProbe::add(self_.probe.bytes_in, payload.size());
  take(peer, envelope.value(), std::move(payload));
}

void PeerListener::take(const std::string& peer, const Envelope& envelope, Bytes payload) {
  if (envelope.kind == MessageKind::kHello) return take_hello(peer, envelope);
  if (envelope.kind == MessageKind::kHeartbeat) return take_heartbeat(peer);
  if (ports::answer_kind_of(envelope.kind) == MessageKind::kNone)
    return PeerProbe::add(self_.probe.misframed);
  take_ask(peer, envelope, std::move(payload));
}

void PeerListener::take_hello(const std::string& peer, const Envelope& envelope) {
  const std::int64_t now_us = self_.clock.steady_us();
  PeerEvidence evidence;
  evidence.pinned_as = peer;
  evidence.clock_ahead = envelope.clock - self_.clock.now();
  evidence.clock_unsure =
      peers::kClockOffMax; // one way only: the other side, which knows the round trip, judges closer
  const auto known = welcomed_.find(peer);
  if (known != welcomed_.end() && now_us - known->second.heard_us < ports::kPeerSilentAfter.us)
    evidence.living = known->second.life;
  const Judgement judgement = judge(self_.hello, envelope.hello, evidence);
  if (judgement.ok()) {
    Welcomed& welcomed = welcomed_[peer];
    welcomed.life = envelope.hello.life;
    welcomed.heard_us = now_us;
  } else {
    PeerProbe::add(self_.probe.refused[static_cast<std::size_t>(judgement.refusal)]);
  }
  Envelope answer;
  answer.kind = MessageKind::kHello;
  answer.clock = self_.clock.now();
  answer.hello = self_.hello;
  answer.refusal = judgement.refusal;
  answer.reason = judgement.why;
  send(std::string(id_.view()), answer, {});
}

void PeerListener::take_heartbeat(const std::string& peer) {
  Envelope answer;
  answer.kind = MessageKind::kHeartbeat;
  answer.clock = self_.clock.now();
  const auto known = welcomed_.find(peer);
  if (known == welcomed_.end())
    answer.refusal = Refusal::kHelloFirst;
  else
    known->second.heard_us = self_.clock.steady_us();
  send(std::string(id_.view()), answer, {});
}

Refusal PeerListener::refusal_of(const std::string& peer, const Envelope& envelope) const {
  const auto known = welcomed_.find(peer);
  if (known == welcomed_.end() || envelope.to_life != self_.hello.life) return Refusal::kHelloFirst;
  if (envelope.remaining_ms == 0) return Refusal::kLate;
  if (!on_ask_) return Refusal::kNotServed;
  if (known->second.asked >= ports::kPeerAskedMax) return Refusal::kBusy;
  return Refusal::kNone;
}

void PeerListener::take_ask(const std::string& peer, const Envelope& envelope, Bytes payload) {
  const Refusal refusal = refusal_of(peer, envelope);
  if (refusal != Refusal::kNone) {
    PeerProbe::add(self_.probe.refused[static_cast<std::size_t>(refusal)]);
    Envelope answer;
    answer.kind = ports::answer_kind_of(envelope.kind);
    answer.id = envelope.id;
    answer.refusal = refusal;
    answer.reason = std::string(peers::name_of(refusal));
    send(std::string(id_.view()), answer, {});
    return;
  }
  const std::int64_t now_us = self_.clock.steady_us();
  welcomed_[peer].heard_us = now_us;
  ++welcomed_[peer].asked;
  PeerProbe::add(self_.probe.asked);
  const std::int64_t deadline_us =
      now_us + std::min<std::int64_t>(std::int64_t{envelope.remaining_ms} * 1000, ports::kPeerAskMax.us);
  tickets_.emplace(++last_ticket_,
                   Ticket{std::string(id_.view()), peer, envelope.kind, envelope.id, deadline_us});
  on_ask_({peer, envelope.kind, std::move(payload), deadline_us, last_ticket_});
}

void PeerListener::reply(std::vector<Reply> replies) {
  struct Ready {
    ports::PeerPriority priority;
    std::unordered_map<std::uint64_t, Ticket>::iterator ticket;
    Reply* reply;
  };
  std::vector<Ready> ready;
  for (auto& one : replies) {
    const auto ticket = tickets_.find(one.ticket);
    if (ticket == tickets_.end() || ticket->second.deadline_us <= self_.clock.steady_us())
      PeerProbe::add(self_.probe.answered_late);
    else
      ready.push_back({ports::priority_of(ticket->second.kind), ticket, &one});
  }
  std::stable_sort(ready.begin(), ready.end(),
                   [](const Ready& a, const Ready& b) { return a.priority < b.priority; });
  for (auto& [priority, ticket, reply] : ready) {
    Envelope answer;
    answer.kind = ports::answer_kind_of(ticket->second.kind);
    answer.id = ticket->second.id;
    answer.refusal = reply->refusal;
    answer.reason = std::move(reply->why);
    const bool sent = send(ticket->second.routing_id, answer, std::move(reply->payload));
    PeerProbe::add(sent ? self_.probe.answered : self_.probe.answered_late);
    close(ticket);
  }
}

void PeerListener::gone(const std::string& peer, std::uint64_t life) {
  const auto known = welcomed_.find(peer);
  if (known != welcomed_.end() && known->second.life == life)
    known->second.heard_us -= ports::kPeerSilentAfter.us;
}

bool PeerListener::send(const std::string& routing_id, const Envelope& envelope, Bytes payload) {
  // A peer that is gone or does not read fails at the first frame, never behind it.
  if (zmq_send(router_.get(), routing_id.data(), routing_id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
    return false;
  PeerProbe::add(self_.probe.bytes_out, payload.size());
  return send_frame(router_.get(), schemas::encode_node_envelope(envelope), ZMQ_SNDMORE) &&
         send_frame(router_.get(), std::move(payload), 0);
}

void PeerListener::close(std::unordered_map<std::uint64_t, Ticket>::iterator ticket) {
  if (const auto peer = welcomed_.find(ticket->second.peer); peer != welcomed_.end()) --peer->second.asked;
  tickets_.erase(ticket);
}

void PeerListener::expire() {
  const std::int64_t now_us = self_.clock.steady_us();
  for (auto ticket = tickets_.begin(); ticket != tickets_.end();) {
    const auto one = ticket++;
    if (one->second.deadline_us <= now_us) close(one);
  }
}

} // namespace kindred::adapters
