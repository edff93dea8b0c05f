// State: asks, positions, and what waits for them.

#include <algorithm>
#include <utility>

#include "actors/user_shard/profile_answer.hpp"
#include "actors/user_shard/state.hpp"
#include "engine/base/hash.hpp"

namespace kindred::actors::user_shard {

using api::Error;
using api::ErrorCode;

namespace {

Error not_reached() {
  return {ErrorCode::kPositionNotReached,
          "the asked position was not folded before the deadline: ask again, or allow more time", 50};
}
Error foreign_position() {
  return {ErrorCode::kForeignPosition,
          "a position of the request is of another life of the log: drop the positions that were kept from "
          "before",
          0};
}
/// One position per stream and writer: the newest, which covers those before.
void remember(records::Positions& positions, const records::Position& position) {
  for (auto& known : positions) {
    if (known.stream != position.stream || known.author.writer != position.author.writer) continue;
    known = std::max(known, position);
    return;
  }
  positions.push_back(position);
}

bool asks_about_decisions(const Ask& ask) {
  return std::any_of(ask.items.begin(), ask.items.end(), [](const Ask::Item& item) {
    return std::holds_alternative<api::Explain>(item.query_value) ||
           std::holds_alternative<api::Replay>(item.query_value);
  });
}

Error too_many_waiting() {
  return {ErrorCode::kOverloaded, "10,000 asks wait for their positions already: try again shortly", 50};
}

} // namespace

Effects State::handle(Ask ask) {
  Effects out;
  if (events_lane_ && asks_about_decisions(ask)) {
    // Made here a moment ago, its record may still be held, or on its way.
    hurry_ = true;
    ask.positions.push_back({incarnation_, stream_, 0, 0, events_lane_->last()});
  }
  const Reach reached = reach(ask.positions, look());
  if (reached == Reach::kForeign) {
    Waiting waiting(std::move(ask));
    give_up(waiting, foreign_position(), out);
  } else if (reached == Reach::kReached && ready() && !must_wait_for_outbox(ask)) {
    answer(ask, out);
  } else {
    wait(std::move(ask), out);
  }
  close(out);
  return out;
}

bool State::is_reached(const records::Position& position, const Sight& sight) const {
  switch (position.stream.topic) {
  case records::Topic::kEvents: {
    if (position.stream.partition != settings_.partition) return true; // another shard's to answer for
    if (position.author.writer.value == 0) return folded_end_ > position.offset;
    // Its own: what was refused never comes.
    if (position.author.writer == settings_.writer && events_lane_ && events_lane_->idle() && own_folded())
      return true;
    const auto last = fold_.last_of(position.author.writer);
    return last && std::pair(last->epoch, last->sequence) >=
                       std::pair(position.author.epoch, position.author.sequence);
  }
  case records::Topic::kModels: return sight.models && sight.models->end > position.offset;
  case records::Topic::kLibrary: return sight.library && sight.library->end > position.offset;
  case records::Topic::kControl: return true;
  }
  return true;
}

State::Reach State::reach(const records::Positions& positions, const Sight& sight) const {
  if (!opened_) return Reach::kNotYet;
  bool reached = true;
  for (const auto& position : positions) {
    if (position.incarnation != incarnation_ && stopped_.empty()) return Reach::kForeign;
    reached = reached && is_reached(position, sight);
  }
  return reached ? Reach::kReached : Reach::kNotYet;
}

void State::wait(Waiting waiting, Effects& out) {
  if (waiting_.size() >= kWaitingMax) {
    Probe::count(probe_.overloaded);
    return give_up(waiting, too_many_waiting(), out);
  }
  Probe::count(probe_.waited);
  waiting_.push_back(std::move(waiting));
}

// Everything that waits is looked at: positions of several writers may be reached in any order.
void State::wake(Effects& out) {
  if (!std::exchange(moved_, false) || waiting_.empty() || !ready()) return;
  Reply reply;
  std::deque<Waiting> still;
  Sight sight = look();
  for (auto& waiting : std::exchange(waiting_, {})) {
    const auto& positions = std::visit(
        [](const auto& one) -> const records::Positions& {
          if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Ask>)
            return one.positions;
          else
            return one.asked.request.positions;
        },
        waiting);
    auto* ask = std::get_if<Ask>(&waiting);
    if (reach(positions, sight) != Reach::kReached || (ask != nullptr && must_wait_for_outbox(*ask))) {
      still.push_back(std::move(waiting));
    } else if (ask != nullptr) {
      answer(*ask, out);
    } else {
      Read& read = std::get<Read>(waiting);
      sight.tenant = read.tenant;
      sight.now = read.now;
      if (!answer(read.to, read.asked, sight, read.taken_us, reply))
        out.emplace_back(HandBack{read.to, std::move(read.request), read.taken_us});
    }
  }
  waiting_ = std::move(still);
  if (!reply.answers.empty()) out.emplace_back(std::move(reply));
}

