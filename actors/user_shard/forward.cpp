// State: the fast path. Whole requests, still encoded, answered through the Link without another message.

#include <algorithm>
#include <utility>

#include "actors/gateway/answers.hpp"
#include "actors/gateway/checks.hpp"
#include "actors/gateway/contract.hpp"
#include "actors/gateway/recorder.hpp"
#include "actors/user_shard/state.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::actors::user_shard {

using api::Error;
using api::ErrorCode;

namespace {

/// The gateway's deadline, in wall time: requests of the fast path come with the wall clock only.
Instant deadline_of(const api::Request& request, Instant now) {
  Duration left = gateway::kDeadlineDefault;
  if (request.remaining_ms != 0) left = kMillisecond * request.remaining_ms;
  if (request.deadline_us != 0) {
    const Duration until = Instant{request.deadline_us} - now;
    left = request.remaining_ms != 0 ? std::min(left, until) : until;
  }
  return now + std::min(left, gateway::kDeadlineMax);
}

} // namespace

Effects State::handle(Forward forward) {
  Effects out;
  Reply reply;
  reply.answers.reserve(forward.requests.size());
  Probe::count(probe_.forwarded, forward.requests.size());
  Sight sight = look();
  sight.now = forward.now;
  for (auto& one : forward.requests) {
    if (const auto decoded = schemas::decode_request(one.request, decoded_); !decoded.ok()) {
      refuse(one.to, 0, gateway::error_of(decoded.error()), reply.answers);
      continue;
    }
    const Reach reached = reach(decoded_.request.positions, sight);
    if (reached == Reach::kForeign) {
      refuse(one.to, decoded_.request.request_id,
             {ErrorCode::kForeignPosition,
              "a position of the request is of another life of the log: drop the positions kept from before",
              0},
             reply.answers);
    } else if (reached == Reach::kReached && ready()) {
      sight.tenant = one.tenant;
      if (!answer(one.to, decoded_, sight, forward.taken_us, reply))
        out.emplace_back(HandBack{one.to, std::move(one.request), forward.taken_us});
    } else {
      const Instant deadline = std::min(deadline_of(decoded_.request, forward.now), forward.until);
      wait(Read{one.to, one.tenant, forward.now, forward.taken_us, deadline, std::exchange(decoded_, {}),
                std::move(one.request)},
           out);
    }
  }
  if (!reply.answers.empty()) out.emplace_back(std::move(reply));
  close(out);
  return out;
}

bool State::answer(const ports::ReplyTo& to, schemas::DecodedRequest& asked, const Sight& sight,
                   std::int64_t taken_us, Reply& reply) {
  if (may_be_of_others(asked.request.positions) && !asked.request.queries.empty()) {
    const std::string user(api::user_of(asked.request.queries.front()));
    if (unseen_link({sight.tenant, user}, asked.request.positions, {})) return false;
  }
  bool decides = false;
  met_linked_ = false;
  api::Answer& answer = answer_;
  answer.request_id = asked.request.request_id;
  answer.engine_version = decisions::kEngineVersion;
  answer.staleness_ms = staleness_ms();
  answer.retry_after_ms = 0;
  answer.generations.clear();
  answer.positions.clear();
  if (folded_end_ > 0) answer.positions.push_back(position_now());
  answer.bodies.clear();
  auto broken = asked.broken.begin();
  for (std::uint32_t i = 0; i < asked.request.queries.size(); ++i) {
    if (broken != asked.broken.end() && broken->first == i) {
      answer.bodies.push_back(gateway::error_of(broken->second));
      ++broken;
      continue;
    }
    api::Query& query = asked.request.queries[i];
    if (auto* get = std::get_if<api::GetProfile>(&query)) {
      const auto error = gateway::check(*get);
      answer.bodies.push_back(error ? api::AnswerBody(*error) : profile(*get, sight));
    } else if (auto* decide_for = std::get_if<api::Decide>(&query)) {
      if (auto error = gateway::check(*decide_for, settings_.follows_events)) {
        answer.bodies.push_back(std::move(*error));
        continue;
      }
      if (decide_for->request_id.empty()) decide_for->request_id = to_hex({chance_.next(), chance_.next()});
      decides = true;
      Made made = decide(*decide_for, sight);
      answer.bodies.push_back(std::move(made.body));
      if (made.record) append(Kind::kDecision, ++last_number_, *made.record);
    } else {
      answer.bodies.push_back(
          Error{ErrorCode::kInternal, "a shard was asked what is not its own to answer", 0});
    }
    if (met_linked_) return false; // all of them are of one user: none was decided for
  }
  for (const auto& body : answer.bodies) {
    const auto* error = std::get_if<Error>(&body);
    if (error == nullptr) continue;
    Probe::count(probe_.errors);
    answer.retry_after_ms = std::max(answer.retry_after_ms, error->retry_after_ms);
  }
  if (decides) answer.generations = gateway::generations_of(sight.models.get(), sight.library.get());
  reply.answers.push_back({to, schemas::encode_answer(answer)});
  if (decides) reply.decided.push_back(taken_us);
  if (answer.bodies.capacity() > schemas::kQueriesKeptMax) answer.bodies = {};
  return true;
}

void State::refuse(const ports::ReplyTo& to, std::uint64_t request_id, const Error& error,
                   std::vector<ports::Link::Outgoing>& answers) {
  api::Answer answer = gateway::refused(request_id, error);
  answer.engine_version = decisions::kEngineVersion;
  Probe::count(probe_.errors);
  answers.push_back({to, schemas::encode_answer(answer)});
}

} // namespace kindred::actors::user_shard
