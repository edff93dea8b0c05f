#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/records/record.hpp"
#include "schemas/api_protocol.hpp"

namespace kindred::api {

// What a client asks: the queries, and the envelope that carries them. Plain values, no thread rule.

enum class Consistency : std::uint8_t { kAny = 0, kPosition = 1, kFirst = 2 };

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
  std::uint16_t decisions_max = 0; ///< the newest decisions for him
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

/// All that is known of one learner's models, with their parameters.
struct ShowModel {
  std::string name; ///< "ranker", "ranker/home", ...
  friend bool operator==(const ShowModel&, const ShowModel&) = default;
};
/// A round now, whatever the cadence says.
struct TrainModel {
  std::string name;
  friend bool operator==(const TrainModel&, const TrainModel&) = default;
};
enum class ModelChange : std::uint8_t { kPromote = 0, kRollback = 1 };
/// Another model of the learner serves: its challenger, or a former champion.
struct ChangeModel {
  std::string name;
  ModelChange change = ModelChange::kPromote;
  std::string version; ///< empty: the challenger, or the last champion before the present
  std::string author;
  friend bool operator==(const ChangeModel&, const ChangeModel&) = default;
};

/// All segments; or one, with who moved lately.
struct ListSegments {
  std::string segment; ///< id; empty: all
  friend bool operator==(const ListSegments&, const ListSegments&) = default;
};

/// `link.user_id` is `link.to`, too.
struct LinkUsers {
  records::Link link;
  friend bool operator==(const LinkUsers&, const LinkUsers&) = default;
};

/// Members, links and map, as this node knows them.
struct ShowCluster {
  friend bool operator==(const ShowCluster&, const ShowCluster&) = default;
};
/// A member leaves the map, or comes back into it. Answered as ShowCluster, at once.
struct DrainNode {
  records::Drain drain;
  friend bool operator==(const DrainNode&, const DrainNode&) = default;
};

/// Every partition's fold means from here on what this version says.
struct ActivateFold {
  std::uint32_t version = 0; ///< 0: the newest that the asked node has
  std::string author;
  friend bool operator==(const ActivateFold&, const ActivateFold&) = default;
};

using Query = std::variant<Track, UpdateProfile, SetConsent, EraseUser, Expose, GiveReward, Decide,
                           GetProfile, PutItem, ListItems, ListModels, Explain, Replay, ListPlacements,
                           SetPlacement, SetTenant, GetStatus, ListRejects, ShowModel, TrainModel,
                           ChangeModel, ListSegments, LinkUsers, ShowCluster, DrainNode, ActivateFold>;

/// Appends something: Track … GiveReward, LinkUsers, PutItem, SetPlacement, SetTenant, ActivateFold.
bool is_write(const Query& query);
/// The user a query is about; empty where none.
std::string_view user_of(const Query& query);

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

} // namespace kindred::api
