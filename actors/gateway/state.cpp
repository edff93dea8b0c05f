#include "actors/gateway/state.hpp"

#include <algorithm>

#include "engine/decisions/decide.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

State::State(Settings settings, Views views, Probe& probe)
    : settings_(std::move(settings)), views_(views), probe_(probe),
      recorder_({settings_.partitions, settings_.follows_events, settings_.seed}),
      local_(std::move(views), rejects_), settling_([&] {
        std::vector<std::uint64_t> ends = settings_.ends;
        ends.resize(settings_.partitions);
        return ends;
      }()),
      model_settling_(settings_.learners), last_ticket_(settings_.epoch << 32), now_(settings_.clock_start) {
  using records::Topic;
  for (std::uint16_t partition = 0; partition < settings_.partitions; ++partition)
    lanes_.emplace_back(AppendLane::Settings{settings_.incarnation,
                                             {Topic::kEvents, {partition}},
                                             settings_.writer,
                                             settings_.epoch * AppendLane::kEpochsPerStart});
  lanes_.emplace_back(AppendLane::Settings{settings_.incarnation,
                                           {Topic::kLibrary, {}},
                                           settings_.writer,
                                           settings_.epoch * AppendLane::kEpochsPerStart});
}

bool State::library_has(std::uint64_t end) const {
  return end <= library_seen_; // not what the cell holds: what was refused is told with the message
}

void State::advance(std::uint64_t ticket, Effects& out) {
  const auto found = works_.find(ticket);
  if (found == works_.end()) return;
  Work& work = found->second;
  while (work.sent.empty() && work.asking.empty() && work.barrier != Work::Barrier::kOpen) {
    // What the gateway answers by itself settles nothing, so that asking for the status does not change a run.
    const bool must_settle =
        settings_.follows_events && (!work.adopting.empty() || unsettled_ >= kUnsettledMax ||
                                     std::any_of(work.reads.begin(), work.reads.end(), [](const Read& read) {
                                       return !LocalAnswers::knows(read.query_value) &&
                                              !std::holds_alternative<api::TrainModel>(read.query_value);
                                     }));
    if (!library_has(must_settle ? std::max(work.library_end, library_acked_) : work.library_end)) {
      waiting_for_library_.insert(ticket);
      return;
    }
    if (!work.adopts.empty()) {
      tell_adopts(ticket, work);
      continue;
    }
    if (must_settle && work.barrier == Work::Barrier::kNone && open_barrier(ticket, work, out)) {
      work.barrier = Work::Barrier::kOpen;
      return;
    }
    work.adopting.clear();
    if (work.reads.empty()) return finish(ticket, out);
    ask_reads(ticket, work, out);
    work.barrier = Work::Barrier::kNone;
  }
}

Effects State::on(const LibraryAdvanced& advanced, std::int64_t steady_us) {
  open(now_, steady_us);
  Effects out;
  library_seen_ = std::max(library_seen_, advanced.end);
  for (const auto& refused : advanced.refused) take_back(refused);
  if (library_) recorder_.on_library(library_->library);
  const auto waiting = std::exchange(waiting_for_library_, {});
  for (const auto ticket : waiting) advance(ticket, out);
  close(out);
  return out;
}

void State::take_back(const LibraryAdvanced::Refused& refused) {
  using kindred::catalog::LibraryError;
  const bool collision = refused.error == LibraryError::kCollision;
  Error error;
  error.code = collision ? ErrorCode::kCollision : ErrorCode::kFull;
  error.message = collision
                      ? "the library did not take it: another item has the same 64-bit hash, rename it"
                      : "the library did not take it: there is no room for one more, remove something first";
  for (const auto ticket : waiting_for_library_) {
    Work& work = works_.at(ticket);
    for (auto& body : work.bodies) {
      const auto* accepted = body ? std::get_if<api::Accepted>(&*body) : nullptr;
      if (!accepted || accepted->index != refused.index) continue;
      const records::Position& position = work.positions[accepted->position];
      if (position.stream.topic == records::Topic::kLibrary && position.offset == refused.offset)
        body = error;
    }
  }
}

Effects State::on(const Pulse& pulse) {
  open(pulse.now, pulse.steady_us);
  Effects out;
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (auto entry = lanes_[i].resend(steady_us_))
      out.appends.push_back({i, lanes_[i].stream(), std::move(*entry)});
  expire(out);
  close(out);
  return out;
}

