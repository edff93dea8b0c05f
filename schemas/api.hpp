#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/records/record.hpp"

namespace kindred::api {

// The client API as values: what schemas/api.capnp says on the wire. Codecs: schemas/codec/api_codec.hpp.
// Plain values, no thread rule.

inline constexpr std::uint16_t kProtocolVersion = 1;
inline constexpr std::size_t kRequestBytesMax = 1 << 20;
inline constexpr std::size_t kQueriesMax = 4096; ///< per envelope

/// Why a request, or one query of it, was not done. Closed list; numbers fixed for ever.
enum class ErrorCode : std::uint16_t {
  kMalformed = 1,          ///< not a message of ours, truncated, or hostile
  kTooLarge = 2,           ///< over a named bound; the message says which
  kUnsupportedVersion = 3, ///< protocol version this server does not speak
  kUnknownTenant = 4,
  kInvalidText = 5, ///< not UTF-8
  kMissingUser = 6,
  kMissingField = 7, ///< the message names it
  kInvalidTime = 8,
  kInvalidPrice = 9,  ///< negative, NaN or out of range; a refund is not one
  kInvalidValue = 10, ///< any other field out of its range
  kTooOldInput = 11,  ///< first sent before the window of once
  kDeadlineExceeded = 12,
  kOverloaded = 13,         ///< a bound of outstanding work is reached: try again after retry_after_ms
  kUnknownOutcome = 14,     ///< the log gave no verdict in time: send again with the same ids
  kLogUnavailable = 15,     ///< the log refuses appends (full disk, I/O error): nothing was taken
  kForeignPosition = 16,    ///< a position of another life of the log
  kPositionNotReached = 17, ///< the asked position was not folded before the deadline
  kNotFound = 18,
  kNotLogged = 19,     ///< replay: the decision's record was lost with a crash or never written
  kExpired = 20,       ///< replay: older than the replay window
  kErased = 21,        ///< replay or explain: the user was erased
  kEngineChanged = 22, ///< replay: decided by another engine or fold version
  kModelGone = 23,     ///< replay: a model generation is no longer stored
  kConflict = 24,
  kCollision = 25, ///< two item ids with one hash
  kFull = 26,      ///< a named capacity is used up (catalog, placements)
  kNotReady = 27,  ///< starting; the message says what is missing
  kDraining = 28,  ///< stopping: use another node
  kInternal = 29,  ///< our fault; logged with the request id
};
/// "malformed", "tooLarge", ... as JSON and messages write it.
std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message; ///< what failed, why, what to do next
  std::uint32_t retry_after_ms = 0;
  friend bool operator==(const Error&, const Error&) = default;
};

enum class Consistency : std::uint8_t { kAny = 0, kPosition = 1, kFirst = 2 };

// ---- queries -------------------------------------------------------------------------------------------------
// purposes in Track and the like: stated purposes; kAllPurposes where the caller states none.

struct Track {
  records::Event event;
  records::Purposes stated = records::kAllPurposes;
  std::uint8_t flags = 0;
  friend bool operator==(const Track&, const Track&) = default;
};
struct UpdateProfile {
  records::ProfileUpdate update;
  records::Purposes stated = records::kAllPurposes;
  friend bool operator==(const UpdateProfile&, const UpdateProfile&) = default;
};
struct SetConsent {
  records::Consent consent;
  friend bool operator==(const SetConsent&, const SetConsent&) = default;
};
struct EraseUser {
  records::Erase erase;
  friend bool operator==(const EraseUser&, const EraseUser&) = default;
};
struct Expose {
  records::Exposed exposed;
  records::Purposes stated = records::kAllPurposes;
  friend bool operator==(const Expose&, const Expose&) = default;
};
struct GiveReward {
  records::Reward reward;
  records::Purposes stated = records::kAllPurposes;
  friend bool operator==(const GiveReward&, const GiveReward&) = default;
};

