#include "actors/peering/relay.hpp"

#include <algorithm>

#include "schemas/codec/node_asks_codec.hpp"

namespace kindred::actors::peering {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;
using ports::PeerError;

bool Relay::ask(PartitionId partition, user_shard::Forward::One& one, std::int64_t taken_us) {
  const std::size_t bytes = one.request.size();
  if (!one.repeatable || open_ >= kRelaysMax || open_bytes_ + bytes > kRelayBytesMax) return false;
  const std::int64_t steady_us = to_.clock.steady_us();
  std::string peer = peer_of(to_.ways(partition), steady_us);
  if (peer.empty()) return false;
  Probe::count(to_.probe.relayed);
  ++open_;
  open_bytes_ += bytes;
  ports::PeerLink::Ask ask{peer, MessageKind::kForward,
                           schemas::encode_whole_ask({partition.value, one.tenant, one.request}),
                           steady_us + kRelayWithin.us};
  to_.peers.ask(std::move(ask),
                [this, peer = std::move(peer),
                 back = user_shard::HandBack{one.to, std::move(one.request), taken_us}](auto answer) mutable {
                  ended(std::move(back), peer, std::move(answer));
                });
  return true;
}

std::string Relay::peer_of(const Ways& ways, std::int64_t steady_us) const {
  if (ways.here) return {};
  const std::lock_guard lock(mutex_);
  for (const std::string& peer : ways.peers) {
    const auto avoided = avoided_.find(peer);
    if (avoided == avoided_.end() || avoided->second <= steady_us) return peer;
  }
  return {};
}

void Relay::ended(user_shard::HandBack back, const std::string& peer,
                  Result<Bytes, ports::PeerFailure> answer) {
  --open_;
  open_bytes_ -= back.request.size();
  if (answer.ok())
    if (auto whole = schemas::whole_answer_in(answer.value()); whole) {
      std::vector<Outgoing> replies;
      replies.push_back({back.to, std::move(*whole)});
      return to_.clients.reply(std::move(replies));
    }
  Probe::count(to_.probe.relays_failed);
  if (!answer.ok() && answer.error().error == PeerError::kDeadline) {
    const std::lock_guard lock(mutex_);
    avoided_[peer] = to_.clock.steady_us() + kRelayAvoidsFor.us;
  }
  to_.to_gateway(std::move(back));
}

bool Relay::serve(const ports::PeerAsked& asked) const {
  if (asked.kind != MessageKind::kForward) return false;
  auto whole = schemas::whole_ask_in(asked.payload);
  if (!whole) return false;
  const PartitionId partition{whole->partition};
  user_shard::Forward forward;
  forward.requests.push_back({{kRelayedLink, asked.ticket}, std::move(whole->request), whole->tenant});
  forward.now = to_.clock.now();
  forward.taken_us = to_.clock.steady_us();
  forward.until = forward.now + Duration{std::max<std::int64_t>(0, asked.deadline_us - forward.taken_us)};
  if (partition.value < to_.partitions && to_.here(partition) &&
      to_.to_shard(partition, std::move(forward))) {
    Probe::count(to_.probe.served);
    return true;
  }
  Probe::count(to_.probe.not_here);
  to_.peers.refuse(asked.ticket, Refusal::kNotServed,
                   "partition " + std::to_string(partition.value) + " is not here, or not caught up");
  return true;
}

void Relay::reply(std::vector<Outgoing> answers) {
  std::erase_if(answers, [this](const Outgoing& one) {
    if (one.to.link != kRelayedLink) return false;
    to_.peers.answer(one.to.ticket, schemas::encode_whole_answer(one.bytes));
    return true;
  });
  if (!answers.empty()) to_.clients.reply(std::move(answers));
}

void Relay::publish(std::string topic, Bytes notification) {
  to_.clients.publish(std::move(topic), std::move(notification));
}

void Relay::hand_back(user_shard::HandBack back) const {
  if (back.to.link == kRelayedLink)
    to_.peers.refuse(back.to.ticket, Refusal::kNotServed, "other partitions have to do with the user");
  else
    to_.to_gateway(std::move(back));
}

} // namespace kindred::actors::peering
