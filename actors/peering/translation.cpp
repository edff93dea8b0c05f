#include "actors/peering/translation.hpp"

#include <utility>

#include "engine/profiles/partition_state.hpp"

namespace kindred::actors::peering {

using user_shard::Closed;
using user_shard::Gathered;
using user_shard::Passed;
static_assert(kindred::peers::kNoPartition == model::kNoPartition);

kindred::peers::PartAsk part_of(PartitionId partition, const user_shard::Ask& ask) {
  kindred::peers::PartAsk part;
  part.partition = partition.value;
  part.tenant = ask.tenant;
  part.now = ask.now;
  part.durable_decisions = ask.durable_decisions;
  part.positions = ask.positions;
  for (const auto& item : ask.items) {
    part.ways.push_back({item.query, item.via, item.seen});
    part.queries.push_back(item.query_value);
  }
  return part;
}

kindred::peers::PartAsk part_of(const std::string& learner, const model::Ask& ask) {
  kindred::peers::PartAsk part;
  part.learner = learner;
  part.tenant = ask.tenant;
  part.now = ask.now;
  part.ways.push_back({ask.query, {}, {}});
  part.queries.push_back(ask.query_value);
  return part;
}

user_shard::Ask shard_ask(kindred::peers::PartAsk part, std::uint64_t ticket, std::int64_t deadline_us) {
  user_shard::Ask ask;
  ask.ticket = ticket;
  ask.tenant = part.tenant;
  ask.now = part.now;
  ask.deadline_us = deadline_us;
  ask.positions = std::move(part.positions);
  ask.durable_decisions = part.durable_decisions;
  for (std::size_t i = 0; i < part.queries.size(); ++i)
    ask.items.push_back({part.ways[i].query, std::move(part.queries[i]), std::move(part.ways[i].via),
                         std::move(part.ways[i].seen)});
  return ask;
}

std::optional<model::Ask> learner_ask(kindred::peers::PartAsk part, std::uint64_t ticket) {
  if (part.queries.size() != 1) return std::nullopt;
  return model::Ask{ticket, part.ways[0].query, part.tenant, part.now, std::move(part.queries[0])};
}

kindred::peers::PartAnswer answer_of(user_shard::PartDone done) {
  kindred::peers::PartAnswer answer;
  answer.positions = std::move(done.positions);
  answer.staleness_ms = done.staleness_ms;
  for (auto& item : done.items) {
    if (item.sent_on) {
      answer.sent_on.push_back({item.query, std::move(item.sent_on->via), std::move(item.sent_on->seen)});
      answer.sent_on_queries.push_back(std::move(item.sent_on->query_value));
      continue;
    }
    answer.queries.push_back(item.query);
    answer.bodies.push_back(std::move(item.body));
  }
  return answer;
}

user_shard::PartDone done_of(kindred::peers::PartAnswer answer, std::uint64_t ticket,
                             std::uint16_t partition) {
  user_shard::PartDone done;
  done.ticket = ticket;
  done.partition = partition;
  done.positions = std::move(answer.positions);
  done.staleness_ms = answer.staleness_ms;
  for (std::size_t i = 0; i < answer.bodies.size(); ++i)
    done.items.push_back({answer.queries[i], std::move(answer.bodies[i]), std::nullopt});
  for (std::size_t i = 0; i < answer.sent_on.size(); ++i) {
    kindred::peers::PartWay& way = answer.sent_on[i];
    done.items.push_back({way.query, api::Error{},
                          user_shard::Ask::Item{way.query, std::move(answer.sent_on_queries[i]),
                                                std::move(way.via), std::move(way.seen)}});
  }
  return done;
}

// ---- rounds ----

namespace {
template <class Step>
kindred::peers::RoundAsk begun(kindred::peers::RoundStep step, PartitionId partition, const Step& of) {
  kindred::peers::RoundAsk ask;
  ask.step = step;
  ask.partition = partition.value;
  ask.tenant = of.tenant;
  ask.learner = of.learner;
  ask.round = of.round;
  return ask;
}
} // namespace

kindred::peers::RoundAsk step_of(const model::ToShard& to) {
  if (const auto* open = std::get_if<user_shard::OpenRound>(&to.message)) {
    auto ask = begun(kindred::peers::RoundStep::kOpen, to.partition, *open);
    ask.as_of = open->as_of;
    ask.base = open->base;
    ask.since = open->since;
    return ask;
  }
  if (const auto* pass = std::get_if<user_shard::AskPass>(&to.message)) {
    auto ask = begun(kindred::peers::RoundStep::kPass, to.partition, *pass);
    ask.pass = pass->pass;
    ask.parameters = *pass->parameters;
    return ask;
  }
  const auto& close = std::get<user_shard::CloseRound>(to.message);
  auto ask = begun(kindred::peers::RoundStep::kClose, to.partition, close);
  ask.accepted = close.accepted;
  ask.as_of = close.stamp;
  return ask;
}

model::ToShard to_shard(kindred::peers::RoundAsk ask) {
  const PartitionId partition{ask.partition};
  switch (ask.step) {
  case kindred::peers::RoundStep::kOpen:
    return {partition, user_shard::OpenRound{ask.tenant, std::move(ask.learner), ask.round, ask.as_of,
                                             ask.base, ask.since}};
  case kindred::peers::RoundStep::kPass:
    return {partition, user_shard::AskPass{ask.tenant, std::move(ask.learner), ask.round, ask.pass,
                                           std::make_shared<const Bytes>(std::move(ask.parameters))}};
  case kindred::peers::RoundStep::kClose: break;
  }
  return {partition,
          user_shard::CloseRound{ask.tenant, std::move(ask.learner), ask.round, ask.accepted, ask.as_of}};
}

kindred::peers::RoundAnswer answer_of(user_shard::Rounds::Report report) {
  kindred::peers::RoundAnswer answer;
  if (auto* gathered = std::get_if<Gathered>(&report)) {
    answer.step = kindred::peers::RoundStep::kOpen;
    answer.cut = gathered->cut;
    answer.by_changes = gathered->by_changes;
    answer.lost = std::move(gathered->lost);
  } else if (auto* passed = std::get_if<Passed>(&report)) {
    answer.step = kindred::peers::RoundStep::kPass;
    answer.statistic = std::move(passed->statistic);
    answer.lost = std::move(passed->lost);
  } else {
    answer.step = kindred::peers::RoundStep::kClose;
  }
  return answer;
}

std::optional<user_shard::Rounds::Report> report_of(const kindred::peers::RoundAsk& ask,
                                                    kindred::peers::RoundAnswer answer) {
  if (answer.step != ask.step) return std::nullopt;
  const PartitionId partition{ask.partition};
  switch (ask.step) {
  case kindred::peers::RoundStep::kOpen:
    return Gathered{partition,        ask.tenant, ask.learner, ask.round, answer.cut, std::move(answer.lost),
                    answer.by_changes};
  case kindred::peers::RoundStep::kPass:
    return Passed{partition,
                  ask.tenant,
                  ask.learner,
                  ask.round,
                  ask.pass,
                  std::move(answer.statistic),
                  std::move(answer.lost)};
  case kindred::peers::RoundStep::kClose: break;
  }
  return Closed{partition, ask.tenant, ask.learner, ask.round};
}

std::optional<user_shard::Rounds::Report> lost(const kindred::peers::RoundAsk& ask, std::string why) {
  if (ask.step == kindred::peers::RoundStep::kClose) return std::nullopt;
  kindred::peers::RoundAnswer answer;
  answer.step = ask.step;
  answer.lost = std::move(why);
  return report_of(ask, std::move(answer));
}

// ---- standings ----

kindred::peers::ShardStanding standing_of(const user_shard::Standing& standing) {
  kindred::peers::ShardStanding told;
  told.partition = standing.partition.value;
  told.ready = standing.ready;
  told.applied_end = standing.applied_end;
  told.users = standing.users;
  told.erased.assign(standing.erased.begin(), standing.erased.end());
  told.moves = standing.moves;
  told.digests = standing.agreed;
  told.fold_version = standing.fold_version;
  told.flushed_end = standing.flushed_end;
  return told;
}

user_shard::Standing standing_of(const kindred::peers::ShardStanding& told) {
  user_shard::Standing standing;
  standing.partition = {told.partition};
  standing.ready = told.ready;
  standing.applied_end = told.applied_end;
  standing.users = told.users;
  standing.erased.insert(told.erased.begin(), told.erased.end());
  standing.moves = told.moves;
  standing.agreed = told.digests;
  standing.flushed_end = told.flushed_end;
  standing.fold_version = told.fold_version;
  return standing;
}

kindred::peers::LearnerStanding standing_of(const std::string& learner, TenantId tenant,
                                            const model::Rounds& rounds) {
  return {learner,        tenant,           rounds.last,     rounds.running,   rounds.as_of,
          rounds.outcome, rounds.published, rounds.given_up, rounds.by_changes};
}

model::Rounds rounds_of(const kindred::peers::LearnerStanding& standing) {
  return {standing.last,      standing.running,  standing.as_of,     standing.outcome,
          standing.published, standing.given_up, standing.by_changes};
}

} // namespace kindred::actors::peering
