// State: what this node asks of others.

#include <algorithm>
#include <utility>

#include "actors/peering/state.hpp"
#include "actors/peering/translation.hpp"
#include "engine/profiles/partition_state.hpp"
#include "schemas/codec/node_asks_codec.hpp"

namespace kindred::actors::peering {

using api::Error;
using api::ErrorCode;
using kindred::peers::MessageKind;
using kindred::peers::RoundStep;

State::State(std::uint16_t partitions, std::uint64_t life, ports::StateStore& store, Views views,
             Probe& probe, Sizes sizes)
    : partitions_(partitions), views_(std::move(views)), probe_(probe), last_(life << 12),
      checkpoints_(store, life << 12, sizes.part_bytes),
      fetching_(
          store, [this](PartitionId partition) { return holders(partition); }, sizes.worthwhile) {}

// ---- parts of requests ----

Effects State::handle(AskPart ask) {
  Effects out;
  Bytes payload = schemas::encode_part_ask(part_of(ask.partition, ask.ask));
  const std::int64_t deadline_us = ask.ask.deadline_us;
  take(std::move(ask), std::move(payload), deadline_us, out);
  return out;
}

Effects State::handle(AskLearner ask) {
  Effects out;
  Bytes payload = schemas::encode_part_ask(part_of(ask.learner, ask.ask));
  take(std::move(ask), std::move(payload), steady_us_ + ports::kPeerAskMax.us, out);
  return out;
}

void State::take(std::variant<AskPart, AskLearner> what, Bytes payload, std::int64_t deadline_us,
                 Effects& out) {
  if (parts_.size() >= kPartsMax)
    return refuse(
        what,
        {ErrorCode::kOverloaded, "10,000 parts of requests wait for other nodes: try again shortly", 50},
        out);
  Probe::count(probe_.parts);
  const std::uint64_t number = ++last_;
  Part& part = parts_[number];
  part.what = std::move(what);
  part.payload = std::move(payload);
  part.deadline_us = deadline_us;
  if (go(number, part, out)) parts_.erase(number);
  gauge();
}

void State::refuse(const std::variant<AskPart, AskLearner>& what, const Error& error, Effects& out) const {
  user_shard::PartDone done;
  if (const auto* part = std::get_if<AskPart>(&what)) {
    done.ticket = part->ask.ticket;
    done.partition = part->partition.value;
    for (const auto& item : part->ask.items) done.items.push_back({item.query, error, std::nullopt});
  } else {
    const auto& ask = std::get<AskLearner>(what).ask;
    done.ticket = ask.ticket;
    done.partition = model::kNoPartition;
    done.items.push_back({ask.query, error, std::nullopt});
  }
  out.emplace_back(ToGateway{std::move(done)});
}

Ways State::ways_of(const Part& part) const {
  if (const auto* of_shard = std::get_if<AskPart>(&part.what)) return views_.ways(of_shard->partition);
  const LearnerAt at = views_.learner(std::get<AskLearner>(part.what).learner);
  if (at.here) return {true, false, {}};
  return at.peer.empty() ? Ways{} : Ways{false, false, {at.peer}};
}

/// One step further with a part. True: it is this node's own by now, and with its shard.
bool State::go(std::uint64_t number, Part& part, Effects& out) {
  const Ways ways = ways_of(part);
  const auto next = std::find_if(ways.peers.begin(), ways.peers.end(),
                                 [&](const std::string& peer) { return !part.tried.contains(peer); });
  const bool nobody = next == ways.peers.end();
  if (part.out == 0 && (ways.here || (ways.behind && nobody))) {
    if (auto* ask = std::get_if<AskPart>(&part.what))
      out.emplace_back(ToShard{ask->partition, std::move(ask->ask)});
    else
      out.emplace_back(
          ToLearner{std::get<AskLearner>(part.what).learner, std::move(std::get<AskLearner>(part.what).ask)});
    return true;
  }
  if (nobody) {
    if (part.out > 0) return false;
    part.tried.clear();
    // None of them hears the log: once more, from what they folded.
    const auto* ask = std::get_if<AskPart>(&part.what);
    part.behind = ask != nullptr && !part.behind && !ways.peers.empty();
    if (ask != nullptr) {
      auto told = part_of(ask->partition, ask->ask);
      told.behind = part.behind;
      part.payload = schemas::encode_part_ask(told);
    }
    if (!part.behind) {
      part.again_us = steady_us_ + kLookAgainAfter.us;
      return false;
    }
    return go(number, part, out);
  }
  if (part.out > 0) Probe::count(probe_.parts_hedged);
  part.tried.insert(*next);
  ++part.out;
  part.asked_us = steady_us_;
  part.again_us = 0;
  out.emplace_back(
      ToPeer{attempt(OfPart{number}), *next, MessageKind::kForward, part.payload, part.deadline_us});
  return false;
}

std::uint64_t State::attempt(Of of) {
  attempts_.emplace(++last_, std::move(of));
  return last_;
}

Effects State::handle(Answered answered) {
  Effects out;
  const auto found = attempts_.find(answered.attempt);
  if (found == attempts_.end()) return out;
  const auto of = std::move(found->second);
  attempts_.erase(found);
  if (const auto* part = std::get_if<OfPart>(&of)) {
    if (answered.answer.ok())
      done(part->part, answered.answer.value(), out);
    else
      failed(part->part, answered.answer.error(), out);
    gauge();
  } else if (const auto* step = std::get_if<OfRound>(&of)) {
    ended(*step, answered.answer, out);
  } else if (const auto* copy = std::get_if<OfCheckpoint>(&of)) {
    copied(copy->partition, answered.answer, out);
  } else if (answered.answer.ok()) {
    if (auto told = schemas::decode_node_standing(answered.answer.value()); told.ok()) {
      const std::string& peer = std::get<OfStanding>(of).peer;
      compare(peer, told.value(), out);
      if (auto ends = told.value().acked_ends; !ends.empty()) {
        ends.resize(std::min<std::size_t>(ends.size(), partitions_));
        out.emplace_back(AckedElsewhere{std::move(ends)});
      }
      others_[peer] = told.take();
      publish(out);
    } else {
      Probe::count(probe_.malformed);
    }
  }
  return out;
}

void State::done(std::uint64_t number, const Bytes& payload, Effects& out) {
  const auto found = parts_.find(number);
  if (found == parts_.end()) return; // another one answered before
  Part& part = found->second;
  auto answer = schemas::decode_part_answer(payload);
  if (!answer.ok()) {
    Probe::count(probe_.malformed);
    return failed(number, {ports::PeerError::kGone, {}, answer.error().what},
                  out); // it may have been acted on
  }
  if (const auto* ask = std::get_if<AskPart>(&part.what))
    out.emplace_back(ToGateway{done_of(answer.take(), ask->ask.ticket, ask->partition.value)});
  else
    out.emplace_back(
        ToGateway{done_of(answer.take(), std::get<AskLearner>(part.what).ask.ticket, model::kNoPartition)});
  parts_.erase(found);
}

void State::failed(std::uint64_t number, const ports::PeerFailure& failure, Effects& out) {
  const auto found = parts_.find(number);
  if (found == parts_.end()) return;
  Part& part = found->second;
  --part.out;
  Probe::count(probe_.parts_failed);
  if (failure.error == ports::PeerError::kTooLarge) {
    refuse(
        part.what,
        {ErrorCode::kTooLarge,
         "the part of the request that another node has does not fit a message: send fewer queries at once",
         0},
        out);
    parts_.erase(found);
  } else if (std::holds_alternative<AskLearner>(part.what) &&
             (failure.error == ports::PeerError::kGone || failure.error == ports::PeerError::kDeadline)) {
    refuse(
        part.what,
        {ErrorCode::kUnknownOutcome,
         "the node that runs the learner went while it was asked: show the model, and ask again if nothing "
         "came of it",
         1000},
        out);
    parts_.erase(found);
  } else if (go(number, part, out)) {
    parts_.erase(found);
  }
}

// ---- rounds ----

Effects State::handle(AskRound ask) {
  Effects out;
  auto step = step_of(ask.to);
  const RoundKey key{step.learner, step.round, step.partition};
  auto gatherer = gatherers_.find(key);
  if (step.step == RoundStep::kClose) {
    const std::string peer = gatherer == gatherers_.end() ? "" : gatherer->second.peer;
    if (gatherer != gatherers_.end()) gatherers_.erase(gatherer);
    close({std::move(step), steady_us_ + kRoundStepMax.us, 0}, peer, out);
    return out;
  }
  if (step.step == RoundStep::kOpen && gatherer == gatherers_.end()) {
    const Ways ways = views_.ways({step.partition});
    if (!ways.here && ways.peers.empty()) {
      lose({std::move(step), {}, 0}, "no node that is caught up has the partition", out);
      return out;
    }
    gatherer = gatherers_.emplace(key, Gatherer{ways.here ? "" : ways.peers.front(), steady_us_}).first;
  }
  if (gatherer == gatherers_.end()) {
    lose({std::move(step), {}, 0}, "the node that gathered it is not known any more", out);
    return out;
  }
  const std::string peer = gatherer->second.peer;
  if (peer.empty()) {
    std::visit(
        [&](auto& message) {
          out.emplace_back(ToShard{ask.to.partition, std::move(message)});
        },
        ask.to.message);
    return out;
  }
  Probe::count(probe_.round_steps);
  Bytes payload = schemas::encode_round_ask(step);
  step.parameters = {};
  const std::int64_t until_us = steady_us_ + kRoundStepMax.us;
  out.emplace_back(ToPeer{attempt(OfRound{std::move(step), peer, until_us}), peer, MessageKind::kStatisticAsk,
                          std::move(payload), until_us});
  return out;
}

/// Any replica that is caught up may append that a round is done: the one that gathered first.
void State::close(Closing closing, const std::string& preferred, Effects& out) {
  const Ways ways = views_.ways({closing.ask.partition});
  const bool up = std::find(ways.peers.begin(), ways.peers.end(), preferred) != ways.peers.end();
  if (ways.here && !up) {
    auto to = to_shard(std::move(closing.ask));
    std::visit(
        [&](auto& message) {
          out.emplace_back(ToShard{to.partition, std::move(message)});
        },
        to.message);
  } else if (ways.peers.empty()) {
    close_later(std::move(closing));
  } else {
    const std::string& peer = up ? preferred : ways.peers.front();
    Probe::count(probe_.round_steps);
    Bytes payload = schemas::encode_round_ask(closing.ask);
    const std::int64_t until_us = closing.until_us;
    out.emplace_back(ToPeer{attempt(OfRound{std::move(closing.ask), peer, until_us}), peer,
                            MessageKind::kStatisticAsk, std::move(payload), until_us});
  }
}

void State::close_later(Closing closing) {
  closing.again_us = steady_us_ + kCloseAgainAfter.us;
  if (closings_.size() == kClosingsMax) {
    Probe::count(probe_.round_steps_lost);
    closings_.erase(closings_.begin());
  }
  closings_.push_back(std::move(closing));
}

void State::lose(const OfRound& step, std::string why, Effects& out) {
  Probe::count(probe_.round_steps_lost);
  gatherers_.erase({step.ask.learner, step.ask.round, step.ask.partition});
  if (auto report = lost(step.ask, std::move(why))) out.emplace_back(ToModel{std::move(*report)});
}

void State::ended(const OfRound& step, Result<Bytes, ports::PeerFailure>& answer, Effects& out) {
  if (!answer.ok() && step.ask.step == RoundStep::kClose && steady_us_ < step.until_us) {
    return close_later({step.ask, step.until_us, 0});
  }
  if (!answer.ok())
    return lose(step,
                "node " + step.peer + ": " + std::string(ports::name_of(answer.error().error)) +
                    (answer.error().why.empty() ? "" : ", " + answer.error().why),
                out);
  auto told = schemas::decode_round_answer(answer.value());
  if (!told.ok()) {
    Probe::count(probe_.malformed);
    return lose(step, "node " + step.peer + " answered what cannot be read: " + told.error().what, out);
  }
  raise_erased({step.ask.partition}, step.ask.tenant, told.value().erased, out);
  auto report = report_of(step.ask, told.take());
  if (!report) return lose(step, "node " + step.peer + " answered another step", out);
  out.emplace_back(ToModel{std::move(*report)});
}

/// Before whoever waits for a step hears of it: models are judged by whom the partitions erased.
void State::raise_erased(PartitionId partition, TenantId tenant, std::uint64_t end, Effects& out) {
  auto& erased = erased_[{partition.value, tenant}];
  if (end <= erased) return;
  erased = end;
  publish(out);
}

// ---- standings ----

void State::ask_standings(Effects& out) {
  const std::vector<std::string> peers = views_.peers();
  const auto gone = std::erase_if(others_, [&](const auto& one) {
    return std::find(peers.begin(), peers.end(), one.first) == peers.end();
  });
  if (gone > 0) publish(out);
  for (const auto& peer : peers)
    out.emplace_back(ToPeer{
        attempt(OfStanding{peer}), peer, MessageKind::kStandingAsk, {}, steady_us_ + kStandingEvery.us});
}

void State::compare(const std::string& peer, const kindred::peers::NodeStanding& told, Effects& out) {
  for (const auto& shard : told.shards) {
    if (shard.partition >= partitions_) continue;
    const PartitionId partition{shard.partition};
    const auto own = views_.shard(partition);
    if (!own || !own->ready || own->fold_version != shard.fold_version) continue;
    for (const auto& [end, digest] : shard.digests) {
      const auto same = std::find_if(own->agreed.begin(), own->agreed.end(),
                                     [end = end](const auto& one) { return one.first == end; });
      auto& compared = compared_[{peer, shard.partition}];
      if (same == own->agreed.end() || end <= compared) continue;
      compared = end;
      Probe::count(probe_.digests_compared);
      if (same->second == digest) continue;
      Probe::count(probe_.digests_differ);
      if (views_.yields(partition, peer))
        out.emplace_back(ToShard{partition, user_shard::Differs{peer, end}});
    }
  }
}

void State::publish(Effects& out) {
  auto others = std::make_shared<Others>();
  others->stored.resize(partitions_);
  std::vector<std::shared_ptr<user_shard::Standing>> best(partitions_);
  for (const auto& [peer, node] : others_) {
    for (const auto& told : node.shards) {
      if (told.partition >= partitions_) continue;
      if (told.ready) others->stored[told.partition][peer] = told.flushed_end;
      auto& known = best[told.partition];
      if (!known || known->applied_end < told.applied_end)
        known = std::make_shared<user_shard::Standing>(standing_of(told));
    }
    for (const auto& told : node.learners) others->rounds[{told.learner, told.tenant}] = rounds_of(told);
  }
  for (const auto& [of, end] : erased_) {
    if (!best[of.first]) continue;
    auto& erased = best[of.first]->erased[of.second];
    erased = std::max(erased, end - 1);
  }
  others->shards.assign(best.begin(), best.end());
  out.emplace_back(Publish{std::move(others)});
}

// ---- time ----

Effects State::handle(const Pulse& pulse) {
  Effects out;
  steady_us_ = pulse.steady_us;
  for (auto at = parts_.begin(); at != parts_.end();) {
    auto& [number, part] = *at;
    if (part.deadline_us <= steady_us_) { // the gateway has answered for it
      Probe::count(probe_.parts_late);
      at = parts_.erase(at);
      continue;
    }
    const bool again = part.out == 0 && part.again_us <= steady_us_;
    const bool slow = part.out > 0 && steady_us_ - part.asked_us >= kAskNextAfter.us;
    at = (again || slow) && go(number, part, out) ? parts_.erase(at) : std::next(at);
  }
  const auto late = [&](const auto& one) { return one.second.deadline_us <= steady_us_; };
  std::erase_if(served_parts_, late);
  std::erase_if(served_steps_, late);
  std::erase_if(gatherers_, [&](const auto& one) {
    return steady_us_ - one.second.since_us > user_shard::kRoundKept.us;
  });
  for (auto& closing : std::exchange(closings_, {})) {
    if (closing.until_us <= steady_us_) {
      Probe::count(probe_.round_steps_lost); // whoever waits for it gives up by himself
    } else if (closing.again_us <= steady_us_) {
      close(std::move(closing), "", out);
    } else {
      closings_.push_back(std::move(closing));
    }
  }
  checkpoints_.forget(steady_us_);
  carry_on(fetching_.pulse(steady_us_), out);
  if (steady_us_ >= next_standing_us_) {
    next_standing_us_ = steady_us_ + kStandingEvery.us;
    empty_left(out);
    ask_standings(out);
  }
  gauge();
  return out;
}

void State::gauge() { Probe::set(probe_.parts_open, static_cast<std::int64_t>(parts_.size())); }

} // namespace kindred::actors::peering
