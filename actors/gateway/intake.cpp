// State, first part: admission, decoding, what is refused as a whole.
#include <algorithm>
#include <utility>

#include "actors/gateway/answers.hpp"
#include "actors/gateway/checks.hpp"
#include "actors/gateway/state.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

namespace {

Error overloaded(const char* what) {
  return {ErrorCode::kOverloaded, std::string(what) + " are under way, the most: try again shortly",
          kRetryAfterMs};
}

Error past_deadline() {
  return {ErrorCode::kDeadlineExceeded,
          "the request's deadline had passed before it was taken, nothing was done: allow more time, or "
          "check the clocks",
          0};
}

} // namespace

Effects State::on(Requests requests) {
  open(requests.now, requests.steady_us);
  Effects out;
  for (auto& incoming : requests.requests) take(std::move(incoming), out);
  close(out);
  return out;
}

void State::take(Incoming&& incoming, Effects& out) {
  if (!incoming.again) Probe::add(probe_.requests);
  const auto peek = schemas::peek_request(incoming.bytes, scratch_);
  if (!peek.ok()) return refuse(incoming.to, 0, error_of(peek.error()), out);
  if (!admit(incoming, peek.value(), out)) return;
  const std::int64_t started_us =
      incoming.taken_us != 0 ? std::min(incoming.taken_us, steady_us_) : steady_us_;
  const std::int64_t deadline_us = deadline_of(peek.value(), started_us);
  if (deadline_us <= steady_us_) return refuse(incoming.to, peek.value().request_id, past_deadline(), out);
  bytes_ += incoming.bytes.size();
  if (!settings_.follows_events) return begin(std::move(incoming), started_us, deadline_us, out);
  queue_.push_back({std::move(incoming), started_us, deadline_us});
  begin_next(out);
}

bool State::admit(const Incoming& incoming, const schemas::RequestPeek& peek, Effects& out) {
  const auto no = [&](Error error) {
    refuse(incoming.to, peek.request_id, std::move(error), out);
    return false;
  };
  if (peek.version != api::kProtocolVersion)
    return no({ErrorCode::kUnsupportedVersion,
               "the request is of protocol version " + std::to_string(peek.version) +
                   ", this server speaks 1: use a client of that version",
               0});
  if (incoming.bytes.size() > api::kRequestBytesMax)
    return no({ErrorCode::kTooLarge,
               "the request has " + std::to_string(incoming.bytes.size()) +
                   " bytes, at most 1,048,576 are taken: send fewer queries at once",
               0});
  if (peek.queries > api::kQueriesMax)
    return no({ErrorCode::kTooLarge,
               std::to_string(peek.queries) +
                   " queries in one request, at most 4,096 are taken: send several requests",
               0});
  if (draining_ && !incoming.again)
    return no({ErrorCode::kDraining, "this node is stopping: ask another one, or this one after its restart",
               1000});
  if (under_way() >= kRequestsMax) return no(overloaded("20,000 requests"));
  if (bytes_ + incoming.bytes.size() > kRequestBytesUnderWayMax) return no(overloaded("256 MiB of requests"));
  if (!library_)
    return no({ErrorCode::kNotReady, "this node is starting, the catalog is not there yet: try again shortly",
               200});
  return true;
}

void State::begin(Incoming&& incoming, std::int64_t started_us, std::int64_t deadline_us, Effects& out) {
  const auto give_back = [&] { bytes_ -= incoming.bytes.size(); };
  auto decoded = schemas::decode_request(incoming.bytes);
  if (!decoded.ok()) return give_back(), refuse(incoming.to, 0, error_of(decoded.error()), out);
  const api::Request& request = decoded.value().request;
  if (deadline_us <= steady_us_)
    return give_back(), refuse(incoming.to, request.request_id, past_deadline(), out);
  const auto tenant = tenant_named(request.tenant, library_->library);
  if (!tenant) {
    give_back();
    return refuse(incoming.to, request.request_id,
                  {ErrorCode::kUnknownTenant,
                   "there is no tenant '" + request.tenant.substr(0, 100) +
                       "' here: check the name, or set the tenant up",
                   0},
                  out);
  }
  if (request.queries.empty()) {
    give_back();
    return refuse(incoming.to, request.request_id,
                  {ErrorCode::kMissingField, "the request holds no query: send at least one", 0}, out);
  }
  const std::uint64_t ticket = ++last_ticket_;
  Work& work = works_[ticket];
  work.to = incoming.to;
  work.request_id = request.request_id;
  work.started_us = started_us;
  work.deadline_us = deadline_us;
  work.bytes = incoming.bytes.size();
  work.now = now_;
  work.tenant = *tenant;
  work.asked = request.positions;
  open_queries(decoded.value(), ticket, out);
  advance(ticket, out);
}

void State::open_queries(schemas::DecodedRequest& decoded, std::uint64_t ticket, Effects& out) {
  Work& work = works_.at(ticket);
  api::Request& request = decoded.request;
  work.bodies.resize(request.queries.size());
  work.writes.resize(request.queries.size());
  for (const auto& [index, failure] : decoded.broken) {
    const Error error = error_of(failure);
    reject(error, {}, {});
    work.bodies[index] = error;
  }
  LaneRecords records;
  for (std::uint32_t i = 0; i < request.queries.size(); ++i) {
    if (work.bodies[i]) continue;
    api::Query& query = request.queries[i];
    probe_.saw_query(query.index());
    work.writes[i] = api::is_write(query);
    if (work.writes[i])
      write(std::move(query), i, request, work, records, out);
    else
      open_read(std::move(query), i, request, work);
  }
  hand_to_lanes(ticket, std::move(records));
}

void State::open_read(api::Query&& query, std::uint32_t index, const api::Request& request, Work& work) {
  std::optional<Error> error;
  if (auto* decide = std::get_if<api::Decide>(&query)) {
    error = check(*decide, settings_.follows_events);
    work.decides = true;
    if (decide->request_id.empty()) decide->request_id = recorder_.new_id(request.idempotency_key, index);
  } else if (const auto* get = std::get_if<api::GetProfile>(&query)) {
    error = check(*get);
  }
  if (!error) return work.reads.push_back({index, std::move(query)});
  reject(*error, api::user_of(query), {});
  work.bodies[index] = std::move(*error);
}

void State::refuse(const ports::ReplyTo& to, std::uint64_t request_id, Error error, Effects& out) {
  if (is_fault_of_input(error.code)) reject(error, {}, {});
  probe_.saw_error(error.code);
  out.replies.push_back({to, schemas::encode_answer(refused(request_id, std::move(error)))});
}

std::int64_t State::deadline_of(const schemas::RequestPeek& peek, std::int64_t started_us) const {
  std::int64_t left_us = kDeadlineDefault.us;
  if (peek.remaining_ms != 0) left_us = peek.remaining_ms * kMillisecond.us;
  // Events clock: its now is not the client's, so that only the remaining time means something.
  if (peek.deadline_us != 0 && !settings_.follows_events) {
    const std::int64_t until_us =
        peek.deadline_us > 0 ? peek.deadline_us - now_.us + steady_us_ - started_us : 0;
    left_us = peek.remaining_ms != 0 ? std::min(left_us, until_us) : until_us;
  }
  return started_us + std::min(left_us, kDeadlineMax.us);
}

} // namespace kindred::actors::gateway