void State::give_up(Waiting& waiting, const Error& error, Effects& out) {
  if (auto* read = std::get_if<Read>(&waiting)) {
    std::vector<ports::Link::Outgoing> answers;
    refuse(read->to, read->asked.request.request_id, error, answers);
    out.emplace_back(Reply{std::move(answers), {}});
    return;
  }
  const Ask& ask = std::get<Ask>(waiting);
  PartDone done{ask.ticket, settings_.partition.value, {}, {}, 0};
  for (const auto& item : ask.items) done.items.push_back({item.query, error, std::nullopt});
  Probe::count(probe_.errors, ask.items.size());
  out.emplace_back(Answer{std::move(done)});
}

void State::give_up_late(Effects& out) {
  for (std::size_t left = waiting_.size(); left > 0; --left) {
    Waiting waiting = std::move(waiting_.front());
    waiting_.pop_front();
    const auto* ask = std::get_if<Ask>(&waiting);
    const bool late =
        ask != nullptr ? ask->deadline_us <= steady_us_ : std::get<Read>(waiting).deadline <= now_;
    if (!late) {
      waiting_.push_back(std::move(waiting));
      continue;
    }
    Probe::count(probe_.not_reached);
    give_up(waiting, not_reached(), out);
  }
  // What waits for a verdict or a replay: its gateway has answered for it by now.
  for (auto part = parts_.begin(); part != parts_.end();) {
    part = part->second.deadline_us <= steady_us_ ? parts_.erase(part) : std::next(part);
  }
  const auto gone = [&](const auto& entry) { return !parts_.contains(entry.second.part); };
  std::erase_if(durables_, gone);
  std::erase_if(recalls_, gone);
}

State::Sight State::look() const { return {views_.library.get(), views_.models.get(), {}, {}}; }

records::Positions State::positions_now() const {
  if (folded_end_ == 0) return {};
  return {position_now()};
}

std::uint32_t State::staleness_ms() const {
  if (folded_end_ >= log_end_ && held_back_bytes_ == 0) return 0; // else the tail may wait for the store
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, (now_ - caught_up_at_).us / 1000));
}

void State::answer(Ask& ask, Effects& out) {
  Sight sight = look();
  sight.tenant = ask.tenant;
  sight.now = ask.now;
  const std::uint64_t id = ++last_part_;
  Part part;
  part.done = {ask.ticket, settings_.partition.value, {}, positions_now(), staleness_ms()};
  part.deadline_us = ask.deadline_us;
  part.missing.resize(ask.items.size());
  for (std::size_t i = 0; i < ask.items.size(); ++i) answer_item(ask, i, sight, part, id);
  if (part.open == 0) {
    out.emplace_back(Answer{std::move(part.done)});
    return;
  }
  parts_.emplace(id, std::move(part));
}

void State::answer_item(Ask& ask, std::size_t index, const Sight& sight, Part& part, std::uint64_t id) {
  const auto& item = ask.items[index];
  const auto add = [&](api::AnswerBody body) {
    if (std::holds_alternative<Error>(body)) Probe::count(probe_.errors);
    part.done.items.push_back({item.query, std::move(body), std::nullopt});
  };
  if (auto on = sent_on(item, ask, part.done.positions)) {
    part.done.items.push_back({item.query, Error{}, std::move(on)});
    return;
  }
  const auto later = [&] {
    part.missing[index] = true;
    ++part.open;
  };
  if (const auto* query = std::get_if<api::Decide>(&item.query_value)) {
    Made made = decide(*query, sight);
    add(std::move(made.body));
    if (!made.record) return;
    const std::uint64_t number = ++last_number_;
    const bool durable = ask.durable_decisions || query->durable;
    if (durable) {
      durables_[number] = {id, index};
      later();
    }
    append(durable ? Kind::kDurable : Kind::kDecision, number, *made.record);
  } else if (const auto* get = std::get_if<api::GetProfile>(&item.query_value)) {
    add(profile(*get, sight));
  } else if (const auto* link = std::get_if<api::LinkUsers>(&item.query_value)) {
    add(linked(*link, sight, part.done.positions));
  } else {
    const auto* explain = std::get_if<api::Explain>(&item.query_value);
    const auto* again = std::get_if<api::Replay>(&item.query_value);
    if (explain == nullptr && again == nullptr) {
      return add(Error{ErrorCode::kInternal, "a shard was asked what is not its own to answer", 0});
    }
    const auto error =
        recall(explain ? explain->decision : again->decision, again != nullptr, ask, {id, index});
    add(error ? api::AnswerBody(*error) : api::AnswerBody(Error{}));
    if (!error) later();
  }
}

