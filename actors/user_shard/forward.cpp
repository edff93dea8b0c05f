// State: the fast path. Whole requests, still encoded, answered through the Link without another message.

#include <algorithm>
#include <utility>

#include "actors/gateway/checks.hpp"
#include "actors/gateway/contract.hpp"
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
  std::vector<ports::Link::Outgoing> answers;
  answers.reserve(forward.requests.size());
  Probe::count(probe_.forwarded, forward.requests.size());
  Sight sight = look();
  for (auto& one : forward.requests) {
    Read read{one.to, one.tenant, forward.now, {}, {}, {}};
    auto decoded = schemas::decode_request(one.request);
    if (!decoded.ok()) {
      refuse(read, gateway::error_of(decoded.error()), answers);
      continue;
    }
    read.request = std::move(decoded.value().request);
    read.broken = std::move(decoded.value().broken);
    const Reach reached = reach(read.request.positions);
    if (reached == Reach::kForeign) {
      refuse(read,
             {ErrorCode::kForeignPosition,
              "a position of the request is of another life of the log: drop the positions kept from before",
              0},
             answers);
    } else if (reached == Reach::kReached && ready()) {
      answer(read, sight, answers);
    } else {
      read.deadline = deadline_of(read.request, forward.now);
      wait(std::move(read), out);
    }
  }
  if (!answers.empty()) out.emplace_back(Reply{std::move(answers)});
  close(out);
  return out;
}

void State::answer(Read& read, Sight& sight, std::vector<ports::Link::Outgoing>& answers) {
  sight.tenant = read.tenant;
  sight.now = read.now;
  api::Answer answer;
  answer.request_id = read.request.request_id;
  answer.engine_version = decisions::kEngineVersion;
  answer.positions = positions_now();
  answer.bodies.reserve(read.request.queries.size());
  auto broken = read.broken.begin();
  for (std::uint32_t i = 0; i < read.request.queries.size(); ++i) {
    if (broken != read.broken.end() && broken->first == i) {
      answer.bodies.push_back(gateway::error_of(broken->second));
      ++broken;
      continue;
    }
    api::Query& query = read.request.queries[i];
    if (auto* get = std::get_if<api::GetProfile>(&query)) {
      const auto error = gateway::check(*get);
      answer.bodies.push_back(error ? api::AnswerBody(*error) : profile(*get, sight));
    } else if (auto* asked = std::get_if<api::Decide>(&query)) {
      if (auto error = gateway::check(*asked, settings_.follows_events)) {
        answer.bodies.push_back(std::move(*error));
        continue;
      }
      if (asked->request_id.empty()) asked->request_id = to_hex({chance_.next(), chance_.next()});
      Made made = decide(*asked, sight);
      answer.bodies.push_back(std::move(made.body));
      if (made.record) append(Kind::kDecision, ++last_number_, *made.record);
    } else {
      answer.bodies.push_back(
          Error{ErrorCode::kInternal, "a shard was asked what is not its own to answer", 0});
    }
  }
  for (const auto& body : answer.bodies) {
    if (std::holds_alternative<Error>(body)) Probe::count(probe_.errors);
  }
  answers.push_back({read.to, schemas::encode_answer(answer)});
}

void State::refuse(const Read& read, const Error& error, std::vector<ports::Link::Outgoing>& answers) {
  api::Answer answer;
  answer.request_id = read.request.request_id;
  answer.engine_version = decisions::kEngineVersion;
  answer.retry_after_ms = error.retry_after_ms;
  answer.bodies.push_back(error);
  Probe::count(probe_.errors);
  answers.push_back({read.to, schemas::encode_answer(answer)});
}

} // namespace kindred::actors::user_shard