struct Decide {
  std::string user_id;
  std::string placement = "default";
  std::uint16_t count = 0; ///< 0: the placement's default
  records::Context context;
  std::optional<Instant> time; ///< only with the clock `events`: moves the clock; else refused
  std::vector<std::string> exclude;
  bool durable = false;
  bool assume_shown = false;
  std::string request_id; ///< hedged copies carry the same; empty: the gateway makes one
  friend bool operator==(const Decide&, const Decide&) = default;
};
struct GetProfile {
  std::string user_id;
  std::vector<std::string> counters; ///< names asked for; empty: all
  bool brief = false;                ///< only the asked counters, no history
  std::uint16_t history_max = 100;
  friend bool operator==(const GetProfile&, const GetProfile&) = default;
};
struct PutItem {
  records::Item item;
  friend bool operator==(const PutItem&, const PutItem&) = default;
};
struct ListItems {
  std::string after;
  std::uint16_t limit = 100;
  std::string item; ///< `item`: just that one
  friend bool operator==(const ListItems&, const ListItems&) = default;
};
struct ListModels {
  friend bool operator==(const ListModels&, const ListModels&) = default;
};
struct Explain {
  DecisionId decision;
  friend bool operator==(const Explain&, const Explain&) = default;
};
struct Replay {
  DecisionId decision;
  friend bool operator==(const Replay&, const Replay&) = default;
};
struct ListPlacements {
  friend bool operator==(const ListPlacements&, const ListPlacements&) = default;
};
struct SetPlacement {
  records::Placement placement;
  friend bool operator==(const SetPlacement&, const SetPlacement&) = default;
};
struct SetTenant {
  records::Tenant tenant;
  friend bool operator==(const SetTenant&, const SetTenant&) = default;
};
struct GetStatus {
  friend bool operator==(const GetStatus&, const GetStatus&) = default;
};
/// The last rejected inputs, newest first (the bounded reject channel).
struct ListRejects {
  std::uint16_t limit = 100;
  friend bool operator==(const ListRejects&, const ListRejects&) = default;
};

using Query = std::variant<Track, UpdateProfile, SetConsent, EraseUser, Expose, GiveReward, Decide,
                           GetProfile, PutItem, ListItems, ListModels, Explain, Replay, ListPlacements,
                           SetPlacement, SetTenant, GetStatus, ListRejects>;

/// Envelope of a request (records.md §13).
struct Request {
  std::uint16_t version = kProtocolVersion;
  std::uint64_t request_id = 0; ///< the client's; comes back in the answer
  std::int64_t deadline_us = 0; ///< absolute, µs UTC; 0: the server's default
  std::uint32_t remaining_ms = 0;
  std::string tenant; ///< a hint; the key is the authority. Empty: "default"
  std::string idempotency_key;
  records::Positions positions; ///< to have been seen before answering
  records::TraceParent trace;
  std::uint8_t priority = 0; ///< 0 normal, 1 low, 2 high
  Consistency consistency = Consistency::kAny;
  std::vector<std::string> features;
  std::vector<Query> queries;
  friend bool operator==(const Request&, const Request&) = default;
};

// ---- answers, in the order of the queries -----------------------------------------------------------------------

