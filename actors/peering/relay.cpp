#include "actors/peering/relay.hpp"

#include "schemas/codec/node_asks_codec.hpp"

namespace kindred::actors::peering {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;

bool Relay::ask(PartitionId partition, user_shard::Forward::One& one) const {
  const Ways ways = to_.ways(partition);
  if (ways.here || ways.peers.empty()) return false;
  Probe::count(to_.probe.relayed);
  ports::PeerLink::Ask ask{ways.peers.front(), MessageKind::kForward,
                           schemas::encode_whole_ask({partition.value, one.tenant, one.request}),
                           to_.clock.steady_us() + kRelayWithin.us};
  to_.peers.ask(std::move(ask), [this, to = one.to, request = std::move(one.request)](auto answer) mutable {
    if (answer.ok())
      if (auto whole = schemas::whole_answer_in(answer.value()); whole) {
        std::vector<ports::Link::Outgoing> replies;
        replies.push_back({to, std::move(*whole)});
        return to_.clients.reply(std::move(replies));
      }
    Probe::count(to_.probe.relays_failed);
    to_.to_gateway({to, std::move(request)});
  });
  return true;
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
  if (partition.value < to_.partitions && to_.ways(partition).here &&
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