void State::expire(Effects& out) {
  for (std::size_t i = queue_.size(); i > 0;
       --i) { // a queued one that is late goes to its end at its turn, at once
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    if (next.deadline_us > steady_us_)
      queue_.push_back(std::move(next));
    else
      begin(std::move(next.incoming), next.started_us, next.deadline_us, out);
  }
  std::vector<std::uint64_t> late;
  for (const auto& [ticket, work] : works_)
    if (work.deadline_us <= steady_us_) late.push_back(ticket);
  for (const auto ticket : late) {
    Work& work = works_.at(ticket);
    for (const auto& [lane, queries] : work.sent) // one query may be in several lanes: all must have it
      for (const auto query : queries)
        if (query != kNoQuery) work.bodies[query].reset();
    take_back_unasked(work);
    for (std::size_t i = 0; i < work.bodies.size(); ++i) {
      if (work.bodies[i]) continue;
      work.bodies[i] =
          work.writes[i]
              ? Error{ErrorCode::kUnknownOutcome,
                      "the log gave no verdict before the deadline, it may or may not be there: send it "
                      "again with the same ids",
                      kRetryAfterMs}
              : Error{ErrorCode::kDeadlineExceeded,
                      "it was not answered before the deadline: allow more time, or ask for less", 0};
    }
    take_back_unadopted(work);
    if (settling_.ticket() == ticket) settling_.abandon();
    if (model_settling_.ticket() == ticket) model_settling_.abandon();
    finish(ticket, out);
  }
}

/// A Link that is in the log may have changed nothing: only the shard knows, which was not asked yet.
void State::take_back_unasked(Work& work) {
  for (const Read& read : work.reads) {
    auto& body = work.bodies[read.query];
    if (body && std::holds_alternative<api::Accepted>(*body)) body.reset();
  }
}

void State::take_back_unadopted(Work& work) {
  Error error;
  error.code = ErrorCode::kUnknownOutcome;
  error.message =
      "the settings stand, but not every partition had taken them up before the deadline: send them again";
  error.retry_after_ms = kRetryAfterMs;
  for (const auto query : work.adopting) {
    auto& body = work.bodies[query];
    if (body && std::holds_alternative<api::Accepted>(*body)) body = error;
  }
}

void State::finish(std::uint64_t ticket, Effects& out) {
  const auto found = works_.find(ticket);
  Work& work = found->second;
  api::Answer answer;
  answer.request_id = work.request_id;
  answer.positions = std::move(work.positions);
  if (answer.positions.size() > records::kPositionsMax) answer.positions.resize(records::kPositionsMax);
  answer.staleness_ms = work.staleness_ms;
  answer.generations = local_.generations();
  answer.engine_version = decisions::kEngineVersion;
  for (auto& body : work.bodies) {
    answer.bodies.push_back(body ? std::move(*body)
                                 : Error{ErrorCode::kInternal, "this query was lost: report it", 0});
    const auto* error = std::get_if<Error>(&answer.bodies.back());
    if (!error) continue;
    probe_.saw_error(error->code);
    answer.retry_after_ms = std::max(answer.retry_after_ms, error->retry_after_ms);
  }
  out.replies.push_back({work.to, schemas::encode_answer(answer)});
  probe_.requests_took.saw(steady_us_ - work.started_us);
  if (work.decides) probe_.decisions_took.saw(steady_us_ - work.started_us);
  bytes_ -= work.bytes;
  waiting_for_library_.erase(ticket);
  works_.erase(found);
  begin_next(out);
}

void State::begin_next(Effects& out) {
  if (beginning_) return;
  beginning_ = true;
  while (works_.empty() && !queue_.empty()) {
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    begin(std::move(next.incoming), next.started_us, next.deadline_us, out);
  }
  beginning_ = false;
}

void State::reject(const Error& error, std::string_view user, std::string_view message_id) {
  probe_.saw_reject(error.code);
  constexpr std::size_t kKept = 256;
  rejects_.add({now_, std::string(user.substr(0, kKept)), std::string(message_id.substr(0, kKept)), error});
}

void State::move_clock(Instant to, Effects& out) {
  if (to <= now_) return;
  now_ = to;
  out.clock = to;
}

void State::open(Instant now, std::int64_t steady_us) {
  if (!settings_.follows_events) now_ = now;
  steady_us_ = std::max(steady_us_, steady_us);
  library_ = views_.library.get();
}

void State::close(Effects& out) {
  send_lanes(out);
  Probe::set(probe_.under_way, under_way());
  Probe::set(probe_.bytes_under_way, bytes_);
  std::size_t waiting = 0;
  for (const auto& lane : lanes_) waiting += lane.waiting_records();
  Probe::set(probe_.waiting_records, waiting);
  library_.reset();
}

} // namespace kindred::actors::gateway
