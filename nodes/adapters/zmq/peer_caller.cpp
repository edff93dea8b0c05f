#include "nodes/adapters/zmq/peer_caller.hpp"

#include <algorithm>
#include <utility>

#include "schemas/codec/node_codec.hpp"

namespace kindred::adapters {

using peers::Envelope;
using peers::MessageKind;
using peers::Refusal;
using ports::PeerError;
using ports::PeerFailure;
using ports::PeerState;

namespace {

constexpr int kTurnMax = 64;                   // messages taken or sent before others have their turn
constexpr std::int64_t kLookEvery_us = 10'000; // at deadlines

} // namespace

PeerCaller::PeerCaller(Self self, PinnedPeer pinned) : self_(std::move(self)), pinned_(std::move(pinned)) {
  standing_.name = pinned_.name;
  standing_.endpoint = pinned_.endpoint;
}

Result<Done, LinkFailure> PeerCaller::open() {
  quick_ = peer_dealer_socket(self_.context, self_.keys, pinned_.public_key);
  bulk_ = peer_dealer_socket(self_.context, self_.keys, pinned_.public_key);
  if (quick_.get() != nullptr) monitor_ = ConnectionMonitor(quick_, self_.context, pinned_.name);
  if (quick_.get() == nullptr || bulk_.get() == nullptr || monitor_.get() == nullptr)
    return LinkFailure{LinkError::kNoResources,
                       "no sockets for the peer '" + pinned_.name + "': raise the limit of open files."};
  if (zmq_connect(quick_.get(), pinned_.endpoint.c_str()) != 0 ||
      zmq_connect(bulk_.get(), pinned_.endpoint.c_str()) != 0)
    return LinkFailure{LinkError::kBadEndpoint, "cannot connect to the peer '" + pinned_.name + "' at " +
                                                    pinned_.endpoint + ": " + zmq_strerror(zmq_errno()) +
                                                    ". An endpoint looks like tcp://10.0.0.2:7402."};
  return Done{};
}

std::optional<PeerError> PeerCaller::admit(std::size_t bytes) {
  if (bytes > peers::kPayloadBytesMax) return PeerError::kTooLarge;
  if (!up_.load(std::memory_order_acquire)) return PeerError::kNotUp;
  const bool full = waiting_.fetch_add(1) >= ports::kPeerAsksMax;
  if (waiting_bytes_.fetch_add(bytes) + bytes <= ports::kPeerAskBytesMax && !full) return std::nullopt;
  take_back(bytes);
  return PeerError::kFull;
}

void PeerCaller::take_back(std::size_t bytes) {
  waiting_.fetch_sub(1);
  waiting_bytes_.fetch_sub(bytes);
}

void PeerCaller::add(PeerAsks::Waiting waiting) { asks_.add(std::move(waiting)); }

bool PeerCaller::turn() {
  bool any = take_events();
  any |= take_messages(quick_.get());
  any |= take_messages(bulk_.get());
  any |= send_asks();
  look_at_time();
  return any;
}

bool PeerCaller::take_events() {
  bool any = false;
  while (const auto event = monitor_.next()) {
    any = true;
    switch (*event) {
    case ConnectionEvent::kWelcomed:
      connected_ = true;
      handshakes_cut_ = 0;
      expecting_ = false;
      greet();
      break;
    case ConnectionEvent::kTurnedAway:
      refuse({Refusal::kWrongKey, pinned_.name +
                                      " does not know this node's key: put its public_key into the "
                                      "[cluster] peers there"},
             true);
      break;
    case ConnectionEvent::kHandshakeCut:
      if (++handshakes_cut_ >= kHandshakesCutMax)
        refuse({Refusal::kWrongKey, "who answers at " + pinned_.endpoint +
                                        " does not have the key pinned for '" + pinned_.name +
                                        "': correct its public_key, or the endpoint"},
               false);
      break;
    case ConnectionEvent::kLost:
      if (connected_) lose();
      connected_ = false;
      break;
    }
  }
  return any;
}

bool PeerCaller::take_messages(void* socket) {
  int taken = 0;
  for (; taken < kTurnMax && frame_.receive(socket); ++taken) {
    auto envelope = schemas::decode_node_envelope(frame_.view());
    Bytes payload;
    if (frame_.more() && frame_.receive(socket)) payload.assign(frame_.view());
    bool ours = envelope.ok() && !frame_.more();
    while (frame_.more() && frame_.receive(socket)) {
    }
    if (!ours) {
      PeerProbe::add(self_.probe.misframed);
      continue;
    }
    standing_.heard_us = self_.clock.steady_us();
    PeerProbe::add(self_.probe.bytes_in, payload.size());
    take(envelope.value(), std::move(payload));
  }
  return taken != 0;
}

void PeerCaller::take(const Envelope& envelope, Bytes payload) {
  if (envelope.refusal != Refusal::kNone)
    PeerProbe::add(self_.probe.refused_us[static_cast<std::size_t>(envelope.refusal)]);
  switch (envelope.kind) {
  case MessageKind::kHello: return take_hello(envelope);
  case MessageKind::kHeartbeat: return take_heartbeat(envelope);
  default: return take_answer(envelope, std::move(payload));
  }
}

void PeerCaller::take_hello(const Envelope& envelope) {
  expecting_ = false;
  measure_clock(envelope.clock);
  Judgement judgement = judge(self_.hello, envelope.hello, evidence());
  if (!judgement.ok()) return refuse(std::move(judgement), false);
  if (envelope.refusal != Refusal::kNone) return refuse({envelope.refusal, envelope.reason}, true);
  if (standing_.life != 0 && standing_.life != envelope.hello.life) fail(asks_.drop(false), PeerError::kGone);
  standing_.life = envelope.hello.life;
  become(PeerState::kUp);
}

void PeerCaller::take_heartbeat(const Envelope& envelope) {
  expecting_ = false;
  measure_clock(envelope.clock);
  if (envelope.refusal == Refusal::kHelloFirst || standing_.state != PeerState::kUp) return greet();
  if (envelope.refusal != Refusal::kNone) return refuse({envelope.refusal, envelope.reason}, true);
  Judgement judgement = judge_clock(pinned_.name, evidence());
  if (!judgement.ok()) refuse(std::move(judgement), false);
}

void PeerCaller::take_answer(const Envelope& envelope, Bytes payload) {
  auto ended = asks_.take(envelope.id, envelope.kind);
  if (!ended) return PeerProbe::add(self_.probe.answers_late);
  if (envelope.refusal == Refusal::kNone) return end(std::move(*ended), std::move(payload));
  if (envelope.refusal == Refusal::kHelloFirst) greet(); // it is another life
  end(std::move(*ended), PeerFailure{PeerError::kRefused, envelope.refusal, envelope.reason});
}

bool PeerCaller::send_asks() {
  if (standing_.state != PeerState::kUp) return false;
  int sent = 0;
  for (; sent < kTurnMax; ++sent) {
    auto out = asks_.next(self_.clock.steady_us());
    if (!out) break;
    const auto priority = static_cast<std::size_t>(ports::priority_of(out->kind));
    void* socket = priority == 0 ? quick_.get() : bulk_.get();
    Envelope envelope;
    envelope.kind = out->kind;
    envelope.id = out->id;
    envelope.to_life = standing_.life;
    envelope.remaining_ms = out->remaining_ms;
    if (!send_frame(socket, schemas::encode_node_envelope(envelope), ZMQ_SNDMORE)) {
      asks_.put_back(std::move(*out));
      break;
    }
    PeerProbe::add(self_.probe.asks[priority]);
    PeerProbe::add(self_.probe.bytes_out, out->bytes);
    send_frame(socket, std::move(out->payload), 0); // the second frame goes where the first went
  }
  return sent != 0;
}

void PeerCaller::look_at_time() {
  const std::int64_t now_us = self_.clock.steady_us();
  if (now_us < next_look_us_) return;
  next_look_us_ = now_us + kLookEvery_us;
  fail(asks_.expire(now_us), PeerError::kDeadline);
  if (standing_.state == PeerState::kUp && now_us - standing_.heard_us > ports::kPeerSilentAfter.us) lose();
  if (connected_ && now_us - said_us_ >= ports::kPeerHeartbeatEvery.us) greet();
}

void PeerCaller::greet() {
  const std::int64_t now_us = self_.clock.steady_us();
  if (!connected_ || (expecting_ && now_us - said_us_ < kTryAgainAfter_us)) return;
  Envelope envelope;
  envelope.kind = standing_.state == PeerState::kUp ? MessageKind::kHeartbeat : MessageKind::kHello;
  if (envelope.kind == MessageKind::kHello)
    envelope.hello = self_.hello;
  else
    envelope.to_life = standing_.life;
  said_us_ = now_us;
  said_at_ = self_.clock.now();
  envelope.clock = said_at_;
  expecting_ = say(envelope);
}

bool PeerCaller::say(const Envelope& envelope) {
  return send_frame(quick_.get(), schemas::encode_node_envelope(envelope), ZMQ_SNDMORE) &&
         send_frame(quick_.get(), {}, 0);
}

void PeerCaller::measure_clock(Instant theirs) {
  const std::int64_t half_us = (self_.clock.steady_us() - said_us_) / 2;
  clock_unsure_ = {half_us};
  standing_.clock_ahead = theirs - (said_at_ + clock_unsure_);
  standing_.clock_known = true;
}

PeerEvidence PeerCaller::evidence() const {
  return {pinned_.name, standing_.clock_ahead, clock_unsure_, std::nullopt};
}

void PeerCaller::become(PeerState state) {
  if (state != PeerState::kRefused) {
    standing_.refusal = Refusal::kNone;
    standing_.refused_by_it = false;
    standing_.why.clear();
  }
  const bool changed = standing_.state != state;
  standing_.state = state;
  up_.store(state == PeerState::kUp, std::memory_order_release);
  if (changed) self_.on_change(standing_);
}

void PeerCaller::refuse(Judgement judgement, bool by_it) {
  const bool same = standing_.refusal == judgement.refusal && standing_.refused_by_it == by_it;
  standing_.refusal = judgement.refusal;
  standing_.refused_by_it = by_it;
  standing_.why = std::move(judgement.why);
  if (!same && standing_.state == PeerState::kRefused) self_.on_change(standing_);
  become(PeerState::kRefused);
  fail(asks_.drop(true), PeerError::kGone);
}

void PeerCaller::lose() {
  fail(asks_.drop(true), PeerError::kGone);
  if (standing_.state == PeerState::kUp) become(PeerState::kSilent);
}

void PeerCaller::end(PeerAsks::Ended ended, Result<Bytes, PeerFailure> outcome) {
  take_back(ended.bytes);
  if (outcome.ok())
    PeerProbe::add(self_.probe.answers);
  else
    PeerProbe::add(self_.probe.failed[static_cast<std::size_t>(outcome.error().error)]);
  ended.on_answer(std::move(outcome));
}

void PeerCaller::fail(std::vector<PeerAsks::Ended> all, PeerError error) {
  for (auto& ended : all) end(std::move(ended), PeerFailure{error, Refusal::kNone, ""});
}

void PeerCaller::close() {
  up_ = false;
  fail(asks_.drop(true), PeerError::kClosed);
}

ports::PeerStanding PeerCaller::standing() const { return standing_; }

} // namespace kindred::adapters