void State::item_done(const Owed& owed, std::optional<api::AnswerBody> body,
                      const records::Position* position, Effects& out) {
  const auto found = parts_.find(owed.part);
  if (found == parts_.end()) return;
  Part& part = found->second;
  if (!part.missing[owed.item]) return;
  part.missing[owed.item] = false;
  if (body) part.done.items[owed.item].body = std::move(*body);
  if (position != nullptr) remember(part.done.positions, *position);
  if (--part.open > 0) return;
  out.emplace_back(Answer{std::move(part.done)});
  parts_.erase(found);
}

api::AnswerBody State::profile(const api::GetProfile& query, const Sight& sight) {
  Probe::count(probe_.profiles);
  const auto found = fold_.find({sight.tenant, query.user_id});
  if (!found.ok()) {
    fail(found.error(), "reading a user of");
    return Error{ErrorCode::kInternal, "the user's stored profile cannot be read: " + not_ready_because(),
                 1000};
  }
  if (found.value() == nullptr) {
    met_linked_ = is_linked(sight.tenant, query.user_id);
    return Error{ErrorCode::kNotFound, "nothing is known of this user: check the id, or track an event first",
                 0};
  }
  const auto* catalog = sight.library->library.catalog(sight.tenant);
  return profile_answer(*found.value(), fold_.tenant_inputs(found.value()->key.tenant), catalog, query,
                        sight.now);
}

std::optional<Error> State::recall(DecisionId decision, bool again, const Ask& ask, const Owed& owed) {
  Probe::count(probe_.recalls);
  const auto place = fold_.find_decision(decision);
  if (!place.ok()) {
    fail(place.error(), "reading the decisions of");
    return Error{ErrorCode::kInternal, "the index of decisions cannot be read: " + not_ready_because(), 1000};
  }
  if (place.value()) {
    const auto& found = *place.value();
    if (found.erased)
      return Error{ErrorCode::kErased,
                   "the user of this decision was erased, and what was decided for him with him", 0};
    if (ask.now - found.stamp > replay::kReplayWindow)
      return Error{ErrorCode::kExpired,
                   "the decision is older than seven days: what it was made from is gone", 0};
    const std::uint64_t job = ++last_number_;
    recalls_[job] = owed;
    recalls_out_.push_back({job, settings_.partition, ask.tenant, decision, found.offset, found.index, again,
                            ask.now, ask.deadline_us});
    return std::nullopt;
  }
  const bool ours = !settings_.follows_events && partition_of(decision) == settings_.partition &&
                    (decision.high >> 32 & 0xffff) == settings_.node;
  const Instant made{static_cast<std::int64_t>(decision.high & 0xffffffff) * kSecond.us};
  if (ours && ask.now - made > replay::kReplayWindow)
    return Error{ErrorCode::kExpired, "the decision is older than seven days: what it was made from is gone",
                 0};
  if (ours && made <= ask.now)
    return Error{ErrorCode::kNotLogged,
                 "the decision's record is not in the log: it was lost before it was durable; ask for "
                 "`durable` where that matters",
                 0};
  return Error{ErrorCode::kNotFound, "no decision with this id within seven days: check the id", 0};
}

Effects State::handle(replay::Recalled recalled) {
  Effects out;
  const auto owed = recalls_.find(recalled.job);
  if (owed != recalls_.end()) {
    const Owed item = owed->second;
    recalls_.erase(owed);
    item_done(item, std::move(recalled.body), nullptr, out);
  }
  close(out);
  return out;
}

} // namespace kindred::actors::user_shard
