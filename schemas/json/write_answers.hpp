#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "schemas/api.hpp"

namespace kindred::json {

// Answers as JSON in the names of design §6 (camelCase; fields are added, never renamed). One place for HTTP and for
// `kindredctl --json`. Any thread; no state. Fields come in the order written here.

using Json = nlohmann::ordered_json;

/// {code, message, retryAfterMs?}
Json to_json(const api::Error& error);
/// {decisionId, userId, placement, items[{item, score, source, reasons, propensity, explored}], fallback, model, position}
Json to_json(const api::Decision& decision, const records::Positions& positions);
/// {userId, position, events, history[{item, event, time}], counters, segments[{id, since, before?}], consent, traits, cart, sessions,
/// decisions[{decisionId, time, placement, items[{item, exposed, clicked, purchased}]}]}
Json to_json(const api::Profile& profile, const records::Positions& positions);
Json to_json(const api::Items& items);
Json to_json(const api::Models& models);
/// {segments[{id, name, kind, size, features, cameFrom?, moves[{userId, from, to, time, because?}]?}]}
Json to_json(const api::Segments& segments);
Json to_json(const api::Round& round);
Json to_json(const api::Explanation& explanation);
Json to_json(const api::Replayed& replayed);
Json to_json(const api::Placements& placements);
Json to_json(const api::Status& status);
Json to_json(const api::Rejects& rejects);
/// {cluster, node, replicas, mapDigest, members[{name, endpoint, zone, weight, state, heardMsAgo?, first, second, caughtUp, link,
/// linkReason?}], map[{partition, nodes[]}]}
Json to_json(const api::Cluster& cluster);

Json to_json(const records::Item& item);
Json to_json(const records::Placement& placement);
Json to_json(const records::PropertyValue& value);
/// Names of the purposes in the set; those of a tenant's own as "purpose<bit>".
Json to_json(records::Purposes purposes);

/// What one event that was not taken looks like in the answer of `track`.
struct TrackError {
  std::uint32_t line = 0;
  api::Error error;
};
/// {accepted, rejected, errors[{line, code, message}], positions[]}: one opaque text per position.
Json track_json(std::uint64_t accepted, const std::vector<TrackError>& errors,
                const records::Positions& positions);

/// Any body of an answer by the functions above; Accepted is {accepted: 1, ...}.
Json to_json(const api::AnswerBody& body, const records::Positions& positions);
/// The answer to one query; "stalenessMs" where it may be old. Requires: one body.
Json to_json(const api::Answer& answer);

/// The bytes; text that is not UTF-8 is written with the replacement character, never thrown about.
std::string dump(const Json& json, int indent = -1);

} // namespace kindred::json
