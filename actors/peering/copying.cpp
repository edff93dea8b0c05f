// State: checkpoints of partitions, taken from others and handed out.

#include <utility>

#include "actors/peering/state.hpp"
#include "schemas/codec/node_asks_codec.hpp"

namespace kindred::actors::peering {

using kindred::peers::MessageKind;
using kindred::peers::Refusal;

std::vector<std::pair<std::string, std::uint64_t>> State::holders(PartitionId partition) const {
  std::vector<std::pair<std::string, std::uint64_t>> holders;
  for (const auto& peer : views_.ways(partition).peers) {
    const auto told = others_.find(peer);
    if (told == others_.end()) continue;
    for (const auto& shard : told->second.shards)
      if (shard.partition == partition.value) holders.emplace_back(peer, shard.applied_end);
  }
  return holders;
}

void State::carry_on(Fetching::Steps steps, Effects& out) {
  for (auto& step : steps) {
    if (auto* ask = std::get_if<Fetching::Ask>(&step)) {
      out.emplace_back(ToPeer{attempt(OfCheckpoint{ask->partition}), ask->peer, MessageKind::kCheckpointAsk,
                              schemas::encode_checkpoint_ask(ask->ask), steady_us_ + kCheckpointPartMax.us});
    } else if (auto* store = std::get_if<Fetching::Store>(&step)) {
      out.emplace_back(Write{store->partition, std::move(store->batch)});
    } else {
      auto& ended = std::get<Fetching::Ended>(step);
      Probe::count(ended.why.empty() ? probe_.fetched : probe_.not_fetched);
      Probe::count(probe_.fetched_bytes, ended.bytes);
      out.emplace_back(Fetched{ended.partition, std::move(ended.why), ended.bytes});
    }
  }
}

Effects State::handle(const Fetch& fetch) {
  Effects out;
  carry_on(fetching_.begin(fetch.partition, fetch.log_begin, steady_us_), out);
  return out;
}

Effects State::handle(const Stored& stored) {
  Effects out;
  carry_on(fetching_.stored(stored.partition, stored.ok), out);
  return out;
}

void State::empty_left(Effects& out) {
  for (std::uint16_t i = 0; i < partitions_; ++i) {
    const PartitionId partition{i};
    if (!views_.left(partition)) {
      left_.erase(partition);
      continue;
    }
    Left& left = left_.try_emplace(partition, Left{steady_us_, false}).first->second;
    if (left.emptied || steady_us_ - left.since_us < kLeftStateKept.us) continue;
    left.emptied = true;
    out.emplace_back(Empty{partition});
  }
}

Effects State::handle(const Emptied& emptied) {
  const auto left = left_.find(emptied.partition);
  if (emptied.ok)
    Probe::count(probe_.emptied);
  else if (left != left_.end())
    left->second.emptied = false; // again in a second
  return {};
}

void State::copied(PartitionId partition, Result<Bytes, ports::PeerFailure>& answer, Effects& out) {
  using Answer = Result<kindred::peers::CheckpointChunk, Fetching::Failure>;
  if (!answer.ok()) {
    const auto& failure = answer.error();
    const bool again = failure.error == ports::PeerError::kDeadline ||
                       failure.error == ports::PeerError::kFull || failure.refusal == Refusal::kBusy;
    std::string why = std::string(ports::name_of(failure.error)) + " " + failure.why;
    return carry_on(fetching_.answered(partition, Answer(Fetching::Failure{again, std::move(why)})), out);
  }
  auto chunk = schemas::decode_checkpoint_chunk(answer.value());
  if (!chunk.ok()) Probe::count(probe_.malformed);
  carry_on(fetching_.answered(partition, chunk.ok() ? Answer(chunk.take())
                                                    : Answer(Fetching::Failure{false, chunk.error().what})),
           out);
}

void State::serve_checkpoint(const ports::PeerAsked& asked, Effects& out) {
  const auto ask = schemas::decode_checkpoint_ask(asked.payload);
  if (!ask.ok()) {
    Probe::count(probe_.malformed);
    out.emplace_back(RefusePeer{asked.ticket, Refusal::kNotServed, ask.error().what});
    return;
  }
  const PartitionId partition{ask.value().partition};
  if (partition.value >= partitions_ || !views_.ways(partition).here)
    return not_here(asked, "partition " + std::to_string(partition.value) + " is not here, or not caught up",
                    out);
  const auto chunk = checkpoints_.read(ask.value(), steady_us_);
  if (chunk.ok()) {
    Probe::count(probe_.handed_out);
    out.emplace_back(AnswerPeer{asked.ticket, schemas::encode_checkpoint_chunk(chunk.value())});
    return;
  }
  switch (chunk.error()) {
  case Checkpoints::Refusal::kBusy:
    out.emplace_back(RefusePeer{asked.ticket, Refusal::kBusy, "too many checkpoints are handed out"});
    break;
  case Checkpoints::Refusal::kGone: not_here(asked, "this checkpoint is not kept any more", out); break;
  case Checkpoints::Refusal::kStore: not_here(asked, "the state store cannot be read", out); break;
  case Checkpoints::Refusal::kEmpty: not_here(asked, "nothing of it is stored yet", out); break;
  }
}

} // namespace kindred::actors::peering
