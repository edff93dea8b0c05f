#include "nodes/kindred/rest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "engine/profiles/profile.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/json/position_text.hpp"
#include "schemas/json/read_event.hpp"
#include "schemas/json/read_requests.hpp"

namespace kindred::node {

using api::Error;
using api::ErrorCode;

namespace {

RestReply error_reply(int status, ErrorCode code, std::string message) {
  RestReply reply = reply_of(Error{code, std::move(message), 0});
  reply.status = status;
  return reply;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    std::uint8_t byte = 0;
    const auto hex = text.substr(i + 1, 2);
    const auto [end, failed] = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
    if (hex.size() != 2 || failed != std::errc() || end != hex.data() + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

/// What stands before the first `mark`; `rest` keeps what stands behind it.
std::string_view cut(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  const std::string_view front = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return front;
}

std::string header(const RestRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

Result<api::Request, Error> envelope(const RestRequest& request) {
  api::Request envelope;
  envelope.tenant = header(request, "kindred-tenant");
  envelope.idempotency_key = header(request, "idempotency-key");
  const std::string timeout = header(request, "kindred-timeout-ms");
  if (timeout.empty()) return envelope;
  const auto ms = number(timeout, 60'000);
  if (!ms || *ms == 0)
    return Error{ErrorCode::kInvalidValue, "the header Kindred-Timeout-Ms must be a number from 1 to 60000",
                 0};
  envelope.remaining_ms = *ms;
  return envelope;
}

/// Halves what does not fit one request. `first` numbers the queries, so that ids made from the key differ by part.
void encode_parts(const api::Request& envelope, std::vector<api::Query> queries, std::size_t first,
                  RestCall& call) {
  api::Request request = envelope;
  if (!envelope.idempotency_key.empty() && first != 0) request.idempotency_key += "+" + std::to_string(first);
  request.queries = queries;
  Bytes bytes = schemas::encode_request(request);
  if (bytes.size() <= api::kRequestBytesMax || queries.size() == 1) {
    call.queries.push_back(queries.size());
    call.requests.push_back(std::move(bytes)); // a single one that is too large is refused by the gateway
    return;
  }
  const auto middle = queries.begin() + static_cast<std::ptrdiff_t>(queries.size() / 2);
  encode_parts(envelope, {queries.begin(), middle}, first, call);
  encode_parts(envelope, {middle, queries.end()}, first + queries.size() / 2, call);
}

std::variant<RestCall, RestReply> track(const RestRequest& request, api::Request envelope) {
  RestCall call;
  std::vector<api::Query> queries;
  std::size_t first = 0;
  const auto flush = [&] {
    if (queries.empty()) return;
    const std::size_t count = queries.size();
    encode_parts(envelope, std::move(queries), first, call);
    first += count;
    queries.clear();
  };
  for (auto& parsed : json::parse_events(request.body)) {
    if (!parsed.track.ok()) {
      call.errors.push_back({parsed.line, parsed.track.error()});
      continue;
    }
    call.lines.push_back(parsed.line);
    queries.push_back(parsed.track.take());
    if (queries.size() == kEventsPerRequest) flush();
  }
  flush();
  if (call.requests.empty()) return reply_of(call, {});
  return call;
}

std::variant<RestCall, RestReply> one(api::Query query, api::Request envelope) {
  envelope.queries.push_back(std::move(query));
  return RestCall{RestCall::Kind::kOne, {schemas::encode_request(envelope)}, {1}, {}, {}};
}

std::variant<RestCall, RestReply> link(const RestRequest& request, api::Request envelope) {
  auto parsed = json::parse_link(request.body);
  if (!parsed.ok()) return reply_of(parsed.error());
  return one(parsed.take(), std::move(envelope));
}

std::variant<RestCall, RestReply> decide(const RestRequest& request, api::Request envelope) {
  auto parsed = json::parse_decide(request.body);
  if (!parsed.ok()) return reply_of(parsed.error());
  envelope.positions = parsed.value().positions;
  return one(std::move(parsed.value().decide), std::move(envelope));
}

Error broken_escape(const char* where) {
  return {ErrorCode::kMalformed, std::string("the ") + where + " holds a % without two hex digits behind it",
          0};
}

std::optional<Error> read_parameter(std::string_view name, const std::string& value, api::Request& envelope,
                                    api::GetProfile& get) {
  if (name == "position") {
    const auto positions = json::parse_position(value);
    if (!positions)
      return Error{ErrorCode::kInvalidValue,
                   "'position' is none of ours: send back the text that an answer gave", 0};
    envelope.positions.insert(envelope.positions.end(), positions->begin(), positions->end());
    return std::nullopt;
  }
  if (name == "history") {
    const auto most = number(value, 1000);
    if (!most) return Error{ErrorCode::kInvalidValue, "'history' must be a number from 0 to 1000", 0};
    get.history_max = static_cast<std::uint16_t>(*most);
    return std::nullopt;
  }
  if (name == "decisions") {
    const auto most = number(value, profiles::kDecisionsMax);
    if (!most) return Error{ErrorCode::kInvalidValue, "'decisions' must be a number from 0 to 64", 0};
    get.decisions_max = static_cast<std::uint16_t>(*most);
    return std::nullopt;
  }
  return Error{ErrorCode::kInvalidValue,
               "'" + std::string(name) + "' is no parameter here; known are position, history and decisions",
               0};
}

std::variant<RestCall, RestReply> profile(std::string_view user, std::string_view query,
                                          api::Request envelope) {
  api::GetProfile get;
  const auto decoded = percent_decoded(user);
  if (!decoded) return reply_of(broken_escape("path"));
  get.user_id = *decoded;
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    const std::string_view name = cut(value, '=');
    const auto text = percent_decoded(value);
    if (!text) return reply_of(broken_escape("query"));
    if (auto error = read_parameter(name, *text, envelope, get)) return reply_of(*error);
  }
  return one(std::move(get), std::move(envelope));
}

std::variant<RestCall, RestReply> explain(std::string_view id, api::Request envelope) {
  api::Explain query;
  if (!from_hex(id, query.decision))
    return reply_of(
        Error{ErrorCode::kInvalidValue, "a decision's id has 32 hex digits, as decide answered them", 0});
  return one(query, std::move(envelope));
}

std::variant<RestCall, RestReply> model(std::string_view name, api::Request envelope) {
  const auto decoded = percent_decoded(name);
  if (!decoded) return reply_of(broken_escape("path"));
  return one(api::ShowModel{*decoded}, std::move(envelope));
}

std::variant<RestCall, RestReply> segment(std::string_view id, api::Request envelope) {
  const auto decoded = percent_decoded(id);
  if (!decoded) return reply_of(broken_escape("path"));
  return one(api::ListSegments{*decoded}, std::move(envelope));
}

std::variant<RestCall, RestReply> traits(const RestRequest& request, api::Request envelope) {
  auto parsed = json::parse_traits(request.body);
  if (!parsed.ok()) return reply_of(parsed.error());
  return one(parsed.take(), std::move(envelope));
}

RestReply track_reply(const RestCall& call, const std::vector<api::Answer>& answers) {
  std::vector<json::TrackError> errors = call.errors;
  std::uint64_t accepted = 0;
  records::Positions positions;
  std::size_t at = 0;
  std::uint32_t retry_after_ms = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const api::Answer& answer = answers[i];
    positions.insert(positions.end(), answer.positions.begin(), answer.positions.end());
    retry_after_ms = std::max(retry_after_ms, answer.retry_after_ms);
    for (std::size_t query = 0; query < call.queries[i] && !answer.bodies.empty(); ++query, ++at) {
      // One error for several queries: the request failed as a whole.
      const auto* error = std::get_if<Error>(&answer.bodies[std::min(query, answer.bodies.size() - 1)]);
      if (error) errors.push_back({call.lines[at], *error});
      if (!error) ++accepted;
    }
  }
  std::stable_sort(errors.begin(), errors.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  const int status = accepted > 0 || errors.empty() ? 200 : http_status(errors.front().error.code);
  return {status, json::dump(json::track_json(accepted, errors, positions)), retry_after_ms};
}

/// Of a path what stands behind the route's own, and the query behind '?'.
struct Rest {
  const RestRequest& request;
  std::string_view path;
  std::string_view query;
};
struct Route {
  RestPath at;
  std::variant<RestCall, RestReply> (*ask)(const Rest& rest, api::Request envelope);
};
constexpr std::array<Route, 12> kRoutes{{
    {{"POST", "/v1/track"}, [](const Rest& r, api::Request e) { return track(r.request, std::move(e)); }},
    {{"POST", "/v1/decide"}, [](const Rest& r, api::Request e) { return decide(r.request, std::move(e)); }},
    {{"GET", "/v1/profiles/"},
     [](const Rest& r, api::Request e) { return profile(r.path, r.query, std::move(e)); }},
    {{"GET", "/v1/decisions/"}, [](const Rest& r, api::Request e) { return explain(r.path, std::move(e)); }},
    {{"GET", "/v1/models"}, [](const Rest&, api::Request e) { return one(api::ListModels{}, std::move(e)); }},
    {{"GET", "/v1/models/"}, [](const Rest& r, api::Request e) { return model(r.path, std::move(e)); }},
    {{"GET", "/v1/segments"},
     [](const Rest&, api::Request e) { return one(api::ListSegments{}, std::move(e)); }},
    {{"GET", "/v1/segments/"}, [](const Rest& r, api::Request e) { return segment(r.path, std::move(e)); }},
    {{"POST", "/v1/links"}, [](const Rest& r, api::Request e) { return link(r.request, std::move(e)); }},
    {{"POST", "/v1/traits"}, [](const Rest& r, api::Request e) { return traits(r.request, std::move(e)); }},
    {{"GET", "/v1/cluster"},
     [](const Rest&, api::Request e) { return one(api::ShowCluster{}, std::move(e)); }},
    {{"GET", "/v1/status"}, [](const Rest&, api::Request e) { return one(api::GetStatus{}, std::move(e)); }},
}};

/// Null: there is nothing at this path.
const Route* route_of(std::string_view path) {
  const auto found = std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& route) {
    return route.at.path.ends_with('/') ? path.starts_with(route.at.path) : path == route.at.path;
  });
  return found == kRoutes.end() ? nullptr : &*found;
}

std::string nothing_here() {
  std::string message = "there is nothing at this path: GET /, /livez, /readyz, /metrics";
  for (const Route& route : kRoutes) {
    message += ", " + std::string(route.at.method) + ' ' + std::string(route.at.path);
    if (route.at.path.ends_with('/')) message += "...";
  }
  return message;
}

} // namespace

std::vector<RestPath> rest_paths() {
  std::vector<RestPath> paths;
  for (const Route& route : kRoutes) paths.push_back(route.at);
  return paths;
}

std::variant<RestCall, RestReply> translate(const RestRequest& request) {
  std::string_view query = request.target;
  const std::string_view path = cut(query, '?');
  const Route* route = route_of(path);
  if (route == nullptr) return error_reply(404, ErrorCode::kNotFound, nothing_here());
  if (request.method != route->at.method)
    return error_reply(405, ErrorCode::kInvalidValue,
                       "this path takes " + std::string(route->at.method) + ", not " + request.method);
  if (request.body.size() > kRestBodyBytesMax)
    return reply_of(
        Error{ErrorCode::kTooLarge, "the body has more than 1,048,576 bytes: send fewer events at once", 0});
  auto opened = envelope(request);
  if (!opened.ok()) return reply_of(opened.error());
  return route->ask({request, path.substr(route->at.path.size()), query}, opened.take());
}

RestReply reply_of(const RestCall& call, const std::vector<api::Answer>& answers) {
  if (call.kind == RestCall::Kind::kTrack) return track_reply(call, answers);
  if (answers.empty() || answers.front().bodies.empty())
    return reply_of(Error{ErrorCode::kInternal, "the answer was lost: report it", 0});
  const api::AnswerBody& body = answers.front().bodies.front();
  if (const auto* error = std::get_if<Error>(&body)) return reply_of(*error);
  return {200, json::dump(json::to_json(answers.front())), 0};
}

RestReply reply_of(const Error& error) {
  return {http_status(error.code), json::dump(json::Json{{"error", json::to_json(error)}}),
          error.retry_after_ms};
}

int http_status(ErrorCode code) {
  switch (code) {
  case ErrorCode::kTooLarge: return 413;
  case ErrorCode::kUnknownTenant:
  case ErrorCode::kNotFound:
  case ErrorCode::kNotLogged: return 404;
  case ErrorCode::kExpired:
  case ErrorCode::kErased:
  case ErrorCode::kEngineChanged:
  case ErrorCode::kModelGone: return 410;
  case ErrorCode::kConflict:
  case ErrorCode::kCollision:
  case ErrorCode::kForeignPosition: return 409;
  case ErrorCode::kOverloaded: return 429;
  case ErrorCode::kLogUnavailable:
  case ErrorCode::kNotReady:
  case ErrorCode::kDraining: return 503;
  case ErrorCode::kFull: return 507;
  case ErrorCode::kDeadlineExceeded:
  case ErrorCode::kPositionNotReached:
  case ErrorCode::kUnknownOutcome: return 504;
  case ErrorCode::kInternal: return 500;
  default: return 400;
  }
}

} // namespace kindred::node
