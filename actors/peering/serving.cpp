// State: what others ask of this node.

#include <utility>

#include "actors/peering/state.hpp"
#include "actors/peering/translation.hpp"
#include "schemas/codec/node_asks_codec.hpp"

namespace kindred::actors::peering {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;
using kindred::peers::RoundStep;

Effects State::handle(Asked asked) {
  Effects out;
  switch (asked.asked.kind) {
  case MessageKind::kForward: serve_part(asked.asked, out); break;
  case MessageKind::kStatisticAsk: serve_step(asked.asked, out); break;
  case MessageKind::kCheckpointAsk: serve_checkpoint(asked.asked, out); break;
  case MessageKind::kStandingAsk:
    out.emplace_back(AnswerPeer{asked.asked.ticket, schemas::encode_node_standing(views_.standing())});
    break;
  default: out.emplace_back(RefusePeer{asked.asked.ticket, Refusal::kNotServed, "nothing of that kind"});
  }
  return out;
}

bool State::room_for(const ports::PeerAsked& asked, Effects& out) {
  if (served_parts_.size() + served_steps_.size() < kServedMax) return true;
  Probe::count(probe_.busy);
  out.emplace_back(RefusePeer{asked.ticket, Refusal::kBusy, "10,000 asks of other nodes are under way"});
  return false;
}

void State::not_here(const ports::PeerAsked& asked, std::string why, Effects& out) {
  Probe::count(probe_.not_here);
  out.emplace_back(RefusePeer{asked.ticket, Refusal::kNotServed, std::move(why)});
}

void State::serve_part(ports::PeerAsked& asked, Effects& out) {
  if (!room_for(asked, out)) return;
  auto decoded = schemas::decode_part_ask(asked.payload);
  if (!decoded.ok()) {
    Probe::count(probe_.malformed);
    out.emplace_back(RefusePeer{asked.ticket, Refusal::kNotServed, decoded.error().what});
    return;
  }
  auto part = decoded.take();
  const std::uint64_t ticket = kPeerTicket | ++last_;
  if (part.partition == kindred::peers::kNoPartition) {
    const std::string learner = part.learner;
    if (!views_.learner(learner).here) return not_here(asked, "another node runs this learner", out);
    auto ask = learner_ask(std::move(part), ticket);
    if (!ask) return not_here(asked, "a learner is asked one thing at a time", out);
    out.emplace_back(ToLearner{learner, std::move(*ask)});
  } else {
    const PartitionId partition{part.partition};
    const Ways ways = partition.value < partitions_ ? views_.ways(partition) : Ways{};
    if (!ways.here && !(part.behind && ways.behind))
      return not_here(asked,
                      "partition " + std::to_string(partition.value) + " is not here, or not caught up", out);
    out.emplace_back(ToShard{partition, shard_ask(std::move(part), ticket, asked.deadline_us)});
  }
  Probe::count(probe_.served);
  served_parts_[ticket] = {asked.ticket, asked.deadline_us};
}

Effects State::handle(PartDone done) {
  Effects out;
  const auto found = served_parts_.find(done.done.ticket);
  if (found == served_parts_.end()) return out; // its deadline passed
  out.emplace_back(
      AnswerPeer{found->second.ticket, schemas::encode_part_answer(answer_of(std::move(done.done)))});
  served_parts_.erase(found);
  return out;
}

void State::serve_step(ports::PeerAsked& asked, Effects& out) {
  if (!room_for(asked, out)) return;
  auto decoded = schemas::decode_round_ask(asked.payload);
  if (!decoded.ok()) {
    Probe::count(probe_.malformed);
    out.emplace_back(RefusePeer{asked.ticket, Refusal::kNotServed, decoded.error().what});
    return;
  }
  auto ask = decoded.take();
  const PartitionId partition{ask.partition};
  if (partition.value >= partitions_ || !views_.ways(partition).here)
    return not_here(asked, "partition " + std::to_string(partition.value) + " is not here, or not caught up",
                    out);
  Probe::count(probe_.served);
  served_steps_[{ask.learner, ask.round, ask.partition, ask.step, ask.pass}] = {asked.ticket,
                                                                                asked.deadline_us};
  auto to = to_shard(std::move(ask));
  std::visit([&](auto& message) { out.emplace_back(ToShard{partition, std::move(message)}); }, to.message);
}

State::StepKey State::key_of(const user_shard::Rounds::Report& report) {
  if (const auto* gathered = std::get_if<user_shard::Gathered>(&report))
    return {gathered->learner, gathered->round, gathered->partition.value, RoundStep::kOpen, 0};
  if (const auto* passed = std::get_if<user_shard::Passed>(&report))
    return {passed->learner, passed->round, passed->partition.value, RoundStep::kPass, passed->pass};
  const auto& closed = std::get<user_shard::Closed>(report);
  return {closed.learner, closed.round, closed.partition.value, RoundStep::kClose, 0};
}

// Every replica that folds a Cut gathers and reports: who asked this node's is answered; else it counts for this node's own
// learner where this one was asked.
Effects State::handle(RoundDone done) {
  Effects out;
  const auto [partition, tenant] =
      std::visit([](const auto& one) { return std::pair(one.partition, one.tenant); }, done.report);
  std::uint64_t erased = 0;
  if (const auto standing = views_.shard(partition)) {
    const auto of = standing->erased.find(tenant);
    if (of != standing->erased.end()) erased = of->second + 1;
  }
  const StepKey key = key_of(done.report);
  if (const auto found = served_steps_.find(key); found != served_steps_.end()) {
    auto answer = answer_of(std::move(done.report));
    answer.erased = erased;
    out.emplace_back(AnswerPeer{found->second.ticket, schemas::encode_round_answer(answer)});
    served_steps_.erase(found);
    return out;
  }
  if (std::holds_alternative<user_shard::Gathered>(done.report)) {
    const auto gatherer = gatherers_.find({std::get<0>(key), std::get<1>(key), partition.value});
    if (gatherer == gatherers_.end() || !gatherer->second.peer.empty()) return out;
  }
  raise_erased(partition, tenant, erased, out);
  out.emplace_back(ToModel{std::move(done.report)});
  return out;
}

} // namespace kindred::actors::peering
