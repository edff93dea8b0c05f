#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schemas/api.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::node {

// The REST face: HTTP requests in JSON <-> values of the client API. Pure; knows no socket and no actor.
//
//   POST /v1/track               an event, an array of events, or NDJSON
//   POST /v1/decide              a decide
//   POST /v1/traits              what is known of a user
//   GET  /v1/segments, /v1/segments/{id}
//   GET  /v1/profiles/{userId}   ?position=TEXT (again and again) &history=N &decisions=N
//   GET  /v1/decisions/{id}      why that decision was made
//   GET  /v1/models              what serves, what waits, and why
//   GET  /v1/models/{name}       the same of one, with its parameters and those before it
//   GET  /v1/status              of the node
//
// What is read with GET is never written by it.
// Headers: Kindred-Tenant, Idempotency-Key, Kindred-Timeout-Ms.

struct RestRequest {
  std::string method;
  std::string target; ///< path and query as sent
  std::string body;
  std::map<std::string, std::string> headers; ///< names in lower case
};
struct RestReply {
  int status = 200;
  std::string body; ///< JSON
  std::uint32_t retry_after_ms = 0;
  std::string type = "application/json";
};

/// A path that ends with '/' stands for all below it.
struct RestPath {
  std::string_view method;
  std::string_view path;
};
/// All that `translate` knows.
std::vector<RestPath> rest_paths();

/// What the gateway must be asked, and what is already known of the answer.
struct RestCall {
  enum class Kind : std::uint8_t { kTrack, kOne } kind = Kind::kTrack; ///< kOne: one query, one body
  std::vector<Bytes> requests;          ///< encoded, each within kRequestBytesMax
  std::vector<std::size_t> queries;     ///< in each of them
  std::vector<std::uint32_t> lines;     ///< track: of the queries of all requests, in order
  std::vector<json::TrackError> errors; ///< track: lines that were no events
};

/// The call, or the reply at once: an unknown path, a wrong method, a body that is nothing.
std::variant<RestCall, RestReply> translate(const RestRequest& request);

/// The reply to the call, from the answers to its requests in their order.
RestReply reply_of(const RestCall& call, const std::vector<api::Answer>& answers);

/// An error as the whole reply.
RestReply reply_of(const api::Error& error);
int http_status(api::ErrorCode code);

inline constexpr std::size_t kRestBodyBytesMax = 1 << 20;
inline constexpr std::size_t kEventsPerRequest = 512; ///< before splitting further by size

} // namespace kindred::node
