// State, third part: reads are asked in runs; events clock: behind a barrier.
#include <algorithm>

#include "actors/gateway/state.hpp"
#include "engine/base/hash.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

namespace {

/// Told by a shard that never heard of what was asked; another may know it.
bool says_unknown(const api::AnswerBody& body) {
  const auto* error = std::get_if<Error>(&body);
  return error && (error->code == ErrorCode::kNotFound || error->code == ErrorCode::kNotLogged);
}

const DecisionId* decision_of(const api::Query& query) {
  if (const auto* explain = std::get_if<api::Explain>(&query)) return &explain->decision;
  if (const auto* replay = std::get_if<api::Replay>(&query)) return &replay->decision;
  return nullptr;
}

} // namespace

bool State::open_barrier(std::uint64_t ticket, Work& work, Effects& out) {
  const auto* decide =
      work.reads.empty() ? nullptr : std::get_if<api::Decide>(&work.reads.front().query_value);
  if (decide && decide->time) move_clock(*decide->time, out);
  auto settles = settling_.open(ticket, now_);
  unsettled_ = 0;
  Probe::add(probe_.settles, settles.size());
  for (auto& settle : settles) out.settles.push_back(std::move(settle));
  return !settles.empty() || open_model_barrier(ticket, out);
}

bool State::open_model_barrier(std::uint64_t ticket, Effects& out) {
  const auto learner = model_settling_.open(ticket, now_);
  if (learner) out.model_settles.emplace_back(*learner, model::Settle{ticket, now_});
  return learner.has_value();
}

void State::ask_model(Read read, std::uint64_t ticket, Work& work, Effects& out) {
  const auto* train = std::get_if<api::TrainModel>(&read.query_value);
  const std::string& name =
      train != nullptr ? train->name : std::get<api::ChangeModel>(read.query_value).name;
  const std::string learner(rounds::learner_of(name));
  if (learner.empty() || !model_settling_.has(learner))
    return keep_body(
        work, read.query,
        Error{ErrorCode::kNotFound,
              "there is no learner for '" + name.substr(0, 100) + "': list the models for those there are",
              0});
  model_settling_.unsettle(learner);
  work.asking.insert(model::kNoPartition);
  work.model_answers += 1;
  out.model_asks.emplace_back(learner,
                              model::Ask{ticket, read.query, work.tenant, now_, std::move(read.query_value)});
}

void State::ask_reads(std::uint64_t ticket, Work& work, Effects& out) {
  std::map<std::uint16_t, user_shard::Ask> asks;
  // Links first, alone: what is asked behind them sees one user.
  const auto is_link = [](const Read& read) {
    return std::holds_alternative<api::LinkUsers>(read.query_value);
  };
  if (!settings_.follows_events) std::stable_partition(work.reads.begin(), work.reads.end(), is_link);
  const bool links = !settings_.follows_events && !work.reads.empty() && is_link(work.reads.front());
  while (!work.reads.empty()) {
    if (links && !is_link(work.reads.front())) break; // the next run begins there
    const auto* decide = std::get_if<api::Decide>(&work.reads.front().query_value);
    if (decide && decide->time && *decide->time > now_) break; // and here
    Read read = std::move(work.reads.front());
    work.reads.pop_front();
    if (is_link(read)) {
      auto& body = work.bodies[read.query];
      if (body && std::holds_alternative<Error>(*body)) continue; // its Link was refused
      body.reset();
    }
    if (std::holds_alternative<api::TrainModel>(read.query_value) ||
        std::holds_alternative<api::ChangeModel>(read.query_value)) {
      ask_model(std::move(read), ticket, work, out);
      continue;
    }
    route(std::move(read), work, asks);
  }
  for (auto& [partition, ask] : asks) {
    ask.ticket = ticket;
    ask.tenant = work.tenant;
    ask.now = now_;
    ask.deadline_us = work.deadline_us;
    ask.positions = positions_for(work);
    work.asking.insert(partition);
    out.asks.emplace_back(PartitionId{partition}, std::move(ask));
  }
}

