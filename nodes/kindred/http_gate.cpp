#include "nodes/kindred/http_gate.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "schemas/codec/api_codec.hpp"

namespace kindred::node {

using api::ErrorCode;

namespace {

RestReply failure(ErrorCode code, std::string message, std::uint32_t retry_after_ms) {
  return reply_of(api::Error{code, std::move(message), retry_after_ms});
}

RestReply text_reply(int status, std::string body, const char* type) {
  RestReply reply{status, std::move(body), 0};
  reply.type = type;
  return reply;
}

} // namespace

std::optional<RestReply> HttpGate::at_once(const RestRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/livez") return RestReply{200, "{\"live\":true}", 0};
  if (path == "/metrics") return text_reply(200, ways_.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  if (path != "/readyz") return std::nullopt;
  const Readiness readiness = ways_.readiness();
  const json::Json body{{"ready", readiness.ready}, {"notReadyBecause", readiness.reasons}};
  return RestReply{readiness.ready ? 200 : 503, json::dump(body), 0};
}

void HttpGate::handle(const RestRequest& request, std::int64_t now_us, Respond respond) {
  expire(now_us);
  if (auto reply = at_once(request)) return respond(std::move(*reply));
  auto translated = translate(request);
  if (auto* reply = std::get_if<RestReply>(&translated)) return respond(std::move(*reply));
  RestCall call = std::move(std::get<RestCall>(translated));
  std::vector<actors::gateway::Incoming> incoming;
  {
    std::unique_lock lock(mutex_);
    if (calls_.size() >= kCallsMax) {
      lock.unlock();
      return respond(failure(ErrorCode::kOverloaded,
                             "4,096 HTTP requests are under way, the most: try again shortly",
                             actors::gateway::kRetryAfterMs));
    }
    const std::uint64_t id = ++last_;
    for (std::size_t part = 0; part < call.requests.size(); ++part)
      incoming.push_back({{link_, id << kPartBits | part}, std::move(call.requests[part])});
    const std::size_t parts = incoming.size();
    calls_.emplace(id, Call{std::move(call), std::vector<std::optional<api::Answer>>(parts), parts, now_us,
                            std::move(respond)});
  }
  ways_.ask(std::move(incoming));
}

void HttpGate::reply(const ports::Link::Outgoing& answer) {
  auto decoded = schemas::decode_answer(answer.bytes);
  api::Answer value;
  if (decoded.ok())
    value = decoded.take();
  else
    value.bodies.push_back(api::Error{ErrorCode::kInternal, "the answer could not be read: report it", 0});
  const std::uint64_t id = answer.to.ticket >> kPartBits;
  const std::size_t part = answer.to.ticket & ((1u << kPartBits) - 1);
  std::optional<Call> done;
  {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end() || part >= found->second.answers.size() || found->second.answers[part]) return;
    found->second.answers[part] = std::move(value);
    if (--found->second.open != 0) return;
    done = std::move(found->second);
    calls_.erase(found);
  }
  std::vector<api::Answer> answers;
  for (auto& one : done->answers) answers.push_back(std::move(*one));
  done->respond(reply_of(done->call, answers));
}

void HttpGate::expire(std::int64_t now_us) {
  std::vector<Respond> late;
  {
    const std::lock_guard lock(mutex_);
    while (!calls_.empty() && now_us - calls_.begin()->second.since_us > kCallMax.us) {
      late.push_back(std::move(calls_.begin()->second.respond));
      calls_.erase(calls_.begin());
    }
  }
  for (const auto& respond : late)
    respond(
        failure(ErrorCode::kDeadlineExceeded, "nobody answered in time: send it again with the same ids", 0));
}

std::size_t HttpGate::under_way() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

} // namespace kindred::node