/// The log has it. Its position is Answer::positions[position] with `index`.
struct Accepted {
  std::uint16_t position = 0;
  std::uint32_t index = 0;
  bool seen_before = false;
  friend bool operator==(const Accepted&, const Accepted&) = default;
};
struct DecidedItem {
  std::string item;
  double score = 0;
  std::string source;
  std::vector<std::string> reasons;
  double propensity = 1;
  bool explored = false;
  friend bool operator==(const DecidedItem&, const DecidedItem&) = default;
};
struct Decision {
  DecisionId decision;
  std::string user_id;
  std::string placement;
  std::vector<DecidedItem> items;
  std::string fallback; ///< "none", "context", "trending", "newest", "empty"
  std::vector<std::pair<std::string, std::string>> models; ///< name -> version
  friend bool operator==(const Decision&, const Decision&) = default;
};
struct HistoryItem {
  std::string item;
  std::string event;
  Instant time;
  friend bool operator==(const HistoryItem&, const HistoryItem&) = default;
};
struct Counter {
  std::string name;
  double value = 0;
  friend bool operator==(const Counter&, const Counter&) = default;
};
struct Profile {
  std::string user_id;
  std::uint64_t events = 0;         ///< how many were folded
  std::vector<HistoryItem> history; ///< newest first
  std::vector<Counter> counters;
  std::vector<std::string> segments;
  records::Purposes consent = records::kAllPurposes;
  std::vector<records::Property> traits;
  std::vector<std::string> cart;
  std::uint32_t sessions = 0;
  friend bool operator==(const Profile&, const Profile&) = default;
};
struct Items {
  std::vector<records::Item> items;
  std::string next;
  std::uint64_t total = 0;
  friend bool operator==(const Items&, const Items&) = default;
};
struct ModelInfo {
  std::string name;
  std::string version;
  std::string state; ///< "live" for fast models
  Instant trained_at;
  std::vector<Counter> metrics;
  friend bool operator==(const ModelInfo&, const ModelInfo&) = default;
};
struct Models {
  std::vector<ModelInfo> models;
  friend bool operator==(const Models&, const Models&) = default;
};
struct Explanation {
  DecisionId decision;
  std::string user_id;
  std::string placement;
  Instant as_of;
  std::vector<std::string> lines; ///< in words
  std::vector<DecidedItem> items;
  friend bool operator==(const Explanation&, const Explanation&) = default;
};
struct Replayed {
  DecisionId decision;
  bool identical = false;
  Decision then;
  Decision now;
  friend bool operator==(const Replayed&, const Replayed&) = default;
};
struct Placements {
  std::vector<records::Placement> placements;
  friend bool operator==(const Placements&, const Placements&) = default;
};
struct PartitionStatus {
  std::uint16_t id = 0;
  std::uint64_t offset = 0;
  std::uint64_t users = 0;
  std::string role;
  Id128 digest;
  friend bool operator==(const PartitionStatus&, const PartitionStatus&) = default;
};
struct Status {
  std::string node;
  std::string version;
  std::string clock;
  bool ready = false;
  std::vector<std::string> not_ready_because;
  std::vector<PartitionStatus> partitions;
  std::vector<ModelInfo> models;
  std::uint64_t items = 0;
  friend bool operator==(const Status&, const Status&) = default;
};
struct Reject {
  Instant time;
  std::string user_id;
  std::string message_id;
  Error error;
  friend bool operator==(const Reject&, const Reject&) = default;
};
struct Rejects {
  std::vector<Reject> rejects;
  friend bool operator==(const Rejects&, const Rejects&) = default;
};

using AnswerBody = std::variant<Error, Accepted, Decision, Profile, Items, Models, Explanation, Replayed,
                                Placements, Status, Rejects>;

/// Envelope of an answer. If the request as a whole failed there is one body, an Error, whatever the queries were.
struct Answer {
  std::uint16_t version = kProtocolVersion;
  std::uint64_t request_id = 0;
  records::Positions positions;
  std::uint32_t staleness_ms = 0;
  std::vector<std::pair<std::string, std::string>> generations;
  std::uint32_t engine_version = 0;
  std::uint32_t retry_after_ms = 0;
  std::vector<AnswerBody> bodies;
  friend bool operator==(const Answer&, const Answer&) = default;
};

/// What the PUB endpoint sends: topic frame "tenant/kind", then this. Receivers drop repeats by (partition, offset, number).
struct Notification {
  std::string tenant;
  std::string kind; ///< "cartAbandoned", "erased", ...
  std::string user_id;
  std::uint16_t partition = 0;
  std::uint64_t offset = 0;
  std::uint32_t index = 0;
  std::uint32_t number = 0;
  Instant time;
  std::vector<records::Property> details;
  friend bool operator==(const Notification&, const Notification&) = default;
};

} // namespace kindred::api