void State::route(Read read, Work& work, std::map<std::uint16_t, user_shard::Ask>& asks) {
  if (LocalAnswers::knows(read.query_value))
    return keep_body(work, read.query, local_.answer(read.query_value, work.tenant, now_));
  const bool foreign = std::any_of(work.asked.begin(), work.asked.end(), [&](const auto& position) {
    return position.incarnation != settings_.incarnation ||
           position.stream.partition.value >= settings_.partitions;
  });
  if (foreign)
    return keep_body(
        work, read.query,
        Error{ErrorCode::kForeignPosition,
              "a position is of another life of the log (made anew, or restored): forget it and ask without",
              0});
  const auto put = [&](std::uint16_t partition, Read item, bool durable) {
    user_shard::Ask& ask = asks[partition];
    ask.durable_decisions = ask.durable_decisions || durable || settings_.follows_events;
    ask.items.push_back(std::move(item));
  };
  const auto* decision = decision_of(read.query_value);
  if (!decision) {
    const auto* decide = std::get_if<api::Decide>(&read.query_value);
    const bool durable = decide && decide->durable;
    const std::string_view user =
        read.via.empty() ? api::user_of(read.query_value) : std::string_view(read.via);
    const auto partition = partition_of(slot_of(work.tenant, user), settings_.partitions);
    return put(partition.value, std::move(read), durable);
  }
  if (settings_.follows_events) { // such an id does not tell its partition
    for (std::uint16_t partition = 0; partition < settings_.partitions; ++partition)
      put(partition, read, false);
    return;
  }
  const auto partition = user_shard::partition_of(*decision);
  if (partition.value < settings_.partitions) return put(partition.value, std::move(read), false);
  keep_body(work, read.query,
            Error{ErrorCode::kNotFound,
                  "no decision has the id " + to_hex(*decision) + " here: send the decisionId of an answer",
                  0});
}

// Those of other partitions, too: they may be of ids that were linked to who is asked of.
records::Positions State::positions_for(const Work& work) {
  records::Positions positions = work.asked;
  positions.insert(positions.end(), work.positions.begin(), work.positions.end());
  return positions;
}

Effects State::on(PartDone done, std::int64_t steady_us) {
  open(now_, steady_us);
  Effects out;
  for (const auto& position : done.positions)
    if (position.stream.topic == records::Topic::kEvents &&
        position.stream.partition.value < settings_.partitions)
      settling_.saw_entry(position.stream.partition.value, position.offset);
  if (const auto found = works_.find(done.ticket); found != works_.end()) {
    Work& work = found->second;
    const bool more = done.partition == model::kNoPartition && --work.model_answers > 0;
    if (more ? work.asking.contains(done.partition) : work.asking.erase(done.partition) != 0) {
      for (const auto& position : done.positions)
        if (std::find(work.positions.begin(), work.positions.end(), position) == work.positions.end())
          work.positions.push_back(position);
      for (auto& item : done.items) {
        // Who answers knows nothing of the request's other positions: the first of its own is meant.
        auto* accepted = std::get_if<api::Accepted>(&item.body);
        if (accepted != nullptr && !done.positions.empty())
          accepted->position = static_cast<std::uint16_t>(
              std::find(work.positions.begin(), work.positions.end(), done.positions.front()) -
              work.positions.begin());
        if (item.sent_on)
          ask_again(std::move(*item.sent_on), work);
        else
          keep_body(work, item.query, std::move(item.body));
      }
      work.staleness_ms = std::max(work.staleness_ms, done.staleness_ms);
      advance(done.ticket, out);
    }
  }
  close(out);
  return out;
}

void State::ask_again(Read read, Work& work) {
  if (++work.sent_on <= kSentOnMax * work.bodies.size()) return work.reads.push_back(std::move(read));
  keep_body(work, read.query,
            Error{ErrorCode::kConflict,
                  "the user's id was linked to another one, that one to the next, and so on, over " +
                      std::to_string(kSentOnMax) + " times: ask with one of the later ids",
                  0});
}

void State::keep_body(Work& work, std::uint32_t query, api::AnswerBody body) {
  if (query >= work.bodies.size()) return;
  auto& kept = work.bodies[query];
  if (!kept || (says_unknown(*kept) && !says_unknown(body))) kept = std::move(body);
}

Effects State::on(const Settled& settled, std::int64_t steady_us) {
  open(now_, steady_us);
  Effects out;
  const std::uint64_t ticket = settling_.ticket();
  if (settling_.on(settled)) {
    if (const auto found = works_.find(ticket); found != works_.end()) {
      if (auto more = settling_.open(ticket, now_); !more.empty()) { // what was sent to others
        Probe::add(probe_.settles, more.size());
        for (auto& settle : more) out.settles.push_back(std::move(settle));
      } else if (!open_model_barrier(ticket, out)) {
        found->second.barrier = Work::Barrier::kPassed;
        advance(ticket, out);
      }
    }
  }
  close(out);
  return out;
}

Effects State::on(const model::Settled& settled, std::int64_t steady_us) {
  open(now_, steady_us);
  Effects out;
  const std::uint64_t ticket = model_settling_.ticket();
  const auto step = model_settling_.on(settled);
  if (step.ask) out.model_settles.emplace_back(*step.ask, model::Settle{ticket, model_settling_.now()});
  if (step.passed) {
    if (const auto found = works_.find(ticket); found != works_.end()) {
      found->second.barrier = Work::Barrier::kPassed;
      advance(ticket, out);
    }
  }
  close(out);
  return out;
}

} // namespace kindred::actors::gateway
